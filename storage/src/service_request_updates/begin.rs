//! Histories of service requests that came without one.

use crate::{JurisdictionStorage, StorageError};
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// The version before this one keeps no histories; while both run, and once after, its service
/// requests are given one. The id of an entry follows from what it is about: a database that is
/// spread over several machines takes no random values here.
const BEGIN: &str = "WITH without AS MATERIALIZED (
        SELECT service_request_id AS id FROM service_request
        WHERE jurisdiction_id = $1 AND version IS NULL AND is_public
        ORDER BY requested_datetime LIMIT $2 FOR UPDATE SKIP LOCKED),
    begun AS (
        UPDATE service_request SET version = 1 FROM without
        WHERE jurisdiction_id = $1 AND service_request_id = without.id
        RETURNING jurisdiction_id, service_request_id, status, detailed_status, status_notes,
            requested_datetime)
    INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, kind,
        is_public, recorded_datetime, updated_datetime, status, description, author)
    SELECT jurisdiction_id, service_request_id, 1,
        md5(jurisdiction_id || '/' || service_request_id || '/1')::uuid::text, 'opened', true, $3,
        requested_datetime, coalesce(detailed_status, status), status_notes, 'job:history'
    FROM begun";

impl JurisdictionStorage {
    /// Begins the histories of up to `limit` public service requests that have none. Answers how
    /// many.
    ///
    /// # Errors
    /// As every write.
    pub async fn begin_histories(
        &self,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let mut connection = self.storage.connection().await?;
        Ok(diesel::sql_query(BEGIN)
            .bind::<Text, _>(self.id())
            .bind::<BigInt, _>(limit)
            .bind::<Timestamptz, _>(now)
            .execute(&mut connection)
            .await?)
    }
}

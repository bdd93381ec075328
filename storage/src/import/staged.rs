//! Rows that may be here already: copied into a temporary table as they come, and taken over where
//! they differ, with one statement, when all are there.

use super::{Import, Repeated, copy::Lines};
use crate::StorageError;
use chrono::{DateTime, Utc};
use tokio_postgres::Client;

const STAGE: &str = "CREATE TEMPORARY TABLE imported (
    ordinal bigint, line bigint, id_is_derived boolean, is_taken boolean, service_request_id text,
    status text, status_notes text, service_name text, service_code text, description text,
    agency_responsible text, service_notice text, requested_datetime timestamptz,
    updated_datetime timestamptz, expected_datetime timestamptz, address text, address_id text,
    zipcode text, location geometry(Point, 4326), media_url text, attribute_answers jsonb,
    extended_attributes jsonb, notes jsonb) ON COMMIT DROP";

const COPY: &str = "COPY imported FROM STDIN";

/// A row that came twice is taken once, unless its id was derived from its content: then equal
/// rows are separate service requests and numbered. Here are those that came before, also straight
/// into the table (`is_taken`). They are few: so they fit into memory, and all rows are taken over as
/// they stand in the file, where neighbours belong to the same day. In any other order the indexes
/// would be written all over.
const NUMBERED: &str = "CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
    SELECT ordinal, occurrence, line, service_request_id, id_is_derived FROM (
        SELECT ordinal, line, service_request_id, id_is_derived,
            row_number() OVER (PARTITION BY service_request_id ORDER BY ordinal) + is_taken::integer
                AS occurrence
        FROM imported) AS row
    WHERE occurrence > 1";

const REPEATED: &str = "SELECT line, service_request_id FROM numbered WHERE NOT id_is_derived
    ORDER BY ordinal";

/// With each goes an entry of its history. `$2` is the seconds added to every time; `$3` is the moment after which nothing has happened yet:
/// what was closed later is still open; `$4` is when this is written, `$5` who does. What should have been done
/// before it came here is no news. Nor is what was redacted or removed here taken over again: the
/// file may still hold what should not be there. A copy whose original was away is. That is asked of the
/// index for each row that differs: without OFFSET all histories would be read once.
const TAKE_OVER: &str = "WITH taken AS (INSERT INTO service_request (jurisdiction_id, service_request_id, status,
        status_notes, service_name, service_code, description, agency_responsible, service_notice,
        requested_datetime, updated_datetime, expected_datetime, address, address_id, zipcode,
        location, media_url, attribute_answers, extended_attributes, notes, is_public, version,
        overdue_datetime)
    SELECT $1,
        CASE WHEN occurrence IS NULL THEN row.service_request_id
            ELSE row.service_request_id || '-' || occurrence END,
        CASE WHEN is_known THEN status ELSE 'open' END,
        CASE WHEN is_known THEN status_notes END,
        row.service_name, service_code, row.description, agency_responsible, row.service_notice,
        requested_datetime + make_interval(secs => $2),
        CASE WHEN is_known THEN updated_datetime ELSE requested_datetime END + make_interval(secs => $2),
        expected_datetime + make_interval(secs => $2), address, address_id, zipcode, location, media_url,
        attribute_answers, extended_attributes, notes,
        service_code <> ALL (ARRAY(SELECT service_code FROM service
            WHERE jurisdiction_id = $1 AND service_type = 'blackbox')), 1,
        CASE WHEN expected_datetime + make_interval(secs => $2) <= $4
            THEN expected_datetime + make_interval(secs => $2) END
    FROM (SELECT *, $3::timestamptz IS NULL OR updated_datetime + make_interval(secs => $2) <= $3 AS is_known
        FROM imported) AS row
    LEFT JOIN (SELECT ordinal, occurrence FROM numbered) AS numbered USING (ordinal)
    WHERE occurrence IS NULL OR id_is_derived
    ON CONFLICT (jurisdiction_id, service_request_id) DO UPDATE SET
        status = excluded.status, status_notes = excluded.status_notes,
        service_name = excluded.service_name, service_code = excluded.service_code,
        description = excluded.description, agency_responsible = excluded.agency_responsible,
        service_notice = excluded.service_notice, requested_datetime = excluded.requested_datetime,
        updated_datetime = excluded.updated_datetime, expected_datetime = excluded.expected_datetime,
        address = excluded.address, address_id = excluded.address_id, zipcode = excluded.zipcode,
        location = excluded.location, media_url = excluded.media_url,
        attribute_answers = excluded.attribute_answers,
        extended_attributes = excluded.extended_attributes, notes = excluded.notes,
        version = coalesce(service_request.version, 0) + 1,
        overdue_datetime = coalesce(excluded.overdue_datetime, service_request.overdue_datetime),
        detailed_status = CASE WHEN service_request.status = excluded.status
            THEN service_request.detailed_status END,
        closing_reason = CASE WHEN service_request.status = excluded.status
            THEN service_request.closing_reason END,
        closing_detail = CASE WHEN service_request.status = excluded.status
            THEN service_request.closing_detail END,
        closed_datetime = CASE WHEN excluded.status = 'closed' THEN excluded.updated_datetime END
    WHERE (service_request.status, service_request.status_notes, service_request.service_name,
        service_request.service_code, service_request.description,
        service_request.agency_responsible, service_request.service_notice,
        service_request.requested_datetime, service_request.updated_datetime,
        service_request.expected_datetime, service_request.address, service_request.address_id,
        service_request.zipcode, service_request.location, service_request.media_url,
        service_request.attribute_answers, service_request.extended_attributes,
        service_request.notes)
        IS DISTINCT FROM (excluded.status, excluded.status_notes, excluded.service_name,
        excluded.service_code, excluded.description, excluded.agency_responsible,
        excluded.service_notice, excluded.requested_datetime, excluded.updated_datetime,
        excluded.expected_datetime, excluded.address, excluded.address_id, excluded.zipcode,
        excluded.location, excluded.media_url, excluded.attribute_answers,
        excluded.extended_attributes, excluded.notes)
    AND NOT EXISTS (SELECT FROM service_request_update AS entry
        WHERE entry.jurisdiction_id = service_request.jurisdiction_id
            AND entry.service_request_id = service_request.service_request_id
            AND (entry.kind = 'redacted' OR entry.kind = 'removed' AND entry.author NOT LIKE 'remote:%')
        OFFSET 0)
    RETURNING service_request_id, version, status, detailed_status, status_notes, closing_reason,
        closing_detail, requested_datetime, updated_datetime, is_public)
    INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, kind,
        is_public, recorded_datetime, updated_datetime, status, closing_reason, closing_detail,
        description, author)
    SELECT $1, service_request_id, version,
        md5($1 || '/' || service_request_id || '/' || version)::uuid::text,
        CASE WHEN version = 1 THEN 'opened' ELSE 'updated' END, is_public, $4,
        CASE WHEN version = 1 AND status = 'open' THEN requested_datetime ELSE updated_datetime END,
        coalesce(detailed_status, status), closing_reason, closing_detail, status_notes, $5
    FROM taken";

impl Import {
    /// Hands over rows for [`Self::take_over`].
    pub(super) async fn stage(&mut self, rows: Lines) -> Result<(), StorageError> {
        if !self.is_staging {
            // The staged rows are sorted and joined once, by nobody else at the time.
            self.client
                .batch_execute("SET LOCAL work_mem = '64MB'")
                .await?;
            self.client.batch_execute(STAGE).await?;
            self.is_staging = true;
        }
        rows.send(self.client.copy_in(COPY).await?).await
    }

    /// Takes over what was staged: how many rows, and those that were not taken since they came
    /// before.
    pub(super) async fn take_over(&self) -> Result<(u64, Vec<Repeated>), StorageError> {
        if !self.is_staging {
            return Ok((0, vec![]));
        }
        let client = &self.client;
        client.batch_execute(NUMBERED).await?;
        client.batch_execute("ANALYZE imported (ordinal)").await?;
        client.batch_execute("ANALYZE numbered (ordinal)").await?;
        let repeated = client
            .query(REPEATED, &[])
            .await?
            .iter()
            .map(|row| Repeated {
                line: row.get::<_, i64>(0).unsigned_abs(),
                service_request_id: row.get(1),
            })
            .collect();
        let seconds = shift(client, self.newest_becomes).await?;
        let id = self.storage.id();
        let taken = client
            .execute(
                TAKE_OVER,
                &[&id, &seconds, &self.newest_becomes, &self.now, &self.author],
            )
            .await?;
        Ok((taken, repeated))
    }
}

/// Seconds from the newest staged row to `newest_becomes`; 0 when nothing is to be moved.
async fn shift(
    client: &Client,
    newest_becomes: Option<DateTime<Utc>>,
) -> Result<f64, StorageError> {
    let Some(target) = newest_becomes else {
        return Ok(0.0);
    };
    let newest: Option<DateTime<Utc>> = client
        .query_one("SELECT max(requested_datetime) FROM imported", &[])
        .await?
        .get(0);
    let seconds = newest.map_or(0, |newest| (target - newest).num_seconds());
    // Whole seconds up to 2^52 are exact.
    #[expect(
        clippy::cast_precision_loss,
        reason = "ten thousand years are 2^38 seconds"
    )]
    Ok(seconds as f64)
}

//! By what other servers know this one.

use crate::{Storage, StorageError, schema::server_identity};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

impl Storage {
    /// The id of this server, which is `candidate` from now on if it had none. Every process on one
    /// database has the same.
    ///
    /// # Errors
    /// As every write.
    pub async fn server_id(
        &self,
        candidate: &str,
        now: DateTime<Utc>,
    ) -> Result<String, StorageError> {
        if let Some(known) = self.find_server_id().await? {
            return Ok(known);
        }
        let mut connection = self.connection().await?;
        diesel::insert_into(server_identity::table)
            .values((
                server_identity::server_id.eq(candidate),
                server_identity::created_datetime.eq(now),
            ))
            .execute(&mut connection)
            .await?;
        drop(connection);
        // Of two processes that began at once the first is right.
        Ok(self
            .find_server_id()
            .await?
            .unwrap_or_else(|| candidate.to_owned()))
    }

    async fn find_server_id(&self) -> Result<Option<String>, StorageError> {
        self.read(async |connection| {
            server_identity::table
                .order((
                    server_identity::created_datetime,
                    server_identity::server_id,
                ))
                .select(server_identity::server_id)
                .first(connection)
                .await
                .optional()
        })
        .await
    }
}

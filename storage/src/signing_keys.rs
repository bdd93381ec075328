//! The keys with which the tokens are signed that this server issues.

use crate::{
    Storage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::signing_key,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

/// A key. It has no `Debug`, so it gets into no log by accident.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = signing_key)]
pub struct SigningKeyRow {
    /// The `kid` of its tokens.
    pub signing_key_id: String,
    /// PKCS #8.
    pub private_key: Vec<u8>,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// Since when it signs no more; `None`: it signs.
    pub retired_datetime: Option<DateTime<Utc>>,
}

/// A key to be stored.
pub struct NewSigningKey<'a> {
    /// The `kid` of its tokens.
    pub signing_key_id: &'a str,
    /// PKCS #8.
    pub private_key: &'a [u8],
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
}

impl Storage {
    /// Every key, the newest first. There are few: one for each rotation.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_signing_keys(&self) -> Result<Vec<SigningKeyRow>, StorageError> {
        self.read(async |connection| {
            signing_key::table
                .order((
                    signing_key::created_datetime.desc(),
                    signing_key::signing_key_id,
                ))
                .select(SigningKeyRow::as_select())
                .load(connection)
                .await
        })
        .await
    }

    /// Stores a key, which signs from now on; those before it sign no more.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_signing_key(
        &self,
        new: &NewSigningKey<'_>,
        by: By<'_>,
    ) -> Result<(), StorageError> {
        let now = new.created_datetime;
        self.transaction(async |connection| {
            diesel::update(signing_key::table.filter(signing_key::retired_datetime.is_null()))
                .set(signing_key::retired_datetime.eq(now))
                .execute(connection)
                .await?;
            diesel::insert_into(signing_key::table)
                .values((
                    signing_key::signing_key_id.eq(new.signing_key_id),
                    signing_key::private_key.eq(new.private_key),
                    signing_key::created_datetime.eq(now),
                ))
                .execute(connection)
                .await?;
            let entry = AuditEntry {
                after: Some(json!({})),
                ..by.entry("signing_key", new.signing_key_id, now)
            };
            audit::append_everywhere(connection, &entry).await?;
            Ok(End::Commit(()))
        })
        .await
    }

    /// Forgets the keys that signed no more before `limit`: their tokens have expired.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_signing_keys(&self, limit: DateTime<Utc>) -> Result<usize, StorageError> {
        let mut connection = self.connection().await?;
        let retired = signing_key::table.filter(signing_key::retired_datetime.lt(limit));
        Ok(diesel::delete(retired).execute(&mut connection).await?)
    }

    /// Forgets a key that signs no more; its tokens are refused from now on. `false`: there is none
    /// with that id, or it still signs.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_signing_key(
        &self,
        signing_key_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.transaction(async |connection| {
            let deleted = diesel::delete(
                signing_key::table
                    .find(signing_key_id)
                    .filter(signing_key::retired_datetime.is_not_null()),
            )
            .execute(connection)
            .await?;
            if deleted == 0 {
                return Ok(End::Rollback(false));
            }
            let entry = AuditEntry {
                before: Some(json!({})),
                ..by.entry("signing_key", signing_key_id, now)
            };
            audit::append_everywhere(connection, &entry).await?;
            Ok(End::Commit(true))
        })
        .await
    }
}

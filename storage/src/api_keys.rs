//! Who may file service requests.

use crate::{JurisdictionStorage, StorageError, schema::api_key};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// A key, as far as it is known here: the key itself is not.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ApiKeyRow {
    /// Its first characters, by which people name it.
    pub key_id: String,
    /// Who holds it.
    pub label: String,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// Since when it is refused; `None`: it is good.
    pub revoked_datetime: Option<DateTime<Utc>>,
}

impl JurisdictionStorage {
    /// The key_id of the good key with this SHA-256. A revoked key is as unknown as a wrong one.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_api_key(&self, key_hash: &[u8]) -> Result<Option<String>, StorageError> {
        self.storage
            .read(async |connection| {
                api_key::table
                    .find((self.id(), key_hash))
                    .filter(api_key::revoked_datetime.is_null())
                    .select(api_key::key_id)
                    .first(connection)
                    .await
                    .optional()
            })
            .await
    }

    /// Every key, the newest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_api_keys(&self) -> Result<Vec<ApiKeyRow>, StorageError> {
        self.storage
            .read(async |connection| {
                api_key::table
                    .filter(api_key::jurisdiction_id.eq(self.id()))
                    .order((api_key::created_datetime.desc(), api_key::key_id))
                    .select((
                        api_key::key_id,
                        api_key::label,
                        api_key::created_datetime,
                        api_key::revoked_datetime,
                    ))
                    .load(connection)
                    .await
            })
            .await
    }

    /// Stores a key by its SHA-256.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_api_key(
        &self,
        key_hash: &[u8],
        key_id: &str,
        label: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut connection = self.storage.connection().await?;
        diesel::insert_into(api_key::table)
            .values((
                api_key::jurisdiction_id.eq(self.id()),
                api_key::key_hash.eq(key_hash),
                api_key::key_id.eq(key_id),
                api_key::label.eq(label),
                api_key::created_datetime.eq(now),
            ))
            .execute(&mut connection)
            .await?;
        Ok(())
    }

    /// Refuses a key from now on. `false`: there is no good key with that key_id.
    ///
    /// # Errors
    /// As every write.
    pub async fn revoke_api_key(
        &self,
        key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut connection = self.storage.connection().await?;
        let revoked = diesel::update(
            api_key::table
                .filter(api_key::jurisdiction_id.eq(self.id()))
                .filter(api_key::key_id.eq(key_id))
                .filter(api_key::revoked_datetime.is_null()),
        )
        .set(api_key::revoked_datetime.eq(now))
        .execute(&mut connection)
        .await?;
        Ok(revoked > 0)
    }
}

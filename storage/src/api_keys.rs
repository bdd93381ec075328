//! Who may file service requests.

use crate::{
    JurisdictionStorage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::api_key,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

/// A key, as far as it is known here: the key itself is not.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_key)]
pub struct ApiKeyRow {
    /// Its first characters, by which people name it.
    pub key_id: String,
    /// Who holds it.
    pub label: String,
    /// What it may: permissions and roles; `None`: file service requests and post updates.
    pub scopes: Option<Vec<String>>,
    /// How often it may be used; `None`: as often as its holder likes.
    pub requests_per_minute: Option<i32>,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// From when on it is refused; `None`: never.
    pub expires_datetime: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_datetime: Option<DateTime<Utc>>,
    /// Since when it is refused; `None`: it is good until it expires.
    pub revoked_datetime: Option<DateTime<Utc>>,
}

/// A key to be stored, by its SHA-256.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = api_key)]
pub struct NewApiKey<'a> {
    /// SHA-256 of the key.
    pub key_hash: &'a [u8],
    /// Its first characters, by which people name it.
    pub key_id: &'a str,
    /// Who holds it.
    pub label: &'a str,
    /// What it may; `None`: file service requests and post updates.
    pub scopes: Option<&'a [String]>,
    /// How often it may be used; `None`: as often as its holder likes.
    pub requests_per_minute: Option<i32>,
    /// From when on it is refused; `None`: never.
    pub expires_datetime: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
}

impl ApiKeyRow {
    /// Whether it is neither revoked nor has expired.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_datetime.is_none() && self.expires_datetime.is_none_or(|end| now < end)
    }
}

impl JurisdictionStorage {
    /// The good key with this SHA-256. One that is revoked or has expired is as unknown as a wrong
    /// one.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_api_key(
        &self,
        key_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<ApiKeyRow>, StorageError> {
        let found: Option<ApiKeyRow> = self
            .storage
            .read(async |connection| {
                api_key::table
                    .find((self.id(), key_hash))
                    .select(ApiKeyRow::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        Ok(found.filter(|key| key.is_good(now)))
    }

    /// Notes that a key is used, unless that was noted since `before`.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_key_use(
        &self,
        key_id: &str,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut connection = self.storage.connection().await?;
        diesel::update(
            api_key::table
                .filter(api_key::jurisdiction_id.eq(self.id()))
                .filter(api_key::key_id.eq(key_id))
                .filter(
                    api_key::last_used_datetime
                        .is_null()
                        .or(api_key::last_used_datetime.le(before)),
                ),
        )
        .set(api_key::last_used_datetime.eq(now))
        .execute(&mut connection)
        .await?;
        Ok(())
    }

    /// The thousand keys that were made last, the newest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_api_keys(&self) -> Result<Vec<ApiKeyRow>, StorageError> {
        self.storage
            .read(async |connection| {
                api_key::table
                    .filter(api_key::jurisdiction_id.eq(self.id()))
                    .order((api_key::created_datetime.desc(), api_key::key_id))
                    .limit(1_000)
                    .select(ApiKeyRow::as_select())
                    .load(connection)
                    .await
            })
            .await
    }

    /// Stores a key by its SHA-256, and that `by` made it.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_api_key(
        &self,
        new: &NewApiKey<'_>,
        by: By<'_>,
    ) -> Result<(), StorageError> {
        self.storage
            .transaction(async |connection| {
                diesel::insert_into(api_key::table)
                    .values((api_key::jurisdiction_id.eq(self.id()), new))
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    before: None,
                    after: Some(json!({
                        "scopes": new.scopes,
                        "requests_per_minute": new.requests_per_minute,
                        "expires_datetime": new.expires_datetime,
                    })),
                    ..by.entry("api_key", new.key_id, new.created_datetime)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(()))
            })
            .await
    }

    /// Refuses a key from now on, and notes that `by` revoked it. `false`: there is no good key with
    /// that key_id.
    ///
    /// # Errors
    /// As every write.
    pub async fn revoke_api_key(
        &self,
        key_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let revoked = diesel::update(
                    api_key::table
                        .filter(api_key::jurisdiction_id.eq(self.id()))
                        .filter(api_key::key_id.eq(key_id))
                        .filter(api_key::revoked_datetime.is_null()),
                )
                .set(api_key::revoked_datetime.eq(now))
                .execute(connection)
                .await?;
                if revoked == 0 {
                    return Ok(End::Rollback(false));
                }
                let entry = AuditEntry {
                    before: Some(json!({"revoked_datetime": null})),
                    after: Some(json!({"revoked_datetime": now})),
                    ..by.entry("api_key", key_id, now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }
}

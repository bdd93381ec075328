//! OAuth clients: who gets tokens from this server, and what he is in each jurisdiction.

use crate::{
    JurisdictionStorage, Storage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::{client_grant, oauth_client},
};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::JurisdictionId;
use serde_json::json;

/// A client, as far as it is known here: its secret is not.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = oauth_client)]
pub struct Client {
    /// By which it names itself.
    pub client_id: String,
    /// SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// Who it is.
    pub label: String,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// Since when it gets no tokens; `None`: it does.
    pub revoked_datetime: Option<DateTime<Utc>>,
}

/// A client to be stored.
#[derive(Debug, Clone)]
pub struct NewClient<'a> {
    /// By which it names itself.
    pub client_id: &'a str,
    /// SHA-256 of its secret.
    pub secret_hash: &'a [u8],
    /// Who it is.
    pub label: &'a str,
}

/// What a client is in a jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_grant)]
pub struct ClientGrant {
    /// Which client.
    pub client_id: String,
    /// Who it is.
    pub label: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// The agencies on whose service requests it may work as staff; `None`: those of all.
    pub agencies: Option<Vec<String>>,
    /// Since when.
    pub created_datetime: DateTime<Utc>,
    /// Until when; `None`: it still is.
    pub revoked_datetime: Option<DateTime<Utc>>,
}

/// What a client shall be in a jurisdiction, in place of what it was.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// Its roles.
    pub roles: &'a [String],
    /// The agencies on whose service requests it may work as staff; `None`: those of all.
    pub agencies: Option<&'a [String]>,
}

impl Storage {
    /// The client of that id, revoked or not.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_client(&self, client_id: &str) -> Result<Option<Client>, StorageError> {
        self.read(async |connection| {
            oauth_client::table
                .find(client_id)
                .select(Client::as_select())
                .first(connection)
                .await
                .optional()
        })
        .await
    }

    /// Refuses a client and its tokens from now on, in every jurisdiction. `false`: there is no good
    /// client of that id.
    ///
    /// # Errors
    /// As every write.
    pub async fn revoke_client(
        &self,
        client_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.transaction(async |connection| {
            let revoked = diesel::update(
                oauth_client::table
                    .find(client_id)
                    .filter(oauth_client::revoked_datetime.is_null()),
            )
            .set(oauth_client::revoked_datetime.eq(now))
            .execute(connection)
            .await?;
            if revoked == 0 {
                return Ok(End::Rollback(false));
            }
            let ended: Vec<String> = diesel::update(
                client_grant::table
                    .filter(client_grant::client_id.eq(client_id))
                    .filter(client_grant::revoked_datetime.is_null()),
            )
            .set(client_grant::revoked_datetime.eq(now))
            .returning(client_grant::jurisdiction_id)
            .get_results(connection)
            .await?;
            for id in ended {
                let id = JurisdictionId::parse(&id).map_err(StorageError::corrupt)?;
                audit::append(connection, &id, &revocation(client_id, by, now)).await?;
            }
            Ok(End::Commit(true))
        })
        .await
    }
}

impl JurisdictionStorage {
    /// What a client is here, if it is anything.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_client_grant(
        &self,
        client_id: &str,
    ) -> Result<Option<ClientGrant>, StorageError> {
        self.storage
            .read(async |connection| {
                client_grant::table
                    .find((self.id(), client_id))
                    .filter(client_grant::revoked_datetime.is_null())
                    .select(ClientGrant::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await
    }

    /// What each client is or was here, the newest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_client_grants(&self) -> Result<Vec<ClientGrant>, StorageError> {
        self.storage
            .read(async |connection| {
                client_grant::table
                    .filter(client_grant::jurisdiction_id.eq(self.id()))
                    .order((
                        client_grant::created_datetime.desc(),
                        client_grant::client_id,
                    ))
                    .select(ClientGrant::as_select())
                    .load(connection)
                    .await
            })
            .await
    }

    /// Stores a client, with what it is here.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_client(
        &self,
        new: &NewClient<'_>,
        grant: &NewGrant<'_>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.storage
            .transaction(async |connection| {
                diesel::insert_into(oauth_client::table)
                    .values((
                        oauth_client::client_id.eq(new.client_id),
                        oauth_client::secret_hash.eq(new.secret_hash),
                        oauth_client::label.eq(new.label),
                        oauth_client::created_datetime.eq(now),
                    ))
                    .execute(connection)
                    .await?;
                self.put_grant(connection, (new.client_id, new.label), grant, by, now)
                    .await?;
                Ok(End::Commit(()))
            })
            .await
    }

    /// Makes a client something here, in place of what it was. `false`: there is no good client of
    /// that id.
    ///
    /// # Errors
    /// As every write.
    pub async fn grant_client(
        &self,
        client_id: &str,
        grant: &NewGrant<'_>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                // Locked, so that it cannot be revoked in between and keep what it is here.
                let label: Option<String> = oauth_client::table
                    .find(client_id)
                    .filter(oauth_client::revoked_datetime.is_null())
                    .select(oauth_client::label)
                    .for_update()
                    .first(connection)
                    .await
                    .optional()?;
                let Some(label) = label else {
                    return Ok(End::Rollback(false));
                };
                self.put_grant(connection, (client_id, &label), grant, by, now)
                    .await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// Ends what a client is here; elsewhere it stays what it is. `false`: it is nothing here.
    ///
    /// # Errors
    /// As every write.
    pub async fn revoke_client_grant(
        &self,
        client_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let ended = diesel::update(
                    client_grant::table
                        .find((self.id(), client_id))
                        .filter(client_grant::revoked_datetime.is_null()),
                )
                .set(client_grant::revoked_datetime.eq(now))
                .execute(connection)
                .await?;
                if ended == 0 {
                    return Ok(End::Rollback(false));
                }
                audit::append(
                    connection,
                    &self.jurisdiction_id,
                    &revocation(client_id, by, now),
                )
                .await?;
                Ok(End::Commit(true))
            })
            .await
    }

    async fn put_grant(
        &self,
        connection: &mut AsyncPgConnection,
        (client_id, label): (&str, &str),
        grant: &NewGrant<'_>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let before: Option<(Vec<String>, Option<Vec<String>>)> = client_grant::table
            .find((self.id(), client_id))
            .filter(client_grant::revoked_datetime.is_null())
            .select((client_grant::roles, client_grant::agencies))
            .for_update()
            .first(connection)
            .await
            .optional()?;
        diesel::insert_into(client_grant::table)
            .values((
                client_grant::jurisdiction_id.eq(self.id()),
                client_grant::client_id.eq(client_id),
                client_grant::label.eq(label),
                client_grant::roles.eq(grant.roles),
                client_grant::agencies.eq(grant.agencies),
                client_grant::created_datetime.eq(now),
            ))
            .on_conflict((client_grant::jurisdiction_id, client_grant::client_id))
            .do_update()
            .set((
                client_grant::roles.eq(excluded(client_grant::roles)),
                client_grant::agencies.eq(excluded(client_grant::agencies)),
                client_grant::created_datetime.eq(excluded(client_grant::created_datetime)),
                client_grant::revoked_datetime.eq(excluded(client_grant::revoked_datetime)),
            ))
            .execute(connection)
            .await?;
        let entry = AuditEntry {
            before: before.map(|(roles, agencies)| json!({"roles": roles, "agencies": agencies})),
            after: Some(json!({"roles": grant.roles, "agencies": grant.agencies})),
            ..by.entry("client", client_id, now)
        };
        audit::append(connection, &self.jurisdiction_id, &entry).await?;
        Ok(())
    }
}

fn revocation<'a>(client_id: &'a str, by: By<'a>, now: DateTime<Utc>) -> AuditEntry<'a> {
    AuditEntry {
        before: Some(json!({"revoked_datetime": null})),
        after: Some(json!({"revoked_datetime": now})),
        ..by.entry("client", client_id, now)
    }
}

//! Other endpoints that a jurisdiction speaks to.

use crate::{
    JurisdictionStorage, Storage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::{forward, forward_rule, mirror, remote},
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, min, sql},
    prelude::*,
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use domain::{Field, JurisdictionId, Remote, RemoteKey, RemoteName};
use serde_json::{Value, json};

/// More remotes than anybody has work for at once; the others come next time.
const MOST_AT_ONCE: i64 = 1_000;

/// What a remote's key becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// That of the remote, or none.
    Set,
    /// The one that there is stays.
    Keep,
}

/// What became of describing a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteChange {
    /// It is new.
    Added,
    /// It was there before.
    Changed,
    /// The key that was to be kept was given for another host, and is not sent to this one.
    KeyOfAnother,
}

/// Why a remote is not removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// It is not there any more.
    Removed,
    /// It never was.
    Unknown,
    /// A rule or a mirror needs it.
    InUse,
}

/// How far the service request updates of a remote have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdatesPoll {
    /// Until when; `None`: not yet.
    pub until: Option<DateTime<Utc>>,
    /// Until when nobody else reads them.
    pub lease: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = remote, check_for_backend(diesel::pg::Pg))]
struct RemoteRow {
    remote_name: String,
    base_url: String,
    remote_jurisdiction_id: Option<String>,
    api_key: Option<String>,
    dialect: Value,
    fields: Value,
}

impl RemoteRow {
    fn into_remote(self) -> Result<Remote, StorageError> {
        let dialect: Vec<(String, String)> =
            serde_json::from_value(self.dialect).map_err(StorageError::corrupt)?;
        let fields: Vec<String> =
            serde_json::from_value(self.fields).map_err(StorageError::corrupt)?;
        Remote::parse(
            &self.remote_name,
            &self.base_url,
            self.remote_jurisdiction_id.as_deref(),
            self.api_key.as_deref(),
            &dialect,
            Some(&fields),
        )
        .map_err(StorageError::corrupt)
    }
}

impl Storage {
    /// The remotes for which something is to be done.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_remotes_due(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<(JurisdictionId, RemoteName)>, StorageError> {
        let due: Vec<(String, String)> = self
            .read(async |connection| {
                let of_remote = forward::jurisdiction_id
                    .eq(remote::jurisdiction_id)
                    .and(forward::remote_name.eq(remote::remote_name));
                // Literals: an index that is partial on a state is found only by the state itself.
                let confirmed = forward::table
                    .filter(of_remote)
                    .filter(sql::<Bool>("forward.state = 'confirmed'"));
                // The first one of an index, because whether there is one at all is looked for by walking.
                let first = min(forward::next_datetime);
                let to_post = forward::table
                    .filter(of_remote)
                    .filter(sql::<Bool>("forward.state <> 'confirmed'"))
                    .select(first)
                    .single_value();
                let to_look_at = confirmed.clone().select(first).single_value();
                // Of a remote that has nothing of ours no updates are read.
                let followed = confirmed.select(first).single_value().is_not_null();
                let to_read = remote::next_updates_datetime.le(now).and(followed);
                remote::table
                    .filter(to_post.le(now).or(to_look_at.le(now)).or(to_read))
                    .order((remote::jurisdiction_id, remote::remote_name))
                    .limit(MOST_AT_ONCE)
                    .select((remote::jurisdiction_id, remote::remote_name))
                    .load(connection)
                    .await
            })
            .await?;
        due.into_iter()
            .map(|(jurisdiction, name)| {
                Ok((
                    JurisdictionId::parse(&jurisdiction).map_err(StorageError::corrupt)?,
                    RemoteName::parse(&name).map_err(StorageError::corrupt)?,
                ))
            })
            .collect()
    }
}

impl JurisdictionStorage {
    /// Adds a remote or describes one anew, and notes who did.
    ///
    /// # Errors
    /// As every write.
    pub async fn put_remote(
        &self,
        new: &Remote,
        key: KeyChange,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<RemoteChange, StorageError> {
        let name = new.name.as_str();
        let dialect =
            serde_json::to_value(new.dialect.to_pairs()).map_err(StorageError::unexpected)?;
        let words: Vec<&str> = new.fields.iter().copied().map(Field::as_str).collect();
        let fields = json!(words);
        let next_updates = new.dialect.updates.then_some(now);
        let described = (
            remote::base_url.eq(&new.base_url),
            remote::remote_jurisdiction_id.eq(&new.jurisdiction_id),
            remote::dialect.eq(&dialect),
            remote::fields.eq(&fields),
            remote::next_updates_datetime.eq(next_updates),
        );
        let api_key = remote::api_key.eq(new.api_key.as_ref().map(RemoteKey::reveal));
        self.storage
            .transaction(async |connection| {
                let at = remote::table.find((self.id(), name));
                if key == KeyChange::Keep {
                    let keyed_for: Option<String> = at
                        .filter(remote::api_key.is_not_null())
                        .select(remote::base_url)
                        .for_update()
                        .first(connection)
                        .await
                        .optional()?;
                    if keyed_for.is_some_and(|base_url| !new.is_at(&base_url)) {
                        return Ok(End::Rollback(RemoteChange::KeyOfAnother));
                    }
                }
                let changed = match key {
                    KeyChange::Set => {
                        diesel::update(at)
                            .set((described, api_key))
                            .execute(connection)
                            .await?
                    }
                    KeyChange::Keep => {
                        diesel::update(at)
                            .set(described)
                            .execute(connection)
                            .await?
                    }
                };
                if changed == 0 {
                    diesel::insert_into(remote::table)
                        .values((
                            remote::jurisdiction_id.eq(self.id()),
                            remote::remote_name.eq(name),
                            described,
                            api_key,
                            remote::created_datetime.eq(now),
                        ))
                        .execute(connection)
                        .await?;
                }
                let entry = AuditEntry {
                    after: Some(json!({
                        "base_url": new.base_url,
                        "fields": fields,
                        "dialect": dialect,
                        "api_key": matches!(key, KeyChange::Set).then_some("(changed)"),
                    })),
                    ..by.entry("remote", name, now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(match changed {
                    0 => RemoteChange::Added,
                    _ => RemoteChange::Changed,
                }))
            })
            .await
    }

    /// The remote of that name.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_remote(&self, name: &RemoteName) -> Result<Option<Remote>, StorageError> {
        let row: Option<RemoteRow> = self
            .storage
            .read(async |connection| {
                remote::table
                    .find((self.id(), name.as_str()))
                    .select(RemoteRow::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        row.map(RemoteRow::into_remote).transpose()
    }

    /// Every remote, by name. There are few: each is added by hand.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_remotes(&self) -> Result<Vec<Remote>, StorageError> {
        let rows: Vec<RemoteRow> = self
            .storage
            .read(async |connection| {
                remote::table
                    .filter(remote::jurisdiction_id.eq(self.id()))
                    .order(remote::remote_name)
                    .select(RemoteRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(RemoteRow::into_remote).collect()
    }

    /// Removes a remote that no rule and no mirror needs, and notes who did. What was forwarded to it
    /// stays as it is.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_remote(
        &self,
        name: &RemoteName,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Removal, StorageError> {
        self.storage
            .transaction(async |connection| {
                let rules = forward_rule::table
                    .filter(forward_rule::jurisdiction_id.eq(self.id()))
                    .filter(forward_rule::remote_name.eq(name.as_str()));
                let mirrors = mirror::table
                    .filter(mirror::jurisdiction_id.eq(self.id()))
                    .filter(mirror::remote_name.eq(name.as_str()));
                let in_use: bool = diesel::select(exists(rules).or(exists(mirrors)))
                    .get_result(connection)
                    .await?;
                if in_use {
                    return Ok(End::Rollback(Removal::InUse));
                }
                let removed = diesel::delete(remote::table.find((self.id(), name.as_str())))
                    .execute(connection)
                    .await?;
                if removed == 0 {
                    return Ok(End::Rollback(Removal::Unknown));
                }
                let entry = by.entry("remote", name.as_str(), now);
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(Removal::Removed))
            })
            .await
    }

    /// Takes up the reading of a remote's updates, if it is time and nobody else does.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_updates_poll(
        &self,
        name: &RemoteName,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
    ) -> Result<Option<UpdatesPoll>, StorageError> {
        let mut connection = self.storage.connection().await?;
        let until: Option<Option<DateTime<Utc>>> = diesel::update(
            remote::table
                .find((self.id(), name.as_str()))
                .filter(remote::next_updates_datetime.le(now)),
        )
        .set(remote::next_updates_datetime.eq(lease))
        .returning(remote::updates_until_datetime)
        .get_result(&mut connection)
        .await
        .optional()?;
        Ok(until.map(|until| UpdatesPoll { until, lease }))
    }

    /// Notes how far the updates have been read, and when they are read next. `false`: somebody else
    /// has taken that up meanwhile.
    ///
    /// # Errors
    /// As every write.
    pub async fn save_updates_poll(
        &self,
        name: &RemoteName,
        poll: UpdatesPoll,
        next: DateTime<Utc>,
        note: Option<&str>,
    ) -> Result<bool, StorageError> {
        let mut connection = self.storage.connection().await?;
        let saved = diesel::update(
            remote::table
                .find((self.id(), name.as_str()))
                .filter(remote::next_updates_datetime.eq(poll.lease)),
        )
        .set((
            remote::updates_until_datetime.eq(poll.until),
            remote::next_updates_datetime.eq(next),
            remote::last_answer.eq(note),
        ))
        .execute(&mut connection)
        .await?;
        Ok(saved == 1)
    }
}

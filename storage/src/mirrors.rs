//! Jurisdictions that are read-only copies of one at another endpoint.

mod compare;
mod row;

pub use compare::Unseen;
pub use row::{ClaimedMirror, MirrorState};

use crate::{
    JurisdictionStorage, Storage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::{mirror, mirror_missing, remote, service_request},
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{JurisdictionId, Mirror, RemoteName};
use row::{MirrorRow, ProgressColumns};
use serde_json::json;

/// More mirrors than one process works on at once; the others come next time.
const MOST_AT_ONCE: i64 = 1_000;

/// What became of setting up a mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorChange {
    /// It begins.
    Begun,
    /// The jurisdiction is a mirror already.
    Already,
    /// There is no such remote.
    UnknownRemote,
    /// The jurisdiction has service requests of its own, which a mirror would take for vanished.
    NotEmpty,
}

impl Storage {
    /// The jurisdictions that are mirrors, each with the base path of its original. There are few.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_mirrors(&self) -> Result<Vec<(JurisdictionId, String)>, StorageError> {
        let rows: Vec<(String, String)> = self
            .read(async |connection| {
                mirror::table
                    .inner_join(
                        remote::table.on(remote::jurisdiction_id
                            .eq(mirror::jurisdiction_id)
                            .and(remote::remote_name.eq(mirror::remote_name))),
                    )
                    .order(mirror::jurisdiction_id)
                    .select((mirror::jurisdiction_id, remote::base_url))
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter()
            .map(|(id, url)| {
                Ok((
                    JurisdictionId::parse(&id).map_err(StorageError::corrupt)?,
                    url,
                ))
            })
            .collect()
    }

    /// The mirrors for which something is to be done.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_mirrors_due(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<JurisdictionId>, StorageError> {
        let ids: Vec<String> = self
            .read(async |connection| {
                mirror::table
                    .filter(mirror::next_datetime.le(now))
                    .order(mirror::next_datetime)
                    .limit(MOST_AT_ONCE)
                    .select(mirror::jurisdiction_id)
                    .load(connection)
                    .await
            })
            .await?;
        let parse = |id: &String| JurisdictionId::parse(id).map_err(StorageError::corrupt);
        ids.iter().map(parse).collect()
    }
}

impl JurisdictionStorage {
    /// Makes this jurisdiction, which must be empty, a mirror, and notes who did.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_mirror(
        &self,
        remote_name: &RemoteName,
        new: &Mirror,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<MirrorChange, StorageError> {
        self.storage
            .transaction(async |connection| {
                let remotes = remote::table.find((self.id(), remote_name.as_str()));
                let own =
                    service_request::table.filter(service_request::jurisdiction_id.eq(self.id()));
                let (is_remote, has_own): (bool, bool) =
                    diesel::select((exists(remotes), exists(own)))
                        .get_result(connection)
                        .await?;
                if !is_remote {
                    return Ok(End::Rollback(MirrorChange::UnknownRemote));
                }
                let known: bool = diesel::select(exists(mirror::table.find(self.id())))
                    .get_result(connection)
                    .await?;
                if known {
                    return Ok(End::Rollback(MirrorChange::Already));
                }
                if has_own {
                    return Ok(End::Rollback(MirrorChange::NotEmpty));
                }
                let seconds = new.sweep_every.num_seconds();
                diesel::insert_into(mirror::table)
                    .values((
                        mirror::jurisdiction_id.eq(self.id()),
                        mirror::remote_name.eq(remote_name.as_str()),
                        mirror::created_datetime.eq(now),
                        mirror::back_to_datetime.eq(new.back_to),
                        mirror::sweep_every_seconds.eq(i32::try_from(seconds).unwrap_or(i32::MAX)),
                        mirror::claims.eq(0),
                        ProgressColumns::of(new),
                    ))
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    after: Some(json!({ "remote_name": remote_name.as_str() })),
                    ..by.entry("mirror", self.id(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(MirrorChange::Begun))
            })
            .await
    }

    /// Changes how often this mirror of a remote is compared with it, and notes who did. `since`: what
    /// it is thought to be copied from; that cannot be changed. `false`: it is no such mirror.
    ///
    /// # Errors
    /// As every write.
    pub async fn change_mirror(
        &self,
        remote_name: &RemoteName,
        since: Option<DateTime<Utc>>,
        sweep_every: TimeDelta,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let seconds = i32::try_from(sweep_every.num_seconds()).unwrap_or(i32::MAX);
        self.storage
            .transaction(async |connection| {
                let known: Option<(String, DateTime<Utc>)> = mirror::table
                    .find(self.id())
                    .select((mirror::remote_name, mirror::back_to_datetime))
                    .for_update()
                    .first(connection)
                    .await
                    .optional()?;
                let is_meant = known.is_some_and(|(name, back_to)| {
                    name == remote_name.as_str() && since.is_none_or(|since| since == back_to)
                });
                if !is_meant {
                    return Ok(End::Rollback(false));
                }
                diesel::update(mirror::table.find(self.id()))
                    .set(mirror::sweep_every_seconds.eq(seconds))
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    after: Some(json!({ "compare_every_seconds": seconds })),
                    ..by.entry("mirror", self.id(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// The mirror that this jurisdiction is, if it is one.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_mirror(&self) -> Result<Option<MirrorState>, StorageError> {
        let row: Option<MirrorRow> = self
            .storage
            .read(async |connection| {
                mirror::table
                    .find(self.id())
                    .select(MirrorRow::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        row.map(MirrorRow::into_state).transpose()
    }

    /// Ends the mirroring, and notes who did: what was copied stays, and belongs to this jurisdiction
    /// from now on. `false`: it is no mirror.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_mirror(
        &self,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let ended = diesel::delete(mirror::table.find(self.id()))
                    .execute(connection)
                    .await?;
                if ended == 0 {
                    return Ok(End::Rollback(false));
                }
                let missing = mirror_missing::jurisdiction_id.eq(self.id());
                diesel::delete(mirror_missing::table.filter(missing))
                    .execute(connection)
                    .await?;
                let entry = by.entry("mirror", self.id(), now);
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// Takes up the mirror, if it is time and nobody else does.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_mirror(
        &self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
    ) -> Result<Option<ClaimedMirror>, StorageError> {
        self.storage
            .transaction(async |connection| {
                let row: Option<MirrorRow> = mirror::table
                    .find(self.id())
                    .filter(mirror::next_datetime.le(now))
                    .select(MirrorRow::as_select())
                    .for_update()
                    .skip_locked()
                    .first(connection)
                    .await
                    .optional()?;
                let Some(row) = row else {
                    return Ok(End::Rollback(None));
                };
                let claims = row.claims + 1;
                diesel::update(mirror::table.find(self.id()))
                    .set((mirror::next_datetime.eq(lease), mirror::claims.eq(claims)))
                    .execute(connection)
                    .await?;
                let state = row.into_state()?;
                Ok(End::Commit(Some(ClaimedMirror { state, claims })))
            })
            .await
    }

    /// Writes down how far the mirror is, when the original last answered and what was wrong. `false`:
    /// somebody else has taken it up meanwhile.
    ///
    /// # Errors
    /// As every write.
    pub async fn save_mirror(
        &self,
        claimed: &ClaimedMirror,
        state: &MirrorState,
    ) -> Result<bool, StorageError> {
        let mut connection = self.storage.connection().await?;
        let saved = diesel::update(
            mirror::table
                .find(self.id())
                .filter(mirror::claims.eq(claimed.claims)),
        )
        .set((
            ProgressColumns::of(&state.progress),
            mirror::last_poll_datetime.eq(state.last_poll),
            mirror::last_answer.eq(&state.last_answer),
        ))
        .execute(&mut connection)
        .await?;
        Ok(saved == 1)
    }
}

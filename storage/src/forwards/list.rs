//! What people see of forwards, and taking up again what was given up.

use super::row::{Forward, ForwardRow, ProgressColumns};
use crate::{
    JurisdictionStorage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::forward,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ForwardState, ServiceRequest, ServiceRequestId, datetime};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// What became of taking something up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// It is on its way again.
    Begun,
    /// It is on its way as it is, or there already.
    NotGivenUp,
    /// There is no such forward.
    Unknown,
}

impl JurisdictionStorage {
    /// Where these service requests were forwarded to, in the order of time.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_forwards_of(&self, ids: &[&str]) -> Result<Vec<Forward>, StorageError> {
        let rows: Vec<ForwardRow> = self
            .storage
            .read(async |connection| {
                forward::table
                    .filter(forward::jurisdiction_id.eq(self.id()))
                    .filter(forward::service_request_id.eq_any(ids))
                    .order(forward::forward_id)
                    .select(ForwardRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(ForwardRow::into_forward).collect()
    }

    /// Adds to service requests, as extended attributes, what the public may know of where they were
    /// forwarded to.
    ///
    /// # Errors
    /// As every read.
    pub async fn add_forwards(&self, to: &mut [ServiceRequest]) -> Result<(), StorageError> {
        let ids = to.iter().map(|one| one.service_request_id.as_str());
        let forwards = self.list_forwards_of(&ids.collect::<Vec<_>>()).await?;
        let mut told: HashMap<ServiceRequestId, Vec<(String, String)>> = HashMap::new();
        for forward in forwards {
            let facts = facts(&forward);
            told.entry(forward.service_request_id)
                .or_default()
                .extend(facts);
        }
        for one in to {
            let facts = told.remove(&one.service_request_id);
            one.extended_attributes.extend(facts.unwrap_or_default());
        }
        Ok(())
    }

    /// The forwards in a state, in the order of time, those after `after`, at most `limit`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_forwards(
        &self,
        state: ForwardState,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Forward>, StorageError> {
        let rows: Vec<ForwardRow> = self
            .storage
            .read(async |connection| {
                forward::table
                    .filter(forward::jurisdiction_id.eq(self.id()))
                    .filter(forward::state.eq(state.as_str()))
                    .filter(forward::forward_id.gt(after.unwrap_or(Uuid::nil())))
                    .order(forward::forward_id)
                    .limit(limit)
                    .select(ForwardRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(ForwardRow::into_forward).collect()
    }

    /// Takes up again a forward that was given up or is uncertain, and notes who did. `remote_id`:
    /// what people have found out that it is called there; then nothing is posted.
    ///
    /// # Errors
    /// As every write.
    pub async fn replay_forward(
        &self,
        forward_id: Uuid,
        remote_id: Option<ServiceRequestId>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Replayed, StorageError> {
        self.storage
            .transaction(async |connection| {
                let row: Option<ForwardRow> = forward::table
                    .find((self.id(), forward_id))
                    .select(ForwardRow::as_select())
                    .for_update()
                    .first(connection)
                    .await
                    .optional()?;
                let Some(row) = row else {
                    return Ok(End::Rollback(Replayed::Unknown));
                };
                let forward = row.into_forward()?;
                let state = forward.progress.state;
                if !matches!(state, ForwardState::Dead | ForwardState::Uncertain) {
                    return Ok(End::Rollback(Replayed::NotGivenUp));
                }
                let mut progress = forward.progress;
                progress.remote_id = remote_id.or(progress.remote_id);
                let progress = progress.replayed(now);
                diesel::update(forward::table.find((self.id(), forward_id)))
                    .set((
                        ProgressColumns::of(&progress),
                        forward::claims.eq(forward.claims + 1),
                    ))
                    .execute(connection)
                    .await?;
                let object_id = forward_id.to_string();
                let entry = AuditEntry {
                    before: Some(json!({ "state": state.as_str() })),
                    after: Some(json!({ "state": progress.state.as_str() })),
                    ..by.entry("forward", &object_id, now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(Replayed::Begun))
            })
            .await
    }
}

/// What the public may know: where it is, what it is called and how far it is there.
fn facts(forward: &Forward) -> Vec<(String, String)> {
    let name = &forward.remote_name;
    let id = forward.progress.remote_id.as_ref();
    let seen = forward.seen_datetime.map(datetime::to_string);
    let facts = [
        ("state", Some(forward.progress.state.as_str().to_owned())),
        ("service_request_id", id.map(ToString::to_string)),
        ("status", forward.seen_status.clone()),
        ("updated_datetime", seen),
    ];
    let facts = facts.map(|(fact, value)| Some((format!("forwarded_to.{name}.{fact}"), value?)));
    facts.into_iter().flatten().collect()
}

//! Sending again what was sent, or given up, before.

use super::{
    dispatch::{Candidate, Dispatched, Range},
    filter_of,
};
use crate::{
    By, JurisdictionStorage, StorageError, audit,
    connection::End,
    schema::{webhook, webhook_delivery},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

/// What is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOf {
    /// Every event that the filter lets pass, also those that were never sent.
    Events,
    /// Dead letters.
    DeadLetters,
}

/// What became of the wish for a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It begins.
    Begun {
        /// The last position of it.
        until: i64,
    },
    /// There is no such webhook.
    Unknown,
    /// Another one is under way.
    StillRunning,
}

impl JurisdictionStorage {
    /// Sends a delivery again that is over. `None`: there is none for the event of that id; `false`:
    /// it is pending.
    ///
    /// # Errors
    /// As every write.
    pub async fn replay_delivery(
        &self,
        webhook_id: &str,
        update_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<bool>, StorageError> {
        self.storage
            .transaction(async |connection| {
                if self.lock_webhook(connection, webhook_id).await?.is_none() {
                    return Ok(End::Rollback(None));
                }
                let found: Option<(i64, String)> = webhook_delivery::table
                    .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                    .filter(webhook_delivery::webhook_id.eq(webhook_id))
                    .filter(webhook_delivery::update_id.eq(update_id))
                    .select((
                        webhook_delivery::position,
                        webhook_delivery::service_request_id,
                    ))
                    .first(connection)
                    .await
                    .optional()?;
                let Some((position, service_request_id)) = found else {
                    return Ok(End::Rollback(None));
                };
                let again = self
                    .make_pending(connection, webhook_id, &[position])
                    .await?;
                if again == 0 {
                    return Ok(End::Rollback(Some(false)));
                }
                let of = std::iter::once(&service_request_id[..]);
                self.give_turns(connection, webhook_id, of, now).await?;
                let mut entry = by.entry("webhook", webhook_id, now);
                entry.after = Some(serde_json::json!({"update_id": update_id}));
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(Some(true)))
            })
            .await
    }

    /// Sends a part of the feed again: the events after the position `after` until `until`, or until
    /// where deliveries were made so far. A worker does so by and by.
    ///
    /// # Errors
    /// As every write.
    pub async fn begin_replay(
        &self,
        webhook_id: &str,
        of: ReplayOf,
        after: i64,
        until: Option<i64>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Replay, StorageError> {
        self.storage
            .transaction(async |connection| {
                let Some(before) = self.lock_webhook(connection, webhook_id).await? else {
                    return Ok(End::Rollback(Replay::Unknown));
                };
                if before.replay_position.is_some() {
                    return Ok(End::Rollback(Replay::StillRunning));
                }
                // What comes later is sent anyway.
                let until = until.map_or(before.last_position, |until| {
                    until.min(before.last_position)
                });
                let state = match of {
                    ReplayOf::Events => None,
                    ReplayOf::DeadLetters => Some("dead"),
                };
                diesel::update(webhook::table.find((self.id(), webhook_id)))
                    .set((
                        webhook::replay_position.eq(after),
                        webhook::replay_until.eq(until),
                        webhook::replay_state.eq(state),
                    ))
                    .execute(connection)
                    .await?;
                let entry = by.entry("webhook", webhook_id, now);
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(Replay::Begun { until }))
            })
            .await
    }

    /// Takes a replay on by up to `limit` events, if one is under way.
    ///
    /// # Errors
    /// As every write.
    pub async fn continue_replay(
        &self,
        webhook_id: &str,
        limit: i64,
        now: DateTime<Utc>,
    ) -> Result<Dispatched, StorageError> {
        type Under = (Option<i64>, Option<i64>, Option<String>, Value, bool);
        self.storage
            .transaction(async |connection| {
                let at = webhook::table.find((self.id(), webhook_id));
                let found: Option<Under> = at
                    .filter(webhook::state.eq("active"))
                    .select((
                        webhook::replay_position,
                        webhook::replay_until,
                        webhook::replay_state,
                        webhook::filter,
                        webhook::is_internal,
                    ))
                    .for_no_key_update()
                    .first(connection)
                    .await
                    .optional()?;
                let Some((Some(after), Some(until), state, filter, is_internal)) = found else {
                    return Ok(End::Rollback(Dispatched::default()));
                };
                let range = Range {
                    after,
                    until,
                    limit,
                };
                let page = match state {
                    Some(_dead) => self.read_dead(connection, webhook_id, range).await?,
                    None => {
                        let filter = filter_of(filter)?;
                        self.read_candidates(connection, range, &filter, is_internal)
                            .await?
                    }
                };
                let read = page.len();
                let last = page.last().map(|event| event.position);
                let is_over = i64::try_from(read).is_ok_and(|read| read < limit);
                let passing: Vec<Candidate> =
                    page.into_iter().filter(|event| event.passes).collect();
                self.insert_again(connection, webhook_id, &passing, now)
                    .await?;
                let (position, until) = match last {
                    Some(last) if !is_over => (Some(last), Some(until)),
                    _ => (None, None),
                };
                diesel::update(at)
                    .set((
                        webhook::replay_position.eq(position),
                        webhook::replay_until.eq(until),
                    ))
                    .execute(connection)
                    .await?;
                Ok(End::Commit(Dispatched {
                    read,
                    made: passing.len(),
                }))
            })
            .await
    }

    async fn read_dead(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        range: Range,
    ) -> QueryResult<Vec<Candidate>> {
        let rows: Vec<(i64, String, String, i32)> = webhook_delivery::table
            .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
            .filter(webhook_delivery::webhook_id.eq(webhook_id))
            .filter(webhook_delivery::state.eq("dead"))
            .filter(webhook_delivery::position.gt(range.after))
            .filter(webhook_delivery::position.le(range.until))
            .order(webhook_delivery::position)
            .limit(range.limit)
            .select((
                webhook_delivery::position,
                webhook_delivery::update_id,
                webhook_delivery::service_request_id,
                webhook_delivery::version,
            ))
            .load(connection)
            .await?;
        Ok(rows
            .into_iter()
            .map(
                |(position, update_id, service_request_id, version)| Candidate {
                    position,
                    update_id,
                    service_request_id,
                    version,
                    passes: true,
                },
            )
            .collect())
    }

    /// Makes deliveries of the events, or those pending again that are over.
    async fn insert_again(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        events: &[Candidate],
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        self.make_pending(connection, webhook_id, &positions)
            .await?;
        self.insert_deliveries(connection, webhook_id, events, now)
            .await
    }

    /// Answers how many were over.
    async fn make_pending(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        positions: &[i64],
    ) -> QueryResult<usize> {
        diesel::update(
            webhook_delivery::table
                .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                .filter(webhook_delivery::webhook_id.eq(webhook_id))
                .filter(webhook_delivery::position.eq_any(positions))
                .filter(webhook_delivery::state.ne("pending")),
        )
        .set((
            webhook_delivery::state.eq("pending"),
            webhook_delivery::attempts.eq(0),
            webhook_delivery::next_attempt_datetime.eq(None::<DateTime<Utc>>),
            webhook_delivery::finished_datetime.eq(None::<DateTime<Utc>>),
        ))
        .execute(connection)
        .await
    }
}

//! Attempting deliveries. Whoever attempts one leases it first, in a short transaction, sends it
//! with no transaction open, and writes down what came of it in another. A worker that is killed
//! in between leaves a lease that ends by itself, and another one makes the attempt again.

use crate::{
    By, FeedEntry, JurisdictionStorage, Storage, StorageError, View, audit,
    connection::End,
    schema::{webhook, webhook_attempt, webhook_delivery},
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AttemptOutcome, DisabledReason, Fate, JurisdictionId};
use serde_json::json;
use uuid::Uuid;

/// Leases what is due. A row that another worker is about to lease is not waited for.
const CLAIM: &str = "UPDATE webhook_delivery
    SET leased_by = $5, lease_until = $6, next_attempt_datetime = $6
    WHERE jurisdiction_id = $1 AND webhook_id = $2 AND position = ANY(ARRAY(
        SELECT position FROM webhook_delivery
        WHERE jurisdiction_id = $1 AND webhook_id = $2 AND state = 'pending'
            AND next_attempt_datetime <= $3
        ORDER BY next_attempt_datetime, position LIMIT $4 FOR UPDATE SKIP LOCKED))
    RETURNING position, update_id, service_request_id, version, attempts";

/// Writes what became of deliveries, as far as the leases are still held. That the positions are
/// named twice keeps PostgreSQL from looking at all deliveries of the webhook for them.
const FINISH: &str = "UPDATE webhook_delivery AS leased
    SET state = end_state, attempts = attempts + 1, next_attempt_datetime = end_next,
        lease_until = NULL, leased_by = NULL,
        finished_datetime = CASE WHEN end_state = 'pending' THEN NULL ELSE $3 END
    FROM unnest($4, $5, $6) AS ends (end_position, end_state, end_next)
    WHERE jurisdiction_id = $1 AND webhook_id = $2 AND leased.position = end_position
        AND leased.position = ANY($4) AND state = 'pending' AND leased_by = $7
    RETURNING service_request_id, state";

/// A webhook with deliveries that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// Whose.
    pub jurisdiction_id: JurisdictionId,
    /// Which.
    pub webhook_id: String,
    /// Whether nothing has arrived since its last failure.
    pub is_failing: bool,
}

/// Deliveries that a worker has leased, and how they are sent.
pub struct Claim {
    /// Where to.
    pub url: String,
    /// What signs, as they are written; the newest first.
    pub secrets: Vec<String>,
    /// With whose eyes the events are read.
    pub view: View,
    /// The deliveries; of each service request one at most.
    pub deliveries: Vec<Claimed>,
}

/// A delivery that a worker has leased.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    /// The position of the event.
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    /// The id of the event.
    #[diesel(sql_type = Text)]
    pub update_id: String,
    /// What the event is about.
    #[diesel(sql_type = Text)]
    pub service_request_id: String,
    /// Which entry of its history the event is.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// Attempts before this one.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
}

/// An attempt, for the log.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it began.
    pub started_datetime: DateTime<Utc>,
    /// How long it took.
    pub duration: TimeDelta,
    /// Why there is no whole answer, in a word.
    pub error: Option<&'static str>,
    /// What is known beyond that; plain text, short.
    pub note: Option<String>,
}

/// What came of an attempt, and what follows.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The delivery.
    pub position: i64,
    /// What came.
    pub outcome: AttemptOutcome,
    /// What becomes of the delivery.
    pub fate: Fate,
    /// The attempt.
    pub attempt: Attempt,
}

impl Storage {
    /// Active webhooks with deliveries that are due; at most `limit`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_due_webhooks(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<DueWebhook>, StorageError> {
        let found: Vec<(String, String, bool)> = self
            .read(async |connection| {
                let due = webhook_delivery::table
                    .filter(webhook_delivery::jurisdiction_id.eq(webhook::jurisdiction_id))
                    .filter(webhook_delivery::webhook_id.eq(webhook::webhook_id))
                    .filter(webhook_delivery::state.eq("pending"))
                    .filter(webhook_delivery::next_attempt_datetime.le(now));
                webhook::table
                    .filter(webhook::state.eq("active"))
                    .filter(
                        webhook::paused_until
                            .is_null()
                            .or(webhook::paused_until.le(now).assume_not_null()),
                    )
                    .filter(exists(due))
                    .select((
                        webhook::jurisdiction_id,
                        webhook::webhook_id,
                        webhook::failing_since.is_not_null(),
                    ))
                    .limit(limit)
                    .load(connection)
                    .await
            })
            .await?;
        found
            .into_iter()
            .map(|(jurisdiction_id, webhook_id, is_failing)| {
                Ok(DueWebhook {
                    jurisdiction_id: JurisdictionId::parse(&jurisdiction_id)
                        .map_err(StorageError::corrupt)?,
                    webhook_id,
                    is_failing,
                })
            })
            .collect()
    }
}

impl JurisdictionStorage {
    /// Leases up to `limit` deliveries that are due to `worker`, until `lease_until`. `None`: the
    /// webhook is sent nothing.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_deliveries(
        &self,
        webhook_id: &str,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Option<Claim>, StorageError> {
        type Target = (String, String, Option<String>, Option<DateTime<Utc>>, bool);
        self.storage
            .transaction(async |connection| {
                let target: Option<Target> = webhook::table
                    .find((self.id(), webhook_id))
                    .filter(webhook::state.eq("active"))
                    .select((
                        webhook::url,
                        webhook::secret,
                        webhook::previous_secret,
                        webhook::previous_secret_until,
                        webhook::is_internal,
                    ))
                    .first(connection)
                    .await
                    .optional()?;
                let Some((url, secret, previous, previous_until, is_internal)) = target else {
                    return Ok(End::Rollback(None));
                };
                let mut deliveries: Vec<Claimed> = diesel::sql_query(CLAIM)
                    .bind::<Text, _>(self.id())
                    .bind::<Text, _>(webhook_id)
                    .bind::<Timestamptz, _>(now)
                    .bind::<BigInt, _>(limit)
                    .bind::<Text, _>(worker)
                    .bind::<Timestamptz, _>(lease_until)
                    .load(connection)
                    .await?;
                deliveries.sort_by_key(|one| one.position);
                let overlaps = previous_until.is_some_and(|until| now < until);
                let secrets = [Some(secret), previous.filter(|_| overlaps)];
                Ok(End::Commit(Some(Claim {
                    url,
                    secrets: secrets.into_iter().flatten().collect(),
                    view: if is_internal {
                        View::Internal
                    } else {
                        View::Public
                    },
                    deliveries,
                })))
            })
            .await
    }

    /// What the claimed deliveries tell, as it is now: text that was redacted meanwhile is not sent.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_claimed_entries(
        &self,
        claim: &Claim,
    ) -> Result<Vec<FeedEntry>, StorageError> {
        let positions: Vec<i64> = claim.deliveries.iter().map(|one| one.position).collect();
        self.list_feed_at(&positions, claim.view).await
    }

    /// Writes down what came of attempts, and makes the next delivery of each service request due
    /// whose turn is over. What another worker has taken over meanwhile is left to it.
    ///
    /// Answers why the webhook was disabled, if it was.
    ///
    /// # Errors
    /// As every write.
    pub async fn finish_deliveries(
        &self,
        webhook_id: &str,
        worker: &str,
        finished: &[Finished],
        now: DateTime<Utc>,
    ) -> Result<Option<DisabledReason>, StorageError> {
        self.storage
            .transaction(async |connection| {
                let disabled = self
                    .judge_webhook(connection, webhook_id, finished, now)
                    .await?;
                self.insert_attempts(connection, webhook_id, finished)
                    .await?;
                let ended = self
                    .end_leases(connection, webhook_id, worker, finished, now)
                    .await?;
                let over = ended.iter().filter(|row| row.state != "pending");
                let of = over.map(|row| &row.service_request_id[..]);
                self.give_turns(connection, webhook_id, of, now).await?;
                Ok(End::Commit(disabled))
            })
            .await
    }

    /// Takes claimed deliveries away that are not for this webhook any more: the public may not see
    /// their events, and the webhook is no longer one for internal ones.
    ///
    /// # Errors
    /// As every write.
    pub async fn discard_deliveries(
        &self,
        webhook_id: &str,
        claimed: &[&Claimed],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let positions: Vec<i64> = claimed.iter().map(|one| one.position).collect();
        self.storage
            .transaction(async |connection| {
                self.lock_webhook(connection, webhook_id).await?;
                self.delete_deliveries(connection, webhook_id, &positions)
                    .await?;
                let of = claimed.iter().map(|one| &one.service_request_id[..]);
                self.give_turns(connection, webhook_id, of, now).await?;
                Ok(End::Commit(()))
            })
            .await
    }

    /// Gives back what was leased and not attempted.
    ///
    /// # Errors
    /// As every write.
    pub async fn release_deliveries(
        &self,
        webhook_id: &str,
        worker: &str,
        positions: &[i64],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut connection = self.storage.connection().await?;
        diesel::update(
            webhook_delivery::table
                .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                .filter(webhook_delivery::webhook_id.eq(webhook_id))
                .filter(webhook_delivery::position.eq_any(positions))
                .filter(webhook_delivery::state.eq("pending"))
                .filter(webhook_delivery::leased_by.eq(worker)),
        )
        .set((
            webhook_delivery::leased_by.eq(None::<&str>),
            webhook_delivery::lease_until.eq(None::<DateTime<Utc>>),
            webhook_delivery::next_attempt_datetime.eq(now),
        ))
        .execute(&mut connection)
        .await?;
        Ok(())
    }

    /// Locks the webhook, and writes what the attempts say of its receiver.
    async fn judge_webhook(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        finished: &[Finished],
        now: DateTime<Utc>,
    ) -> Result<Option<DisabledReason>, StorageError> {
        let at = webhook::table.find((self.id(), webhook_id));
        let (state, before): (String, Option<DateTime<Utc>>) = at
            .select((webhook::state, webhook::failing_since))
            .for_no_key_update()
            .first(connection)
            .await?;
        let any_success = finished.iter().any(|one| one.outcome.is_success());
        let failing_since = (!any_success).then(|| before.unwrap_or(now));
        let pause = finished.iter().filter_map(|one| one.outcome.pause()).max();
        if failing_since != before || pause.is_some() {
            diesel::update(at)
                .set((
                    webhook::failing_since.eq(failing_since),
                    webhook::paused_until.eq(pause.map(|pause| now + pause)),
                ))
                .execute(connection)
                .await?;
        }
        let mut reasons = finished.iter().filter_map(|one| {
            // Of several attempts that ended together a success outweighs all but 410.
            DisabledReason::after(&one.outcome, failing_since.unwrap_or(now), now)
        });
        let Some(reason) = reasons.next().filter(|_| state == "active") else {
            return Ok(None);
        };
        self.disable_webhook(connection, webhook_id, reason, now)
            .await?;
        let by = By {
            actor: "job:deliver-webhooks",
            operation: "deliver_webhooks",
        };
        let mut entry = by.entry("webhook", webhook_id, now);
        entry.before = Some(json!({"status": "active"}));
        entry.after = Some(json!({"status": "disabled", "kind": reason.as_str()}));
        audit::append(connection, &self.jurisdiction_id, &entry).await?;
        Ok(Some(reason))
    }

    async fn insert_attempts(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        finished: &[Finished],
    ) -> QueryResult<()> {
        let rows: Vec<_> = finished
            .iter()
            .map(|one| {
                let milliseconds = one.attempt.duration.num_milliseconds();
                (
                    webhook_attempt::jurisdiction_id.eq(self.id()),
                    webhook_attempt::webhook_id.eq(webhook_id),
                    webhook_attempt::position.eq(one.position),
                    webhook_attempt::attempt_id.eq(Uuid::now_v7().to_string()),
                    webhook_attempt::started_datetime.eq(one.attempt.started_datetime),
                    webhook_attempt::duration_ms
                        .eq(i32::try_from(milliseconds.max(0)).unwrap_or(i32::MAX)),
                    webhook_attempt::status.eq(one.outcome.status.map(i32::from)),
                    webhook_attempt::error.eq(one.attempt.error),
                    webhook_attempt::note.eq(one.attempt.note.as_deref()),
                )
            })
            .collect();
        diesel::insert_into(webhook_attempt::table)
            .values(&rows)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn end_leases(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        worker: &str,
        finished: &[Finished],
        now: DateTime<Utc>,
    ) -> QueryResult<Vec<Ended>> {
        let positions: Vec<i64> = finished.iter().map(|one| one.position).collect();
        let (states, next): (Vec<&str>, Vec<Option<DateTime<Utc>>>) = finished
            .iter()
            .map(|one| match one.fate {
                Fate::Delivered => ("delivered", None),
                Fate::Retried(at) => ("pending", Some(at)),
                Fate::Dead => ("dead", None),
            })
            .unzip();
        diesel::sql_query(FINISH)
            .bind::<Text, _>(self.id())
            .bind::<Text, _>(webhook_id)
            .bind::<Timestamptz, _>(now)
            .bind::<Array<BigInt>, _>(positions)
            .bind::<Array<Text>, _>(states)
            .bind::<Array<Nullable<Timestamptz>>, _>(next)
            .bind::<Text, _>(worker)
            .load(connection)
            .await
    }
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = Text)]
    service_request_id: String,
    #[diesel(sql_type = Text)]
    state: String,
}

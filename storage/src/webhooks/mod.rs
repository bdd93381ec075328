//! Webhooks: who is told of changes.
//!
//! Events come from the change feed. A webhook remembers up to which position deliveries were made
//! from them ([`dispatch`]), and each delivery is then attempted until it arrives or is dead
//! ([`deliver`]). Whoever changes which deliveries of a webhook are due holds the webhook's row, so
//! the two never work against each other, and no transaction is open while something is sent.

mod deliver;
mod deliveries;
mod dispatch;
mod purge;
mod replay;

pub use deliver::{Attempt, Claim, Claimed, DueWebhook, Finished};
pub use deliveries::{AttemptRow, Delivery, DeliveryState};
pub use dispatch::Dispatched;
pub use replay::{Replay, ReplayOf};

use crate::{
    By, JurisdictionStorage, StorageError, audit,
    connection::End,
    schema::{feed, webhook},
};
use chrono::{DateTime, Utc};
use diesel::{dsl::count_star, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{DisabledReason, WebhookFilter, WebhookSettings, WebhookState};
use serde_json::{Value, json};

/// How many webhooks a jurisdiction may have: all of them are read at once.
pub const MOST_WEBHOOKS: i64 = 100;

/// A webhook, without its secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// A UUID.
    pub webhook_id: String,
    /// What somebody has decided about it.
    pub settings: WebhookSettings,
    /// Whether it is sent anything.
    pub state: WebhookState,
    /// The first failed attempt after which none succeeded.
    pub failing_since: Option<DateTime<Utc>>,
    /// Until when the receiver asked to be left alone.
    pub paused_until: Option<DateTime<Utc>>,
    /// Until when the secret before this one signs too.
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// Up to which position of the feed deliveries were made.
    pub last_position: i64,
    /// A replay that is under way: up to which position it has come, and its last.
    pub replay: Option<(i64, i64)>,
    /// Who made it, by the name that access control has for him.
    pub author: String,
    /// When it was made.
    pub created_datetime: DateTime<Utc>,
    /// When somebody last changed it.
    pub changed_datetime: DateTime<Utc>,
}

/// A webhook to be written.
pub struct NewWebhook<'a> {
    /// A UUID.
    pub webhook_id: &'a str,
    /// What somebody has decided about it.
    pub settings: &'a WebhookSettings,
    /// What signs, as it is written.
    pub secret: &'a str,
    /// The position of the feed after which events are sent; `None`: only what happens from now on.
    pub after: Option<i64>,
    /// When.
    pub now: DateTime<Utc>,
}

/// What is to become of a webhook.
pub struct WebhookChange<'a> {
    /// What is decided about it from now on.
    pub settings: &'a WebhookSettings,
    /// Whether it is sent anything from now on; `None`: as before.
    pub is_active: Option<bool>,
    /// When.
    pub now: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook, check_for_backend(diesel::pg::Pg))]
struct WebhookRow {
    webhook_id: String,
    url: String,
    label: String,
    filter: Value,
    is_internal: bool,
    previous_secret_until: Option<DateTime<Utc>>,
    state: String,
    disabled_reason: Option<String>,
    disabled_datetime: Option<DateTime<Utc>>,
    failing_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    last_position: i64,
    replay_position: Option<i64>,
    replay_until: Option<i64>,
    author: String,
    created_datetime: DateTime<Utc>,
    changed_datetime: DateTime<Utc>,
}

impl WebhookRow {
    fn into_webhook(self) -> Result<Webhook, StorageError> {
        let state = match (
            &self.state[..],
            self.disabled_reason,
            self.disabled_datetime,
        ) {
            ("active", _, _) => WebhookState::Active,
            ("disabled", Some(reason), Some(since)) => WebhookState::Disabled {
                reason: DisabledReason::parse(&reason)
                    .ok_or_else(|| StorageError::corrupt("a webhook is disabled without reason"))?,
                since,
            },
            _ => return Err(StorageError::corrupt("a webhook has no state")),
        };
        Ok(Webhook {
            webhook_id: self.webhook_id,
            settings: WebhookSettings {
                url: self.url,
                label: self.label,
                filter: filter_of(self.filter)?,
                is_internal: self.is_internal,
            },
            state,
            failing_since: self.failing_since,
            paused_until: self.paused_until,
            previous_secret_until: self.previous_secret_until,
            last_position: self.last_position,
            replay: self.replay_position.zip(self.replay_until),
            author: self.author,
            created_datetime: self.created_datetime,
            changed_datetime: self.changed_datetime,
        })
    }
}

/// The filter in a column.
fn filter_of(column: Value) -> Result<WebhookFilter, StorageError> {
    let arguments = serde_json::from_value(column).map_err(StorageError::corrupt)?;
    WebhookFilter::parse(arguments).map_err(StorageError::corrupt)
}

impl JurisdictionStorage {
    /// Every webhook, the oldest first; there are at most [`MOST_WEBHOOKS`].
    ///
    /// # Errors
    /// As every read.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, StorageError> {
        let rows: Vec<WebhookRow> = self
            .storage
            .read(async |connection| {
                webhook::table
                    .filter(webhook::jurisdiction_id.eq(self.id()))
                    .filter(webhook::state.ne("deleted"))
                    .order((webhook::created_datetime, webhook::webhook_id))
                    .limit(MOST_WEBHOOKS)
                    .select(WebhookRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(WebhookRow::into_webhook).collect()
    }

    /// The webhook of that id.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_webhook(&self, webhook_id: &str) -> Result<Option<Webhook>, StorageError> {
        let row: Option<WebhookRow> = self
            .storage
            .read(async |connection| {
                webhook::table
                    .find((self.id(), webhook_id))
                    .filter(webhook::state.ne("deleted"))
                    .select(WebhookRow::as_select())
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        row.map(WebhookRow::into_webhook).transpose()
    }

    /// Writes a webhook. `false`: there are [`MOST_WEBHOOKS`] already.
    ///
    /// # Errors
    /// As every write.
    pub async fn insert_webhook(
        &self,
        new: &NewWebhook<'_>,
        by: By<'_>,
    ) -> Result<bool, StorageError> {
        let filter = serde_json::to_value(new.settings.filter.arguments())
            .map_err(StorageError::unexpected)?;
        self.storage
            .transaction(async |connection| {
                let there: i64 = webhook::table
                    .filter(webhook::jurisdiction_id.eq(self.id()))
                    .filter(webhook::state.ne("deleted"))
                    .select(count_star())
                    .get_result(connection)
                    .await?;
                if there >= MOST_WEBHOOKS {
                    return Ok(End::Rollback(false));
                }
                let end: Option<i64> = feed::table
                    .find(self.id())
                    .select(feed::last_position)
                    .first(connection)
                    .await
                    .optional()?;
                let end = end.unwrap_or(0);
                diesel::insert_into(webhook::table)
                    .values((
                        webhook::jurisdiction_id.eq(self.id()),
                        webhook::webhook_id.eq(new.webhook_id),
                        webhook::url.eq(&new.settings.url),
                        webhook::label.eq(&new.settings.label),
                        webhook::filter.eq(filter),
                        webhook::is_internal.eq(new.settings.is_internal),
                        webhook::secret.eq(new.secret),
                        webhook::state.eq("active"),
                        webhook::last_position.eq(new.after.map_or(end, |after| after.min(end))),
                        webhook::author.eq(by.actor),
                        webhook::created_datetime.eq(new.now),
                        webhook::changed_datetime.eq(new.now),
                    ))
                    .execute(connection)
                    .await?;
                let mut entry = by.entry("webhook", new.webhook_id, new.now);
                entry.after = Some(told(new.settings, "active"));
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// Changes a webhook. `false`: there is none of that id.
    ///
    /// # Errors
    /// As every write.
    pub async fn change_webhook(
        &self,
        webhook_id: &str,
        change: &WebhookChange<'_>,
        by: By<'_>,
    ) -> Result<bool, StorageError> {
        let filter = serde_json::to_value(change.settings.filter.arguments())
            .map_err(StorageError::unexpected)?;
        self.storage
            .transaction(async |connection| {
                let Some(before) = self.lock_webhook(connection, webhook_id).await? else {
                    return Ok(End::Rollback(false));
                };
                let before = before.into_webhook()?;
                let was_active = before.state == WebhookState::Active;
                let is_active = change.is_active.unwrap_or(was_active);
                let at = webhook::table.find((self.id(), webhook_id));
                diesel::update(at)
                    .set((
                        webhook::url.eq(&change.settings.url),
                        webhook::label.eq(&change.settings.label),
                        webhook::filter.eq(filter),
                        webhook::is_internal.eq(change.settings.is_internal),
                        webhook::changed_datetime.eq(change.now),
                    ))
                    .execute(connection)
                    .await?;
                if is_active && !was_active {
                    self.enable_webhook(connection, webhook_id, change.now)
                        .await?;
                } else if was_active && !is_active {
                    let reason = DisabledReason::ByHand;
                    self.disable_webhook(connection, webhook_id, reason, change.now)
                        .await?;
                }
                let word = |active| if active { "active" } else { "disabled" };
                let mut entry = by.entry("webhook", webhook_id, change.now);
                entry.before = Some(told(&before.settings, word(was_active)));
                entry.after = Some(told(change.settings, word(is_active)));
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// Signs with another secret from now on; until `overlap_until` the one before signs too.
    /// `false`: there is no such webhook.
    ///
    /// # Errors
    /// As every write.
    pub async fn rotate_webhook_secret(
        &self,
        webhook_id: &str,
        secret: &str,
        overlap_until: DateTime<Utc>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                if self.lock_webhook(connection, webhook_id).await?.is_none() {
                    return Ok(End::Rollback(false));
                }
                diesel::update(webhook::table.find((self.id(), webhook_id)))
                    .set((
                        webhook::previous_secret.eq(webhook::secret.nullable()),
                        webhook::previous_secret_until.eq(overlap_until),
                        webhook::secret.eq(secret),
                        webhook::changed_datetime.eq(now),
                    ))
                    .execute(connection)
                    .await?;
                let entry = by.entry("webhook", webhook_id, now);
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// Takes a webhook away; its deliveries go by and by. `false`: there is none of that id.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_webhook(
        &self,
        webhook_id: &str,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let Some(before) = self.lock_webhook(connection, webhook_id).await? else {
                    return Ok(End::Rollback(false));
                };
                let before = before.into_webhook()?;
                diesel::update(webhook::table.find((self.id(), webhook_id)))
                    .set((
                        webhook::state.eq("deleted"),
                        webhook::changed_datetime.eq(now),
                    ))
                    .execute(connection)
                    .await?;
                let word = match before.state {
                    WebhookState::Active => "active",
                    WebhookState::Disabled { .. } => "disabled",
                };
                let mut entry = by.entry("webhook", webhook_id, now);
                entry.before = Some(told(&before.settings, word));
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    /// The webhook, for whoever changes it or which of its deliveries are due.
    async fn lock_webhook(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
    ) -> QueryResult<Option<WebhookRow>> {
        webhook::table
            .find((self.id(), webhook_id))
            .filter(webhook::state.ne("deleted"))
            .select(WebhookRow::as_select())
            .for_no_key_update()
            .first(connection)
            .await
            .optional()
    }

    /// Whoever enables it expects it to work: what waits for another attempt is due now.
    async fn enable_webhook(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        now: DateTime<Utc>,
    ) -> QueryResult<usize> {
        use crate::schema::webhook_delivery::dsl;
        let waiting = dsl::webhook_delivery
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::webhook_id.eq(webhook_id))
            .filter(dsl::state.eq("pending"))
            .filter(dsl::next_attempt_datetime.gt(now))
            .filter(dsl::lease_until.is_null());
        diesel::update(waiting)
            .set(dsl::next_attempt_datetime.eq(now))
            .execute(connection)
            .await?;
        diesel::update(webhook::table.find((self.id(), webhook_id)))
            .set((
                webhook::state.eq("active"),
                webhook::disabled_reason.eq(None::<&str>),
                webhook::disabled_datetime.eq(None::<DateTime<Utc>>),
                webhook::failing_since.eq(None::<DateTime<Utc>>),
                webhook::paused_until.eq(None::<DateTime<Utc>>),
            ))
            .execute(connection)
            .await
    }

    async fn disable_webhook(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        reason: DisabledReason,
        now: DateTime<Utc>,
    ) -> QueryResult<usize> {
        diesel::update(webhook::table.find((self.id(), webhook_id)))
            .set((
                webhook::state.eq("disabled"),
                webhook::disabled_reason.eq(reason.as_str()),
                webhook::disabled_datetime.eq(now),
            ))
            .execute(connection)
            .await
    }
}

/// What the audit log is offered of a webhook; it keeps to itself what may be secret.
fn told(settings: &WebhookSettings, state: &str) -> Value {
    json!({
        "url": settings.url,
        "label": settings.label,
        "filter": settings.filter.arguments(),
        "is_internal": settings.is_internal,
        "status": state,
    })
}

//! Webhooks and deliveries, as those see them who manage them.

use super::FilterDocument;
use crate::{
    georeport::documents::{w3c, w3c_or_null},
    openapi::words,
};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::WebhookState;
use serde::{Serialize, Serializer};
use storage::{AttemptRow, Delivery, Webhook};
use utoipa::ToSchema;

/// Some webhooks.
#[derive(Serialize, ToSchema)]
pub struct Webhooks<'a> {
    /// The oldest first.
    pub webhooks: Vec<WebhookDocument<'a>>,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
pub struct WebhookDocument<'a> {
    /// A UUID.
    #[schema(format = "uuid")]
    webhook_id: &'a str,
    /// Where events are sent.
    url: &'a str,
    /// What people call it; may be empty.
    label: &'a str,
    /// Which events are sent.
    filter: FilterDocument<'a>,
    /// Whether entries that the public may not see are sent too.
    is_internal: bool,
    /// Whether anything is sent.
    #[schema(value_type = words::WebhookState)]
    state: &'static str,
    /// Why nothing is sent; null: it is active.
    #[schema(value_type = Option<words::DisabledReason>, required)]
    disabled_reason: Option<&'static str>,
    /// Since when nothing is sent; null: it is active.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    disabled_datetime: Option<DateTime<Utc>>,
    /// The first failure after which nothing arrived; null: the last attempt succeeded. After 120
    /// hours of failures the webhook is disabled.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    failing_since: Option<DateTime<Utc>>,
    /// Until when the receiver asked to be left alone; null: he did not.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    paused_until: Option<DateTime<Utc>>,
    /// Until when the secret before this one signs too; null: it does not.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    previous_secret_until: Option<DateTime<Utc>>,
    /// Up to which event of the feed deliveries were made.
    cursor: String,
    /// A replay that is under way; null: none is.
    #[schema(required)]
    replay: Option<ReplayDocument>,
    /// Who made it.
    author: &'a str,
    /// When it was made.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    created_datetime: DateTime<Utc>,
    /// When somebody last changed it.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    changed_datetime: DateTime<Utc>,
}

/// A part of the feed that is sent again.
#[derive(Serialize, ToSchema)]
pub struct ReplayDocument {
    /// Up to which event it has come.
    pub cursor: String,
    /// The last event of it.
    pub until: String,
}

/// A webhook that was just made.
#[derive(Serialize, ToSchema)]
pub struct WebhookWithSecret<'a> {
    /// The webhook.
    pub webhook: WebhookDocument<'a>,
    /// What signs. It is shown this once.
    pub secret: &'a str,
}

/// A secret that was just made.
#[derive(Serialize, ToSchema)]
pub struct SecretDocument<'a> {
    /// What signs from now on. It is shown this once.
    pub secret: &'a str,
    /// Until when the secret before it signs too.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    pub previous_secret_until: DateTime<Utc>,
}

/// Some deliveries.
#[derive(Serialize, ToSchema)]
pub struct Deliveries<'a> {
    /// Those of the newest events first.
    pub deliveries: Vec<DeliveryDocument<'a>>,
    /// To be sent as `before`, to go on from here; null: there are no more.
    #[schema(required)]
    pub before: Option<String>,
}

/// A delivery: an event that a webhook is sent.
#[derive(Serialize, ToSchema)]
pub struct DeliveryDocument<'a> {
    /// The id of the event, which the receiver gets as `webhook-id`.
    event_id: &'a str,
    /// Where the event stands in the feed.
    cursor: String,
    /// What the event is about.
    service_request_id: &'a str,
    /// How far it is.
    #[schema(value_type = words::DeliveryState)]
    state: &'a str,
    /// Attempts that were made since it was last pending anew.
    attempts: i32,
    /// When it is due; null: it is over, or waits for an earlier one of the same service request.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_attempt_datetime: Option<DateTime<Utc>>,
    /// When it was made from the event.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    created_datetime: DateTime<Utc>,
    /// When it was delivered or given up; null: it is pending.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    finished_datetime: Option<DateTime<Utc>>,
}

/// A delivery with its attempts.
#[derive(Serialize, ToSchema)]
pub struct DeliveryWithAttempts<'a> {
    /// The delivery.
    pub delivery: DeliveryDocument<'a>,
    /// Its newest attempts, the newest first.
    pub attempts: Vec<AttemptDocument<'a>>,
}

/// An attempt whose end was seen.
#[derive(Serialize, ToSchema)]
pub struct AttemptDocument<'a> {
    /// When it began.
    #[serde(serialize_with = "milliseconds")]
    #[schema(value_type = String, format = DateTime)]
    started_datetime: DateTime<Utc>,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0)]
    duration_ms: i32,
    /// The HTTP status that was answered; null: none.
    #[schema(required)]
    status: Option<i32>,
    /// Why there is no whole answer; null: there is one.
    #[schema(value_type = Option<words::AttemptError>, required)]
    error: Option<&'a str>,
    /// What is known beyond that, little and plain text; null: nothing.
    #[schema(required)]
    note: Option<&'a str>,
}

impl<'a> From<&'a Webhook> for WebhookDocument<'a> {
    fn from(webhook: &'a Webhook) -> Self {
        let settings = &webhook.settings;
        let (state, disabled) = match webhook.state {
            WebhookState::Active => ("active", None),
            WebhookState::Disabled { reason, since } => ("disabled", Some((reason, since))),
        };
        Self {
            webhook_id: &webhook.webhook_id,
            url: &settings.url,
            label: &settings.label,
            filter: FilterDocument::from(&settings.filter),
            is_internal: settings.is_internal,
            state,
            disabled_reason: disabled.map(|(reason, _)| reason.as_str()),
            disabled_datetime: disabled.map(|(_, since)| since),
            failing_since: webhook.failing_since,
            paused_until: webhook.paused_until,
            previous_secret_until: webhook.previous_secret_until,
            cursor: webhook.last_position.to_string(),
            replay: webhook.replay.map(|(position, until)| ReplayDocument {
                cursor: position.to_string(),
                until: until.to_string(),
            }),
            author: &webhook.author,
            created_datetime: webhook.created_datetime,
            changed_datetime: webhook.changed_datetime,
        }
    }
}

impl<'a> From<&'a Delivery> for DeliveryDocument<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            event_id: &delivery.update_id,
            cursor: delivery.position.to_string(),
            service_request_id: &delivery.service_request_id,
            state: &delivery.state,
            attempts: delivery.attempts,
            next_attempt_datetime: delivery.next_attempt_datetime,
            created_datetime: delivery.created_datetime,
            finished_datetime: delivery.finished_datetime,
        }
    }
}

impl<'a> From<&'a AttemptRow> for AttemptDocument<'a> {
    fn from(attempt: &'a AttemptRow) -> Self {
        Self {
            started_datetime: attempt.started_datetime,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            error: attempt.error.as_deref(),
            note: attempt.note.as_deref(),
        }
    }
}

fn milliseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

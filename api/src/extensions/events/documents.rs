//! Events, as the feed and webhooks tell them.

use crate::{
    georeport::documents::{RequestDocument, absolute, w3c},
    openapi::words,
};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::{FieldChange, ServiceRequestUpdate, UpdateKind};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use storage::{FeedEntry, View};
use utoipa::ToSchema;

/// A part of the change feed.
#[derive(Serialize, ToSchema)]
pub struct Events<'a> {
    /// What happened, in order.
    pub events: Vec<EventDocument<'a>>,
    /// To be sent as `after`, to go on from here.
    pub cursor: String,
}

/// Something that happened to a service request.
#[derive(Serialize, ToSchema)]
pub struct EventDocument<'a> {
    /// A UUID; the same wherever and however often the event is told.
    event_id: &'a str,
    /// Where it stands in the feed.
    cursor: String,
    /// What sort of thing happened.
    #[serde(rename = "type")]
    #[schema(value_type = words::EventType)]
    event_type: &'static str,
    /// The jurisdiction.
    jurisdiction_id: &'a str,
    /// What it happened to.
    service_request_id: &'a str,
    /// Its place in the history of the service request; 1 first. The public sees gaps where something
    /// internal happened.
    #[schema(minimum = 1)]
    version: i32,
    /// When it was written.
    #[serde(serialize_with = "microseconds")]
    #[schema(value_type = String, format = DateTime)]
    recorded_datetime: DateTime<Utc>,
    /// What is told of it; null when the service request is no longer public.
    #[schema(required)]
    update: Option<EventUpdate<'a>>,
    /// The service request as it is now, with its attributes and extended attributes; null when it is
    /// no longer public. Whoever keeps what comes last has what is public.
    #[schema(required)]
    service_request: Option<RequestDocument<'a>>,
}

/// What is told of an event.
#[derive(Serialize, ToSchema)]
pub struct EventUpdate<'a> {
    /// The detailed status from then on.
    #[schema(value_type = words::DetailedStatus)]
    status: &'static str,
    /// When it happened.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    updated_datetime: DateTime<Utc>,
    /// What people are told.
    #[schema(required)]
    description: Option<&'a str>,
    /// Why it was closed.
    #[schema(value_type = Option<words::ClosingReason>, required)]
    closing_reason: Option<&'static str>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[schema(required)]
    closing_detail: Option<&'a str>,
    /// Who says so, where it is not the jurisdiction.
    #[schema(required)]
    said_by: Option<&'a str>,
    /// Pictures and pages.
    media_urls: Vec<Cow<'a, str>>,
    /// Fields that changed.
    changed: Vec<ChangeDocument<'a>>,
}

/// A field that changed.
#[derive(Serialize, ToSchema)]
pub struct ChangeDocument<'a> {
    /// Its name.
    field: &'a str,
    /// What it was.
    #[schema(required)]
    from: Option<&'a str>,
    /// What it is.
    #[schema(required)]
    to: Option<&'a str>,
}

impl<'a> ChangeDocument<'a> {
    /// What a field was and is.
    pub fn new(field: &'a str, from: Option<&'a str>, to: Option<&'a str>) -> Self {
        Self { field, from, to }
    }
}

impl<'a> EventDocument<'a> {
    /// The event as somebody with that view may see it. Files of ours are shown under `public_url`.
    pub fn new(
        jurisdiction_id: &'a str,
        entry: &'a FeedEntry,
        view: View,
        public_url: &str,
    ) -> Self {
        let FeedEntry {
            position,
            update,
            service_request,
        } = entry;
        let request = service_request.as_ref();
        Self {
            event_id: &update.update_id,
            cursor: position.to_string(),
            event_type: event_type(update.kind),
            jurisdiction_id,
            service_request_id: update.service_request_id.as_str(),
            version: update.version,
            recorded_datetime: update.recorded_datetime,
            // What was taken from the public is not told again.
            update: request.map(|_| EventUpdate::new(update, view, public_url)),
            service_request: request.map(|one| RequestDocument::current(one, public_url)),
        }
    }
}

impl<'a> EventUpdate<'a> {
    fn new(update: &'a ServiceRequestUpdate, view: View, public_url: &str) -> Self {
        let closing = update.closing.as_ref();
        let urls = update.media_urls.iter();
        let shown = |change: &&FieldChange| view == View::Internal || change.is_public();
        Self {
            status: update.status.as_str(),
            updated_datetime: update.updated_datetime,
            description: update.description.as_deref(),
            closing_reason: closing.map(|one| one.reason.as_str()),
            closing_detail: closing.and_then(|one| one.detail.as_deref()),
            said_by: update.author_name.as_deref(),
            media_urls: urls.map(|url| absolute(url, public_url)).collect(),
            changed: update
                .changed
                .iter()
                .filter(shown)
                .map(|FieldChange { field, from, to }| ChangeDocument {
                    field,
                    from: from.as_deref(),
                    to: to.as_deref(),
                })
                .collect(),
        }
    }
}

/// What sort of thing happened, as events call it.
pub const fn event_type(kind: UpdateKind) -> &'static str {
    match kind {
        UpdateKind::Opened => "service_request.opened",
        UpdateKind::Published => "service_request.published",
        UpdateKind::Updated => "service_request.updated",
        UpdateKind::Redacted => "service_request.redacted",
        UpdateKind::Removed => "service_request.removed",
        UpdateKind::Overdue => "service_request.overdue",
    }
}

/// To the microsecond.
pub fn microseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

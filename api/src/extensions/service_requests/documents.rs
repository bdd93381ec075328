//! The documents that staff are answered with.

use crate::{
    error::Problem,
    extensions::events::{ChangeDocument, event_type, microseconds},
    georeport::documents::{RequestDocument, absolute, w3c},
    openapi::words,
};
use chrono::{DateTime, Utc};
use domain::{FieldChange, Reporter, ServiceRequestUpdate, StaffServiceRequest};
use serde::Serialize;
use std::borrow::Cow;
use storage::Total;
use utoipa::ToSchema;

/// A page of service requests.
#[derive(Serialize, ToSchema)]
pub struct StaffRequests<'a> {
    /// The service requests, in the order asked for.
    pub service_requests: Vec<StaffRequestDocument<'a>>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// How many there are on all pages, if `total` was asked for; at most 100,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, maximum = 100_000)]
    pub total: Option<i64>,
    /// Whether there are no more than `total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total_is_exact: Option<bool>,
}

impl<'a> StaffRequests<'a> {
    /// The page that holds these.
    pub fn new(
        service_requests: &'a [StaffServiceRequest],
        has_more: bool,
        total: Option<Total>,
        public_url: &str,
        now: DateTime<Utc>,
    ) -> Self {
        let each = service_requests.iter();
        Self {
            service_requests: each
                .map(|one| StaffRequestDocument::new(one, public_url, now))
                .collect(),
            has_more,
            total: total.map(|total| total.count),
            total_is_exact: total.map(|total| total.is_exact),
        }
    }
}

/// A service request: what the standard tells of it, and what only staff may know.
#[derive(Serialize, ToSchema)]
pub struct StaffRequestDocument<'a> {
    /// What the standard and its extensions tell.
    #[serde(flatten)]
    service_request: RequestDocument<'a>,
    /// The newest entry of its history; it is the `ETag` too, and goes back in `If-Match`.
    #[schema(minimum = 0)]
    version: i32,
    /// Whether the public may see it.
    is_public: bool,
    /// Whether it should have been done by now and is not.
    is_overdue: bool,
    /// How urgent it is; null: nobody said.
    #[schema(value_type = Option<words::Priority>, required)]
    priority: Option<&'static str>,
    /// Who works on it.
    #[schema(required)]
    assignee: Option<&'a str>,
    /// The service request that tells the same and is worked on instead.
    #[schema(required)]
    duplicate_of: Option<&'a str>,
    /// Who reported, for those who may know; null: he told nothing of himself.
    #[schema(required)]
    reporter: Option<ReporterDocument<'a>>,
}

impl<'a> StaffRequestDocument<'a> {
    /// What is known at `now`. Files of ours are shown under `public_url`.
    pub fn new(request: &'a StaffServiceRequest, public_url: &str, now: DateTime<Utc>) -> Self {
        let StaffServiceRequest {
            service_request,
            version,
            is_public,
            priority,
            assignee,
            duplicate_of,
            reporter,
        } = request;
        Self {
            service_request: RequestDocument::current(service_request, public_url),
            version: *version,
            is_public: *is_public,
            is_overdue: request.is_overdue(now),
            priority: priority.map(domain::Priority::as_str),
            assignee: assignee.as_deref(),
            duplicate_of: duplicate_of.as_ref().map(|id| id.as_str()),
            reporter: reporter.as_ref().map(Into::into),
        }
    }
}

/// Who reported: personal data.
#[derive(Serialize, ToSchema)]
pub struct ReporterDocument<'a> {
    /// The e-mail address.
    #[schema(required)]
    email: Option<&'a str>,
    /// The telephone number.
    #[schema(required)]
    phone: Option<&'a str>,
    /// The given name.
    #[schema(required)]
    first_name: Option<&'a str>,
    /// The family name.
    #[schema(required)]
    last_name: Option<&'a str>,
    /// The device that sent it.
    #[schema(required)]
    device_id: Option<&'a str>,
    /// The account with the app that sent it.
    #[schema(required)]
    account_id: Option<&'a str>,
}

impl<'a> From<&'a Reporter> for ReporterDocument<'a> {
    fn from(reporter: &'a Reporter) -> Self {
        let Reporter {
            email,
            phone,
            first_name,
            last_name,
            device_id,
            account_id,
        } = reporter;
        Self {
            email: email.as_deref(),
            phone: phone.as_deref(),
            first_name: first_name.as_deref(),
            last_name: last_name.as_deref(),
            device_id: device_id.as_deref(),
            account_id: account_id.as_deref(),
        }
    }
}

/// The history of a service request.
#[derive(Serialize, ToSchema)]
pub struct StaffRequestUpdates<'a> {
    /// Every entry, the oldest first.
    pub updates: Vec<StaffUpdateDocument<'a>>,
}

/// An entry of a history, internal ones included.
#[derive(Serialize, ToSchema)]
pub struct StaffUpdateDocument<'a> {
    /// A UUID; the same wherever it is told.
    update_id: &'a str,
    /// Its place in the history; 1 first.
    #[schema(minimum = 1)]
    version: i32,
    /// What sort of thing happened.
    #[serde(rename = "type")]
    #[schema(value_type = words::EventType)]
    event_type: &'static str,
    /// Whether the public may see it.
    is_public: bool,
    /// When it was written.
    #[serde(serialize_with = "microseconds")]
    #[schema(value_type = String, format = DateTime)]
    recorded_datetime: DateTime<Utc>,
    /// When it happened, as its author tells it.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    updated_datetime: DateTime<Utc>,
    /// The detailed status from then on.
    #[schema(value_type = words::DetailedStatus)]
    status: &'static str,
    /// Why it was closed.
    #[schema(value_type = Option<words::ClosingReason>, required)]
    closing_reason: Option<&'static str>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[schema(required)]
    closing_detail: Option<&'a str>,
    /// What people are told; or an internal note.
    #[schema(required)]
    description: Option<&'a str>,
    /// Pictures and pages.
    media_urls: Vec<Cow<'a, str>>,
    /// Fields that changed.
    changed: Vec<ChangeDocument<'a>>,
    /// Who wrote it.
    author: &'a str,
    /// Who says so, for people, where it is not the jurisdiction.
    #[schema(required)]
    said_by: Option<&'a str>,
}

impl<'a> StaffUpdateDocument<'a> {
    /// The entry. Files of ours are shown under `public_url`.
    pub fn new(update: &'a ServiceRequestUpdate, public_url: &str) -> Self {
        let ServiceRequestUpdate {
            service_request_id: _, // stands in the address
            version,
            update_id,
            kind,
            is_public,
            recorded_datetime,
            updated_datetime,
            status,
            closing,
            description,
            media_urls,
            changed,
            author,
            author_name,
        } = update;
        let closing = closing.as_ref();
        let urls = media_urls.iter();
        Self {
            update_id,
            version: *version,
            event_type: event_type(*kind),
            is_public: *is_public,
            recorded_datetime: *recorded_datetime,
            updated_datetime: *updated_datetime,
            status: status.as_str(),
            closing_reason: closing.map(|one| one.reason.as_str()),
            closing_detail: closing.and_then(|one| one.detail.as_deref()),
            description: description.as_deref(),
            media_urls: urls.map(|url| absolute(url, public_url)).collect(),
            changed: changed
                .iter()
                .map(|FieldChange { field, from, to }| {
                    ChangeDocument::new(field, from.as_deref(), to.as_deref())
                })
                .collect(),
            author,
            said_by: author_name.as_deref(),
        }
    }
}

/// What became of each of many service requests.
#[derive(Serialize, ToSchema)]
pub struct BulkResults<'a> {
    /// In the order in which they were sent.
    pub results: Vec<BulkResult<'a>>,
}

/// What became of one of many service requests: as if it had been changed alone.
#[derive(Serialize, ToSchema)]
pub struct BulkResult<'a> {
    /// Which.
    pub service_request_id: &'a str,
    /// 200: it is so now; otherwise why not.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// Its newest version, if it is so now.
    #[schema(required)]
    pub version: Option<i32>,
    /// What is wrong, if something is.
    #[schema(value_type = Option<Problem<'a>>, required)]
    pub problem: Option<Problem<'a>>,
}

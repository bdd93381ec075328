//! The extension's documents.

use crate::{
    format::Document,
    georeport::documents::{absolute, w3c},
    openapi::words,
};
use chrono::{DateTime, Utc};
use domain::{ServiceRequestUpdate, Status};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// `service_request_updates` of a GET.
#[derive(Serialize, ToSchema)]
pub struct ServiceRequestUpdates<'a>(pub Vec<UpdateDocument<'a>>);

impl Document for ServiceRequestUpdates<'_> {
    const ROOT: &'static str = "service_request_updates";
}

/// One update. The last four fields are there only with `extensions=true`.
#[derive(Serialize, ToSchema)]
pub struct UpdateDocument<'a> {
    /// A UUID; the same whenever the update is told.
    update_id: &'a str,
    /// What was updated.
    service_request_id: &'a str,
    /// The detailed status from then on, in lower case.
    #[schema(value_type = words::DetailedStatus)]
    status: &'static str,
    /// When it happened.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    updated_datetime: DateTime<Utc>,
    /// What people are told.
    #[schema(required)]
    description: Option<&'a str>,
    /// A picture or a page; a list, if there are several.
    #[schema(required)]
    media_url: Option<MediaUrl<'a>>,
    /// Why it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = words::ClosingReason, required = false)]
    closing_reason: Option<&'static str>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closing_detail: Option<&'a str>,
    /// Who says so, where it is not the jurisdiction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    said_by: Option<&'a str>,
    /// Every picture and page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    media_urls: Option<Vec<Cow<'a, str>>>,
}

/// A picture or a page, or a list of several; in XML each of these is a `media_url` within the
/// `media_url`. So open311-adapter tells them, and FixMyStreet reads them.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum MediaUrl<'a> {
    /// The only one.
    One(Cow<'a, str>),
    /// Several.
    Several(Vec<Cow<'a, str>>),
}

impl<'a> MediaUrl<'a> {
    /// `None`: there is none.
    fn of(urls: &'a [String], public_url: &str) -> Option<Self> {
        let mut all: Vec<_> = urls.iter().map(|url| absolute(url, public_url)).collect();
        match all.len() {
            0 | 1 => all.pop().map(Self::One),
            _ => Some(Self::Several(all)),
        }
    }
}

impl<'a> UpdateDocument<'a> {
    /// The extension's fields. Files of ours are shown under `public_url`.
    pub fn new(update: &'a ServiceRequestUpdate, public_url: &str) -> Self {
        let ServiceRequestUpdate {
            service_request_id,
            version: _,
            update_id,
            kind: _,
            is_public: _,
            recorded_datetime: _,
            updated_datetime,
            status,
            closing: _,
            description,
            media_urls,
            changed: _,
            author: _,
            author_name: _,
        } = update;
        Self {
            update_id,
            service_request_id: service_request_id.as_str(),
            status: status.as_str(),
            updated_datetime: *updated_datetime,
            description: description.as_deref(),
            media_url: MediaUrl::of(media_urls, public_url),
            closing_reason: None,
            closing_detail: None,
            said_by: None,
            media_urls: None,
        }
    }

    /// The same with what `extensions=true` adds.
    pub fn extended(update: &'a ServiceRequestUpdate, public_url: &str) -> Self {
        let closing = update
            .closing
            .as_ref()
            .filter(|_| update.status.status() == Status::Closed);
        let urls = update.media_urls.iter();
        Self {
            closing_reason: closing.map(|one| one.reason.as_str()),
            closing_detail: closing.and_then(|one| one.detail.as_deref()),
            said_by: update.author_name.as_deref(),
            media_urls: Some(urls.map(|url| absolute(url, public_url)).collect())
                .filter(|urls: &Vec<_>| !urls.is_empty()),
            ..Self::new(update, public_url)
        }
    }
}

/// `service_request_updates` of a POST.
#[derive(Serialize, ToSchema)]
pub struct CreatedUpdates<'a>(pub Vec<CreatedUpdate<'a>>);

impl Document for CreatedUpdates<'_> {
    const ROOT: &'static str = "service_request_updates";
}

/// What the sender of an update is told.
#[derive(Serialize, ToSchema)]
pub struct CreatedUpdate<'a> {
    /// The id that the update has here.
    pub update_id: &'a str,
}

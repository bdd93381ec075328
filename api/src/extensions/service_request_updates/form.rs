//! The arguments of an update, for the OpenAPI document.

use crate::openapi::words;
use utoipa::ToSchema;

/// The arguments of an update. Others that FixMyStreet sends (names, e-mail, `title`, …) are accepted
/// and not kept.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub struct UpdateForm {
    /// The API key, where it is not in a header.
    #[schema(nullable = false, example = "demo-key")]
    api_key: Option<String>,
    /// The jurisdiction; required when several are served here.
    #[schema(nullable = false, max_length = 100, example = "boston.demo")]
    jurisdiction_id: Option<String>,
    /// What is updated.
    #[schema(min_length = 1, max_length = 100, example = "26-1234-5678")]
    service_request_id: String,
    /// The sender's id of the update: however often it is sent, it is written once.
    #[schema(min_length = 1, max_length = 100, example = "88")]
    update_id: String,
    /// When it happened.
    #[schema(format = DateTime, example = "2026-11-20T09:30:00Z")]
    updated_datetime: String,
    /// The new status, in any case, or UNCHANGED or REOPEN.
    #[schema(example = "IN_PROGRESS")]
    status: String,
    /// What people are told.
    #[schema(nullable = false, max_length = 4000, example = "A crew is on its way.")]
    description: Option<String>,
    /// A picture or a page; may be sent several times.
    #[schema(nullable = false, max_length = 2000, format = Uri, example = "https://works.example.org/photos/4711.jpg")]
    media_url: Option<Vec<String>>,
    /// Why it is closed; where it is left out, what the status says of it, and `not_told` for CLOSED.
    #[schema(value_type = words::ClosingReason, nullable = false, required = false)]
    closing_reason: Option<String>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[schema(nullable = false, max_length = 500, example = "26-8765-4321")]
    closing_detail: Option<String>,
}

/// The same with files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub struct UpdateParts {
    #[serde(flatten)]
    form: UpdateForm,
    /// Photos; any other field with a file is taken for one too.
    #[schema(nullable = false, format = Binary, content_media_type = "application/octet-stream")]
    media: Option<Vec<String>>,
}

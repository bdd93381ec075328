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
    pub api_key: Option<String>,
    /// The jurisdiction; required when several are served here.
    #[schema(nullable = false, max_length = 100, example = "boston.demo")]
    pub jurisdiction_id: Option<String>,
    /// What is updated.
    #[schema(min_length = 1, max_length = 100, example = "26-1234-5678")]
    pub service_request_id: String,
    /// The sender's id of the update: however often it is sent, it is written once.
    #[schema(min_length = 1, max_length = 100, example = "88")]
    pub update_id: String,
    /// When it happened.
    #[schema(format = DateTime, example = "2026-11-20T09:30:00Z")]
    pub updated_datetime: String,
    /// The new status, in any case, or UNCHANGED or REOPEN.
    #[schema(example = "IN_PROGRESS")]
    pub status: String,
    /// What people are told.
    #[schema(nullable = false, max_length = 4000, example = "A crew is on its way.")]
    pub description: Option<String>,
    /// A picture or a page; may be sent several times.
    #[schema(
        nullable = false,
        max_length = 2000,
        format = "uri",
        example = "https://works.example.org/photos/4711.jpg"
    )]
    pub media_url: Option<String>,
    /// Why it is closed; where it is left out, what the status says of it, and `not_told` for CLOSED.
    #[schema(value_type = words::ClosingReason, nullable = false, required = false)]
    pub closing_reason: Option<String>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[schema(nullable = false, max_length = 500, example = "26-8765-4321")]
    pub closing_detail: Option<String>,
}

/// The same with files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub struct UpdateParts {
    /// Everything but the photos.
    #[serde(flatten)]
    pub form: UpdateForm,
    /// A photo, as for a service request: JPEG, PNG or WebP, at most 10 MiB.
    #[schema(nullable = false, value_type = Option<String>, format = Binary)]
    pub media: Option<Vec<u8>>,
}

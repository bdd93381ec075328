//! The bodies that staff send, for the OpenAPI document.
#![expect(dead_code, reason = "only described, never made")]

use crate::openapi::words;
use utoipa::ToSchema;

/// What to change. What is left out stays as it is; null empties a field that can be empty.
#[derive(ToSchema)]
pub struct ChangeForm {
    /// The new status.
    #[schema(value_type = words::DetailedStatus, nullable = false, required = false)]
    pub status: Option<String>,
    /// Why it is closed; needed where the status does not say it (`closed`).
    #[schema(value_type = words::ClosingReason, nullable = false, required = false)]
    pub closing_reason: Option<String>,
    /// By which rule nothing is done, or to whom it was handed, which has to be said.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 500,
        example = "The state's road service"
    )]
    pub closing_detail: Option<String>,
    /// The service request that tells the same; needed where it is closed for that.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        example = "26-8765-4321"
    )]
    pub duplicate_of: Option<String>,
    /// What people are told.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 4000,
        example = "The slab was laid anew."
    )]
    pub description: Option<String>,
    /// The name of a text that people are told, in place of `description`.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        example = "Laid anew"
    )]
    pub response_template: Option<String>,
    /// Pictures or pages, such as one taken when the work was done; one, or a list.
    #[schema(nullable = false, max_items = 10, example = json!(["https://works.example.org/photos/4711.jpg"]))]
    pub media_url: Option<Vec<String>>,
    /// Who is to act.
    #[schema(max_length = 500, example = "Public Works")]
    pub agency_responsible: Option<String>,
    /// The service.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        example = "sidewalk-repair"
    )]
    pub service_code: Option<String>,
    /// How urgent it is.
    #[schema(value_type = Option<words::Priority>)]
    pub priority: Option<String>,
    /// When it should be done, whatever the service level says.
    #[schema(format = DateTime, example = "2026-12-01T21:00:00Z")]
    pub expected_datetime: Option<String>,
    /// Who works on it.
    #[schema(max_length = 500, example = "j.doe")]
    pub assignee: Option<String>,
}

/// The same with photos.
#[derive(ToSchema)]
pub struct ChangeParts {
    /// Everything but the photos; what is sent empty counts as left out.
    #[serde(flatten)]
    pub form: ChangeForm,
    /// A photo, as for a service request: JPEG, PNG or WebP, at most 10 MiB.
    #[schema(nullable = false, value_type = Option<String>, format = Binary)]
    pub media: Option<Vec<u8>>,
}

/// The same change for many service requests.
#[derive(ToSchema)]
pub struct BulkForm {
    /// What to change.
    pub change: ChangeForm,
    /// Of which.
    #[schema(min_items = 1, max_items = 1000)]
    pub service_requests: Vec<BulkItem>,
}

/// One of many service requests, as it was read.
#[derive(ToSchema)]
pub struct BulkItem {
    /// Which.
    #[schema(min_length = 1, max_length = 100, example = "26-1234-5678")]
    pub service_request_id: String,
    /// The version that was read.
    #[schema(minimum = 0, example = 3)]
    pub version: u32,
}

/// A note.
#[derive(ToSchema)]
pub struct NoteForm {
    /// What is noted; needed where neither a photo nor `response_template` says it.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 4000,
        example = "The caller says that it smells of gas."
    )]
    pub description: Option<String>,
    /// The name of a text that is noted, in place of `description`; one that is meant for a status is
    /// for changes to it.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        example = "On our list"
    )]
    pub response_template: Option<String>,
    /// Whether the public may read it.
    #[schema(example = false)]
    pub is_public: bool,
    /// Pictures or pages; one, or a list.
    #[schema(nullable = false, max_items = 10, example = json!(["https://works.example.org/photos/4711.jpg"]))]
    pub media_url: Option<Vec<String>>,
}

/// The same with photos.
#[derive(ToSchema)]
pub struct NoteParts {
    /// Everything but the photos; what is sent empty counts as left out.
    #[serde(flatten)]
    pub form: NoteForm,
    /// A photo, as for a service request: JPEG, PNG or WebP, at most 10 MiB.
    #[schema(nullable = false, value_type = Option<String>, format = Binary)]
    pub media: Option<Vec<u8>>,
}

/// Which service request tells the same.
#[derive(ToSchema)]
pub struct DuplicateForm {
    /// The one that is worked on instead.
    #[schema(min_length = 1, max_length = 100, example = "26-8765-4321")]
    pub service_request_id: String,
}

/// What to take out of a service request.
#[derive(ToSchema)]
pub struct RedactionForm {
    /// Parts of the service request.
    #[schema(nullable = false, value_type = Option<Vec<words::RedactedPart>>, required = false)]
    pub fields: Option<Vec<String>>,
    /// Updates whose text is taken out, by their `update_id`. What earlier updates told, and what staff
    /// noted, is named here: of the fields only `status_notes` reaches into the history, for what it
    /// tells now.
    #[schema(nullable = false, max_items = 100, example = json!(["0199b3a0-7c1e-7f00-8a00-000000000002"]))]
    pub updates: Option<Vec<String>>,
}

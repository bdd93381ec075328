//! A text that staff answer with, as it is sent, for the OpenAPI document.

use crate::openapi::words;
use utoipa::ToSchema;

/// A text that staff answer with.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub struct TemplateForm {
    /// The text. `{service_request_id}`, `{service_name}`, `{agency_responsible}` and
    /// `{expected_date}` are filled by a service request; another opening brace is refused.
    #[schema(
        min_length = 1,
        max_length = 4000,
        example = "{service_name} ({service_request_id}): the slab was laid anew."
    )]
    pub text: String,
    /// For service requests of this service only.
    #[schema(min_length = 1, max_length = 100, example = "sidewalk-repair")]
    pub service_code: Option<String>,
    /// For changes to this status only.
    #[schema(value_type = Option<words::DetailedStatus>, required = false)]
    pub status: Option<String>,
}

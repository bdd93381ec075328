//! Parameters that several methods share.

use crate::format::Format;
use utoipa::IntoParams;

/// The suffix of the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Suffix {
    /// The format of the answer.
    #[param(inline, example = "json")]
    pub format: Format,
}

/// Which jurisdiction is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JurisdictionArgument {
    /// The jurisdiction; required when several are served here.
    #[param(nullable = false, example = "boston.demo", max_length = 100)]
    pub jurisdiction_id: Option<String>,
}

/// What is added to the standard's documents.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExtensionsArgument {
    /// `true` adds `attributes`, `extended_attributes` and `notes` to each service request.
    #[param(nullable = false, example = true)]
    pub extensions: Option<bool>,
}

/// What the client has already: <https://www.rfc-editor.org/rfc/rfc9110#section-13>.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Conditions {
    /// Entity tags of answers that the client has.
    #[param(
        rename = "If-None-Match",
        nullable = false,
        example = "W/\"6f3b2a1908d7c5e4\""
    )]
    pub if_none_match: Option<String>,
    /// When the client's answer was modified; `If-None-Match` wins over it.
    #[param(
        rename = "If-Modified-Since",
        nullable = false,
        example = "Sat, 21 Nov 2026 08:00:00 GMT"
    )]
    pub if_modified_since: Option<String>,
}

/// Which jurisdiction is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Jurisdiction {
    /// The jurisdiction.
    #[param(min_length = 1, max_length = 100, example = "boston.demo")]
    pub jurisdiction_id: String,
}

/// Which service request is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ServiceRequestInPath {
    /// The service request.
    #[param(min_length = 1, max_length = 100, example = "26-1234-5678")]
    pub service_request_id: String,
}

/// Which version was read: <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1>.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// The `ETag` of the service request as it was read.
    #[param(
        rename = "If-Match",
        example = "\"3\"",
        pattern = "^(W/)?\"[0-9]{1,9}\"$"
    )]
    pub if_match: String,
}

/// Which version was read, where that matters to whoever asks.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatchIfRead {
    /// The `ETag` of the service request as it was read; without it, whatever it is now.
    #[param(
        rename = "If-Match",
        nullable = false,
        example = "\"3\"",
        pattern = "^(W/)?\"[0-9]{1,9}\"$"
    )]
    pub if_match: Option<String>,
}

/// What makes a repeated request known.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKeyHeader {
    /// What is repeated with it is carried out once.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        example = "5f2c1b9e-5d0a-4a53-9c1e-8f6f7f1f2a11"
    )]
    pub idempotency_key: Option<String>,
}

/// Which service is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ServiceInPath {
    /// The service.
    #[param(min_length = 1, max_length = 100, example = "sidewalk-repair")]
    pub service_code: String,
}

/// Which text is meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TemplateInPath {
    /// The text's name.
    #[param(min_length = 1, max_length = 100, example = "Laid anew")]
    pub name: String,
}

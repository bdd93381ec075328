//! Every failure that a caller may see, and the one table of status codes.
//!
//! <https://wiki.open311.org/GeoReport_v2/#errors> knows 404, 403 and "basically 400 for any other
//! error"; beyond the letter are the codes that proxies, retries and alarms depend on. What is not
//! the standard's tells its failures as problem details: <https://www.rfc-editor.org/rfc/rfc9457>.

use crate::{
    format::{Document, Format},
    operation::Methods,
};
use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use domain::{Violation, Violations};
use serde::Serialize;
use std::{error::Error, fmt};
use storage::StorageError;

/// Why there is no answer: a status, sentences for the caller, and the cause for the log.
#[derive(Debug)]
pub struct ApiError {
    kind: Kind,
    faults: Vec<Fault>,
    source: Option<Box<dyn Error + Send + Sync>>,
    format: ErrorFormat,
}

/// One thing that is wrong, as the caller is told it.
#[derive(Debug)]
struct Fault {
    argument: Option<String>,
    sentence: String,
}

/// How failures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// The standard's errors document.
    Errors(Format),
    /// Problem details, where a path is ours.
    Problem,
}

impl ErrorFormat {
    /// As whoever asks for this path expects it.
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("/api/") || path.starts_with("/.well-known/") {
            Self::Problem
        } else {
            Self::Errors(Format::of_path(path))
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Errors(format) => format.media_type(),
            Self::Problem => "application/problem+json",
        }
    }

    /// The media type with its character set, where it has one.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Errors(format) => format.content_type(),
            Self::Problem => self.media_type(),
        }
    }
}

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something sent breaks a rule.
    Invalid,
    /// The body does not come as HTTP has it.
    BrokenBody,
    /// Nobody, or nobody we know, asks for what not everybody may have.
    Unauthenticated,
    /// The key is missing, wrong or revoked.
    InvalidKey,
    /// The caller is known, but this is not for him.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The thing is there, but not for this method; with the methods that it knows.
    MethodNotAllowed(Methods),
    /// The body took too long.
    Timeout,
    /// What is there already stands in the way: a POST with the same idempotency key that is still
    /// running, a name that is taken.
    Conflict,
    /// What the caller changes is no longer what he read.
    Outdated,
    /// The caller changes what he has not read: `If-Match` is missing.
    PreconditionRequired,
    /// The caller asks too much; with the seconds until he may ask again.
    TooMany(u32),
    /// The body is larger than accepted.
    TooLarge,
    /// The body is of a type that is not accepted.
    UnsupportedMediaType,
    /// The idempotency key was used before with another body.
    KeyReused,
    /// What is asked is well said, but does not fit what is there.
    Unfitting,
    /// The database is away or too busy.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Kind {
    fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::InvalidKey | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Outdated => StatusCode::PRECONDITION_FAILED,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::KeyReused | Self::Unfitting => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl ApiError {
    /// A failure of `kind` that the caller is told in `sentence`.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            faults: vec![Fault {
                argument: None,
                sentence: sentence.into(),
            }],
            source: None,
            format: ErrorFormat::Errors(Format::Xml),
        }
    }

    /// There is no such thing: `what` says which.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, what)
    }

    /// Our fault: the caller is told so, the log is told why.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(
                Kind::Internal,
                "the server failed; the fault is ours and has been logged",
            )
        }
    }

    /// Something that we need does not answer; later it may.
    pub fn unavailable(
        sentence: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(Kind::Unavailable, sentence)
        }
    }

    /// What is asked does not fit what is there.
    pub fn unfitting(violations: Violations) -> Self {
        Self {
            kind: Kind::Unfitting,
            ..violations.into()
        }
    }

    /// The status and the problem details, to be told within another document.
    pub fn to_problem(&self) -> (u16, Problem<'_>) {
        let status = self.kind.status();
        (status.as_u16(), problem(status, &self.faults))
    }

    /// The same, to be told in `format`.
    pub fn in_format(mut self, format: ErrorFormat) -> Self {
        self.format = format;
        self
    }

    /// The answer, told in `format`.
    pub fn in_format_response(&self, format: ErrorFormat) -> HttpResponse {
        let mut response = builder(format, self.kind.status());
        match self.kind {
            Kind::MethodNotAllowed(allowed) => {
                response.insert_header((header::ALLOW, allowed.to_string()));
            }
            Kind::Unauthenticated => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Kind::TooMany(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            Kind::Unavailable => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            // Whoever sends a body too slowly, too long or in pieces that do not fit is not read on.
            Kind::Timeout | Kind::TooLarge | Kind::BrokenBody => {
                response.force_close();
            }
            _ => {}
        }
        response.body(document(format, self.kind.status(), &self.faults))
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<String> {
        let mut text = self.source.as_ref()?.to_string();
        let mut next = self.source.as_ref()?.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        Some(text)
    }
}

impl From<Violations> for ApiError {
    fn from(violations: Violations) -> Self {
        Self {
            faults: violations.0.into_iter().map(Fault::from).collect(),
            ..Self::new(Kind::Invalid, "")
        }
    }
}

impl From<Violation> for ApiError {
    fn from(violation: Violation) -> Self {
        Violations::from(violation).into()
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) => Self::unavailable(
                "the service is not available at the moment; try again soon",
                error,
            ),
            StorageError::Corrupt(_) | StorageError::Unexpected(_) => Self::internal(error),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<&str> = self.faults.iter().map(|one| &one.sentence[..]).collect();
        f.write_str(&told.join("; "))
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self {
            sentence: violation.to_string(),
            argument: Some(violation.argument),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.in_format_response(self.format)
    }
}

/// What a failure is told as that has no words of its own.
pub fn neutral(format: ErrorFormat, status: StatusCode) -> HttpResponse {
    let reason = status.canonical_reason().unwrap_or("error").to_lowercase();
    let sentence = format!("the request was not understood: {reason}");
    builder(format, status).body(document_of(format, status, &sentence))
}

fn builder(format: ErrorFormat, status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::CONTENT_TYPE, format.content_type()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The document that tells one fault.
pub fn document_of(format: ErrorFormat, status: StatusCode, sentence: &str) -> Vec<u8> {
    let fault = Fault {
        argument: None,
        sentence: sentence.to_owned(),
    };
    document(format, status, &[fault])
}

fn document(format: ErrorFormat, status: StatusCode, faults: &[Fault]) -> Vec<u8> {
    match format {
        ErrorFormat::Errors(format) => {
            let code = status.as_u16();
            let errors = faults.iter().map(|fault| ErrorDocument {
                code,
                description: &fault.sentence,
            });
            format.render(&Errors(errors.collect())).unwrap_or_default()
        }
        ErrorFormat::Problem => serde_json::to_vec(&problem(status, faults)).unwrap_or_default(),
    }
}

fn problem(status: StatusCode, faults: &[Fault]) -> Problem<'_> {
    let told: Vec<&str> = faults.iter().map(|one| &one.sentence[..]).collect();
    Problem {
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: told.join("; "),
        errors: faults
            .iter()
            .map(|fault| ProblemError {
                argument: fault.argument.as_deref(),
                detail: &fault.sentence,
            })
            .collect(),
    }
}

/// `errors` of the standard.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Errors<'a>(Vec<ErrorDocument<'a>>);

impl Document for Errors<'_> {
    const ROOT: &'static str = "errors";
}

/// One error.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErrorDocument<'a> {
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    code: u16,
    /// What is wrong, for people; where an argument is at fault, it begins with its name.
    description: &'a str,
}

/// Problem details: <https://www.rfc-editor.org/rfc/rfc9457#section-3>.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Problem<'a> {
    /// What the HTTP status says.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, all of it in one sentence.
    detail: String,
    /// Each fault.
    errors: Vec<ProblemError<'a>>,
}

/// One fault.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemError<'a> {
    /// The argument or field that is at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    argument: Option<&'a str>,
    /// What is wrong with it; begins with its name.
    detail: &'a str,
}

//! Every failure that a caller may see, and the one table of status codes.
//!
//! <https://wiki.open311.org/GeoReport_v2/#errors> knows 404, 403 and "basically 400 for any other
//! error"; beyond the letter are the codes that proxies, retries and alarms depend on.

use crate::format::{Document, Format};
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
    public: Vec<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
    format: Format,
}

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something sent breaks a rule.
    Invalid,
    /// The body does not come as HTTP has it.
    BrokenBody,
    /// The key is missing, wrong or revoked.
    InvalidKey,
    /// There is no such thing.
    NotFound,
    /// The thing is there, but not for this method; with the methods that it knows.
    MethodNotAllowed(&'static str),
    /// The body took too long.
    Timeout,
    /// A POST with the same idempotency key is still running.
    Conflict,
    /// The body is larger than accepted.
    TooLarge,
    /// The body is of a type that is not accepted.
    UnsupportedMediaType,
    /// The idempotency key was used before with another body.
    KeyReused,
    /// The database is away or too busy.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Kind {
    fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::InvalidKey => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
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
            public: vec![sentence.into()],
            source: None,
            format: Format::Xml,
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

    /// The same, to be told in `format`.
    pub fn in_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The answer, told in `format`.
    pub fn in_format_response(&self, format: Format) -> HttpResponse {
        let mut response = builder(format, self.kind.status());
        match self.kind {
            Kind::MethodNotAllowed(allowed) => {
                response.insert_header((header::ALLOW, allowed));
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
        response.body(document(format, self.kind.status(), &self.public))
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
            public: violations.0.iter().map(ToString::to_string).collect(),
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
        f.write_str(&self.public.join("; "))
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

/// The standard's errors document for a failure that has no words of its own.
pub fn neutral(format: Format, status: StatusCode) -> HttpResponse {
    let reason = status.canonical_reason().unwrap_or("error").to_lowercase();
    let sentence = [format!("the request was not understood: {reason}")];
    builder(format, status).body(document(format, status, &sentence))
}

fn builder(format: Format, status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header((header::CONTENT_TYPE, format.content_type()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The standard's errors document, with a sentence for each fault.
pub fn document(format: Format, status: StatusCode, sentences: &[String]) -> Vec<u8> {
    let document = Errors(
        sentences
            .iter()
            .map(|description| ErrorDocument {
                code: status.as_u16(),
                description,
            })
            .collect(),
    );
    format.render(&document).unwrap_or_default()
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

//! What the connection, the edge and `error.rs` add to every operation: failures as the standard's errors document,
//! in the formats that a path can answer, and the headers of every answer.

use crate::{
    error::{self, ErrorFormat},
    format::Format,
    gate::is_watching,
};
use actix_web::http::StatusCode;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::{
    Content, ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
    path::Operation,
    schema::{ObjectBuilder, SchemaFormat, Type},
};

/// Each failure: its status, its name among the components, when it happens, and a sentence from an
/// errors document that tells it.
const FAILURES: [(StatusCode, &str, &str, &str); 12] = [
    (
        StatusCode::BAD_REQUEST,
        "Invalid",
        "An argument breaks a rule (every fault is listed), or this is no HTTP as RFC 9112 has it.",
        "long was not provided; lat and long belong together",
    ),
    (
        StatusCode::FORBIDDEN,
        "InvalidKey",
        "The API key is missing, wrong or revoked.",
        "api_key was not provided",
    ),
    (
        StatusCode::NOT_FOUND,
        "NotFound",
        "There is no such thing.",
        "service_code is not known in this jurisdiction",
    ),
    (
        StatusCode::REQUEST_TIMEOUT,
        "Timeout",
        "The head or the body came too slowly.",
        "the body came too slowly",
    ),
    (
        StatusCode::CONFLICT,
        "Conflict",
        "A POST with the same `Idempotency-Key` is still running.",
        "Idempotency-Key belongs to a POST that is still running; try again soon",
    ),
    (
        StatusCode::PAYLOAD_TOO_LARGE,
        "TooLarge",
        "The body or a file is too large.",
        "the body is larger than 12582912 bytes",
    ),
    (
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UnsupportedMediaType",
        "The body is of a type that is not accepted.",
        "the body must be application/x-www-form-urlencoded or multipart/form-data",
    ),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "KeyReused",
        "The `Idempotency-Key` was used before with another body.",
        "Idempotency-Key was used before with another body; use a new key for a new service request",
    ),
    (
        StatusCode::TOO_MANY_REQUESTS,
        "TooMany",
        "The caller asks more than he may; `Retry-After` says when to ask again.",
        "too many requests; try again later",
    ),
    (
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "HeadTooLarge",
        "The head has more than 96 headers or 128 KiB.",
        "the head is too large: at most 96 headers and 128 KiB are accepted",
    ),
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal",
        "The fault is ours; it has been logged.",
        "the server failed; the fault is ours and has been logged",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "Unavailable",
        "The database is away or too busy; later it may answer.",
        "the service is not available at the moment; try again soon",
    ),
];

/// What the failures mean where a path is ours: their status, when they happen, and a sentence that
/// tells it. What is not listed here means what it means in [`FAILURES`].
const PROBLEMS: [(StatusCode, &str, &str); 8] = [
    (
        StatusCode::UNAUTHORIZED,
        "Nobody, or nobody who is known here, asks for what not everybody may have.",
        "a bearer token was not provided",
    ),
    (
        StatusCode::FORBIDDEN,
        "The caller is known, but may not do this here.",
        "this needs the role staff in this jurisdiction",
    ),
    (
        StatusCode::NOT_FOUND,
        "There is no such thing.",
        "service_request_id is not known in this jurisdiction",
    ),
    (
        StatusCode::CONFLICT,
        "What is there already stands in the way.",
        "name is taken",
    ),
    (
        StatusCode::PRECONDITION_FAILED,
        "It was changed since the caller read it.",
        "If-Match names a version that is no longer the newest; read it again",
    ),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "What is asked is well said, but does not fit what is there.",
        "service_code is not known in this jurisdiction",
    ),
    (
        StatusCode::PRECONDITION_REQUIRED,
        "`If-Match` is missing: what is changed must have been read.",
        "If-Match was not provided",
    ),
    (
        StatusCode::TOO_MANY_REQUESTS,
        "The caller asks more than he may; `Retry-After` says when to ask again.",
        "too many requests; try again later",
    ),
];

/// What the connection and the edge may answer in place of any operation.
const IN_PLACE_OF_ANY: [StatusCode; 5] = [
    StatusCode::BAD_REQUEST,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    StatusCode::INTERNAL_SERVER_ERROR,
];

/// The failures of paths that answer both formats, by name.
pub fn components() -> impl Iterator<Item = (String, RefOr<Response>)> {
    FAILURES.iter().map(|(status, name, when, sentence)| {
        let formats = [Format::Xml, Format::Json].map(ErrorFormat::Errors);
        let response = response(&formats, *status, when, sentence);
        ((*name).to_owned(), response.into())
    })
}

/// Completes what an operation says of its answers.
pub fn complete(path: &str, operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let in_place = IN_PLACE_OF_ANY.into_iter();
    let never = |status: &StatusCode| *status == StatusCode::TOO_MANY_REQUESTS && is_watching(path);
    for status in in_place.filter(|status| !never(status)) {
        responses
            .entry(status.as_str().to_owned())
            .or_insert_with(|| Response::default().into());
    }
    for (status, told) in responses {
        let RefOr::T(response) = told else { continue };
        match failed(path, status, &response.description) {
            Some(failure) if response.content.is_empty() => *told = failure,
            _ => {
                let (name, header) = request_id();
                response.headers.insert(name, header);
            }
        }
    }
}

/// The failure of that status on `path`, described as the handler does, if it does.
fn failed(path: &str, status: &str, described: &str) -> Option<RefOr<Response>> {
    let general = FAILURES.iter().find(|(code, ..)| code.as_str() == status);
    let format = ErrorFormat::of_path(path);
    let problem = (format == ErrorFormat::Problem)
        .then(|| PROBLEMS.iter().find(|(code, ..)| code.as_str() == status));
    let (status, when, sentence) = match (problem.flatten(), general) {
        (Some(problem), _) => *problem,
        // A path of the standard's that ends with a parameter may end in either suffix.
        (None, Some((_, name, ..))) if format != ErrorFormat::Problem && path.ends_with('}') => {
            let mut reference = Ref::from_response_name(*name);
            reference.description = described.to_owned();
            return Some(RefOr::Ref(reference));
        }
        (None, Some((status, _, when, sentence))) => (*status, *when, *sentence),
        (None, None) => return None,
    };
    let when = if described.is_empty() {
        when
    } else {
        described
    };
    Some(response(&[format], status, when, sentence).into())
}

fn response(formats: &[ErrorFormat], status: StatusCode, when: &str, sentence: &str) -> Response {
    let mut response = ResponseBuilder::new().description(when);
    for format in formats {
        response = response.content(format.media_type(), errors(*format, status, sentence));
    }
    let mut response = response.build();
    response.headers = BTreeMap::from([request_id()]);
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        let (name, header) = retry_after();
        response.headers.insert(name, header);
    }
    response
}

/// The document that tells it, as it is written in `format`.
fn errors(format: ErrorFormat, status: StatusCode, sentence: &str) -> Content {
    let written = error::document_of(format, status, sentence);
    let (schema, example) = match format {
        ErrorFormat::Errors(Format::Xml) => {
            let text = String::from_utf8_lossy(&written).into_owned();
            ("Errors", Value::String(text))
        }
        ErrorFormat::Errors(Format::Json) => (
            "Errors",
            serde_json::from_slice(&written).unwrap_or_default(),
        ),
        ErrorFormat::Problem => (
            "Problem",
            serde_json::from_slice(&written).unwrap_or_default(),
        ),
    };
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .example(Some(example))
        .build()
}

fn request_id() -> (String, RefOr<Header>) {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let described = "The id of this HTTP request in the server's log: the client's own, if it sent a harmless one.";
    header("X-Request-Id", described, text.max_length(Some(64)))
}

/// When it is worth trying again.
pub fn retry_after() -> (String, RefOr<Header>) {
    let seconds =
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::Int32,
            )));
    header(
        "Retry-After",
        "Seconds until it is worth trying again.",
        seconds,
    )
}

fn header(name: &str, description: &str, schema: ObjectBuilder) -> (String, RefOr<Header>) {
    let header = HeaderBuilder::new()
        .schema(Some(schema.build()))
        .description(Some(description));
    (name.to_owned(), header.build().into())
}

//! What the methods of this folder have in common: which service request is meant, in which version,
//! and how it is answered.

use super::StaffRequestDocument;
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extract::in_path,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use chrono::{DateTime, Utc};
use domain::{ServiceRequestId, StaffServiceRequest, Violation};
use serde::Serialize;
use storage::{Acting, Changed, StaffView};

/// The service request that the address names.
///
/// # Errors
/// 404 for what can be no id.
pub fn named(http_request: &HttpRequest) -> Result<ServiceRequestId, ApiError> {
    let id = in_path(http_request, "service_request_id").ok_or_else(unknown)?;
    ServiceRequestId::parse(&id).map_err(|_no_id| unknown())
}

/// There is none of that id, or not for whoever asks.
pub fn unknown() -> ApiError {
    ApiError::not_found("service_request_id is not known in this jurisdiction")
}

/// With whose eyes the caller reads.
pub fn view(access: &Access) -> StaffView<'_> {
    StaffView {
        agencies: access.principal.agencies(),
        reporters: access.principal.may(Permission::ReadServiceRequests),
    }
}

/// Whether the service request is there for the caller: whoever works for some agencies has to do with
/// theirs only.
///
/// # Errors
/// 404 when it is not; as every read.
pub async fn check_theirs(access: &Access, id: &ServiceRequestId) -> Result<(), ApiError> {
    if access.principal.agencies().is_none() {
        return Ok(());
    }
    let storage = &access.scope.storage;
    let found = storage.find_staff_service_request(id, view(access)).await?;
    found.map(|_| ()).ok_or_else(unknown)
}

/// Who acts.
pub fn acting<'a>(access: &'a Access, operation: &'a str, now: DateTime<Utc>) -> Acting<'a> {
    Acting {
        author: access.principal.id(),
        agencies: access.principal.agencies(),
        operation,
        now,
    }
}

/// The version that the caller has read: <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1>.
/// A weak tag is taken too: what a proxy compresses it may call so.
///
/// # Errors
/// 400 for what names no version of ours, or several.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i32>, ApiError> {
    let mut sent = headers.get_all(header::IF_MATCH);
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    let tag = value.to_str().unwrap_or_default().trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let version = digits.and_then(|digits| digits.parse().ok());
    if version.is_none() || sent.next().is_some() {
        let problem = "is not one version of the service request, as ETag tells it";
        return Err(Violation::new("If-Match", problem).into());
    }
    Ok(version)
}

/// The same, where it has to be sent.
///
/// # Errors
/// 428 where it was not (<https://www.rfc-editor.org/rfc/rfc6585#section-3>).
pub fn required_if_match(headers: &HeaderMap) -> Result<i32, ApiError> {
    if_match(headers)?.ok_or_else(|| {
        ApiError::new(
            Kind::PreconditionRequired,
            "If-Match was not provided: send the ETag of the service request as you have read it",
        )
    })
}

/// The newest version, if the act was done.
///
/// # Errors
/// If it was not: 404, 409, 412 or 422.
pub fn version(changed: Changed) -> Result<i32, ApiError> {
    match changed {
        Changed::Written { version } | Changed::Unchanged { version } => Ok(version),
        Changed::Unknown => Err(unknown()),
        Changed::KeyReused => Err(ApiError::new(
            Kind::KeyReused,
            "Idempotency-Key was used before with another body; use a new key for something new",
        )),
        Changed::Outdated { version } => Err(ApiError::new(
            Kind::Outdated,
            format!("If-Match names a version that is no longer the newest, which is {version}"),
        )),
        Changed::Refused(violations) => Err(ApiError::unfitting(violations)),
        Changed::Conflict(sentence) => Err(ApiError::new(Kind::Conflict, sentence)),
    }
}

/// The service request as it is now, which the act has not made invisible to whoever did it.
///
/// # Errors
/// As every read.
pub async fn answer_as_it_is(
    access: &Access,
    state: &State,
    id: &ServiceRequestId,
) -> Result<HttpResponse, ApiError> {
    // It may have been handed to an agency whose service requests are not his.
    let all = StaffView {
        agencies: None,
        ..view(access)
    };
    let storage = &access.scope.storage;
    let found = storage.find_staff_service_request(id, all).await?;
    let found = found.ok_or_else(unknown)?;
    Ok(answer_one(&found, state))
}

/// One service request, with its version.
pub fn answer_one(found: &StaffServiceRequest, state: &State) -> HttpResponse {
    let public_url = &state.shared.public_url;
    let document = StaffRequestDocument::new(found, public_url, Utc::now());
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, format!("\"{}\"", found.version)))
        .json(document)
}

/// A document that nobody keeps: there is personal data in it.
pub fn answer(document: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn sent(values: &[&'static str]) -> Result<Option<i32>, ApiError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        if_match(&headers)
    }

    #[test]
    fn a_version_is_sent_as_it_was_told() {
        assert_eq!(sent(&[]).unwrap(), None);
        assert_eq!(sent(&["\"3\""]).unwrap(), Some(3));
        assert_eq!(sent(&["W/\"3\""]).unwrap(), Some(3));
        for odd in [
            "*",
            "3",
            "\"\"",
            "\"-3\"",
            "\"3\", \"4\"",
            "\"99999999999\"",
            "",
        ] {
            assert!(sent(&[odd]).is_err(), "{odd}");
        }
        assert!(sent(&["\"3\"", "\"4\""]).is_err());
    }
}

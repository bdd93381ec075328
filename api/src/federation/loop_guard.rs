//! The loop guard: what has been here does not come in again.

use crate::{error::ApiError, state::State};
use actix_web::{HttpRequest, http::header::HeaderMap};
use chrono::Utc;
use domain::{HOPS_HEADER, Hops, JurisdictionId, Violation};
use storage::StorageError;

/// The way that a service request which is being filed has come; empty when it is filed here first.
///
/// # Errors
/// 400 when the header is no way, or has been in this jurisdiction of this server before.
pub async fn way_here(
    http_request: &HttpRequest,
    state: &State,
    jurisdiction_id: &JurisdictionId,
) -> Result<Hops, ApiError> {
    let hops = sent_hops(http_request.headers())?;
    if hops.is_empty() {
        return Ok(hops);
    }
    let server_id = own_server_id(state).await?;
    if hops.contain(&server_id, jurisdiction_id.as_str()) {
        let problem = "shows that this service request was here before: it has gone in a circle \
                       and is not filed again";
        return Err(Violation::new(HOPS_HEADER, problem).into());
    }
    Ok(hops)
}

/// By what other servers know this one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn own_server_id(state: &State) -> Result<String, StorageError> {
    let candidate = format!("{:032x}", rand::random::<u128>());
    state.storage.server_id(&candidate, Utc::now()).await
}

/// The header, sent once or in several parts.
fn sent_hops(headers: &HeaderMap) -> Result<Hops, Violation> {
    let parts: Result<Vec<&str>, _> = headers
        .get_all(HOPS_HEADER)
        .map(|value| value.to_str())
        .collect();
    let parts = parts.map_err(|_error| Violation::new(HOPS_HEADER, "is not ASCII"))?;
    Hops::parse(&parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn a_way_in_several_headers_is_one_way() {
        let mut headers = HeaderMap::new();
        assert_eq!(sent_hops(&headers), Ok(Hops::default()));
        let name = HeaderName::from_static("georeport-hops");
        headers.append(name.clone(), HeaderValue::from_static("a/b/1"));
        headers.append(name.clone(), HeaderValue::from_static("c/d/2"));
        assert_eq!(sent_hops(&headers), Hops::parse("a/b/1, c/d/2"));
        headers.append(name, HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(sent_hops(&headers).is_err());
    }
}

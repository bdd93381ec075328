//! What a caller shows to be let in: an API key or a token.
//! <https://wiki.open311.org/GeoReport_v2/#api-keys>

use super::{principal::Principal, secret::hash_of, token};
use crate::{demo, directory::Scope, state::State};
use actix_web::http::header::{self, HeaderMap};
use chrono::Utc;
use storage::StorageError;

/// The key of the demo; it opens nothing else.
pub const DEMO_KEY: &str = "demo-key";

/// Who shows this, if it is good in the jurisdiction. What is wrong, unknown, revoked and expired is
/// not told apart.
///
/// # Errors
/// When the database cannot be asked.
pub async fn principal_of(
    credential: &str,
    scope: &Scope,
    state: &State,
) -> Result<Option<Principal>, StorageError> {
    let id = &scope.jurisdiction.jurisdiction_id;
    if state.shared.config.demo && credential == DEMO_KEY && demo::is_demo(id) {
        return Ok(Some(Principal::of_demo(DEMO_KEY)));
    }
    if token::is_token(credential) {
        return token::principal_of(credential, scope, state).await;
    }
    let hash = hash_of(credential);
    let found = scope.storage.find_api_key(&hash, Utc::now()).await?;
    Ok(found.map(Principal::of_key))
}

/// The key that was sent: the header `Authorization: Bearer` goes before the argument, and is to be
/// preferred: it is in nobody's log.
pub fn presented_key<'a>(headers: &'a HeaderMap, key_argument: Option<&'a str>) -> Option<&'a str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
    bearer.or(key_argument).filter(|key| !key.is_empty())
}

//! What a caller shows to be let in: an API key or a token.
//! <https://wiki.open311.org/GeoReport_v2/#api-keys>

use super::{principal::Principal, secret::hash_of, token};
use crate::{demo, directory::Scope, error::ApiError, state::State};
use actix_web::http::header::{self, HeaderMap};
use chrono::{DateTime, TimeDelta, Utc};
use storage::ApiKeyRow;

/// The key of the demo; it opens nothing else.
pub const DEMO_KEY: &str = "demo-key";

/// How exact the last use of a key is: a write for each request would be dear.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Who shows this, if it is good in the jurisdiction. What is wrong, unknown, revoked and expired is
/// not told apart.
///
/// # Errors
/// 429 for a key that was used too often; 503 when the database cannot be asked.
pub async fn principal_of(
    credential: &str,
    scope: &Scope,
    state: &State,
) -> Result<Option<Principal>, ApiError> {
    let id = &scope.jurisdiction.jurisdiction_id;
    if state.shared.config.demo && credential == DEMO_KEY && demo::is_demo(id) {
        return Ok(Some(Principal::of_demo(DEMO_KEY)));
    }
    if token::is_token(credential) {
        return Ok(token::principal_of(credential, scope, state).await?);
    }
    let (hash, now) = (hash_of(credential), Utc::now());
    let Some(key) = scope.storage.find_api_key(&hash, now).await? else {
        return Ok(None);
    };
    if !state.shared.config.gate.read_only {
        note_use(&key, scope, state, now).await?;
    }
    Ok(Some(Principal::of_key(key)))
}

/// Counts a use of the key, and writes now and then that there was one.
async fn note_use(
    key: &ApiKeyRow,
    scope: &Scope,
    state: &State,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let rate = key.requests_per_minute.map(u32::try_from);
    if let Some(Ok(per_minute)) = rate {
        let rates = &state.shared.key_rates;
        rates
            .count(&key.key_id, per_minute, &scope.storage, now)
            .await?;
    }
    let before = now - USE_NOTED_EVERY;
    if key.last_used_datetime.is_none_or(|used| used <= before) {
        scope.storage.note_key_use(&key.key_id, now, before).await?;
    }
    Ok(())
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

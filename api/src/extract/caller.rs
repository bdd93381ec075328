//! Who files a service request: the holder of an API key.
//! <https://wiki.open311.org/GeoReport_v2/#api-keys>

use crate::{
    demo,
    directory::Scope,
    error::{ApiError, Kind},
    state::State,
};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use sha2::{Digest, Sha256};

/// The key of the demo; it opens nothing else.
pub const DEMO_KEY: &str = "demo-key";

/// A caller whose key is good.
pub struct Caller {
    /// By which he is told from others.
    pub principal: String,
}

impl Caller {
    /// As histories and the audit log name him.
    pub fn author(&self) -> String {
        format!("key:{}", self.principal)
    }

    /// The caller, by the key in the form or query string (`api_key`) or in the header
    /// `Authorization: Bearer`, which is to be preferred: it is in nobody's log.
    ///
    /// # Errors
    /// 403 when there is no key, or none that is good here. A wrong key and a revoked one are not
    /// told apart.
    pub async fn authenticate(
        http_request: &HttpRequest,
        key_argument: Option<&str>,
        scope: &Scope,
        state: &State,
    ) -> Result<Self, ApiError> {
        let key = presented_key(http_request.headers(), key_argument)
            .ok_or_else(|| ApiError::new(Kind::InvalidKey, "api_key was not provided"))?;
        let id = &scope.jurisdiction.jurisdiction_id;
        if state.shared.config.demo && key == DEMO_KEY && demo::is_demo(id) {
            return Ok(Self {
                principal: DEMO_KEY.into(),
            });
        }
        let principal = scope.storage.find_api_key(&hash_of(key)).await?;
        principal
            .map(|principal| Self { principal })
            .ok_or_else(|| ApiError::new(Kind::InvalidKey, "api_key is not valid here"))
    }
}

/// The key that was sent: the header goes before the argument.
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

/// What is stored of a key. Keys hold 160 random bits, so one round is enough.
pub fn hash_of(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

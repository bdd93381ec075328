//! The tokens of identity providers, and their keys: fetched, kept for a while, and fetched again
//! when a token names one that is not known.

use super::{
    Claims, NotBefore, Refusal, Rules, Unchecked,
    provider::{Provider, staff_id},
};
use crate::{
    access::principal::Principal,
    directory::Scope,
    outbound::{Method, Outbound, OutboundRequest},
    state::State,
};
use jsonwebtoken::{
    AlgorithmFamily, DecodingKey,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::Value;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use storage::StorageError;
use tokio::sync::Mutex;

/// How old a set of keys may be: a key that the provider takes back is good for that much longer.
const MAX_AGE: Duration = Duration::from_secs(300);
/// How old it may be while the provider does not answer.
const MAX_AGE_WITHOUT_ANSWER: Duration = Duration::from_secs(3_600);
/// A token with a key that is not known makes us ask again, but not more often than this: anybody
/// can make up such tokens.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(3);
/// How long the answer may take; a request waits for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Keys of a set; real ones have two to ten.
const MAX_KEYS: usize = 100;
/// Characters of a subject: <https://openid.net/specs/openid-connect-core-1_0.html#IDToken>.
const MAX_SUBJECT: usize = 255;

/// The identity providers that there are.
#[derive(Default)]
pub struct Providers(Vec<Known>);

/// A provider with its keys.
struct Known {
    provider: Provider,
    keys: RwLock<Option<Fetched>>,
    /// When its keys were last asked for; held while they are.
    asked: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Fetched {
    at: Instant,
    keys: Arc<Vec<Key>>,
}

/// A key that signs.
struct Key {
    id: String,
    algorithm: Option<KeyAlgorithm>,
    key: DecodingKey,
}

impl Providers {
    /// These.
    pub fn new(providers: Vec<Provider>) -> Self {
        let known = providers.into_iter().map(|provider| Known {
            provider,
            keys: RwLock::default(),
            asked: Mutex::default(),
        });
        Self(known.collect())
    }

    /// What a token says and who issued it, if one of them did.
    pub async fn check(
        &self,
        token: &Unchecked<'_>,
        outbound: &Outbound,
    ) -> Result<(&Provider, Claims), Refusal> {
        let issuer = token.issuer()?;
        let known = self.0.iter().find(|one| one.provider.issuer == issuer);
        let known = known.ok_or_else(|| Refusal::new("its issuer is not known here (iss)"))?;
        let claims = known.check(token, outbound).await?;
        Ok((&known.provider, claims))
    }
}

impl Known {
    async fn check(&self, token: &Unchecked<'_>, outbound: &Outbound) -> Result<Claims, Refusal> {
        let id = token
            .key_id()
            .ok_or_else(|| Refusal::new("it names no key (kid)"))?;
        let fitting = |key: &Key| {
            key.id == id
                && key.key.family() == token.algorithm().family()
                && key
                    .algorithm
                    .is_none_or(|one| one == token.algorithm().into())
        };
        let keys = self.keys(|keys| keys.iter().any(fitting), outbound).await;
        let key = keys.iter().find(|key| fitting(key));
        let key =
            key.ok_or_else(|| Refusal::new("it names a key that its issuer has not (kid)"))?;
        let provider = &self.provider;
        let rules = Rules {
            issuer: &provider.issuer,
            audience: &provider.audience,
            algorithms: provider.algorithms(),
            typ: provider.typ(),
            not_before: if provider.without_not_before {
                NotBefore::WhenIssued
            } else {
                NotBefore::Said
            },
        };
        let claims = token.check(&key.key, &rules)?;
        if provider.is_id_token(&claims.others) {
            return Err(Refusal::new("it is an ID token"));
        }
        if claims.sub.chars().count() > MAX_SUBJECT || claims.sub.chars().any(char::is_control) {
            return Err(Refusal::new("its subject is too long or no text"));
        }
        Ok(claims)
    }

    /// The keys: those that are known, or new ones if these are old or not enough.
    async fn keys(&self, enough: impl Fn(&[Key]) -> bool, outbound: &Outbound) -> Arc<Vec<Key>> {
        let good = |fetched: &Fetched| fetched.at.elapsed() < MAX_AGE && enough(&fetched.keys);
        if let Some(fetched) = self.fetched().filter(good) {
            return fetched.keys;
        }
        let mut asked = self.asked.lock().await;
        // Somebody else may have asked while this one waited.
        let fetched = self.fetched();
        if let Some(fetched) = fetched.clone().filter(good) {
            return fetched.keys;
        }
        if asked.is_none_or(|at| at.elapsed() >= ASK_AGAIN_AFTER) {
            *asked = Some(Instant::now());
            match fetch(&self.provider.jwks_uri, outbound).await {
                Ok(keys) => {
                    let keys = Arc::new(keys);
                    let fresh = Fetched {
                        at: Instant::now(),
                        keys: keys.clone(),
                    };
                    *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
                    return keys;
                }
                Err(why) => {
                    let issuer = &self.provider.issuer;
                    tracing::warn!(issuer, why, "the keys of an identity provider did not come");
                }
            }
        }
        let usable = |fetched: &Fetched| fetched.at.elapsed() < MAX_AGE_WITHOUT_ANSWER;
        fetched
            .filter(usable)
            .map(|one| one.keys)
            .unwrap_or_default()
    }

    fn fetched(&self) -> Option<Fetched> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }
}

/// The keys at an address that the operator named; no token has a say in it.
async fn fetch(jwks_uri: &str, outbound: &Outbound) -> Result<Vec<Key>, String> {
    let mut request = OutboundRequest::new(Method::GET, jwks_uri);
    request.deadline = PATIENCE;
    let answer = outbound.send(request).await;
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("it answered {}", answer.status));
    }
    parse(&answer.body)
}

/// The keys of a set that are for checking signatures; what else is in it is passed over.
fn parse(body: &[u8]) -> Result<Vec<Key>, String> {
    let set: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let keys = set["keys"].as_array().ok_or("it has no keys")?;
    let read = |key: &Value| serde_json::from_value::<Jwk>(key.clone()).ok();
    let usable = |jwk: Jwk| {
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref();
        if !signs.is_none_or(|one| *one == PublicKeyUse::Signature) {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        // A public document holds no secret; one that does is a mistake of the provider's.
        (key.family() != AlgorithmFamily::Hmac).then_some(Key {
            id: common.key_id.clone()?,
            algorithm: common.key_algorithm,
            key,
        })
    };
    let keys = keys.iter().take(MAX_KEYS);
    Ok(keys.filter_map(read).filter_map(usable).collect())
}

/// Who the bearer of a good token is in the jurisdiction. `None`: his tokens were revoked.
///
/// # Errors
/// When the database cannot be asked.
pub async fn principal_of(
    provider: &Provider,
    claims: &Claims,
    scope: &Scope,
    state: &State,
) -> Result<Option<Principal>, StorageError> {
    let storage = &state.storage;
    if storage
        .is_subject_revoked(&provider.issuer, &claims.sub)
        .await?
    {
        tracing::info!("the token of a revoked person was refused");
        return Ok(None);
    }
    let jurisdiction = &scope.jurisdiction;
    let name = provider.name(&claims.others).unwrap_or(&jurisdiction.name);
    Ok(Some(Principal::of_staff(
        staff_id(&provider.issuer, &claims.sub),
        name.to_owned(),
        &provider.roles(&claims.others, &jurisdiction.jurisdiction_id),
        provider.agencies(&claims.others),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::token::SigningKey;
    use serde_json::json;

    #[test]
    fn only_keys_that_check_signatures_are_taken_from_a_set() {
        let key = SigningKey::generate().unwrap();
        let good = serde_json::to_value(key.jwk()).unwrap();
        let mut other = good.clone();
        other["use"] = "enc".into();
        other["kid"] = "for encryption".into();
        let mut nameless = good.clone();
        nameless["kid"] = Value::Null;
        let secret = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a secret"});
        let strange = json!({"kty": "LWE", "kid": "of tomorrow"});
        let set = json!({"keys": [secret, other, nameless, strange, 7, null, good]});
        let keys = parse(set.to_string().as_bytes()).unwrap();
        let ids: Vec<&str> = keys.iter().map(|key| &key.id[..]).collect();
        assert_eq!(ids, [key.id]);
    }

    #[test]
    fn what_is_no_set_of_keys_is_refused() {
        for body in ["", "[]", "{}", r#"{"keys": 7}"#, "<html>"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}

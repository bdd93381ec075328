//! The tokens that this server issues, and the keys by which it knows them.

use super::{Claims, NotBefore, Refusal, Rules, Unchecked};
use crate::{access::principal::Principal, directory::Scope, state::State};
use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::Serialize;
use std::{
    error::Error,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use storage::{Storage, StorageError};
use uuid::Uuid;

/// How long a token is good for, and the keys of earlier ones are kept.
pub const LIFE: TimeDelta = TimeDelta::hours(1);
/// How old the list of keys may be: a key that is removed is good for that much longer.
const MAX_AGE: Duration = Duration::from_secs(1);
/// What access tokens call themselves: <https://www.rfc-editor.org/rfc/rfc9068#section-2.1>.
const TYPE: &str = "at+jwt";

type Failure = Box<dyn Error + Send + Sync>;

/// A key that signs. It has no `Debug`, so it gets into no log by accident.
pub struct SigningKey {
    /// Its thumbprint, the `kid` of its tokens: <https://www.rfc-editor.org/rfc/rfc7638>.
    pub id: String,
    /// Ed25519, as PKCS #8.
    pub private_key: Vec<u8>,
    jwk: Jwk,
    decoding: DecodingKey,
}

impl SigningKey {
    /// A new one.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn generate() -> Result<Self, Failure> {
        let made = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())?;
        Ok(Self::parse(made.as_ref().to_vec())?)
    }

    /// One that was stored.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(private_key: Vec<u8>) -> Result<Self, jsonwebtoken::errors::Error> {
        let encoding = EncodingKey::from_ed_der(&private_key);
        let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA)?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            id,
            private_key,
            decoding: DecodingKey::from_jwk(&jwk)?,
            jwk,
        })
    }

    /// Its public half as it is published.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// For signing.
    pub fn encoding(&self) -> EncodingKey {
        EncodingKey::from_ed_der(&self.private_key)
    }

    /// For checking what it signed.
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// The keys that there are.
struct Keys {
    /// The one that signs, if there is one, and those that signed until an hour ago.
    all: Vec<SigningKey>,
    /// Whether the first of them signs.
    signs: bool,
}

impl Keys {
    async fn load(storage: &Storage) -> Result<Self, StorageError> {
        let rows = storage.list_signing_keys().await?;
        let signs = rows
            .first()
            .is_some_and(|row| row.retired_datetime.is_none());
        let keys = rows
            .into_iter()
            .map(|row| SigningKey::parse(row.private_key));
        let all: Result<_, _> = keys.collect();
        let damaged = |error: jsonwebtoken::errors::Error| StorageError::Corrupt(error.to_string());
        Ok(Self {
            all: all.map_err(damaged)?,
            signs,
        })
    }

    fn find(&self, id: &str) -> Option<&SigningKey> {
        self.all.iter().find(|key| key.id == id)
    }
}

/// The tokens that this server issues.
#[derive(Default)]
pub struct OwnTokens {
    known: RwLock<Option<(Instant, Arc<Keys>)>>,
}

impl OwnTokens {
    /// A token for a client that may what `scope` says, or all that its roles allow.
    ///
    /// # Errors
    /// When there is no key yet, and when the database cannot be asked.
    pub async fn issue(
        &self,
        client_id: &str,
        scope: Option<&str>,
        state: &State,
        now: DateTime<Utc>,
    ) -> Result<String, Failure> {
        let mut keys = self.keys(&state.storage).await?;
        if !keys.signs {
            // The first client's key may have been made a moment ago.
            keys = self.reload(&state.storage).await?;
        }
        let key = keys.all.first().filter(|_| keys.signs);
        let key = key.ok_or("there is no signing key: georeport signing-key rotate makes one")?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        let issuer = &state.shared.public_url;
        let issued = Issued {
            iss: issuer,
            aud: issuer,
            sub: client_id,
            client_id,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + LIFE).timestamp(),
            jti: Uuid::now_v7().to_string(),
            scope,
        };
        Ok(encode(&header, &issued, &key.encoding())?)
    }

    /// What a token says, if we issued it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn check(
        &self,
        token: &Unchecked<'_>,
        state: &State,
    ) -> Result<Result<Claims, Refusal>, StorageError> {
        let Some(id) = token.key_id() else {
            return Ok(Err(Refusal::new("it names no key (kid)")));
        };
        let mut keys = self.keys(&state.storage).await?;
        if keys.find(id).is_none() {
            // Another server may have made a new key this second.
            keys = self.reload(&state.storage).await?;
        }
        let Some(key) = keys.find(id) else {
            return Ok(Err(Refusal::new("it names a key that there is not (kid)")));
        };
        let issuer = &state.shared.public_url;
        let rules = Rules {
            issuer,
            audience: issuer,
            algorithms: &[Algorithm::EdDSA],
            typ: TYPE,
            not_before: NotBefore::Said,
        };
        Ok(token.check(key.decoding(), &rules))
    }

    /// The public halves of the keys: <https://www.rfc-editor.org/rfc/rfc7517#section-5>.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn key_set(&self, storage: &Storage) -> Result<JwkSet, StorageError> {
        let keys = self.keys(storage).await?;
        Ok(JwkSet {
            keys: keys.all.iter().map(|key| key.jwk.clone()).collect(),
        })
    }

    async fn keys(&self, storage: &Storage) -> Result<Arc<Keys>, StorageError> {
        if let Some((at, keys)) = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            && at.elapsed() < MAX_AGE
        {
            return Ok(keys.clone());
        }
        self.reload(storage).await
    }

    async fn reload(&self, storage: &Storage) -> Result<Arc<Keys>, StorageError> {
        let at = Instant::now();
        let fresh = Arc::new(Keys::load(storage).await?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((at, fresh.clone()));
        Ok(fresh)
    }
}

/// What a token of ours says: <https://www.rfc-editor.org/rfc/rfc9068#section-2.2>.
#[derive(Serialize)]
struct Issued<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    client_id: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// Who the client of a good token is in the jurisdiction. What it may is asked of the database, so
/// that a change counts at once. `None`: it was revoked.
///
/// # Errors
/// When the database cannot be asked.
pub async fn principal_of(
    claims: &Claims,
    scope: &Scope,
    state: &State,
) -> Result<Option<Principal>, StorageError> {
    let client_id = &claims.sub;
    let narrowed = claims.scope.as_deref();
    if let Some(grant) = scope.storage.find_client_grant(client_id).await? {
        return Ok(Some(Principal::of_client(grant, narrowed)));
    }
    let client = state.storage.find_client(client_id).await?;
    let good = client.filter(|client| client.revoked_datetime.is_none());
    Ok(good.map(Principal::of_client_elsewhere))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_stored_is_the_same_key() {
        let made = SigningKey::generate().unwrap();
        let read = SigningKey::parse(made.private_key.clone()).unwrap();
        assert_eq!((read.id, read.jwk), (made.id, made.jwk));
        assert!(SigningKey::parse(vec![0; 48]).is_err());
    }

    #[test]
    fn what_is_published_of_a_key_is_its_public_half() {
        let key = SigningKey::generate().unwrap();
        let published = serde_json::to_value(&key.jwk).unwrap();
        let mut names: Vec<_> = published.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    }
}

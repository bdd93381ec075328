//! Tokens: what must hold of a JSON Web Token before a word of it is believed.
//! <https://www.rfc-editor.org/rfc/rfc7519>, <https://www.rfc-editor.org/rfc/rfc9068>,
//! <https://www.rfc-editor.org/rfc/rfc8725>

mod own;
mod provider;
mod providers;

pub use own::{LIFE, OwnTokens, SigningKey};
pub use provider::{Provider, staff_id};

use super::principal::Principal;
use crate::{directory::Scope, state::State};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, dangerous::insecure_decode_claims, decode,
    decode_header, get_current_timestamp,
};
use providers::Providers;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;
use storage::StorageError;

/// Seconds by which the clocks of an issuer and of this server may differ.
pub const LEEWAY: u64 = 30;
/// Seconds that a token may be good for. A longer one is refused: it could not be taken back.
const MAX_LIFE: u64 = 3_600;
/// Bytes of a token; real ones have a tenth.
const MAX_LENGTH: usize = 16 * 1024;

/// Why a token is refused. The caller is not told, the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<jsonwebtoken::errors::Error> for Refusal {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self::new(error)
    }
}

/// Everything by which tokens are known.
pub struct Tokens {
    /// Those that this server issues.
    pub own: OwnTokens,
    providers: Providers,
}

impl Tokens {
    /// Our own tokens, and those of these providers.
    pub fn new(providers: Vec<Provider>) -> Self {
        Self {
            own: OwnTokens::default(),
            providers: Providers::new(providers),
        }
    }
}

/// A token is three parts between dots; an API key has no dot.
pub fn is_token(credential: &str) -> bool {
    credential.contains('.')
}

/// Who a good token says its bearer is, as he is known in the jurisdiction.
///
/// # Errors
/// When the database cannot be asked. What is wrong with a token is logged, and `None`.
pub async fn principal_of(
    token: &str,
    scope: &Scope,
    state: &State,
) -> Result<Option<Principal>, StorageError> {
    let refused = |refusal: Refusal| {
        tracing::info!(%refusal, "a token was refused");
        Ok(None)
    };
    let tokens = &state.shared.tokens;
    let token = match Unchecked::parse(token) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    // What it says of its issuer only chooses by whose keys and rules it is judged.
    if token
        .issuer()
        .is_ok_and(|issuer| issuer == state.shared.public_url)
    {
        return match tokens.own.check(&token, state).await? {
            Ok(claims) => own::principal_of(&claims, scope, state).await,
            Err(refusal) => refused(refusal),
        };
    }
    match tokens.providers.check(&token, &state.shared.outbound).await {
        Ok((provider, claims)) => providers::principal_of(provider, &claims, scope, state).await,
        Err(refusal) => refused(refusal),
    }
}

/// A token of which nothing is believed yet.
pub struct Unchecked<'a> {
    text: &'a str,
    header: Header,
}

impl<'a> Unchecked<'a> {
    /// A token as it was sent.
    ///
    /// # Errors
    /// When it has not the form of a token. An algorithm that there is no key for, such as `none`,
    /// has not.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        if text.len() > MAX_LENGTH {
            return Err(Refusal::new("it is too long"));
        }
        let header = decode_header(text)?;
        // The library does not look at it, and whoever does not know what is critical must refuse:
        // <https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11>
        if header.crit.is_some() {
            return Err(Refusal::new("it has critical headers"));
        }
        Ok(Self { text, header })
    }

    /// Which of its issuer's keys it names. `jku`, `x5u` and `jwk` are never looked at: a token does
    /// not choose by which key it is judged.
    pub fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// With what it says it is signed.
    pub fn algorithm(&self) -> Algorithm {
        self.header.alg
    }

    /// Who it says has issued it.
    ///
    /// # Errors
    /// When it does not say so.
    pub fn issuer(&self) -> Result<String, Refusal> {
        #[derive(Deserialize)]
        struct Issuer {
            iss: String,
        }
        let claims = insecure_decode_claims::<Issuer>(self.text)?;
        Ok(claims.iss)
    }

    /// What the token says, if `key` signed it and `rules` hold.
    ///
    /// # Errors
    /// When one of them does not.
    pub fn check(&self, key: &DecodingKey, rules: &Rules<'_>) -> Result<Claims, Refusal> {
        let algorithm = self.header.alg;
        if !rules.algorithms.contains(&algorithm) || algorithm.family() != key.family() {
            return Err(Refusal::new(format!(
                "its algorithm is {algorithm:?}, which its issuer does not use"
            )));
        }
        if !self
            .header
            .typ
            .as_deref()
            .is_some_and(|typ| rules.is_type(typ))
        {
            return Err(Refusal::new("it is no access token (typ)"));
        }
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[rules.issuer]);
        validation.set_audience(&[rules.audience]);
        // The library looks at these only where they are, unless they are required.
        let required = ["exp", "iss", "aud", "sub", "nbf"];
        validation.set_required_spec_claims(match rules.not_before {
            NotBefore::Said => &required,
            NotBefore::WhenIssued => &required[..4],
        });
        let claims = decode::<Claims>(self.text, key, &validation)?.claims;
        let begins = claims.nbf.or(claims.iat);
        let begins = begins.ok_or_else(|| Refusal::new("it says neither nbf nor iat"))?;
        if begins > get_current_timestamp() + LEEWAY {
            return Err(Refusal::new("it is not good yet"));
        }
        if claims.exp.saturating_sub(begins) > MAX_LIFE {
            return Err(Refusal::new("it is good for longer than an hour"));
        }
        Ok(claims)
    }
}

/// What must hold of the tokens of an issuer.
pub struct Rules<'a> {
    /// Who issued them.
    pub issuer: &'a str,
    /// For whom.
    pub audience: &'a str,
    /// What they may be signed with.
    pub algorithms: &'a [Algorithm],
    /// What kind of token they say they are, without `application/`.
    pub typ: &'a str,
    /// From when on they are good.
    pub not_before: NotBefore,
}

/// From when on a token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBefore {
    /// As it says in `nbf`, which it must.
    Said,
    /// As it says in `nbf`, or else since it was issued, which it must say in `iat`.
    WhenIssued,
}

impl Rules<'_> {
    /// <https://www.rfc-editor.org/rfc/rfc9068#section-4>
    fn is_type(&self, typ: &str) -> bool {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == self.typ
    }
}

/// What a token says.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// About whom, in the words of its issuer.
    pub sub: String,
    /// The issuer.
    pub iss: String,
    exp: u64,
    nbf: Option<u64>,
    iat: Option<u64>,
    /// What its bearer asked to be allowed, divided by blanks; `None`: all that he may.
    pub scope: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, encode};
    use serde_json::json;

    const NOW: fn() -> u64 = jsonwebtoken::get_current_timestamp;

    fn key() -> SigningKey {
        SigningKey::generate().unwrap()
    }

    fn header(change: impl FnOnce(&mut Header)) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".into());
        change(&mut header);
        header
    }

    fn claims(change: Value) -> Value {
        let mut claims = json!({
            "iss": "https://a.example", "aud": "us", "sub": "s", "exp": NOW() + 600, "nbf": NOW(),
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let all = claims.as_object_mut().unwrap();
        all.retain(|_, value| *value != "left out");
        claims
    }

    fn check(header: &Header, claims: &Value) -> Result<Claims, Refusal> {
        let key = key();
        let token = encode(header, claims, &key.encoding()).unwrap();
        Unchecked::parse(&token)?.check(key.decoding(), &RULES)
    }

    const RULES: Rules = Rules {
        issuer: "https://a.example",
        audience: "us",
        algorithms: &[Algorithm::EdDSA],
        typ: "at+jwt",
        not_before: NotBefore::Said,
    };

    #[test]
    fn where_a_provider_says_no_nbf_iat_counts() {
        let rules = Rules {
            not_before: NotBefore::WhenIssued,
            ..RULES
        };
        let key = key();
        let check = |change: Value| {
            let token = encode(&header(|_| ()), &claims(change), &key.encoding()).unwrap();
            Unchecked::parse(&token)?.check(key.decoding(), &rules)
        };
        assert!(check(json!({})).is_ok());
        assert!(check(json!({"nbf": "left out", "iat": NOW()})).is_ok());
        for change in [
            json!({"nbf": "left out"}),
            json!({"nbf": "left out", "iat": NOW() + 60}),
            json!({"nbf": "left out", "iat": NOW() - 4_000}),
            json!({"nbf": NOW() + 60, "iat": NOW()}),
            json!({"nbf": "soon", "iat": NOW()}),
        ] {
            assert!(check(change.clone()).is_err(), "{change}");
        }
    }

    #[test]
    fn a_token_as_it_should_be_is_taken() {
        assert_eq!(check(&header(|_| ()), &claims(json!({}))).unwrap().sub, "s");
        let several = claims(json!({"aud": ["others", "us"]}));
        assert!(check(&header(|_| ()), &several).is_ok());
        let typ = header(|header| header.typ = Some("application/AT+JWT".into()));
        assert!(check(&typ, &claims(json!({}))).is_ok());
    }

    #[test]
    fn clocks_may_differ_by_half_a_minute_and_no_more() {
        for change in [
            json!({"nbf": NOW() + 20}),
            json!({"exp": NOW() - 20, "nbf": NOW() - 60}),
        ] {
            assert!(check(&header(|_| ()), &claims(change)).is_ok());
        }
        for change in [
            json!({"nbf": NOW() + 60}),
            json!({"exp": NOW() - 60, "nbf": NOW() - 90}),
        ] {
            assert!(check(&header(|_| ()), &claims(change)).is_err());
        }
    }

    #[test]
    fn a_token_with_a_wrong_or_missing_claim_is_refused() {
        let wrong = [
            json!({"iss": "https://b.example"}),
            json!({"iss": ["https://a.example"]}),
            json!({"iss": "left out"}),
            json!({"aud": "others"}),
            json!({"aud": []}),
            json!({"aud": "left out"}),
            json!({"sub": "left out"}),
            json!({"sub": 7}),
            json!({"exp": "left out"}),
            json!({"exp": "soon"}),
            json!({"exp": -1}),
            json!({"exp": NOW() + 3_700}),
            json!({"exp": u64::MAX}),
            json!({"nbf": "left out"}),
            json!({"nbf": 0}),
        ];
        for change in wrong {
            assert!(
                check(&header(|_| ()), &claims(change.clone())).is_err(),
                "{change}"
            );
        }
    }

    #[test]
    fn a_token_of_another_type_is_refused() {
        for typ in [None, Some("JWT"), Some("ID"), Some("")] {
            let header = header(|header| header.typ = typ.map(str::to_owned));
            assert!(check(&header, &claims(json!({}))).is_err(), "{typ:?}");
        }
    }

    #[test]
    fn critical_headers_are_refused_since_we_know_none() {
        let header = header(|header| header.crit = Some(vec!["b64".into()]));
        assert!(check(&header, &claims(json!({}))).is_err());
    }

    #[test]
    fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
        let key = key();
        let public = key.decoding();
        let bytes = public.try_get_as_bytes().unwrap();
        let header = Header {
            alg: Algorithm::HS256,
            ..header(|_| ())
        };
        let token = encode(
            &header,
            &claims(json!({})),
            &EncodingKey::from_secret(bytes),
        )
        .unwrap();
        let unchecked = Unchecked::parse(&token).unwrap();
        assert!(unchecked.check(public, &RULES).is_err());
        // Not even an issuer that allows it by mistake.
        let rules = Rules {
            algorithms: &[Algorithm::EdDSA, Algorithm::HS256],
            ..RULES
        };
        assert!(unchecked.check(public, &rules).is_err());
    }

    #[test]
    fn a_token_of_an_unknown_algorithm_or_with_two_is_none() {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        for header in [
            r#"{"typ":"at+jwt","alg":"none"}"#,
            r#"{"typ":"at+jwt","alg":"None"}"#,
            r#"{"typ":"at+jwt","alg":""}"#,
            r#"{"typ":"at+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","alg":"none"}"#,
            r#"{"alg":"EdDSA","typ":"at+jwt","alg":"EdDSA"}"#,
            "[]",
            "",
        ] {
            let part = URL_SAFE_NO_PAD.encode(header);
            assert!(
                Unchecked::parse(&format!("{part}.e30.")).is_err(),
                "{header}"
            );
        }
        assert!(Unchecked::parse("..").is_err() && Unchecked::parse("a.b").is_err());
    }
}

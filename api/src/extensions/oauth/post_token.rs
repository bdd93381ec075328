//! `POST /api/v1/oauth/token`: the client credentials grant of OAuth 2.0.
//! <https://www.rfc-editor.org/rfc/rfc6749#section-4.4>

use crate::{
    access::{LIFE, Permission, hash_of},
    error::{ApiError, Problem},
    extract::read,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use storage::Client;

/// Issues a token to a client that shows its secret.
///
/// `client_id` and `client_secret` come in `Authorization: Basic` or in the form, not in both. With
/// `scope`, permissions divided by blanks, the token is good for these only. It is good for an hour
/// and in every jurisdiction where the client has a role.
#[utoipa::path(
    post,
    path = "/api/v1/oauth/token",
    request_body(description = "The arguments of RFC 6749.", content(
        (TokenForm = "application/x-www-form-urlencoded", example = json!({
            "grant_type": "client_credentials", "client_id": "grc_5f2c1b9e",
            "client_secret": "grs_00112233445566778899aabbccddeeff00112233"
        })),
    )),
    responses(
        (status = 200, description = "The token.", content((Token<'static> = "application/json", example = json!({
            "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJncmNfNWYyYzFiOWUifQ.c2ln",
            "token_type": "Bearer", "expires_in": 3600
        })))),
        (status = 400, description = "The request is not as RFC 6749 has it: `error` says how; or it is no HTTP.", content(
            (TokenFailure<'static> = "application/json", example = json!({
                "error": "unsupported_grant_type", "error_description": "grant_type must be client_credentials"
            })),
            (Problem<'static> = "application/problem+json", example = json!({
                "title": "Bad Request", "status": 400, "detail": "client_id is not UTF-8",
                "errors": [{"argument": "client_id", "detail": "client_id is not UTF-8"}]
            })),
        )),
        (status = 401, description = "There is no such client, or this is not its secret.", content(
            (TokenFailure<'static> = "application/json", example = json!({
                "error": "invalid_client", "error_description": "the client is unknown or its secret is wrong"
            })),
        )),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is no form."),
        (status = 503),
    ),
)]
pub async fn post_token(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let submitted = read(&http_request, payload, &state.shared).await?;
    let asked = match Asked::parse(&http_request, &submitted.pairs) {
        Ok(asked) => asked,
        Err(failure) => return Ok(failure.answer()),
    };
    let found = state.storage.find_client(&asked.client_id).await?;
    if !is_good(found, &asked.client_secret) {
        return Ok(Failure::InvalidClient {
            by_header: asked.by_header,
        }
        .answer());
    }
    let tokens = &state.shared.tokens.own;
    let scope = asked.scope.as_deref();
    let issued = tokens.issue(&asked.client_id, scope, &state, Utc::now());
    let token = Token {
        access_token: &issued.await.map_err(ApiError::internal)?,
        token_type: "Bearer",
        expires_in: LIFE.num_seconds(),
        scope,
    };
    Ok(answer(StatusCode::OK).json(token))
}

/// Whether the client is there, good, and this its secret. One that is not there takes as long.
fn is_good(client: Option<Client>, secret: &str) -> bool {
    let shown = hash_of(secret);
    let (hash, known) = match client {
        Some(client) => (client.secret_hash, client.revoked_datetime.is_none()),
        None => (vec![0; shown.len()], false),
    };
    verify_slices_are_equal(&hash, &shown).is_ok() && known
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    by_header: bool,
}

impl Asked {
    fn parse(http_request: &HttpRequest, pairs: &[(String, String)]) -> Result<Self, Failure> {
        // Secrets have no place in an address, and arguments of it would be mistaken for the form's.
        if !http_request.query_string().is_empty() {
            return Err(Failure::Invalid("arguments belong in the body"));
        }
        let one = |name: &str| {
            let mut sent = pairs.iter().filter(|(sent, _)| sent == name);
            let value = sent.next().map(|(_, value)| value.clone());
            match sent.next() {
                Some(_) => Err(Failure::Invalid("an argument was sent twice")),
                // Left out and sent empty are the same: RFC 6749, 3.2.
                None => Ok(value.filter(|value| !value.is_empty())),
            }
        };
        match one("grant_type")?.as_deref() {
            Some("client_credentials") => {}
            None => return Err(Failure::Invalid("grant_type was not provided")),
            Some(_) => return Err(Failure::UnsupportedGrantType),
        }
        let (by_header, in_form) = (basic(http_request.headers())?, one("client_secret")?);
        let named = one("client_id")?;
        let (client_id, client_secret, by_header) = match (by_header, in_form, named) {
            (Some(_), Some(_), _) => {
                return Err(Failure::Invalid(
                    "the client must show its secret in one way",
                ));
            }
            (Some((id, _)), None, Some(named)) if id != named => {
                return Err(Failure::Invalid("client_id is not that of the header"));
            }
            (Some((id, secret)), None, _) => (id, secret, true),
            (None, Some(secret), Some(id)) => (id, secret, false),
            (None, ..) => return Err(Failure::InvalidClient { by_header: false }),
        };
        let scope = one("scope")?;
        let mut words = scope.iter().flat_map(|scope| scope.split(' '));
        if words.any(|word| word.parse::<Permission>().is_err()) {
            return Err(Failure::InvalidScope);
        }
        Ok(Self {
            client_id,
            client_secret,
            scope,
            by_header,
        })
    }
}

/// Id and secret in `Authorization: Basic`, each form-encoded:
/// <https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1>.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Failure> {
    let broken = || Failure::InvalidClient { by_header: true };
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let header = header.to_str().map_err(|_not_ascii| broken())?;
    let (scheme, credentials) = header.split_once(' ').ok_or_else(broken)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(broken());
    }
    let decoded = STANDARD.decode(credentials.trim());
    let decoded = decoded.map_err(|_not_base64| broken())?;
    let decoded = String::from_utf8(decoded).map_err(|_not_utf8| broken())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(broken)?;
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        let plain = percent_decode_str(&text).decode_utf8();
        plain.map(String::from).map_err(|_not_utf8| broken())
    };
    Ok(Some((plain(id)?, plain(secret)?)))
}

/// Why there is no token: <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Invalid(&'static str),
    InvalidClient { by_header: bool },
    UnsupportedGrantType,
    InvalidScope,
}

impl Failure {
    fn answer(&self) -> HttpResponse {
        let (status, error, error_description) = match self {
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, "invalid_request", *why),
            Self::InvalidClient { .. } => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "the client is unknown or its secret is wrong",
            ),
            Self::UnsupportedGrantType => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "grant_type must be client_credentials",
            ),
            Self::InvalidScope => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "scope names a permission that there is not",
            ),
        };
        let mut response = answer(status);
        if matches!(self, Self::InvalidClient { by_header: true }) {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"georeport\""));
        }
        response.json(TokenFailure {
            error,
            error_description,
        })
    }
}

fn answer(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.insert_header((header::PRAGMA, "no-cache"));
    response
}

/// What a client sends: <https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2>.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is described, and read argument by argument")]
pub struct TokenForm {
    /// `client_credentials`.
    grant_type: String,
    /// By which the client names itself, unless in the header.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// Its secret, unless in the header.
    #[schema(nullable = false)]
    client_secret: Option<String>,
    /// Permissions that the token shall be good for, divided by blanks; without it for all.
    #[schema(nullable = false)]
    scope: Option<String>,
}

/// What it gets: <https://www.rfc-editor.org/rfc/rfc6749#section-5.1>.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Token<'a> {
    /// To be sent in `Authorization: Bearer`.
    access_token: &'a str,
    /// `Bearer`.
    token_type: &'a str,
    /// Seconds that it is good for.
    expires_in: i64,
    /// What it is good for, if not for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<&'a str>,
}

/// Why it gets none: <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenFailure<'a> {
    /// The code of the RFC.
    error: &'a str,
    /// The same for people.
    error_description: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn parse(header: Option<&str>, form: &[(&str, &str)]) -> Result<Asked, Failure> {
        let mut request = TestRequest::post();
        if let Some(header) = header {
            request = request.insert_header(("authorization", header));
        }
        let pairs = form
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Asked::parse(&request.to_http_request(), &pairs.collect::<Vec<_>>())
    }

    const GRANT: (&str, &str) = ("grant_type", "client_credentials");
    /// `a b:s:ü`, each part form-encoded.
    const HEADER: &str = "Basic YStiOnMlM0ElQzMlQkM=";

    #[test]
    fn a_client_shows_its_secret_in_the_header_or_in_the_form() {
        let asked = parse(Some(HEADER), &[GRANT]).unwrap();
        assert_eq!(
            (&asked.client_id[..], &asked.client_secret[..]),
            ("a b", "s:ü")
        );
        let form = [GRANT, ("client_id", "a"), ("client_secret", "s")];
        let asked = parse(None, &form).unwrap();
        assert_eq!((&asked.client_id[..], &asked.client_secret[..]), ("a", "s"));
        assert!(parse(Some(HEADER), &[GRANT, ("client_id", "a b")]).is_ok());
    }

    #[test]
    fn whatever_is_not_as_the_rfc_has_it_gets_the_code_of_the_rfc() {
        let both = [GRANT, ("client_secret", "s")];
        assert!(matches!(
            parse(Some(HEADER), &both),
            Err(Failure::Invalid(_))
        ));
        let other = [GRANT, ("client_id", "b")];
        assert!(matches!(
            parse(Some(HEADER), &other),
            Err(Failure::Invalid(_))
        ));
        assert!(matches!(parse(Some(HEADER), &[]), Err(Failure::Invalid(_))));
        assert!(matches!(
            parse(Some(HEADER), &[GRANT, GRANT]),
            Err(Failure::Invalid(_))
        ));
        let password = [("grant_type", "password")];
        assert_eq!(
            parse(Some(HEADER), &password),
            Err(Failure::UnsupportedGrantType)
        );
        for scope in ["root", "moderate root", "moderate  post-updates"] {
            let form = [GRANT, ("scope", scope)];
            assert_eq!(parse(Some(HEADER), &form), Err(Failure::InvalidScope));
        }
        let nobody = Failure::InvalidClient { by_header: false };
        for form in [
            &[GRANT][..],
            &[GRANT, ("client_secret", "s")],
            &[GRANT, ("client_id", "a")],
        ] {
            assert_eq!(
                parse(None, form),
                Err(Failure::InvalidClient { by_header: false })
            );
        }
        assert_eq!(nobody.answer().status(), 401);
        for header in ["Bearer x", "Basic", "Basic ?", "Basic YQ==", "Basic /w=="] {
            let failed = parse(Some(header), &[GRANT]);
            assert_eq!(
                failed,
                Err(Failure::InvalidClient { by_header: true }),
                "{header}"
            );
        }
    }
}

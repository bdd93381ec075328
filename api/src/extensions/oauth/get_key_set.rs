//! `GET /.well-known/jwks.json`: by which keys the tokens of this server are known.
//! <https://www.rfc-editor.org/rfc/rfc7517#section-5>

use crate::{error::ApiError, state::State};
use actix_web::{HttpResponse, http::header, web};

/// The public keys of the tokens that this server issues.
///
/// A key appears here when it begins to sign, and stays until the last of its tokens has expired.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    responses(
        (status = 200, description = "The keys, as a JSON Web Key Set (RFC 7517).", content((Object = "application/jwk-set+json",
            example = json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
            }]})))),
        (status = 503),
    )
)]
pub async fn get_key_set(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let keys = state.shared.tokens.own.key_set(&state.storage).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((header::CACHE_CONTROL, "max-age=60"))
        .body(serde_json::to_vec(&keys).map_err(ApiError::internal)?))
}

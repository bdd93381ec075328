//! `GET /openapi.json`: what this server answers, for programs.

use crate::{error::ApiError, openapi::document, state::State};
use actix_web::{HttpResponse, http::header, web};

/// The OpenAPI document of this server: this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses(
        (status = 200, description = "The document.", content((Object = "application/json", example = json!({"openapi": "3.1.0"})))),
    )
)]
pub async fn get_openapi(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let body = match state.shared.openapi.get() {
        Some(body) => body.clone(),
        None => {
            // Where no address is set, the one that the client used is right.
            let server = state.shared.config.public_url.as_deref();
            let document = serde_json::to_vec(&document(server.unwrap_or("/")))
                .map_err(|error| ApiError::internal(error.to_string()))?;
            state.shared.openapi.get_or_init(|| document.into()).clone()
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body))
}

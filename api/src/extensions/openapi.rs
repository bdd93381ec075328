//! `GET /openapi.json`: what this server answers, for programs.

use crate::{openapi::document, state::State};
use actix_web::{HttpResponse, http::header, web};

/// The OpenAPI document of this server: this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses(
        (status = 200, description = "The document.", content((Object = "application/json", example = json!({"openapi": "3.1.0"})))),
    )
)]
pub async fn get_openapi(state: web::Data<State>) -> HttpResponse {
    // Where no address is set, the one that the client used is right.
    let server = state.shared.config.public_url.as_deref();
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(document(server.unwrap_or("/")))
}

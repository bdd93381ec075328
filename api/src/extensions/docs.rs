//! `GET /docs`: the OpenAPI document as a page on which every method can be tried. The page is
//! Swagger UI, which lies in the binary; it loads nothing from elsewhere.

use crate::{error::ApiError, state::State};
use actix_web::{HttpResponse, http::header, web};
use maud::{DOCTYPE, html};
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::{Config, serve};

/// No validator of others is asked about the document.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("openapi.json").validator_url("none")));

/// The page on which every method can be tried.
#[utoipa::path(
    get,
    path = "/docs",
    responses(
        (status = 200, description = "The page.", content((String = "text/html", example = json!("<!DOCTYPE html><html lang=\"en\">…</html>")))),
    )
)]
pub async fn get_docs(state: web::Data<State>) -> HttpResponse {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Open311 GeoReport v2: the API" }
                link rel="stylesheet" href="docs/swagger-ui.css";
                link rel="icon" href="docs/favicon-32x32.png";
            }
            body {
                div id="swagger-ui" {}
                script src="docs/swagger-ui-bundle.js" {}
                script src="docs/swagger-ui-standalone-preset.js" {}
                script src="docs/swagger-initializer.js" {}
            }
        }
    };
    // Requests go to where the document says that the server is.
    let server = state
        .shared
        .config
        .public_url
        .as_deref()
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self' {server}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(page.into_string())
}

/// A file of the page at `/docs`.
#[utoipa::path(
    get,
    path = "/docs/{file}",
    params(("file" = String, Path, min_length = 1, example = "swagger-ui.css", description = "Its name.")),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/css", example = json!("html { box-sizing: border-box; }")),
            (String = "text/javascript", example = json!("window.ui = SwaggerUIBundle({});")),
            (String = "text/html", example = json!("<!doctype html><html lang=\"en-US\">…</html>")),
            ("image/png"))),
        (status = 404, description = "The page has no such file."),
    )
)]
pub async fn get_docs_file(file: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let found = serve(&file, CONFIG.clone())
        .map_err(|error| ApiError::internal(error.to_string()))?
        .ok_or_else(|| ApiError::not_found("the documentation has no such file"))?;
    Ok(HttpResponse::Ok()
        .content_type(found.content_type)
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(found.bytes.into_owned()))
}

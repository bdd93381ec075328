//! `GET /`: what this endpoint is, for a person who opens it in a browser.

use crate::{config::EndpointType, error::ApiError, state::State};
use actix_web::{HttpResponse, http::header, web};
use maud::{DOCTYPE, html};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}\
    code{background:#eee;padding:.1em .3em}.test{background:#fff3cd;padding:.5rem 1rem}";

/// What this endpoint is, for people.
///
/// The page needs no script and loads nothing.
#[utoipa::path(
    get,
    path = "/",
    responses(
        (status = 200, description = "The page.", content((String = "text/html", example = json!("<!DOCTYPE html><html lang=\"en\">…</html>")))),
        (status = 503),
    )
)]
pub async fn get_front_page(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let shared = &state.shared;
    let jurisdictions = shared.directory.list(&state.storage).await?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Open311 GeoReport v2" }
                style { (STYLE) }
            }
            body {
                h1 { "Open311 GeoReport v2" }
                p {
                    "This is an endpoint of "
                    a href="https://wiki.open311.org/GeoReport_v2/" { "Open311 GeoReport v2" }
                    ": apps and city systems read service requests from it and file new ones."
                }
                @if shared.config.endpoint_type == EndpointType::Test {
                    p.test { strong { "This is a test." } " Nobody acts on what is filed here." }
                }
                h2 { "Jurisdictions" }
                @if jurisdictions.is_empty() { p { "None is served yet." } }
                ul {
                    @for one in jurisdictions.iter() {
                        @let base = format!("/jurisdictions/{}/open311/v2", one.jurisdiction_id);
                        li {
                            strong { (one.name) } " (" code { (one.jurisdiction_id) } "): services "
                            a href=(format!("{base}/services.xml")) { "XML" } " "
                            a href=(format!("{base}/services.json")) { "JSON" } ", service requests "
                            a href=(format!("{base}/requests.xml?page_size=20")) { "XML" } " "
                            a href=(format!("{base}/requests.json?page_size=20")) { "JSON" }
                        }
                    }
                }
                h2 { "For developers" }
                ul {
                    li { "Discovery: " a href="/discovery.xml" { "XML" } " " a href="/discovery.json" { "JSON" } }
                    li { "Base path: " code { (shared.public_url) "/open311/v2" } }
                    li { "API keys: " (shared.config.key_service) }
                    li { "API: " a href="/docs" { "documentation to try it out" } ", " a href="/openapi.json" { "OpenAPI" } }
                    li { "Contact: " (shared.config.contact) }
                    li { "State: " a href="/health/ready" { "ready?" } }
                }
            }
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(page.into_string()))
}

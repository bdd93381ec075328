//! `GET /health/live` and `GET /health/ready`: whether the server lives and whether it can answer, for whoever restarts it or sends it traffic.

use crate::state::State;
use actix_web::{HttpResponse, http::header, web};
use std::time::Duration;
use storage::migrate;

/// A probe gives up sooner than its caller.
const PATIENCE: Duration = Duration::from_secs(1);

/// The process runs.
///
/// The database is never asked: a restart would not mend its absence.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "get_health_live",
    responses(
        (status = 200, description = "It runs.", content((String = "text/plain", example = json!("live\n")))),
    )
)]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("live\n")
}

/// The database answers and has the schema that this version needs.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "get_health_ready",
    responses(
        (status = 200, description = "It can answer.", content((String = "text/plain", example = json!("ready\n")))),
        (status = 503, description = "It cannot, and says why.", content((String = "text/plain", example = json!("not ready: the database does not answer\n"))),
            headers(("Retry-After" = i32, description = "Seconds until it is worth trying again."))),
    )
)]
pub async fn ready(state: web::Data<State>) -> HttpResponse {
    match tokio::time::timeout(PATIENCE, migrate::is_current(&state.storage)).await {
        Ok(Ok(true)) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("ready\n"),
        Ok(Ok(false)) => not_ready("migrations are missing"),
        _ => not_ready("the database does not answer"),
    }
}

fn not_ready(why: &str) -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "5"))
        .content_type("text/plain; charset=utf-8")
        .body(format!("not ready: {why}\n"))
}

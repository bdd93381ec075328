//! Whether the server lives and whether it can answer: for whoever restarts it or sends it traffic.

use crate::state::State;
use actix_web::{HttpResponse, http::header, web};
use std::time::Duration;
use storage::migrate;

/// A probe gives up sooner than its caller.
const PATIENCE: Duration = Duration::from_secs(1);

/// `GET /health/live`: the process runs. It never asks the database, whose absence a restart would
/// not mend.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("live\n")
}

/// `GET /health/ready`: the database answers and has the schema that this version needs.
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

//! Whether the server lives and whether it can answer: for whoever restarts it or sends it traffic.

use crate::state::State;
use actix_web::{HttpResponse, http::header, web};
use std::time::Duration;

/// A probe gives up sooner than its caller.
const PATIENCE: Duration = Duration::from_secs(1);

/// `GET /health/live`: the process runs. It never asks the database, whose absence a restart would
/// not mend.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("live\n")
}

/// `GET /health/ready`: the database answers.
pub async fn ready(state: web::Data<State>) -> HttpResponse {
    match tokio::time::timeout(PATIENCE, state.storage.ping()).await {
        Ok(Ok(())) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("ready\n"),
        _ => HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "5"))
            .content_type("text/plain; charset=utf-8")
            .body("not ready: the database does not answer\n"),
    }
}

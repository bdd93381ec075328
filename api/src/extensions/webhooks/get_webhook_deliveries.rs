//! `GET /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries`

use super::{Deliveries, access, cursor, documents::DeliveryDocument, webhook};
use crate::{error::ApiError, extract::query_arguments, openapi::words, state::State};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::{QueryParameters, Violation, Violations};
use storage::DeliveryState;

/// Deliveries in one answer.
const MAX_DELIVERIES: usize = 100;

/// The log of what a webhook was sent, a hundred deliveries at a time. What is over is kept for 30
/// days.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
        ("state" = Option<words::DeliveryState>, Query, nullable = false, example = "dead", description = "Deliveries in this state only."),
        ("before" = Option<String>, Query, nullable = false, pattern = "^[0-9]{0,18}$", example = "4711",
            description = "The `before` of an answer; without it, from the newest event."),
    ),
    responses(
        (status = 200, description = "The deliveries, or none.", content((Deliveries<'static> = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn get_webhook_deliveries(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let (wanted, before) = asked(&query_arguments(&http_request)?)?;
    let found = webhook(&http_request, &access).await?;
    let storage = &access.scope.storage;
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(MAX_DELIVERIES + 1).unwrap_or(i64::MAX);
    let mut deliveries = storage
        .list_deliveries(&found.webhook_id, wanted, before, limit)
        .await?;
    let has_more = deliveries.len() > MAX_DELIVERIES;
    deliveries.truncate(MAX_DELIVERIES);
    let last = deliveries.last().map(|one| one.position.to_string());
    Ok(HttpResponse::Ok().json(Deliveries {
        deliveries: deliveries.iter().map(DeliveryDocument::from).collect(),
        before: last.filter(|_| has_more),
    }))
}

fn asked(arguments: &QueryParameters) -> Result<(Option<DeliveryState>, Option<i64>), Violations> {
    let mut violations = Violations::none();
    let state = violations.take(arguments.one("state")).flatten();
    let state = state.and_then(|word| {
        let known = DeliveryState::parse(word.trim());
        let words = DeliveryState::ALL.map(DeliveryState::as_str).join(", ");
        let problem = format!("is none of {words}");
        violations.take(known.ok_or_else(|| Violation::new("state", problem)))
    });
    let before = violations.take(arguments.one("before")).flatten();
    let before = before.and_then(|text| violations.take(cursor("before", text.trim())));
    violations.check()?;
    Ok((state, before))
}

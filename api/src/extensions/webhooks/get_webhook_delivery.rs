//! `GET /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries/{event_id}`

use super::{
    AttemptDocument, DeliveryDocument, DeliveryWithAttempts, access, unknown_event, webhook,
};
use crate::{error::ApiError, state::State};
use actix_web::{HttpRequest, HttpResponse, web};

/// The delivery of an event, and the attempts that were made.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries/{event_id}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
        ("event_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000002", description = "The event, as `webhook-id` names it."),
    ),
    responses(
        (status = 200, description = "The delivery.", content((DeliveryWithAttempts<'static> = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn get_webhook_delivery(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let found = webhook(&http_request, &access).await?;
    let event_id = http_request.match_info().query("event_id");
    let storage = &access.scope.storage;
    let delivery = storage.find_delivery(&found.webhook_id, event_id).await?;
    let delivery = delivery.ok_or_else(unknown_event)?;
    let attempts = storage
        .list_attempts(&found.webhook_id, delivery.position)
        .await?;
    Ok(HttpResponse::Ok().json(DeliveryWithAttempts {
        delivery: DeliveryDocument::from(&delivery),
        attempts: attempts.iter().map(AttemptDocument::from).collect(),
    }))
}

//! `POST /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries/{event_id}/replay`

use super::{DeliveryDocument, access, by, own_webhook, unknown_event};
use crate::{
    error::{ApiError, Kind},
    extract::read_object_or_nothing,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::Violations;

/// Sends an event again whose delivery is over, delivered or dead.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/deliveries/{event_id}/replay",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
        ("event_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000002", description = "The event, as `webhook-id` names it."),
    ),
    responses(
        (status = 202, description = "It is pending again.", content((DeliveryDocument<'static> = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 408),
        (status = 409, description = "It is pending already."),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn replay_webhook_delivery(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let body = read_object_or_nothing(&http_request, payload, &state.shared).await?;
    let mut violations = Violations::none();
    body.fields().refuse_others(&[], &mut violations);
    violations.check()?;
    let found = own_webhook(&http_request, &access).await?;
    let event_id = http_request.match_info().query("event_id");
    let storage = &access.scope.storage;
    let by = by(&access, "replay_webhook_delivery");
    let replayed = storage
        .replay_delivery(&found.webhook_id, event_id, by, Utc::now())
        .await?;
    if !replayed.ok_or_else(unknown_event)? {
        let sentence = "the delivery is pending already";
        return Err(ApiError::new(Kind::Conflict, sentence));
    }
    let delivery = storage.find_delivery(&found.webhook_id, event_id).await?;
    let delivery = delivery.ok_or_else(unknown_event)?;
    Ok(HttpResponse::Accepted().json(DeliveryDocument::from(&delivery)))
}

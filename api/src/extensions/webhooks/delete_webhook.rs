//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}`

use super::{access, by, unknown};
use crate::{error::ApiError, state::State};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;

/// Deletes a webhook: nothing more is sent, and the log of its deliveries goes too.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
    ),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn delete_webhook(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let id = http_request.match_info().query("webhook_id");
    let by = by(&access, "delete_webhook");
    if !access
        .scope
        .storage
        .delete_webhook(id, by, Utc::now())
        .await?
    {
        return Err(unknown());
    }
    Ok(HttpResponse::NoContent().finish())
}

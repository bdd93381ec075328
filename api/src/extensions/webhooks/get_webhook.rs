//! `GET /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}`

use super::{WebhookDocument, access, webhook};
use crate::{error::ApiError, state::State};
use actix_web::{HttpRequest, HttpResponse, web};

/// A webhook, without its secret.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
    ),
    responses(
        (status = 200, description = "The webhook.", content((WebhookDocument<'static> = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn get_webhook(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let found = webhook(&http_request, &access).await?;
    Ok(HttpResponse::Ok().json(WebhookDocument::from(&found)))
}

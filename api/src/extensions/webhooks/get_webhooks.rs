//! `GET /api/v1/jurisdictions/{jurisdiction_id}/webhooks`

use super::{Webhooks, access, documents::WebhookDocument};
use crate::{error::ApiError, state::State};
use actix_web::{HttpRequest, HttpResponse, web};

/// The webhooks of a jurisdiction.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
    ),
    responses(
        (status = 200, description = "The webhooks, or none.", content((Webhooks<'static> = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn get_webhooks(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let webhooks = access.scope.storage.list_webhooks().await?;
    Ok(HttpResponse::Ok().json(Webhooks {
        webhooks: webhooks.iter().map(WebhookDocument::from).collect(),
    }))
}

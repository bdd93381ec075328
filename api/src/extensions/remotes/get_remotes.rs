//! `GET /api/v1/jurisdictions/{jurisdiction_id}/remotes`

use super::{RemoteDocument, Remotes};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

/// The endpoints that service requests are forwarded to or mirrored from.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/remotes",
    params(("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction.")),
    responses(
        (status = 200, description = "The endpoints, or none.", content((Remotes = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn get_remotes(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let remotes = access.scope.storage.list_remotes().await?;
    Ok(HttpResponse::Ok().json(Remotes {
        remotes: remotes.iter().map(RemoteDocument::from).collect(),
    }))
}

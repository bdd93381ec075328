//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/mirror`

use crate::{
    access::{Access, Permission},
    error::ApiError,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use storage::By;

/// Ends the copying. What was copied stays, and can be changed here from then on.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/mirror",
    params(("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction.")),
    responses(
        (status = 204, description = "It is no copy any more."),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is no copy, or is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn delete_mirror(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let by = By {
        actor: access.principal.id(),
        operation: "delete_mirror",
    };
    match access.scope.storage.delete_mirror(by, Utc::now()).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(ApiError::not_found("this jurisdiction is no copy")),
    }
}

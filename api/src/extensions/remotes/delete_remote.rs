//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/remotes/{remote}`

use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::RemoteName;
use storage::{By, Removal};

/// Removes an endpoint to which nothing is forwarded by rule and which nothing mirrors.
///
/// What was forwarded to it before stays known, and is not followed any more.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/remotes/{remote}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("remote" = String, Path, min_length = 1, example = "county-roads", description = "What the endpoint is called here."),
    ),
    responses(
        (status = 204, description = "It is removed."),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such endpoint, or the jurisdiction is not served here."),
        (status = 409, description = "A rule or a mirror needs it."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn delete_remote(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let unknown = || ApiError::not_found("there is no such remote");
    let name = http_request.match_info().query("remote");
    let name = RemoteName::parse(name).map_err(|_no_name| unknown())?;
    let by = By {
        actor: access.principal.id(),
        operation: "delete_remote",
    };
    let removal = access.scope.storage.delete_remote(&name, by, Utc::now());
    match removal.await? {
        Removal::Removed => Ok(HttpResponse::NoContent().finish()),
        Removal::Unknown => Err(unknown()),
        Removal::InUse => Err(ApiError::new(
            Kind::Conflict,
            "a rule or a mirror needs this remote; remove that first",
        )),
    }
}

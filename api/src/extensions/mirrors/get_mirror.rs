//! `GET /api/v1/jurisdictions/{jurisdiction_id}/mirror`

use super::MirrorDocument;
use crate::{
    access::{Access, Permission},
    error::ApiError,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Of what a jurisdiction is a read-only copy, and how far the copy is.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/mirror",
    params(("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction.")),
    responses(
        (status = 200, description = "How far the copy is.", content((MirrorDocument = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is no copy, or is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn get_mirror(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let mirror = access.scope.storage.find_mirror().await?;
    let mirror = mirror.ok_or_else(|| ApiError::not_found("this jurisdiction is no copy"))?;
    Ok(HttpResponse::Ok().json(MirrorDocument::from(&mirror)))
}

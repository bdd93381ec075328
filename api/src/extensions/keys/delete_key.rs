//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/keys/{key_id}`

use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::in_path,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use storage::By;

/// Revokes an API key: it is refused from now on, and stays listed.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/keys/{key_id}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("key_id" = String, Path, min_length = 1, example = "grk_0a1b2c3d", description = "The first characters of the key, as they are listed."),
    ),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such key, or it was revoked before."),
        (status = 503),
    ),
    security(("bearer" = ["manage-keys"])),
)]
pub async fn delete_key(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageKeys).await?;
    let key_id = in_path(&http_request, "key_id").unwrap_or_default();
    let by = By {
        actor: access.principal.id(),
        operation: "delete_key",
    };
    let revoked = access.scope.storage.revoke_api_key(&key_id, by, Utc::now());
    if revoked.await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(ApiError::not_found(
        "there is no good key of that key_id in this jurisdiction",
    ))
}

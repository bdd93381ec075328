//! `GET /api/v1/jurisdictions/{jurisdiction_id}/keys`

use super::{KeyDocument, Keys};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    openapi::parameters::Jurisdiction,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};

/// The API keys of a jurisdiction; those that were revoked or have expired too.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/keys",
    params(Jurisdiction),
    responses(
        (status = 200, description = "The keys, or none.", content((Keys<'static> = "application/json", example = json!({
            "keys": [{
                "key_id": "grk_0a1b2c3d", "label": "Fix It, by Example Ltd", "scopes": null,
                "requests_per_minute": 600, "created_datetime": "2026-11-20T09:30:00Z",
                "expires_datetime": null, "last_used_datetime": "2026-11-26T08:00:00Z",
                "revoked_datetime": null
            }]
        })))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-keys"])),
)]
pub async fn get_keys(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageKeys).await?;
    let keys = access.scope.storage.list_api_keys().await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Keys {
            keys: keys.iter().map(KeyDocument::from).collect(),
        }))
}

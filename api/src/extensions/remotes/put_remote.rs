//! `PUT /api/v1/jurisdictions/{jurisdiction_id}/remotes/{remote}`

use super::{RemoteDocument, RemoteForm};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::read_object,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::Violation;
use storage::{By, RemoteChange};

/// Describes another endpoint, or describes it anew.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/remotes/{remote}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("remote" = String, Path, min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9._-]+$", example = "county-roads",
            description = "What the endpoint is called here."),
    ),
    request_body(description = "What is said of the endpoint.", content((RemoteForm = "application/json", example = json!({"base_url": "https://roads.county.example/open311/v2", "dialect": {"format": "json", "updates": "true"}})))),
    responses(
        (status = 200, description = "The endpoint as it is now described.", content((RemoteDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is no JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn put_remote(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let name = http_request.match_info().query("remote");
    let (remote, key) = RemoteForm::parse(&body, name)?;
    let allowed = state.shared.outbound.check(&remote.base_url).await;
    allowed.map_err(|refusal| Violation::new("base_url", refusal.to_string()))?;
    let by = By {
        actor: access.principal.id(),
        operation: "put_remote",
    };
    let storage = &access.scope.storage;
    let put = storage.put_remote(&remote, key, by, Utc::now()).await?;
    if put == RemoteChange::KeyOfAnother {
        let problem = "must be given anew, because base_url names another host";
        return Err(Violation::new("api_key", problem).into());
    }
    let kept = storage.find_remote(&remote.name).await?.unwrap_or(remote);
    Ok(HttpResponse::Ok().json(RemoteDocument::from(&kept)))
}

//! `POST /api/v1/jurisdictions/{jurisdiction_id}/forwards/{forward_id}/replay`

use super::documents::ForwardReplayForm;
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extract::read_object,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use storage::{By, Replayed};
use uuid::Uuid;

/// Takes up again what was given up or is uncertain.
///
/// What is uncertain may be there already: find out first. With `remote_service_request_id` nothing is
/// posted, and it is followed from then on.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/forwards/{forward_id}/replay",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("forward_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000003", description = "The forward."),
    ),
    request_body(description = "What people know; it may say nothing.", content((ForwardReplayForm = "application/json", example = json!({})))),
    responses(
        (status = 204, description = "It is on its way again."),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such forward, or the jurisdiction is not served here."),
        (status = 408),
        (status = 409, description = "It is neither dead nor uncertain."),
        (status = 413),
        (status = 415, description = "The body is no JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn post_replay(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let remote_id = ForwardReplayForm::parse(&body.fields())?;
    let unknown = || ApiError::not_found("there is no such forward");
    let forward_id = http_request.match_info().query("forward_id");
    let forward_id = Uuid::parse_str(forward_id).map_err(|_no_id| unknown())?;
    let by = By {
        actor: access.principal.id(),
        operation: "post_replay",
    };
    let storage = &access.scope.storage;
    let replayed = storage.replay_forward(forward_id, remote_id, by, Utc::now());
    match replayed.await? {
        Replayed::Begun => Ok(HttpResponse::NoContent().finish()),
        Replayed::NotGivenUp => Err(ApiError::new(
            Kind::Conflict,
            "this forward is neither dead nor uncertain",
        )),
        Replayed::Unknown => Err(unknown()),
    }
}

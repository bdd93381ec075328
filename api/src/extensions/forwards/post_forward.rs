//! `POST /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/forwards`

use super::{ForwardDocument, documents::RouteForm};
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extensions::service_requests::check_theirs,
    extract::read_object,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{ServiceRequestId, Violation};
use storage::{By, Routed};

/// Forwards one service request.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/forwards",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("service_request_id" = String, Path, min_length = 1, example = "26-1234-5678", description = "The service request."),
    ),
    request_body(description = "Where to.", content((RouteForm = "application/json", example = json!({"remote": "county-roads", "remote_service_code": "SIDEWALK"})))),
    responses(
        (status = 201, description = "It is on its way.", content((ForwardDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The service request is not known, or the jurisdiction is not served here."),
        (status = 408),
        (status = 409, description = "It is, or was, on its way there already."),
        (status = 413),
        (status = 415, description = "The body is no JSON."),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn post_forward(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let change = Permission::ChangeServiceRequests;
    let access = Access::require(&http_request, &state, change).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let (remote, service_code) = RouteForm::parse(&body.fields())?;
    let unknown = || ApiError::not_found("service_request_id is not known in this jurisdiction");
    let id = http_request.match_info().query("service_request_id");
    let id = ServiceRequestId::parse(id).map_err(|_no_id| unknown())?;
    check_theirs(&access, &id).await?;
    let by = By {
        actor: access.principal.id(),
        operation: "post_forward",
    };
    let storage = &access.scope.storage;
    let routed = storage.begin_forward(&id, &remote, &service_code, by, Utc::now());
    let forward_id = match routed.await? {
        Routed::Begun(forward_id) => forward_id,
        Routed::Already => {
            return Err(ApiError::new(
                Kind::Conflict,
                "this service request was forwarded there before",
            ));
        }
        Routed::UnknownServiceRequest => return Err(unknown()),
        Routed::UnknownRemote => {
            return Err(Violation::new("remote", "is not known in this jurisdiction").into());
        }
    };
    let forwards = storage.list_forwards_of(&[id.as_str()]).await?;
    let begun = forwards.iter().find(|one| one.forward_id == forward_id);
    let begun = begun.ok_or_else(unknown)?;
    Ok(HttpResponse::Created().json(ForwardDocument::from(begun)))
}

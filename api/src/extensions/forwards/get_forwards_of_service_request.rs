//! `GET /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/forwards`

use super::{Forwards, documents::ForwardDocument};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extensions::service_requests::{check_theirs, named},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Where a service request was forwarded to, and how far it is there.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/forwards",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("service_request_id" = String, Path, min_length = 1, example = "26-1234-5678", description = "The service request."),
    ),
    responses(
        (status = 200, description = "Its forwards; none where it was not forwarded or is not known.", content((Forwards = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_forwards_of_service_request(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let read = Permission::ReadServiceRequests;
    let access = Access::require(&http_request, &state, read).await?;
    let id = named(&http_request)?;
    check_theirs(&access, &id).await?;
    let forwards = access
        .scope
        .storage
        .list_forwards_of(&[id.as_str()])
        .await?;
    Ok(HttpResponse::Ok().json(Forwards {
        forwards: forwards.iter().map(ForwardDocument::from).collect(),
    }))
}

//! `GET /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}`

use super::{
    StaffRequestDocument,
    answer::{answer_one, named, unknown, view},
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    openapi::parameters::{Jurisdiction, ServiceRequestInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

/// One service request, with everything that is known of it.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}",
    params(Jurisdiction, ServiceRequestInPath),
    responses(
        (status = 200, description = "The service request.", content((StaffRequestDocument = "application/json")),
            headers(("ETag" = String, description = "Its version; whoever changes it sends it back in `If-Match`."))),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_staff_service_request(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    let id = named(&http_request)?;
    let found = access
        .scope
        .storage
        .find_staff_service_request(&id, view(&access))
        .await?;
    Ok(answer_one(&found.ok_or_else(unknown)?, &state))
}

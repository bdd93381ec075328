//! `GET /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/updates`

use super::{
    StaffRequestUpdates, StaffUpdateDocument,
    answer::{answer, named, unknown, view},
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    openapi::parameters::{Jurisdiction, ServiceRequestInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use storage::View;

/// The whole history of a service request, internal notes and who wrote what included.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/updates",
    params(Jurisdiction, ServiceRequestInPath),
    responses(
        (status = 200, description = "The history, the oldest entry first.", content((StaffRequestUpdates = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_staff_service_request_updates(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    let id = named(&http_request)?;
    let storage = &access.scope.storage;
    let found = storage
        .find_staff_service_request(&id, view(&access))
        .await?;
    found.ok_or_else(unknown)?;
    let history = storage.list_history(&[id.as_str()], View::Internal).await?;
    let public_url = &state.shared.public_url;
    let entries = history.iter();
    Ok(answer(StaffRequestUpdates {
        updates: entries
            .map(|entry| StaffUpdateDocument::new(entry, public_url))
            .collect(),
    }))
}

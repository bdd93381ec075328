//! `PUT` and `DELETE
//! /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/duplicate-of`

use super::{
    DuplicateForm, StaffRequestDocument,
    answer::{acting, answer_as_it_is, if_match, named, version},
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::read_object,
    openapi::parameters::{IfMatchIfRead, Jurisdiction, ServiceRequestInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{Fields, ServiceRequestId, Violation, Violations};
use storage::Linking;

/// Makes a service request the duplicate of another: it follows when the other is closed or opened
/// again.
///
/// Its own duplicates become those of the other, so there are no chains. If the other is closed, it
/// is closed too.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/duplicate-of",
    params(Jurisdiction, ServiceRequestInPath, IfMatchIfRead),
    request_body(description = "The other.", content(
        (DuplicateForm = "application/json", example = json!({"service_request_id": "26-8765-4321"})),
    )),
    responses(
        (status = 200, description = "The service request as it is now.", content((StaffRequestDocument = "application/json")),
            headers(("ETag" = String, description = "Its newest version."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 408),
        (status = 409, description = "The other is itself a duplicate, or has too many."),
        (status = 412),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 422, description = "There is no such other, or the public may not see it."),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn put_duplicate_of(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ChangeServiceRequests).await?;
    let id = named(&http_request)?;
    let expected_version = if_match(http_request.headers())?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let other = other(&body.fields())?;
    let linked = access
        .scope
        .storage
        .link_duplicate(&Linking {
            service_request_id: &id,
            duplicate_of: &other,
            expected_version,
            acting: acting(&access, "put_duplicate_of", Utc::now()),
        })
        .await?;
    version(linked)?;
    answer_as_it_is(&access, &state, &id).await
}

/// Lets a duplicate go: if it was closed for that, it is what it was before.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/duplicate-of",
    params(Jurisdiction, ServiceRequestInPath, IfMatchIfRead),
    responses(
        (status = 200, description = "The service request as it is now.", content((StaffRequestDocument = "application/json")),
            headers(("ETag" = String, description = "Its newest version."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 409, description = "Others are changing it at the moment."),
        (status = 412),
        (status = 422, description = "It does not fit the service request."),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn delete_duplicate_of(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ChangeServiceRequests).await?;
    let id = named(&http_request)?;
    let expected_version = if_match(http_request.headers())?;
    let acting = acting(&access, "delete_duplicate_of", Utc::now());
    let storage = &access.scope.storage;
    let unlinked = storage.unlink_duplicate(&id, expected_version, &acting);
    version(unlinked.await?)?;
    answer_as_it_is(&access, &state, &id).await
}

fn other(fields: &Fields) -> Result<ServiceRequestId, Violations> {
    let mut violations = Violations::none();
    fields.refuse_others(&["service_request_id"], &mut violations);
    let id = match fields.filled("service_request_id", &mut violations) {
        Some(id) => violations.take(ServiceRequestId::parse(id)),
        None if violations.0.is_empty() => {
            violations.take(Err(Violation::missing("service_request_id")))
        }
        None => None,
    };
    match id {
        Some(id) if violations.0.is_empty() => Ok(id),
        _ => Err(violations),
    }
}

//! `POST /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/redact` and
//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}`: what should
//! not be there is taken out, for good.

use super::{
    RedactionForm, StaffRequestDocument,
    answer::{acting, answer_as_it_is, if_match, named, version},
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::read_object,
    openapi::parameters::{IfMatchIfRead, Jurisdiction, ServiceRequestInPath},
    state::State,
    work::delete_photos,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::Redaction;

/// Takes parts of a service request out, or the texts of updates, for good.
///
/// What was taken out is nowhere any more, in the history and in duplicates neither; that something
/// was, and by whom, is. Whoever follows the change feed is told so. An import does not bring it back.
/// What was forwarded to another server before is still there.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/redact",
    params(Jurisdiction, ServiceRequestInPath, IfMatchIfRead),
    request_body(description = "What to take out.", content(
        (RedactionForm = "application/json", example = json!({
            "fields": ["description", "media"], "updates": ["0199b3a0-7c1e-7f00-8a00-000000000002"]
        })),
    )),
    responses(
        (status = 200, description = "The service request as it is now.", content((StaffRequestDocument = "application/json")),
            headers(("ETag" = String, description = "Its newest version."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 408),
        (status = 409, description = "Others are changing it at the moment."),
        (status = 412),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 422, description = "One of `updates` is none of this service request."),
        (status = 503),
    ),
    security(("bearer" = ["moderate"])),
)]
pub async fn post_redaction(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::Moderate).await?;
    let id = named(&http_request)?;
    let expected_version = if_match(http_request.headers())?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let redaction = Redaction::parse(&body.fields())?;
    let acting = acting(&access, "post_redaction", Utc::now());
    let storage = &access.scope.storage;
    let redacted = storage
        .redact_service_request(&id, &redaction, expected_version, &acting)
        .await?;
    version(redacted)?;
    delete_photos::delete_soon(&state, &access.scope).await;
    answer_as_it_is(&access, &state, &id).await
}

/// Takes a service request from the public, and out of it everything that somebody wrote or that
/// tells of somebody, for good.
///
/// Staff still see that there was one: of which service, when, and what became of it. Nothing comes
/// into it any more: who tells something of it later is told 409.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}",
    params(Jurisdiction, ServiceRequestInPath, IfMatchIfRead),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 409, description = "Others are changing it at the moment."),
        (status = 412),
        (status = 422, description = "It does not fit the service request."),
        (status = 503),
    ),
    security(("bearer" = ["moderate"])),
)]
pub async fn delete_service_request(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::Moderate).await?;
    let id = named(&http_request)?;
    let expected_version = if_match(http_request.headers())?;
    let acting = acting(&access, "delete_service_request", Utc::now());
    let storage = &access.scope.storage;
    let removed = storage
        .remove_service_request(&id, expected_version, &acting)
        .await?;
    version(removed)?;
    delete_photos::delete_soon(&state, &access.scope).await;
    Ok(HttpResponse::NoContent().finish())
}

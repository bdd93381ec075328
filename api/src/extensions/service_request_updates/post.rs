//! `POST /servicerequestupdates.{format}`: a system that works on a service request tells of it.

use super::{CreatedUpdate, CreatedUpdates, UpdateForm, UpdateParts};
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extensions::service_requests::check_theirs,
    extract::read,
    format::{Format, reply},
    georeport::post_service_request::store_photos,
    openapi::parameters::Suffix,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{ServiceRequestId, UpdateDraft};
use storage::{Append, Appended};
use uuid::Uuid;

/// Appends an update to the history of a service request.
///
/// The same `update_id` of the same sender is written once and answered the same. A key without
/// scopes may change the status of what was filed with it, and note something on every public service
/// request; for the status of others it needs the scope `change-service-requests`.
#[utoipa::path(
    post,
    path = "/servicerequestupdates.{format}",
    params(Suffix),
    request_body(description = "The extension's arguments; they may also stand in the query.", content(
        (UpdateForm = "application/x-www-form-urlencoded",
            example = json!({
                "jurisdiction_id": "boston.demo", "service_request_id": "26-1234-5678", "update_id": "88",
                "updated_datetime": "2026-11-20T09:30:00Z", "status": "IN_PROGRESS",
                "description": "A crew is on its way."
            })),
        (UpdateParts = "multipart/form-data",
            encoding(("media" = (content_type = "image/jpeg, image/png, image/webp"))),
            example = json!({
                "jurisdiction_id": "boston.demo", "service_request_id": "26-1234-5678", "update_id": "89",
                "updated_datetime": "2026-11-20T11:30:00Z", "status": "FIXED", "description": "Laid anew."
            })),
    )),
    responses(
        (status = 200, description = "It is written and will not be lost.", content(
            (CreatedUpdates = "text/xml"), (CreatedUpdates = "application/json"))),
        (status = 400),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here, or has no such service request."),
        (status = 408),
        (status = 409, description = "`update_id` was used before, for another service request."),
        (status = 413),
        (status = 415, description = "The body is no form, or a file is no JPEG, PNG or WebP."),
        (status = 503),
    ),
    security(("bearer" = ["post-updates"]), ("api_key" = ["post-updates"])),
)]
pub async fn post_service_request_update(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let submitted = read(&http_request, payload, &state.shared).await?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &submitted.arguments)
        .await?;
    let key = submitted.api_key.as_deref();
    let post = Permission::PostUpdates;
    let access = Access::require_key(&http_request, key, scope, &state, post).await?;
    let zone = access.scope.jurisdiction.time_zone;
    let draft = UpdateDraft::parse(&submitted.arguments, zone)?;
    let id = draft.service_request_id.clone();
    check_theirs(&access, &id).await?;
    if draft.status.is_some() {
        may_change_status(&access, &id).await?;
    }
    let photos = state.shared.photos.prepare(&submitted.files).await?;
    let photos = store_photos(&state, &access.scope, &photos).await?;
    let principal = &access.principal;
    let said_by = Some(principal.name().to_owned());
    let mut update = draft.into_update(principal.id().to_owned(), said_by);
    let paths = photos.iter().map(|photo| photo.path.clone());
    update.media_urls.splice(0..0, paths);
    update.explains = principal.may(Permission::ChangeServiceRequests);
    let appended = access
        .scope
        .storage
        .append_update(&Append {
            service_request_id: &id,
            update: &update,
            update_id: Uuid::now_v7(),
            operation: "post_service_request_update",
            photos: &photos,
            expected_version: None,
            only_public: !principal.may(Permission::ReadServiceRequests),
            now: Utc::now(),
        })
        .await;
    // A failed commit may have succeeded: then the rows need their files.
    if matches!(appended, Ok(ref appended) if !matches!(appended, Appended::Written { .. })) {
        state.shared.photos.delete(&photos).await;
    }
    answer(&http_request, appended?)
}

/// An app speaks for what it has filed; of what others filed, those say the status whose work it is.
async fn may_change_status(access: &Access, id: &ServiceRequestId) -> Result<(), ApiError> {
    if access.principal.may(Permission::ChangeServiceRequests) {
        return Ok(());
    }
    let filer = access.scope.storage.find_filer(id).await?;
    if filer.is_none_or(|filer| filer == access.principal.id()) {
        return Ok(()); // whether there is such a service request is told later
    }
    Err(ApiError::new(
        Kind::InvalidKey,
        "api_key may not change the status of a service request that was not filed with it; \
         send the status UNCHANGED, or ask for a key with the scope change-service-requests",
    ))
}

fn answer(http_request: &HttpRequest, appended: Appended) -> Result<HttpResponse, ApiError> {
    match appended {
        Appended::Written { update_id, .. } | Appended::Repeated { update_id } => {
            let document = CreatedUpdates(vec![CreatedUpdate {
                update_id: &update_id,
            }]);
            reply(Format::of_path(http_request.path()), &document)
        }
        Appended::SourceIdTaken => Err(ApiError::new(
            Kind::Conflict,
            "update_id was used before, for another service request",
        )),
        Appended::Unknown | Appended::Removed => Err(ApiError::not_found(
            "service_request_id is not known in this jurisdiction",
        )),
        Appended::Outdated { .. } => Err(ApiError::internal("an update without a version")),
        Appended::Refused(violations) => Err(violations.into()),
    }
}

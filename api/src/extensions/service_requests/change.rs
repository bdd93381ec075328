//! `PATCH /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}`: what staff
//! change, as a merge of documents (<https://www.rfc-editor.org/rfc/rfc7396>).

use super::{
    ChangeForm, ChangeParts, StaffRequestDocument,
    answer::{acting, answer_as_it_is, named, required_if_match, version},
    parts::read_parts,
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    openapi::parameters::{IfMatch, Jurisdiction, ServiceRequestInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{Fields, ServiceRequestChange};
use storage::{Changed, Changing};

/// Changes a service request and tells its history.
///
/// Of two who change the same version at the same time, one is told 412. A closing always says why.
/// If it closes the service request, or opens it again, its duplicates follow. Another service or
/// priority changes `expected_datetime` as the service level says, unless it is sent too.
#[utoipa::path(
    patch,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}",
    params(Jurisdiction, ServiceRequestInPath, IfMatch),
    request_body(description = "What to change.", content(
        (ChangeForm = "application/merge-patch+json", example = json!({
            "status": "fixed", "description": "The slab was laid anew.", "assignee": null
        })),
        (ChangeForm = "application/json", example = json!({
            "status": "closed", "closing_reason": "handed_to", "closing_detail": "The state's road service"
        })),
        (ChangeParts = "multipart/form-data",
            encoding(("media" = (content_type = "image/jpeg, image/png, image/webp"))),
            example = json!({"status": "fixed", "description": "The slab was laid anew."})),
    )),
    responses(
        (status = 200, description = "The service request as it is now.", content((StaffRequestDocument = "application/json")),
            headers(("ETag" = String, description = "Its newest version."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service request, or not for whoever asks."),
        (status = 408),
        (status = 409, description = "The other service request cannot be the one that this is a duplicate of."),
        (status = 412),
        (status = 413),
        (status = 415, description = "The body is neither JSON nor a form, or a file is no JPEG, PNG or WebP."),
        (status = 422, description = "What the change names is not there, or does not fit the service request."),
        (status = 428),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn patch_service_request(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ChangeServiceRequests).await?;
    let id = named(&http_request)?;
    let expected_version = required_if_match(http_request.headers())?;
    let zone = access.scope.jurisdiction.time_zone;
    let parts = read_parts(&http_request, payload, &state).await?;
    let mut change = match ServiceRequestChange::parse(&parts.fields, zone) {
        Ok(change) => change,
        // A photo alone is worth telling.
        Err(_) if parts.fields == Fields::default() && parts.has_photos() => {
            ServiceRequestChange::default()
        }
        Err(violations) => return Err(violations.into()),
    };
    let photos = parts.store_photos(&access, &state).await?;
    let paths = photos.iter().map(|photo| photo.path.clone());
    change.media_urls.splice(0..0, paths);
    let changed = access
        .scope
        .storage
        .change_service_request(&Changing {
            service_request_id: &id,
            change: &change,
            expected_version,
            photos: &photos,
            source_update_id: None,
            time_zone: zone,
            acting: acting(&access, "patch_service_request", Utc::now()),
        })
        .await;
    // A failed commit may have succeeded: then the rows need their files.
    if matches!(changed, Ok(ref changed) if !matches!(changed, Changed::Written { .. })) {
        state.shared.photos.delete(&photos).await;
    }
    version(changed?)?;
    answer_as_it_is(&access, &state, &id).await
}

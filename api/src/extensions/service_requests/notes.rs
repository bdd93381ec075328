//! `POST /api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/notes`

use super::{
    NoteForm, NoteParts, StaffRequestDocument,
    answer::{acting, answer_as_it_is, named, version},
    parts::read_parts,
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::repeatable_as,
    openapi::parameters::{IdempotencyKeyHeader, Jurisdiction, ServiceRequestInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::NoteDraft;
use storage::{Changed, Noting};

/// Notes something on a service request: for everybody, or for the staff.
///
/// With the header `Idempotency-Key` a note that is sent again is written once.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/{service_request_id}/notes",
    params(Jurisdiction, ServiceRequestInPath, IdempotencyKeyHeader),
    request_body(description = "The note.", content(
        (NoteForm = "application/json", example = json!({
            "description": "The caller says that it smells of gas.", "is_public": false
        })),
        (NoteParts = "multipart/form-data",
            encoding(("media" = (content_type = "image/jpeg, image/png, image/webp"))),
            example = json!({"description": "The fence is up.", "is_public": true})),
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
        (status = 413),
        (status = 415, description = "The body is neither JSON nor a form, or a file is no JPEG, PNG or WebP."),
        (status = 422, description = "There is no such text, or it does not fit the service request."),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn post_service_request_note(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ChangeServiceRequests).await?;
    let id = named(&http_request)?;
    let source = repeatable_as(&http_request)?;
    let parts = read_parts(&http_request, payload, &state).await?;
    let mut note = NoteDraft::parse(&parts.fields, parts.has_photos())?;
    let photos = parts.store_photos(&access, &state).await?;
    let paths = photos.iter().map(|photo| photo.path.clone());
    note.media_urls.splice(0..0, paths);
    let noted = access
        .scope
        .storage
        .note_on_service_request(&Noting {
            service_request_id: &id,
            note: &note,
            photos: &photos,
            source_update_id: source.as_deref(),
            time_zone: access.scope.jurisdiction.time_zone,
            acting: acting(&access, "post_service_request_note", Utc::now()),
        })
        .await;
    // A failed commit may have succeeded: then the rows need their files.
    if matches!(noted, Ok(ref noted) if !matches!(noted, Changed::Written { .. })) {
        state.shared.photos.delete(&photos).await;
    }
    version(noted?)?;
    answer_as_it_is(&access, &state, &id).await
}

//! `PUT /api/v1/jurisdictions/{jurisdiction_id}/mirror`

use super::{MirrorDocument, MirrorForm};
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extract::read_object,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::Violation;
use storage::{By, MirrorChange};

/// Makes an empty jurisdiction a read-only copy of one elsewhere, or has a copy compared so often.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/mirror",
    params(("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction.")),
    request_body(description = "Of what it becomes a copy.", content((MirrorForm = "application/json", example = json!({"remote": "county-roads", "since": "2020-01-01T00:00:00Z"})))),
    responses(
        (status = 200, description = "The copy, which begins or is now compared so often.", content((MirrorDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 409, description = "The jurisdiction is a copy of another remote or since another date, or has service requests of its own."),
        (status = 413),
        (status = 415, description = "The body is no JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn put_mirror(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let now = Utc::now();
    let zone = access.scope.jurisdiction.time_zone;
    let (remote, since, mirror) = MirrorForm::parse(&body.fields(), zone, now)?;
    let by = By {
        actor: access.principal.id(),
        operation: "put_mirror",
    };
    let storage = &access.scope.storage;
    let refused = |sentence| Err(ApiError::new(Kind::Conflict, sentence));
    match storage.insert_mirror(&remote, &mirror, by, now).await? {
        MirrorChange::Begun => {}
        MirrorChange::Already => {
            let every = mirror.sweep_every;
            let changed = storage.change_mirror(&remote, since, every, by, now);
            if !changed.await? {
                return refused(
                    "this jurisdiction is a copy already, of another remote or since another date",
                );
            }
        }
        MirrorChange::NotEmpty => {
            return refused(
                "this jurisdiction has service requests of its own; a copy begins empty",
            );
        }
        MirrorChange::UnknownRemote => {
            return Err(Violation::new("remote", "is not known in this jurisdiction").into());
        }
    }
    let begun = storage.find_mirror().await?;
    let begun = begun.ok_or_else(|| ApiError::not_found("this jurisdiction is no copy"))?;
    Ok(HttpResponse::Ok().json(MirrorDocument::from(&begun)))
}

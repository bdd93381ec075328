//! `GET /media/{jurisdiction_id}/{media_id}.jpg`: a photo sent with a public service request.

use crate::{error::ApiError, extract::id_in_path, state::State};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::JurisdictionId;
use uuid::Uuid;

/// A photo that was sent with a public service request.
///
/// Its name never stands for another picture, so it may be kept, but for a day at most: it may be
/// taken out.
#[utoipa::path(
    get,
    path = "/media/{jurisdiction_id}/{media_id}.jpg",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("media_id" = String, Path, format = "uuid", example = "0199b3a0-7c1e-7f00-8a00-000000000001", description = "The photo."),
    ),
    responses(
        (status = 200, description = "The photo, as JPEG.", content(("image/jpeg"))),
        (status = 404, description = "There is no such photo."),
        (status = 503),
    )
)]
pub async fn get_photo(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let unknown = || ApiError::not_found("there is no such photo");
    let in_path = http_request.match_info().query("jurisdiction_id");
    let jurisdiction_id = JurisdictionId::parse(in_path).map_err(|_no_id| unknown())?;
    let media_id = id_in_path(&http_request)
        .and_then(|id| Uuid::parse_str(&id).ok())
        .ok_or_else(unknown)?;
    let storage = state.storage.jurisdiction(&jurisdiction_id);
    storage.find_photo(media_id).await?.ok_or_else(unknown)?;
    let path = format!("/media/{jurisdiction_id}/{media_id}.jpg");
    let content = state.shared.photos.get(&path).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/jpeg"))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400, immutable"))
        .body(content))
}

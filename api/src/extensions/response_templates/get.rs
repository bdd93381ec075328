//! `GET /api/v1/jurisdictions/{jurisdiction_id}/response-templates`

use super::{ResponseTemplates, TemplateDocument};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    openapi::parameters::Jurisdiction,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};

/// The texts that staff answer with.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/response-templates",
    params(Jurisdiction),
    responses(
        (status = 200, description = "The texts, by name.", content((ResponseTemplates = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_response_templates(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    let templates = access.scope.storage.list_response_templates().await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ResponseTemplates {
            response_templates: templates.iter().map(TemplateDocument::from).collect(),
        }))
}

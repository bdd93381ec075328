//! `DELETE /api/v1/jurisdictions/{jurisdiction_id}/forward-rules/{service_code}`

use crate::{
    access::{Access, Permission},
    error::ApiError,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::ServiceCode;
use storage::By;

/// Forwards what is filed of a service no longer. What is on its way goes on.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/forward-rules/{service_code}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("service_code" = String, Path, min_length = 1, example = "sidewalk-repair", description = "The service here."),
    ),
    responses(
        (status = 204, description = "There is no such rule any more."),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such rule, or the jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn delete_forward_rule(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let unknown = || ApiError::not_found("there is no rule for this service");
    let code = http_request.match_info().query("service_code");
    let code = ServiceCode::parse(code).map_err(|_no_code| unknown())?;
    let by = By {
        actor: access.principal.id(),
        operation: "delete_forward_rule",
    };
    let storage = &access.scope.storage;
    match storage.delete_forward_rule(&code, by, Utc::now()).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(unknown()),
    }
}

//! `GET /api/v1/jurisdictions/{jurisdiction_id}/forward-rules`

use super::{ForwardRules, RuleDocument};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

/// Which services are forwarded, and where to.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/forward-rules",
    params(("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction.")),
    responses(
        (status = 200, description = "The rules, or none.", content((ForwardRules = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn get_forward_rules(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let rules = access.scope.storage.list_forward_rules().await?;
    Ok(HttpResponse::Ok().json(ForwardRules {
        forward_rules: rules.iter().map(RuleDocument::from).collect(),
    }))
}

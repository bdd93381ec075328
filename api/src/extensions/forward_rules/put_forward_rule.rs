//! `PUT /api/v1/jurisdictions/{jurisdiction_id}/forward-rules/{service_code}`

use super::{RuleDocument, RuleForm};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::read_object,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::Violation;
use storage::{By, RuleChange};

/// Forwards what is filed of a service from now on.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/forward-rules/{service_code}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("service_code" = String, Path, min_length = 1, example = "sidewalk-repair", description = "The service here."),
    ),
    request_body(description = "Where to, and how.", content((RuleForm = "application/json", example = json!({"remote": "county-roads", "remote_service_code": "SIDEWALK", "attributes": ["POLE=LAMP_ID"]})))),
    responses(
        (status = 200, description = "The rule.", content((RuleDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The service is not known, or the jurisdiction is not served here."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is no JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-remotes"])),
)]
pub async fn put_forward_rule(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageRemotes).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let service_code = http_request.match_info().query("service_code");
    let rule = RuleForm::parse(&body.fields(), service_code)?;
    let by = By {
        actor: access.principal.id(),
        operation: "put_forward_rule",
    };
    let change = access.scope.storage.put_forward_rule(&rule, by, Utc::now());
    match change.await? {
        RuleChange::Added | RuleChange::Replaced => {
            Ok(HttpResponse::Ok().json(RuleDocument::from(&rule)))
        }
        RuleChange::UnknownService => Err(ApiError::not_found(
            "service_code is not known in this jurisdiction",
        )),
        RuleChange::UnknownRemote => {
            Err(Violation::new("remote", "is not known in this jurisdiction").into())
        }
    }
}

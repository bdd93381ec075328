//! `PUT` and `DELETE /api/v1/jurisdictions/{jurisdiction_id}/response-templates/{name}`

use super::{TemplateDocument, TemplateForm};
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extract::{in_path, read_object},
    openapi::parameters::{Jurisdiction, TemplateInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{
    DetailedStatus, Fields, ResponseTemplate, ServiceCode, TemplateName, TemplateText, Violation,
    Violations,
};
use storage::{By, MAX_TEMPLATES, Saved};

/// Saves a text that staff answer with, in place of the one of that name if there is one.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/response-templates/{name}",
    params(Jurisdiction, TemplateInPath),
    request_body(description = "The text.", content(
        (TemplateForm = "application/json", example = json!({
            "text": "{service_name} ({service_request_id}): the slab was laid anew.",
            "service_code": "sidewalk-repair", "status": "fixed"
        })),
    )),
    responses(
        (status = 200, description = "The text as it is now.", content((TemplateDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here, or this can be no name."),
        (status = 408),
        (status = 409, description = "There are a thousand texts already."),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 422, description = "There is no such service."),
        (status = 503),
    ),
    security(("bearer" = ["manage-services"])),
)]
pub async fn put_response_template(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let name = named(&http_request)?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let template = parse(name, &body.fields())?;
    let storage = &access.scope.storage;
    let by = by(&access, "put_response_template");
    match storage
        .save_response_template(&template, by, Utc::now())
        .await?
    {
        Saved::Added | Saved::Replaced => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(TemplateDocument::from(&template))),
        Saved::UnknownService => {
            let problem = "is not known in this jurisdiction";
            let fault = Violation::new("service_code", problem);
            Err(ApiError::unfitting(fault.into()))
        }
        Saved::TooMany => Err(ApiError::new(
            Kind::Conflict,
            format!("there are {MAX_TEMPLATES} texts already"),
        )),
    }
}

/// Takes a text that staff answer with away. What was answered with it stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/response-templates/{name}",
    params(Jurisdiction, TemplateInPath),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no text of that name."),
        (status = 503),
    ),
    security(("bearer" = ["manage-services"])),
)]
pub async fn delete_response_template(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let name = named(&http_request)?;
    let storage = &access.scope.storage;
    let by = by(&access, "delete_response_template");
    if storage
        .delete_response_template(&name, by, Utc::now())
        .await?
    {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(unknown())
}

fn by<'a>(access: &'a Access, operation: &'a str) -> By<'a> {
    By {
        actor: access.principal.id(),
        operation,
    }
}

fn named(http_request: &HttpRequest) -> Result<TemplateName, ApiError> {
    let name = in_path(http_request, "name").ok_or_else(unknown)?;
    TemplateName::parse(&name).map_err(|_no_name| unknown())
}

fn unknown() -> ApiError {
    ApiError::not_found("there is no text of that name in this jurisdiction")
}

fn parse(name: TemplateName, fields: &Fields) -> Result<ResponseTemplate, Violations> {
    let mut violations = Violations::none();
    fields.refuse_others(&["text", "service_code", "status"], &mut violations);
    let text = match fields.text("text", &mut violations) {
        None if !violations.0.iter().any(|fault| fault.argument == "text") => {
            violations.take(Err(Violation::missing("text")))
        }
        None => None,
        Some(text) => violations.take(TemplateText::parse(text.unwrap_or_default())),
    };
    let service_code = fields.text("service_code", &mut violations).flatten();
    let service_code = service_code.and_then(|code| violations.take(ServiceCode::parse(code)));
    let status = fields.text("status", &mut violations).flatten();
    let status = status.and_then(|word| violations.take(DetailedStatus::parse(word)));
    match text {
        Some(text) if violations.0.is_empty() => Ok(ResponseTemplate {
            name,
            service_code,
            status,
            text,
        }),
        _ => Err(violations),
    }
}

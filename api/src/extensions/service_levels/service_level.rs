//! `GET`, `PUT` and `DELETE
//! /api/v1/jurisdictions/{jurisdiction_id}/services/{service_code}/service-level`

use super::ServiceLevelDocument;
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::{JsonObject, fields_of, in_path, read_object},
    openapi::parameters::{Jurisdiction, ServiceInPath},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{
    LevelUnit, Priority, ServiceCode, ServiceLevel, ServiceLevels, Violation, Violations,
};
use serde_json::Value;
use storage::By;

/// How soon what a service is asked for should be done.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/services/{service_code}/service-level",
    params(Jurisdiction, ServiceInPath),
    responses(
        (status = 200, description = "What is promised, by priority.", content((ServiceLevelDocument = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_service_level(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    let service_code = named(&http_request)?;
    let found = access
        .scope
        .storage
        .find_service_levels(&service_code)
        .await?;
    Ok(answer(&found.ok_or_else(unknown)?))
}

/// Promises something else for a service, in place of everything that was promised for it.
///
/// What is filed from then on, or changes its service or priority, is expected by it. Working hours
/// and days are counted by the jurisdiction's working hours and holidays; the day of the filing does
/// not count, and the last day ends when the jurisdiction closes.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/services/{service_code}/service-level",
    params(Jurisdiction, ServiceInPath),
    request_body(description = "What is promised, by priority; what is left out or null is as for normal.", content(
        (ServiceLevelDocument = "application/json", example = json!({
            "normal": {"amount": 3, "unit": "working_days"}, "urgent": {"amount": 4, "unit": "hours"}
        })),
    )),
    responses(
        (status = 200, description = "What is promised now.", content((ServiceLevelDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-services"])),
)]
pub async fn put_service_level(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let service_code = named(&http_request)?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let levels = parse(&body)?;
    replace(&access, &service_code, &levels, "put_service_level").await?;
    Ok(answer(&levels))
}

/// Promises nothing for a service any more.
#[utoipa::path(
    delete,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/services/{service_code}/service-level",
    params(Jurisdiction, ServiceInPath),
    responses(
        (status = 204, description = "Nothing is promised."),
        (status = 401),
        (status = 403),
        (status = 404, description = "There is no such service."),
        (status = 503),
    ),
    security(("bearer" = ["manage-services"])),
)]
pub async fn delete_service_level(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let service_code = named(&http_request)?;
    let nothing = ServiceLevels::default();
    replace(&access, &service_code, &nothing, "delete_service_level").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn replace(
    access: &Access,
    service_code: &ServiceCode,
    levels: &ServiceLevels,
    operation: &str,
) -> Result<(), ApiError> {
    let by = By {
        actor: access.principal.id(),
        operation,
    };
    let storage = &access.scope.storage;
    let replaced = storage
        .replace_service_levels(service_code, levels, by, Utc::now())
        .await?;
    if replaced { Ok(()) } else { Err(unknown()) }
}

fn named(http_request: &HttpRequest) -> Result<ServiceCode, ApiError> {
    let code = in_path(http_request, "service_code").ok_or_else(unknown)?;
    ServiceCode::parse(&code).map_err(|_no_code| unknown())
}

fn unknown() -> ApiError {
    ApiError::not_found("service_code is not known in this jurisdiction")
}

fn answer(levels: &ServiceLevels) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ServiceLevelDocument::from(levels))
}

fn parse(body: &JsonObject) -> Result<ServiceLevels, Violations> {
    let mut violations = Violations::none();
    let known = Priority::ALL.map(Priority::as_str);
    body.fields().refuse_others(&known, &mut violations);
    let mut levels = Vec::new();
    for priority in Priority::ALL {
        let sent = body
            .member(priority.as_str())
            .filter(|sent| !sent.is_null());
        if let Some(level) = sent.and_then(|sent| parse_level(priority, sent, &mut violations)) {
            levels.push((priority, level));
        }
    }
    violations.check()?;
    Ok(ServiceLevels::new(levels))
}

fn parse_level(
    priority: Priority,
    sent: &Value,
    violations: &mut Violations,
) -> Option<ServiceLevel> {
    let mut faults = Violations::none();
    let place = priority.as_str();
    let Some(fields) = fields_of(sent) else {
        violations.add(Violation::new(place, "is no object with amount and unit"));
        return None;
    };
    fields.refuse_others(&["amount", "unit"], &mut faults);
    let amount = fields.number("amount", &mut faults);
    let unit = fields.filled("unit", &mut faults);
    let unit = unit.and_then(|unit| faults.take(LevelUnit::parse(unit)));
    if faults.0.is_empty() {
        for (name, is_missing) in [("amount", amount.is_none()), ("unit", unit.is_none())] {
            if is_missing {
                faults.add(Violation::missing(name));
            }
        }
    }
    let level = match (amount, unit) {
        (Some(amount), Some(unit)) => faults.take(ServiceLevel::new(amount, unit)),
        _ => None,
    };
    for fault in faults.0 {
        let argument = format!("{place}.{}", fault.argument);
        violations.add(Violation::new(argument, fault.problem));
    }
    level
}

//! `GET` and `PUT /api/v1/jurisdictions/{jurisdiction_id}/working-hours`

use super::WorkingHoursDocument;
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::read_object,
    openapi::parameters::Jurisdiction,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{Fields, Opening, Violation, Violations, WorkingHours};
use storage::By;

/// When the jurisdiction works in an ordinary week.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/working-hours",
    params(Jurisdiction),
    responses(
        (status = 200, description = "The hours of each day.", content((WorkingHoursDocument = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_working_hours(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    Ok(answer(&access.scope.storage.find_working_hours().await?))
}

/// Says when the jurisdiction works in an ordinary week. A day that is left out is a day off.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/working-hours",
    params(Jurisdiction),
    request_body(description = "The hours of each day, on the clock of the jurisdiction.", content(
        (WorkingHoursDocument = "application/json", example = json!({
            "monday": ["08:00-12:00", "13:00-17:00"], "tuesday": ["08:00-12:00", "13:00-17:00"],
            "wednesday": ["08:00-12:00"], "thursday": ["08:00-12:00", "13:00-19:00"],
            "friday": ["08:00-12:00"], "saturday": [], "sunday": []
        })),
    )),
    responses(
        (status = 200, description = "The hours of each day.", content((WorkingHoursDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-services"])),
)]
pub async fn put_working_hours(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let hours = parse(&body.fields())?;
    let by = By {
        actor: access.principal.id(),
        operation: "put_working_hours",
    };
    let storage = &access.scope.storage;
    storage
        .replace_working_hours(&hours, by, Utc::now())
        .await?;
    Ok(answer(&hours))
}

fn answer(hours: &WorkingHours) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(WorkingHoursDocument::from(hours))
}

fn parse(fields: &Fields) -> Result<WorkingHours, Violations> {
    let mut violations = Violations::none();
    let known = WorkingHours::WEEKDAYS.map(|(name, _)| name);
    fields.refuse_others(&known, &mut violations);
    let mut openings = Vec::new();
    for (name, day) in WorkingHours::WEEKDAYS {
        for text in fields.list(name, &mut violations) {
            let parsed = Opening::parse(text);
            let parsed = parsed.map_err(|fault| Violation::new(name, fault.problem));
            openings.extend(violations.take(parsed).map(|opening| (day, opening)));
        }
    }
    let hours = WorkingHours::new(openings)
        .map_err(|faults| violations.0.extend(faults.0))
        .ok();
    match hours {
        Some(hours) if violations.0.is_empty() => Ok(hours),
        _ => Err(violations),
    }
}

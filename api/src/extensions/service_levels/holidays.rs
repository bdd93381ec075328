//! `GET` and `PUT /api/v1/jurisdictions/{jurisdiction_id}/holidays`

use super::{HolidayDocument, Holidays};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::{JsonObject, fields_of, read_object},
    openapi::parameters::Jurisdiction,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{Holiday, Violation, Violations};
use serde_json::Value;
use std::collections::BTreeSet;
use storage::{By, MAX_HOLIDAYS};

/// The days on which the jurisdiction does not work.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/holidays",
    params(Jurisdiction),
    responses(
        (status = 200, description = "The days, in order.", content((Holidays = "application/json"))),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_holidays(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    Ok(answer(&access.scope.storage.list_holidays().await?))
}

/// Says on which days the jurisdiction does not work, in place of those that were said.
#[utoipa::path(
    put,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/holidays",
    params(Jurisdiction),
    request_body(description = "The days.", content(
        (Holidays = "application/json", example = json!({
            "holidays": [{"day": "2026-12-25", "name": "Christmas Day"}]
        })),
    )),
    responses(
        (status = 200, description = "The days, in order.", content((Holidays = "application/json"))),
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
pub async fn put_holidays(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ManageServices).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let holidays = parse(&body)?;
    let by = By {
        actor: access.principal.id(),
        operation: "put_holidays",
    };
    let storage = &access.scope.storage;
    storage.replace_holidays(&holidays, by, Utc::now()).await?;
    Ok(answer(&holidays))
}

fn answer(holidays: &[Holiday]) -> HttpResponse {
    let holidays = holidays.iter().map(HolidayDocument::from).collect();
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Holidays { holidays })
}

/// The days, in order.
fn parse(body: &JsonObject) -> Result<Vec<Holiday>, Violations> {
    let mut violations = Violations::none();
    body.fields().refuse_others(&["holidays"], &mut violations);
    let sent = match body.member("holidays") {
        Some(Value::Array(sent)) if sent.len() <= MAX_HOLIDAYS => &sent[..],
        None => {
            violations.add(Violation::missing("holidays"));
            &[]
        }
        Some(_) => {
            let problem = format!("is no list of up to {MAX_HOLIDAYS} days");
            violations.add(Violation::new("holidays", problem));
            &[]
        }
    };
    let mut seen = BTreeSet::new();
    let mut holidays = Vec::with_capacity(sent.len());
    for (number, one) in sent.iter().enumerate() {
        let faults = match parse_one(one) {
            Ok(holiday) if seen.insert(holiday.day) => {
                holidays.push(holiday);
                continue;
            }
            Ok(_) => Violation::new("day", "is there twice").into(),
            Err(faults) => faults,
        };
        for fault in faults.0 {
            let argument = format!("holidays[{number}].{}", fault.argument);
            violations.add(Violation::new(argument, fault.problem));
        }
    }
    violations.check()?;
    holidays.sort_unstable_by_key(|holiday| holiday.day);
    Ok(holidays)
}

fn parse_one(sent: &Value) -> Result<Holiday, Violations> {
    let mut violations = Violations::none();
    let fields = fields_of(sent).unwrap_or_default();
    fields.refuse_others(&["day", "name"], &mut violations);
    let day = fields.text("day", &mut violations).flatten();
    let name = fields.text("name", &mut violations).flatten();
    let parsed = Holiday::parse(day.unwrap_or_default(), name.unwrap_or_default());
    match parsed {
        Ok(holiday) if violations.0.is_empty() => Ok(holiday),
        Ok(_) => Err(violations),
        Err(faults) => {
            violations.0.extend(faults.0);
            Err(violations)
        }
    }
}

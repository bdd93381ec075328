//! `POST /api/v1/jurisdictions/{jurisdiction_id}/service-requests/bulk`: the same change for many.

use super::{
    BulkForm, BulkResult, BulkResults,
    answer::{acting, answer, version},
};
use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    extract::{JsonObject, fields_of, read_object, repeatable_as, sent_key},
    openapi::parameters::{IdempotencyKeyHeader, Jurisdiction},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use chrono_tz::Tz;
use domain::{ServiceRequestChange, ServiceRequestId, Violation, Violations};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeSet;
use storage::{Changing, IdempotencyKey, KeyClaim};

/// So many take some seconds.
const MAX_ITEMS: usize = 1_000;
/// So many are changed at once: the disk is waited for together, and somebody else gets a connection.
const AT_ONCE: usize = 3;

/// Changes many service requests in the same way: each is changed or not, by itself, and the answer
/// says for each what became of it.
///
/// With the header `Idempotency-Key` it may be sent again, whatever happened: what has been changed
/// by it is not changed again.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests/bulk",
    params(Jurisdiction, IdempotencyKeyHeader),
    request_body(description = "What to change, and of which service requests.", content(
        (BulkForm = "application/json", example = json!({
            "change": {"agency_responsible": "Public Works"},
            "service_requests": [{"service_request_id": "26-1234-5678", "version": 3}]
        })),
    )),
    responses(
        (status = 200, description = "What became of each.", content((BulkResults = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 422, description = "The `Idempotency-Key` was used before with another body."),
        (status = 503),
    ),
    security(("bearer" = ["change-service-requests"])),
)]
pub async fn post_service_request_changes(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ChangeServiceRequests).await?;
    let source = repeatable_as(&http_request)?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let zone = access.scope.jurisdiction.time_zone;
    let asked = Asked::parse(&body, zone)?;
    claim(&http_request, &access, &body).await?;
    let change = async |(id, expected_version): &(ServiceRequestId, i32)| {
        let source = source.as_ref().map(|source| format!("{source}/{id}"));
        let changing = Changing {
            service_request_id: id,
            change: &asked.change,
            expected_version: *expected_version,
            photos: &[],
            source_update_id: source.as_deref(),
            time_zone: zone,
            acting: acting(&access, "post_service_request_changes", Utc::now()),
        };
        let changed = access.scope.storage.change_service_request(&changing).await;
        changed.map_err(ApiError::from).and_then(version)
    };
    let outcomes: Vec<Result<i32, ApiError>> = stream::iter(asked.items.iter().map(change))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let each = asked.items.iter().zip(&outcomes);
    Ok(answer(BulkResults {
        results: each.map(|((id, _), outcome)| result(id, outcome)).collect(),
    }))
}

fn result<'a>(id: &'a ServiceRequestId, outcome: &'a Result<i32, ApiError>) -> BulkResult<'a> {
    let (status, problem) = match outcome {
        Ok(_) => (200, None),
        Err(error) => {
            let (status, problem) = error.to_problem();
            (status, Some(problem))
        }
    };
    if let Err(error) = outcome
        && let Some(cause) = error.cause()
    {
        tracing::error!(service_request_id = %id, status, cause, "one of many failed");
    }
    BulkResult {
        service_request_id: id.as_str(),
        status,
        version: outcome.as_ref().ok().copied(),
        problem,
    }
}

/// Keeps the key from being used for something else.
async fn claim(
    http_request: &HttpRequest,
    access: &Access,
    body: &JsonObject,
) -> Result<(), ApiError> {
    let Some(key) = sent_key(http_request.headers())? else {
        return Ok(());
    };
    let key = IdempotencyKey {
        principal: access.principal.id().to_owned(),
        operation: format!("{} {}", http_request.method(), http_request.path()),
        key: key.to_owned(),
        fingerprint: body.fingerprint.clone(),
    };
    match access.scope.storage.claim_key(&key, Utc::now()).await? {
        KeyClaim::Ours => Ok(()),
        KeyClaim::OtherBody => Err(ApiError::new(
            Kind::KeyReused,
            "Idempotency-Key was used before with another body; use a new key for another change",
        )),
    }
}

struct Asked {
    change: ServiceRequestChange,
    items: Vec<(ServiceRequestId, i32)>,
}

impl Asked {
    fn parse(body: &JsonObject, zone: Tz) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let known = ["change", "service_requests"];
        body.fields().refuse_others(&known, &mut violations);
        let change = match body.member("change").map(fields_of) {
            None => violations.take(Err(Violation::missing("change"))),
            Some(None) => violations.take(Err(Violation::new("change", "is no object"))),
            Some(Some(fields)) => ServiceRequestChange::parse(&fields, zone)
                .map_err(|faults| violations.0.extend(faults.0))
                .ok(),
        };
        let items = match body.member("service_requests") {
            Some(Value::Array(items)) if (1..=MAX_ITEMS).contains(&items.len()) => {
                parse_items(items, &mut violations)
            }
            None => {
                violations.add(Violation::missing("service_requests"));
                vec![]
            }
            Some(_) => {
                let problem = format!("is no list of 1 to {MAX_ITEMS} service requests");
                violations.add(Violation::new("service_requests", problem));
                vec![]
            }
        };
        match change {
            Some(change) if violations.0.is_empty() => Ok(Self { change, items }),
            _ => Err(violations),
        }
    }
}

fn parse_items(items: &[Value], violations: &mut Violations) -> Vec<(ServiceRequestId, i32)> {
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::with_capacity(items.len());
    for (number, item) in items.iter().enumerate() {
        // A thousand times the same fault is told once for each, by its place.
        let place = |field: &str| format!("service_requests[{number}]{field}");
        let Some(fields) = fields_of(item) else {
            violations.add(Violation::new(place(""), "is no object"));
            continue;
        };
        let mut faults = Violations::none();
        fields.refuse_others(&["service_request_id", "version"], &mut faults);
        let id = fields.filled("service_request_id", &mut faults);
        let id = id.and_then(|id| faults.take(ServiceRequestId::parse(id)));
        let version = fields.number("version", &mut faults);
        let version = version.and_then(|version| i32::try_from(version).ok());
        if faults.0.is_empty() {
            for (field, is_missing) in [
                ("service_request_id", id.is_none()),
                ("version", version.is_none()),
            ] {
                if is_missing {
                    faults.add(Violation::missing(field));
                }
            }
        }
        for fault in faults.0 {
            let argument = place(&format!(".{}", fault.argument));
            violations.add(Violation::new(argument, fault.problem));
        }
        if let (Some(id), Some(version)) = (id, version) {
            if !seen.insert(id.clone()) {
                violations.add(Violation::new(place(""), "names a service request again"));
            }
            parsed.push((id, version));
        }
    }
    parsed
}

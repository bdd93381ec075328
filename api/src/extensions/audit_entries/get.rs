//! `GET /api/v1/jurisdictions/{jurisdiction_id}/audit-entries`: who did what.

use super::AuditEntries;
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::query_arguments,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::{QueryParameters, Violation, Violations};
use uuid::Uuid;

/// Entries in one answer, where nobody asks for fewer.
const MAX_ENTRIES: i64 = 1_000;
/// Entries in one answer where nobody says how many.
const DEFAULT_ENTRIES: i64 = 100;

/// What was done in a jurisdiction by staff, keys and jobs, the oldest first.
///
/// Go on with the `cursor` of the answer; when nothing is left, it stays the same. Entries come in
/// the order of time; one that is being written while you read may come some seconds late and below
/// the cursor, so whoever keeps a copy reads the last minute again.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/audit-entries",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo",
            description = "The jurisdiction."),
        ("after" = Option<Uuid>, Query, nullable = false, example = "0199b3a0-7c1e-7f00-8a00-000000000002",
            description = "The cursor of an answer; without it, from the beginning."),
        ("limit" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 1000, example = 100,
            description = "At most so many entries; 100 where nothing is said."),
    ),
    responses(
        (status = 200, description = "The entries, or none.", content((AuditEntries<'static> = "application/json", example = json!({
            "audit_entries": [{
                "audit_entry_id": "0199b3a0-7c1e-7f00-8a00-000000000002",
                "recorded_datetime": "2026-11-20T09:30:00.000000Z",
                "actor": "client:grc_5f2c1b9e", "operation": "post_key",
                "object_kind": "api_key", "object_id": "grk_0a1b2c3d", "before": null,
                "after": {"scopes": ["moderate"], "requests_per_minute": 60, "expires_datetime": null}
            }],
            "cursor": "0199b3a0-7c1e-7f00-8a00-000000000002"
        })))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-audit"])),
)]
pub async fn get_audit_entries(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadAudit).await?;
    let (after, limit) = parse(&query_arguments(&http_request)?)?;
    let rows = access
        .scope
        .storage
        .list_audit_entries(after, limit)
        .await?;
    let document = AuditEntries {
        audit_entries: rows.iter().map(Into::into).collect(),
        cursor: rows.last().map(|row| row.audit_entry_id).or(after),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(document))
}

fn parse(arguments: &QueryParameters) -> Result<(Option<Uuid>, i64), Violations> {
    let mut violations = Violations::none();
    let sent = |name: &str| -> Result<Option<String>, Violation> {
        let text = arguments.one(name)?.map(str::trim);
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let after = violations.take(sent("after")).flatten().and_then(|text| {
        let wrong = |_no_uuid| Violation::new("after", "is no cursor of this log");
        violations.take(text.parse().map_err(wrong))
    });
    let limit = violations.take(sent("limit")).flatten().and_then(|text| {
        let limit = text.parse().ok().filter(|n| (1..=MAX_ENTRIES).contains(n));
        let problem = format!("is not a whole number from 1 to {MAX_ENTRIES}");
        violations.take(limit.ok_or_else(|| Violation::new("limit", problem)))
    });
    violations.check()?;
    Ok((after, limit.unwrap_or(DEFAULT_ENTRIES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pairs: &[(&str, &str)]) -> Result<(Option<Uuid>, i64), Violations> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        parse(&QueryParameters::new(pairs.collect()))
    }

    #[test]
    fn what_is_left_out_or_empty_means_the_first_hundred() {
        assert_eq!(parsed(&[]), Ok((None, 100)));
        assert_eq!(parsed(&[("after", ""), ("limit", " ")]), Ok((None, 100)));
        let id = "0199b3a0-7c1e-7f00-8a00-000000000002";
        assert_eq!(
            parsed(&[("after", id), ("limit", "1000")]),
            Ok((Some(id.parse().unwrap()), 1_000))
        );
    }

    #[test]
    fn every_fault_is_told() {
        for limit in ["0", "1001", "-1", "1.5", "many"] {
            let told = parsed(&[("after", "7"), ("limit", limit)]).unwrap_err();
            assert_eq!(told.0.len(), 2, "{told}");
        }
    }
}

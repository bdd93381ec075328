//! `POST /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/rotate-secret`

use super::{SecretDocument, access, by, own_webhook, unknown};
use crate::{
    error::ApiError,
    extract::{JsonObject, read_object_or_nothing},
    state::State,
    webhooks::signature::Secret,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{TimeDelta, Utc};
use domain::{Violation, Violations, datetime};
use utoipa::ToSchema;

/// How long the secret before signs too where nothing is said, in hours.
const DEFAULT_OVERLAP: u32 = 24;
/// A month is time enough for any receiver.
const LONGEST_OVERLAP: u32 = 720;

/// How the secret is replaced.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub struct RotationForm {
    /// For how many hours the secret before signs too: 0 where it has become known, 24 where nothing
    /// is said.
    #[schema(minimum = 0, maximum = 720, nullable = false)]
    overlap_hours: Option<u32>,
}

/// Makes another secret. Until the overlap is over, each event is signed by both.
///
/// A secret that still overlaps from an earlier rotation signs no more.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/rotate-secret",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
    ),
    request_body(description = "How the secret is replaced; may be empty.", content((RotationForm = "application/json", example = json!({"overlap_hours": 48})))),
    responses(
        (status = 200, description = "The secret.", content((SecretDocument<'static> = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 408),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn rotate_webhook_secret(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let body = read_object_or_nothing(&http_request, payload, &state.shared).await?;
    let overlap = overlap(&body)?;
    let found = own_webhook(&http_request, &access).await?;
    let secret = Secret::new(rand::random()).reveal();
    let now = Utc::now();
    let until = datetime::to_seconds(now + overlap);
    let by = by(&access, "rotate_webhook_secret");
    let storage = &access.scope.storage;
    if !storage
        .rotate_webhook_secret(&found.webhook_id, &secret, until, by, now)
        .await?
    {
        return Err(unknown());
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(SecretDocument {
            secret: &secret,
            previous_secret_until: until,
        }))
}

fn overlap(body: &JsonObject) -> Result<TimeDelta, Violations> {
    let mut violations = Violations::none();
    let fields = body.fields();
    fields.refuse_others(&["overlap_hours"], &mut violations);
    let hours = fields.number("overlap_hours", &mut violations);
    let hours = hours.unwrap_or(DEFAULT_OVERLAP);
    if hours > LONGEST_OVERLAP {
        let problem = format!("is more than {LONGEST_OVERLAP}");
        violations.add(Violation::new("overlap_hours", problem));
    }
    violations.check()?;
    Ok(TimeDelta::hours(hours.into()))
}

//! `POST /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/replay`

use super::{ReplayDocument, access, by, cursor, own_webhook, unknown};
use crate::{
    error::{ApiError, Kind},
    extensions::events::check_reached,
    extract::{JsonObject, read_object_or_nothing},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{Violation, Violations};
use storage::{Replay, ReplayOf};
use utoipa::ToSchema;

/// What is sent again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub struct ReplayForm {
    /// Events after this cursor; from the first one where nothing is said.
    #[schema(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
    /// Events until this cursor, the event itself included; until the last one that deliveries were
    /// made of where nothing is said.
    #[schema(pattern = "^[0-9]{1,18}$")]
    until: Option<String>,
    /// Whether only dead letters are sent again, and not every event that the filter lets pass.
    #[schema(nullable = false)]
    dead_only: Option<bool>,
}

/// Sends a part of the feed again, by and by.
///
/// Of what was deleted from the log after 30 days only the events are left: they are sent, too,
/// unless only dead letters are asked for.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}/replay",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
    ),
    request_body(description = "What is sent again; may be empty.", content((ReplayForm = "application/json", example = json!({"after": "4711", "until": "4720", "dead_only": true})))),
    responses(
        (status = 202, description = "It begins.", content((ReplayDocument = "application/json"))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404),
        (status = 408),
        (status = 409, description = "Another replay is under way."),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn replay_webhook(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let body = read_object_or_nothing(&http_request, payload, &state.shared).await?;
    let (of, after, until) = asked(&body)?;
    let found = own_webhook(&http_request, &access).await?;
    check_reached(&access.scope, "after", after).await?;
    let by = by(&access, "replay_webhook");
    let storage = &access.scope.storage;
    match storage
        .begin_replay(&found.webhook_id, of, after, until, by, Utc::now())
        .await?
    {
        Replay::Begun { until } => Ok(HttpResponse::Accepted().json(ReplayDocument {
            cursor: after.to_string(),
            until: until.to_string(),
        })),
        Replay::Unknown => Err(unknown()),
        Replay::StillRunning => Err(ApiError::new(
            Kind::Conflict,
            "another replay of this webhook is under way; try again when it is over",
        )),
    }
}

fn asked(body: &JsonObject) -> Result<(ReplayOf, i64, Option<i64>), Violations> {
    let mut violations = Violations::none();
    let fields = body.fields();
    fields.refuse_others(&["after", "until", "dead_only"], &mut violations);
    let mut position = |name: &str| {
        let text = fields.text(name, &mut violations).flatten()?;
        violations.take(cursor(name, text))
    };
    let after = position("after").unwrap_or(0);
    let until = position("until");
    if until.is_some_and(|until| until < after) {
        violations.add(Violation::new("until", "is before after"));
    }
    let dead_only = fields.truth("dead_only", &mut violations);
    let of = if dead_only.unwrap_or(false) {
        ReplayOf::DeadLetters
    } else {
        ReplayOf::Events
    };
    violations.check()?;
    Ok((of, after, until))
}

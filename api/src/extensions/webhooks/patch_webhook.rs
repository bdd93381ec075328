//! `PATCH /api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}`

use super::{
    FilterDocument, WebhookDocument, access, by, check_url, filter::arguments_of, own_webhook,
    require_internal, unknown, with,
};
use crate::{
    error::ApiError,
    extract::{JsonObject, read_object},
    openapi::words,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{Violation, Violations, WebhookSettings};
use storage::WebhookChange;
use utoipa::ToSchema;

/// What is to change; what is left out stays as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub struct WebhookPatch {
    /// Where events are sent.
    #[schema(max_length = 2000, nullable = false)]
    url: Option<String>,
    /// What people call it; null: nothing.
    #[schema(max_length = 500)]
    label: Option<String>,
    /// Which events are sent, in place of the filter before; null: all.
    filter: Option<FilterDocument<'static>>,
    /// Whether entries that the public may not see are sent too.
    #[schema(nullable = false)]
    is_internal: Option<bool>,
    /// active begins where it stopped; disabled sends nothing.
    #[schema(nullable = false)]
    state: Option<words::WebhookState>,
}

/// Changes a webhook, or enables or disables it.
#[utoipa::path(
    patch,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks/{webhook_id}",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
        ("webhook_id" = String, Path, min_length = 1, example = "0199b3a0-7c1e-7f00-8a00-000000000004", description = "The webhook."),
    ),
    request_body(description = "What is to change.", content((WebhookPatch = "application/json", example = json!({"state": "active"})))),
    responses(
        (status = 200, description = "The webhook as it is now.", content((WebhookDocument<'static> = "application/json"))),
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
pub async fn patch_webhook(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let before = own_webhook(&http_request, &access).await?;
    let (settings, is_active) = changed(&before.settings, &body)?;
    if settings.url != before.settings.url {
        check_url(&state, &settings.url).await?;
    }
    if settings.is_internal {
        require_internal(&access)?;
    }
    let change = WebhookChange {
        settings: &settings,
        is_active,
        now: Utc::now(),
    };
    let storage = &access.scope.storage;
    let id = &before.webhook_id;
    let by = by(&access, "patch_webhook");
    if !storage.change_webhook(id, &change, by).await? {
        return Err(unknown());
    }
    let after = storage.find_webhook(id).await?.ok_or_else(unknown)?;
    Ok(HttpResponse::Ok().json(WebhookDocument::from(&after)))
}

fn changed(
    before: &WebhookSettings,
    body: &JsonObject,
) -> Result<(WebhookSettings, Option<bool>), Violations> {
    let mut violations = Violations::none();
    let fields = body.fields();
    let known = ["url", "label", "filter", "is_internal", "state"];
    fields.refuse_others(&known, &mut violations);
    let url = fields.filled("url", &mut violations).unwrap_or(&before.url);
    let label = match fields.text("label", &mut violations) {
        Some(label) => label.unwrap_or_default(),
        None => &before.label,
    };
    let filter = match body.member("filter") {
        Some(filter) => arguments_of(filter, &mut violations),
        None => before.filter.arguments().to_vec(),
    };
    let is_internal = fields.truth("is_internal", &mut violations);
    let is_internal = is_internal.unwrap_or(before.is_internal);
    let is_active = fields.filled("state", &mut violations).and_then(|word| {
        let known = match word {
            "active" => Ok(true),
            "disabled" => Ok(false),
            _ => Err(Violation::new("state", "is not active or disabled")),
        };
        violations.take(known)
    });
    match WebhookSettings::new(url, label, filter, is_internal) {
        Ok(settings) => {
            violations.check()?;
            Ok((settings, is_active))
        }
        Err(faults) => Err(with(violations, faults)),
    }
}

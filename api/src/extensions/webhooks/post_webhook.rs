//! `POST /api/v1/jurisdictions/{jurisdiction_id}/webhooks`

use super::{
    FilterDocument, WebhookDocument, WebhookWithSecret, access, by, check_url, cursor,
    filter::arguments_of, require_internal, unknown, with,
};
use crate::{
    error::{ApiError, Kind},
    extensions::events::check_reached,
    extract::{JsonObject, read_object},
    state::State,
    webhooks::signature::Secret,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{Violations, WebhookSettings};
use storage::{MOST_WEBHOOKS, NewWebhook};
use utoipa::ToSchema;
use uuid::Uuid;

/// A webhook to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub struct WebhookForm {
    /// Where events are sent; http or https, at an address to which this server sends anything.
    #[schema(max_length = 2000)]
    url: String,
    /// What people call it.
    #[schema(max_length = 500)]
    label: Option<String>,
    /// Which events are sent; all where nothing is said.
    filter: Option<FilterDocument<'static>>,
    /// Whether entries that the public may not see are sent too; needs the permission to read them.
    #[schema(nullable = false)]
    is_internal: Option<bool>,
    /// The cursor of the feed after which events are sent: 0 for all that ever happened. Where nothing
    /// is said, what happens from now on.
    #[schema(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// Makes a webhook: from now on events are sent to its address.
///
/// Each is a POST of JSON as [Standard Webhooks](https://www.standardwebhooks.com/) has it: `type`,
/// `timestamp` and, as `data`, the event as the feed tells it; signed by the secret of the answer,
/// which is shown once. Answer 2xx within 20 seconds; anything else is a
/// failure, and the event is sent again over three days, with the same `webhook-id`. Events of one
/// service request come in order.
#[utoipa::path(
    post,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/webhooks",
    params(
        ("jurisdiction_id" = String, Path, min_length = 1, example = "boston.demo", description = "The jurisdiction."),
    ),
    request_body(description = "The webhook.", content((WebhookForm = "application/json", example = json!({
        "url": "https://crm.example.org/hooks/311", "label": "Our CRM",
        "filter": {"service_code": ["sidewalk-repair"], "status": ["open"]}
    })))),
    responses(
        (status = 201, description = "The webhook and its secret.", content((WebhookWithSecret<'static> = "application/json")),
            headers(("Location" = String, description = "The address of the webhook."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 408),
        (status = 409, description = "There are 100 webhooks already."),
        (status = 413),
        (status = 415, description = "The body is not JSON."),
        (status = 503),
    ),
    security(("bearer" = ["manage-webhooks"])),
)]
pub async fn post_webhook(
    http_request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = access(&http_request, &state).await?;
    let body = read_object(&http_request, payload, &state.shared).await?;
    let asked = Asked::parse(&body)?;
    check_url(&state, &asked.settings.url).await?;
    check_reached(&access.scope, "after", asked.after.unwrap_or_default()).await?;
    if asked.settings.is_internal {
        require_internal(&access)?;
    }
    let webhook_id = Uuid::now_v7().to_string();
    let secret = Secret::new(rand::random()).reveal();
    let new = NewWebhook {
        webhook_id: &webhook_id,
        settings: &asked.settings,
        secret: &secret,
        after: asked.after,
        now: Utc::now(),
    };
    let storage = &access.scope.storage;
    if !storage
        .insert_webhook(&new, by(&access, "post_webhook"))
        .await?
    {
        let sentence = format!("there are {MOST_WEBHOOKS} webhooks already; delete one first");
        return Err(ApiError::new(Kind::Conflict, sentence));
    }
    let made = storage
        .find_webhook(&webhook_id)
        .await?
        .ok_or_else(unknown)?;
    let location = format!("{}/{webhook_id}", http_request.path().trim_end_matches('/'));
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(WebhookWithSecret {
            webhook: WebhookDocument::from(&made),
            secret: &secret,
        }))
}

struct Asked {
    settings: WebhookSettings,
    after: Option<i64>,
}

impl Asked {
    fn parse(body: &JsonObject) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let fields = body.fields();
        let known = ["url", "label", "filter", "is_internal", "after"];
        fields.refuse_others(&known, &mut violations);
        let url = fields.text("url", &mut violations).flatten();
        let label = fields.text("label", &mut violations).flatten();
        let is_internal = fields.truth("is_internal", &mut violations);
        let after = fields.text("after", &mut violations).flatten();
        let after = after.and_then(|text| violations.take(cursor("after", text)));
        let filter = body.member("filter");
        let filter = filter.map(|filter| arguments_of(filter, &mut violations));
        let settings = WebhookSettings::new(
            url.unwrap_or_default(),
            label.unwrap_or_default(),
            filter.unwrap_or_default(),
            is_internal.unwrap_or(false),
        );
        match settings {
            Ok(settings) => {
                violations.check()?;
                Ok(Self { settings, after })
            }
            Err(faults) => Err(with(violations, faults)),
        }
    }
}

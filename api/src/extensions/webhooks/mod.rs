//! Webhooks: who is told of changes, and what became of what they were told.

mod delete_webhook;
mod documents;
mod filter;
mod get_webhook;
mod get_webhook_deliveries;
mod get_webhook_delivery;
mod get_webhooks;
mod patch_webhook;
mod post_webhook;
mod replay_webhook;
mod replay_webhook_delivery;
mod rotate_webhook_secret;

pub use documents::{
    AttemptDocument, Deliveries, DeliveryDocument, DeliveryWithAttempts, ReplayDocument,
    SecretDocument, WebhookDocument, WebhookWithSecret, Webhooks,
};
pub use filter::FilterDocument;
pub use patch_webhook::WebhookPatch;
pub use post_webhook::WebhookForm;
pub use replay_webhook::ReplayForm;
pub use rotate_webhook_secret::RotationForm;

use crate::{
    access::{Access, Permission},
    error::{ApiError, Kind},
    operation::{Operation, operation},
    state::State,
};
use actix_web::HttpRequest;
use domain::{Violation, Violations};
use storage::{By, Webhook};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_webhooks::get_webhooks),
        operation!(post_webhook::post_webhook),
        operation!(get_webhook::get_webhook),
        operation!(patch_webhook::patch_webhook),
        operation!(delete_webhook::delete_webhook),
        operation!(rotate_webhook_secret::rotate_webhook_secret),
        operation!(replay_webhook::replay_webhook),
        operation!(get_webhook_deliveries::get_webhook_deliveries),
        operation!(get_webhook_delivery::get_webhook_delivery),
        operation!(replay_webhook_delivery::replay_webhook_delivery),
    ]
}

/// Lets in whoever manages webhooks.
async fn access(http_request: &HttpRequest, state: &State) -> Result<Access, ApiError> {
    Access::require(http_request, state, Permission::ManageWebhooks).await
}

fn by<'a>(access: &'a Access, operation: &'a str) -> By<'a> {
    By {
        actor: access.principal.id(),
        operation,
    }
}

/// The webhook in the path.
async fn webhook(http_request: &HttpRequest, access: &Access) -> Result<Webhook, ApiError> {
    let id = http_request.match_info().query("webhook_id");
    let found = access.scope.storage.find_webhook(id).await?;
    found.ok_or_else(unknown)
}

/// The webhook in the path, for somebody who may decide what it is told.
async fn own_webhook(http_request: &HttpRequest, access: &Access) -> Result<Webhook, ApiError> {
    let found = webhook(http_request, access).await?;
    if found.settings.is_internal {
        require_internal(access)?;
    }
    Ok(found)
}

/// Whoever sends internal notes somewhere must be allowed to read all of them.
fn require_internal(access: &Access) -> Result<(), ApiError> {
    let principal = &access.principal;
    if principal.may(Permission::ReadServiceRequests) && principal.agencies().is_none() {
        return Ok(());
    }
    let permission = Permission::ReadServiceRequests;
    let sentence = format!("is_internal needs the permission {permission}, for every agency");
    Err(ApiError::new(Kind::Forbidden, sentence))
}

fn unknown() -> ApiError {
    ApiError::not_found("webhook_id is not known in this jurisdiction")
}

fn unknown_event() -> ApiError {
    ApiError::not_found("event_id is not known to this webhook")
}

/// Whether the guard lets anything be sent there.
async fn check_url(state: &State, url: &str) -> Result<(), Violation> {
    let checked = state.shared.outbound.check(url).await;
    checked.map_err(|refusal| Violation::new("url", refusal.to_string()))
}

/// A position in the feed, as its cursors write it.
fn cursor(name: &str, text: &str) -> Result<i64, Violation> {
    let is_number = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    let position = text.parse().ok().filter(|_| is_number);
    position.ok_or_else(|| Violation::new(name, "is no cursor of the feed"))
}

/// All faults; of what was told to be no text nobody hears that it is missing, too.
fn with(mut told: Violations, others: Violations) -> Violations {
    for other in others.0 {
        if !told.0.iter().any(|one| one.argument == other.argument) {
            told.add(other);
        }
    }
    told
}

//! Events become deliveries of the webhooks whose filters let them pass.

use super::Hints;
use crate::state::State;
use chrono::Utc;
use domain::JurisdictionId;
use futures_util::{StreamExt, stream};
use storage::StorageError;

/// Events that are looked at in one transaction.
const PAGE: i64 = 500;
/// Webhooks that are looked at in one round.
const WEBHOOKS: i64 = 1_000;
/// How many of them at once.
const AT_ONCE: usize = 4;

/// One round: a page for each webhook that is behind, then another, until none is.
///
/// # Errors
/// When it cannot be found out who is behind. What fails with one webhook holds up no other; the
/// next round begins where this one ended.
pub async fn dispatch_webhooks(state: &State, hints: &Hints) -> Result<(), StorageError> {
    loop {
        let behind = state.storage.list_webhooks_behind(WEBHOOKS).await?;
        let rounds = stream::iter(&behind).map(
            async |(jurisdiction_id, webhook_id)| match dispatch(state, jurisdiction_id, webhook_id)
                .await
            {
                Ok((read, made)) => {
                    if made > 0 {
                        hints.deliveries.notify_one();
                    }
                    read
                }
                Err(error) => {
                    tracing::warn!(%error, %jurisdiction_id, webhook_id, "a webhook's events wait");
                    0
                }
            },
        );
        let read: Vec<usize> = rounds.buffer_unordered(AT_ONCE).collect().await;
        if read.iter().all(|&count| count == 0) {
            return Ok(());
        }
    }
}

/// Answers how many events were read, and how many deliveries were made.
async fn dispatch(
    state: &State,
    jurisdiction_id: &JurisdictionId,
    webhook_id: &str,
) -> Result<(usize, usize), StorageError> {
    let storage = state.storage.jurisdiction(jurisdiction_id);
    let now = Utc::now();
    let new = storage.dispatch_webhook(webhook_id, PAGE, now).await?;
    let again = storage.continue_replay(webhook_id, PAGE, now).await?;
    Ok((new.read + again.read, new.made + again.made))
}

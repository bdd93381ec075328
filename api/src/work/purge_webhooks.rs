//! Deliveries that nobody asks for any more are taken away, and what deleted webhooks have left.

use crate::state::State;
use chrono::{TimeDelta, Utc};
use storage::StorageError;

/// How long deliveries are kept that are over: as long as somebody may want to replay them.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Webhooks that are read at once.
const PAGE: i64 = 500;

/// One round, through every webhook.
///
/// # Errors
/// When the database fails; the next round takes away what this one has left.
pub async fn purge_webhooks(state: &State) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let page = state
            .storage
            .list_webhooks_to_purge(after.as_ref(), PAGE)
            .await?;
        for (jurisdiction_id, webhook_id, is_deleted) in &page {
            let storage = state.storage.jurisdiction(jurisdiction_id);
            if *is_deleted {
                while !storage.purge_webhook(webhook_id).await? {}
            } else {
                let limit = Utc::now() - KEPT;
                while storage.purge_deliveries(webhook_id, limit).await? > 0 {}
            }
        }
        let Some((jurisdiction_id, webhook_id, _)) = page.into_iter().next_back() else {
            return Ok(());
        };
        after = Some((jurisdiction_id, webhook_id));
    }
}

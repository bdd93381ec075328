//! How far the change feeds reach, for whoever waits for more: one query for all who wait.

use std::{collections::HashMap, sync::Arc, time::Duration};
use storage::Storage;
use tokio::sync::watch;

/// How often the database is asked while somebody waits. Another process may give the positions, so
/// nobody can tell us.
const EVERY: Duration = Duration::from_millis(100);

/// The highest position of every feed, as last seen.
pub struct FeedEnds {
    seen: watch::Sender<Arc<HashMap<String, i64>>>,
    stopping: watch::Sender<bool>,
}

impl Default for FeedEnds {
    fn default() -> Self {
        Self {
            seen: watch::Sender::new(Arc::default()),
            stopping: watch::Sender::new(false),
        }
    }
}

impl FeedEnds {
    /// Looks again and again, for as long as somebody waits.
    pub async fn look(&self, storage: &Storage) {
        loop {
            tokio::time::sleep(EVERY).await;
            if self.seen.receiver_count() == 0 {
                continue;
            }
            match storage.list_feed_ends().await {
                Ok(ends) => self.publish(ends),
                Err(error) => tracing::debug!(%error, "feeds cannot be looked at"),
            }
        }
    }

    fn publish(&self, ends: HashMap<String, i64>) {
        self.seen.send_if_modified(|seen| {
            let differs = **seen != ends;
            if differs {
                *seen = Arc::new(ends);
            }
            differs
        });
    }

    /// Whoever waits need not wait any longer: the server stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether the server stops.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns when the feed reaches beyond `position`, after `patience` at the latest.
    pub async fn beyond(&self, jurisdiction_id: &str, position: i64, patience: Duration) {
        let mut seen = self.seen.subscribe();
        let mut stopping = self.stopping.subscribe();
        let more =
            seen.wait_for(|ends| ends.get(jurisdiction_id).is_some_and(|end| *end > position));
        tokio::select! {
            _ = more => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
            () = tokio::time::sleep(patience) => {}
        }
    }
}

//! What the server does by itself, beside answering.

use crate::state::State;
use chrono::{TimeDelta, Utc};
use std::time::Duration;
use storage::StorageError;

/// Idempotency keys are kept for longer than the 24 hours that we promise.
const KEY_LIFE: TimeDelta = TimeDelta::hours(48);
/// How often tokens are looked at.
const TOKENS_EVERY: Duration = Duration::from_millis(500);
/// How often old idempotency keys are taken away.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// How often committed changes get their place in the feed.
const FEEDS_EVERY: Duration = Duration::from_millis(100);
/// Changes that get their place at once.
const FEED_ROUND: i64 = 1_000;
/// How often service requests are looked for that an earlier version has written.
const HISTORIES_EVERY: Duration = Duration::from_secs(5);

/// Starts it. A round that fails is logged, and the next one tries again.
pub fn start(state: State) {
    if let Some(age) = state.shared.config.tokens_after {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        let state = state.clone();
        actix_web::rt::spawn(async move {
            repeat(TOKENS_EVERY, "resolve tokens", async || {
                resolve_tokens(&state, age).await
            })
            .await;
        });
    }
    let sequencing = state.clone();
    actix_web::rt::spawn(async move {
        repeat(FEEDS_EVERY, "sequence feeds", async || {
            sequence_feeds(&sequencing).await
        })
        .await;
    });
    let looking = state.clone();
    actix_web::rt::spawn(async move { looking.shared.feed_ends.look(&looking.storage).await });
    let beginning = state.clone();
    actix_web::rt::spawn(async move {
        repeat(HISTORIES_EVERY, "begin histories", async || {
            begin_histories(&beginning).await
        })
        .await;
    });
    actix_web::rt::spawn(async move {
        repeat(PURGE_EVERY, "purge idempotency keys", async || {
            purge(&state).await
        })
        .await;
    });
}

async fn repeat(every: Duration, what: &str, round: impl AsyncFn() -> Result<(), StorageError>) {
    let mut timer = tokio::time::interval(every);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        if let Err(error) = round().await {
            tracing::warn!(%error, what, "a round of work failed");
        }
    }
}

async fn resolve_tokens(state: &State, age: TimeDelta) -> Result<(), StorageError> {
    let now = Utc::now();
    for jurisdiction in state.shared.directory.list(&state.storage).await?.iter() {
        let storage = state.storage.jurisdiction(&jurisdiction.jurisdiction_id);
        storage
            .resolve_tokens(now - age, domain::datetime::to_seconds(now))
            .await?;
    }
    Ok(())
}

/// Gives every committed change its place in the feed of its jurisdiction.
async fn sequence_feeds(state: &State) -> Result<(), StorageError> {
    for id in state.storage.list_unsequenced_feeds().await? {
        let storage = state.storage.jurisdiction(&id);
        while storage.sequence_feed(FEED_ROUND).await? == FEED_ROUND as usize {}
    }
    Ok(())
}

/// Begins the histories of service requests that an earlier version of this server has written.
async fn begin_histories(state: &State) -> Result<(), StorageError> {
    for jurisdiction in state.shared.directory.list(&state.storage).await?.iter() {
        let storage = state.storage.jurisdiction(&jurisdiction.jurisdiction_id);
        while storage.begin_histories(FEED_ROUND, Utc::now()).await? == FEED_ROUND as usize {}
    }
    Ok(())
}

async fn purge(state: &State) -> Result<(), StorageError> {
    for jurisdiction in state.shared.directory.list(&state.storage).await?.iter() {
        let storage = state.storage.jurisdiction(&jurisdiction.jurisdiction_id);
        storage
            .delete_idempotency_keys(Utc::now() - KEY_LIFE)
            .await?;
    }
    Ok(())
}

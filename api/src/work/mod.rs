//! What the server does by itself, beside answering.

mod federation;
mod mark_overdue;

use crate::{access::LIFE, state::State};
use chrono::{TimeDelta, Utc};
use std::time::Duration;
use storage::StorageError;

/// Idempotency keys are kept for longer than the 24 hours that we promise.
const KEY_LIFE: TimeDelta = TimeDelta::hours(48);
/// How often tokens are looked at.
const TOKENS_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked for what should have been done. People act on it within hours.
const OVERDUE_EVERY: Duration = Duration::from_secs(5);
/// How often what has become too old is taken away.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);
/// How often committed changes get their place in the feed.
const FEEDS_EVERY: Duration = Duration::from_millis(100);
/// Changes that get their place at once.
const FEED_ROUND: i64 = 1_000;
/// How often service requests are looked for that an earlier version has written.
const HISTORIES_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether something is to be forwarded, or has been and is to be looked at.
const FEDERATION_EVERY: Duration = Duration::from_millis(500);

/// Starts it.
pub fn start(state: &State) {
    if let Some(age) = state.shared.config.tokens_after {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        repeat(state, "resolve tokens", TOKENS_EVERY, async move |state| {
            resolve_tokens(state, age).await
        });
    }
    repeat(state, "sequence feeds", FEEDS_EVERY, sequence_feeds);
    repeat(state, "begin histories", HISTORIES_EVERY, begin_histories);
    repeat(
        state,
        "mark what is overdue",
        OVERDUE_EVERY,
        mark_overdue::mark_overdue,
    );
    repeat(state, "purge what is too old", PURGE_EVERY, purge);
    let lanes = federation::Lanes::default();
    repeat(
        state,
        "open lanes of forwards",
        FEDERATION_EVERY,
        async move |state| federation::open_lanes(state, &lanes).await,
    );
    repeat(state, "purge idempotency keys", PURGE_EVERY, purge);
}

/// Does it again and again. A round that fails is logged, and the next one tries again.
fn repeat(
    state: &State,
    what: &'static str,
    every: Duration,
    round: impl AsyncFn(&State) -> Result<(), StorageError> + 'static,
) {
    let state = state.clone();
    actix_web::rt::spawn(async move {
        let mut timer = tokio::time::interval(every);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            if let Err(error) = round(&state).await {
                tracing::warn!(%error, what, "a round of work failed");
            }
        }
    });
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
    // The last of their tokens has expired, however clocks differ.
    let expired = Utc::now() - LIFE - LIFE;
    state.storage.delete_signing_keys(expired).await?;
    Ok(())
}

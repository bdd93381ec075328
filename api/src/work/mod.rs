//! What the server does by itself, beside answering: within `georeport serve`, or alone by
//! `georeport work`. Any number of processes may do it at once.

pub mod delete_photos;
mod deliver_webhooks;
mod dispatch_webhooks;
mod forward;
mod lanes;
mod mark_overdue;
mod mirror;
mod purge_webhooks;
mod stage;

pub use stage::{Stage, Stages};

use crate::{access::LIFE, cli::with_causes, state::State};
use chrono::{TimeDelta, Utc};
use deliver_webhooks::Turns;
use domain::{JurisdictionId, RemoteName};
use futures_util::FutureExt;
use lanes::Lanes;
use std::{panic::AssertUnwindSafe, rc::Rc, time::Duration};
use storage::StorageError;
use tokio::sync::Notify;

/// Idempotency keys are kept for longer than the 24 hours that we promise.
const KEY_LIFE: TimeDelta = TimeDelta::hours(48);
/// How often tokens are looked at.
const TOKENS_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked for what should have been done. People act on it within hours.
const OVERDUE_EVERY: Duration = Duration::from_secs(5);
/// How often files are looked for whose photos were taken out.
const PHOTOS_EVERY: Duration = Duration::from_secs(60);
/// How often what has become too old is taken away.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);
/// How often committed changes get their place in the feed.
const FEEDS_EVERY: Duration = Duration::from_millis(100);
/// Changes that get their place at once.
const FEED_ROUND: i64 = 1_000;
/// How often service requests are looked for that an earlier version has written.
const HISTORIES_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether something is to be forwarded, looked at or mirrored.
const FEDERATION_EVERY: Duration = Duration::from_millis(500);
/// Remotes that are forwarded to at the same time: most of it is waiting for them.
const FORWARDING_AT_ONCE: usize = 16;
/// Mirrors that are worked on at the same time: each writes, on a connection of its own.
const MIRRORING_AT_ONCE: usize = 4;
/// How often it is looked for events that webhooks have not been told, and for deliveries that are
/// due. What this process does itself wakes it sooner.
const WEBHOOKS_EVERY: Duration = Duration::from_millis(250);

/// What one task may do for another: wake it.
#[derive(Default)]
pub struct Hints {
    /// Events have got their places.
    pub events: Notify,
    /// Deliveries have become due.
    pub deliveries: Notify,
}

/// The work of this process.
pub struct Work {
    stages: Stages,
    turns: Turns,
    forwards: Lanes<(JurisdictionId, RemoteName)>,
    mirrors: Lanes<JurisdictionId>,
}

impl Work {
    /// Ends it: nothing new is begun, what is in flight has `patience`, and leases are given back.
    pub async fn stop(self, patience: Duration) {
        self.stages.turn(Stage::Finishing);
        // What a forward or a mirror leaves behind when it is cut off is taken up by others later.
        let in_flight = async {
            tokio::join!(
                self.turns.are_over(),
                self.forwards.are_empty(),
                self.mirrors.are_empty(),
            )
        };
        if tokio::time::timeout(patience, in_flight).await.is_err() {
            self.stages.turn(Stage::Leaving);
            // Each has but one statement to send.
            let _ = tokio::time::timeout(Duration::from_secs(2), self.turns.are_over()).await;
        }
    }
}

/// Starts it.
pub fn start(state: &State) -> Work {
    let stages = Stages::default();
    let turns = Turns::new(state.shared.config.connections, stages.clone());
    let hints = Rc::new(Hints::default());
    let tasks = Tasks {
        state,
        stages: &stages,
    };
    if let Some(age) = state.shared.config.tokens_after {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        tasks.repeat("resolve tokens", TOKENS_EVERY, async move |state| {
            resolve_tokens(state, age).await
        });
    }
    let for_events = hints.clone();
    tasks.repeat("sequence feeds", FEEDS_EVERY, async move |state| {
        sequence_feeds(state, &for_events).await
    });
    tasks.repeat("begin histories", HISTORIES_EVERY, begin_histories);
    tasks.repeat(
        "mark what is overdue",
        OVERDUE_EVERY,
        mark_overdue::mark_overdue,
    );
    tasks.repeat(
        "delete photos that were taken out",
        PHOTOS_EVERY,
        delete_photos::delete_photos,
    );
    let forwards = Lanes::at_most(FORWARDING_AT_ONCE, stages.clone());
    let lanes = forwards.clone();
    tasks.repeat("forward", FEDERATION_EVERY, async move |state| {
        forward::open_lanes(state, &lanes).await
    });
    let mirrors = Lanes::at_most(MIRRORING_AT_ONCE, stages.clone());
    let lanes = mirrors.clone();
    tasks.repeat("mirror", FEDERATION_EVERY, async move |state| {
        mirror::open_lanes(state, &lanes).await
    });
    let (woken, for_deliveries) = (hints.clone(), hints.clone());
    tasks.repeat_woken(
        "dispatch webhooks",
        WEBHOOKS_EVERY,
        async move || woken.events.notified().await,
        async move |state| dispatch_webhooks::dispatch_webhooks(state, &for_deliveries).await,
    );
    let giving = turns.clone();
    tasks.repeat_woken(
        "deliver webhooks",
        WEBHOOKS_EVERY,
        async move || hints.deliveries.notified().await,
        async move |state| deliver_webhooks::deliver_webhooks(state, &giving).await,
    );
    tasks.repeat("purge what is too old", PURGE_EVERY, purge);
    tasks.repeat(
        "purge webhooks",
        PURGE_EVERY,
        purge_webhooks::purge_webhooks,
    );
    Work {
        stages,
        turns,
        forwards,
        mirrors,
    }
}

/// Begins tasks.
struct Tasks<'a> {
    state: &'a State,
    stages: &'a Stages,
}

impl Tasks<'_> {
    /// Does it again and again. A round that fails is logged, and the next one tries again.
    fn repeat(
        &self,
        what: &'static str,
        every: Duration,
        round: impl AsyncFn(&State) -> Result<(), StorageError> + 'static,
    ) {
        self.repeat_woken(what, every, std::future::pending, round);
    }

    /// The same, and sooner when it is woken.
    fn repeat_woken(
        &self,
        what: &'static str,
        every: Duration,
        woken: impl AsyncFn() + 'static,
        round: impl AsyncFn(&State) -> Result<(), StorageError> + 'static,
    ) {
        let (state, stages) = (self.state.clone(), self.stages.clone());
        actix_web::rt::spawn(async move {
            let mut timer = tokio::time::interval(every);
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = timer.tick() => {}
                    () = woken() => {}
                    () = stages.reached(Stage::Finishing) => return,
                }
                // A fault of ours in one round must not end all that come after it.
                match AssertUnwindSafe(round(&state)).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        let error = with_causes(&error);
                        tracing::warn!(error, what, "a round of work failed");
                    }
                    Err(_panic) => tracing::error!(what, "a round of work panicked"),
                }
            }
        });
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
async fn sequence_feeds(state: &State, hints: &Hints) -> Result<(), StorageError> {
    for id in state.storage.list_unsequenced_feeds().await? {
        let storage = state.storage.jurisdiction(&id);
        while storage.sequence_feed(FEED_ROUND).await? == FEED_ROUND as usize {}
        hints.events.notify_one();
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
        storage.delete_idle_rates(Utc::now()).await?;
    }
    // The last of their tokens has expired, however clocks differ.
    let expired = Utc::now() - LIFE - LIFE;
    state.storage.delete_signing_keys(expired).await?;
    Ok(())
}

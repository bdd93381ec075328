//! Deliveries are attempted: leased, sent with no transaction open, and what came of it written down.
//!
//! Each webhook with something due has a turn of its own, so that a receiver who is slow or away
//! holds up nobody else; how much one webhook may have in flight is bounded, and those that fail
//! have fewer places than those that do not.

use super::{Stage, Stages};
use crate::{
    outbound::DEADLINE,
    state::State,
    webhooks::{Message, attempt, signature::Secret},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Fate, JurisdictionId};
use futures_util::{StreamExt, future::try_join, stream};
use rand::seq::SliceRandom;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use storage::{Claim, Claimed, DueWebhook, FeedEntry, Finished, JurisdictionStorage, StorageError};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};
use uuid::Uuid;

/// Webhooks that are looked at in one round.
const WEBHOOKS: i64 = 10_000;
/// Turns at a time, of webhooks whose last attempt succeeded.
const HEALTHY_TURNS: usize = 192;
/// The same of those that fail.
const FAILING_TURNS: usize = 64;
/// How long a turn lasts, if there is more to deliver; then others may.
const TURN: Duration = Duration::from_secs(10);
/// How long deliveries are leased: what is not begun in time is given back. After so long another
/// worker takes over from one that was killed.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// What an attempt may take at most, and the writing down of it.
const LONGEST_ATTEMPT: TimeDelta = TimeDelta::seconds(DEADLINE.as_secs() as i64 + 3);
/// How often it is tried to write down what came of attempts while the database is away.
const WRITES: u32 = 8;

/// What a webhook may have in its turn.
struct Share {
    /// Deliveries that are leased together.
    batch: usize,
    /// Requests in flight.
    at_once: usize,
}

impl Share {
    const HEALTHY: Self = Self {
        batch: 64,
        at_once: 8,
    };
    const FAILING: Self = Self {
        batch: 4,
        at_once: 2,
    };
}

type Key = (JurisdictionId, String);

/// The turns of this process.
#[derive(Clone)]
pub struct Turns {
    /// The name by which leases are known as ours.
    worker: Arc<str>,
    taken: Rc<RefCell<HashSet<Key>>>,
    healthy: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    /// As many as there are connections, which a turn must not wait for in vain.
    database: Arc<Semaphore>,
    stages: Stages,
}

impl Turns {
    /// None yet.
    pub fn new(connections: usize, stages: Stages) -> Self {
        Self {
            worker: Uuid::now_v7().to_string().into(),
            taken: Rc::default(),
            healthy: Arc::new(Semaphore::new(HEALTHY_TURNS)),
            failing: Arc::new(Semaphore::new(FAILING_TURNS)),
            database: Arc::new(Semaphore::new(connections)),
            stages,
        }
    }

    /// Waits until no turn is left.
    pub async fn are_over(&self) {
        let all = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let healthy = self.healthy.acquire_many(all(HEALTHY_TURNS)).await;
        let failing = self.failing.acquire_many(all(FAILING_TURNS)).await;
        drop((healthy, failing));
    }

    /// A place for the webhook. `None`: it has one already, or there is none left.
    fn begin(&self, due: &DueWebhook) -> Option<Place> {
        let key = (due.jurisdiction_id.clone(), due.webhook_id.clone());
        if self.taken.borrow().contains(&key) {
            return None;
        }
        let places = if due.is_failing {
            &self.failing
        } else {
            &self.healthy
        };
        let permit = places.clone().try_acquire_owned().ok()?;
        self.taken.borrow_mut().insert(key.clone());
        Some(Place {
            key,
            taken: self.taken.clone(),
            _permit: permit,
        })
    }
}

/// The place of a webhook whose turn it is, given back however the turn ends.
struct Place {
    key: Key,
    taken: Rc<RefCell<HashSet<Key>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.borrow_mut().remove(&self.key);
    }
}

/// One round: gives a turn to each webhook with something due, as far as there are places.
///
/// # Errors
/// When it cannot be found out what is due.
pub async fn deliver_webhooks(state: &State, turns: &Turns) -> Result<(), StorageError> {
    let mut due = state
        .storage
        .list_due_webhooks(Utc::now(), WEBHOOKS)
        .await?;
    // Where places are few, chance is fair.
    due.shuffle(&mut rand::rng());
    for due in due {
        let Some(place) = turns.begin(&due) else {
            continue;
        };
        let (state, turns) = (state.clone(), turns.clone());
        actix_web::rt::spawn(async move {
            let turn = Turn {
                storage: state.storage.jurisdiction(&due.jurisdiction_id),
                state: &state,
                turns: &turns,
                due: &due,
            };
            if let Err(error) = turn.take().await {
                let webhook_id = &due.webhook_id;
                tracing::warn!(%error, webhook_id, "the turn of a webhook failed");
            }
            drop(place);
        });
    }
    Ok(())
}

/// A webhook at work.
struct Turn<'a> {
    storage: JurisdictionStorage,
    state: &'a State,
    turns: &'a Turns,
    due: &'a DueWebhook,
}

impl Turn<'_> {
    async fn take(&self) -> Result<(), StorageError> {
        let share = if self.due.is_failing {
            Share::FAILING
        } else {
            Share::HEALTHY
        };
        let began = Instant::now();
        while began.elapsed() < TURN && self.turns.stages.now() == Stage::Working {
            let lease_until = Utc::now() + LEASE;
            let claim = self.claim(share.batch, lease_until).await?;
            let Some(claim) = claim.filter(|claim| !claim.deliveries.is_empty()) else {
                return Ok(());
            };
            if !self.deliver(claim, lease_until, &share).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn claim(
        &self,
        batch: usize,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claim>, StorageError> {
        let _connection = self.turns.database.acquire().await;
        let (webhook_id, worker) = (&self.due.webhook_id, &self.turns.worker);
        let limit = i64::try_from(batch).unwrap_or(1);
        self.storage
            .claim_deliveries(webhook_id, worker, Utc::now(), lease_until, limit)
            .await
    }

    /// Attempts each delivery of the claim. Answers whether all were attempted and all arrived.
    ///
    /// Where the database fails, the leases are left to end by themselves: what was sent already
    /// would otherwise be sent again at once, and again.
    async fn deliver(
        &self,
        claim: Claim,
        lease_until: DateTime<Utc>,
        share: &Share,
    ) -> Result<bool, StorageError> {
        let mut open: HashMap<i64, &Claimed> = claim
            .deliveries
            .iter()
            .map(|one| (one.position, one))
            .collect();
        let entries = self.entries(&claim).await?;
        self.discard(&mut open, &entries).await?;
        let all_well = self
            .attempt_all(&claim, &entries, lease_until, share, &mut open)
            .await?;
        if open.is_empty() {
            return Ok(all_well);
        }
        // Nobody else would take them before the lease ends.
        let left: Vec<i64> = open.into_keys().collect();
        let _connection = self.turns.database.acquire().await;
        let (webhook_id, worker) = (&self.due.webhook_id, &self.turns.worker);
        self.storage
            .release_deliveries(webhook_id, worker, &left, Utc::now())
            .await?;
        Ok(false)
    }

    async fn entries(&self, claim: &Claim) -> Result<Vec<FeedEntry>, StorageError> {
        let _connection = self.turns.database.acquire().await;
        self.storage.list_claimed_entries(claim).await
    }

    /// Drops what is not for this webhook any more.
    async fn discard(
        &self,
        open: &mut HashMap<i64, &Claimed>,
        entries: &[FeedEntry],
    ) -> Result<(), StorageError> {
        let told: HashSet<i64> = entries.iter().map(|entry| entry.position).collect();
        let others: Vec<&Claimed> = open
            .values()
            .filter(|one| !told.contains(&one.position))
            .copied()
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        open.retain(|position, _| told.contains(position));
        let _connection = self.turns.database.acquire().await;
        self.storage
            .discard_deliveries(&self.due.webhook_id, &others, Utc::now())
            .await
    }

    /// What was attempted is taken out of `open`.
    async fn attempt_all(
        &self,
        claim: &Claim,
        entries: &[FeedEntry],
        lease_until: DateTime<Utc>,
        share: &Share,
        open: &mut HashMap<i64, &Claimed>,
    ) -> Result<bool, StorageError> {
        let secrets: Vec<Secret> = claim
            .secrets
            .iter()
            .filter_map(|text| Secret::parse(text))
            .collect();
        let attempts: HashMap<i64, i32> = claim
            .deliveries
            .iter()
            .map(|one| (one.position, one.attempts))
            .collect();
        let (told, mut heard) = mpsc::unbounded_channel();
        let sending = async move {
            let ends = stream::iter(entries).map(|entry| {
                let before = attempts.get(&entry.position).copied().unwrap_or(0);
                self.attempt(claim, &secrets, entry, before, lease_until)
            });
            let mut ends = pin!(ends.buffer_unordered(share.at_once));
            while let Some(end) = ends.next().await {
                // Only the task below listens, and it listens to the end.
                if let Some(finished) = end
                    && told.send(finished).is_err()
                {
                    break;
                }
            }
            Ok(())
        };
        // What came of attempts is written down while others are made: the longer it takes, the more
        // is written at once.
        let writing = async {
            let (mut all_well, mut finished) = (true, Vec::new());
            while heard.recv_many(&mut finished, share.batch).await > 0 {
                self.finish(&finished).await?;
                for one in finished.drain(..) {
                    all_well &= one.fate == Fate::Delivered;
                    open.remove(&one.position);
                }
            }
            Ok(all_well)
        };
        tokio::select! {
            result = try_join(sending, writing) => result.map(|((), all_well)| all_well),
            // What is in flight is left to another worker.
            () = self.turns.stages.reached(Stage::Leaving) => Ok(false),
        }
    }

    /// `None`: not attempted, because the lease could end before, or the server is stopping.
    async fn attempt(
        &self,
        claim: &Claim,
        secrets: &[Secret],
        entry: &FeedEntry,
        attempts_before: i32,
        lease_until: DateTime<Utc>,
    ) -> Option<Finished> {
        if Utc::now() + LONGEST_ATTEMPT > lease_until || self.turns.stages.now() != Stage::Working {
            return None;
        }
        let message = Message {
            url: &claim.url,
            secrets,
            jurisdiction_id: self.due.jurisdiction_id.as_str(),
            entry,
            view: claim.view,
            public_url: &self.state.shared.public_url,
        };
        let attempted = attempt(&self.state.shared.outbound, &message).await;
        let (outcome, attempt) = attempted
            .inspect_err(|error| tracing::error!(%error, "an event cannot be written as JSON"))
            .ok()?;
        let count = u32::try_from(attempts_before)
            .unwrap_or(0)
            .saturating_add(1);
        let fate = Fate::after(count, &outcome, Utc::now(), rand::random());
        Some(Finished {
            position: entry.position,
            outcome,
            fate,
            attempt,
        })
    }

    /// Writes down what came, and goes on trying while the database is away: what is not written
    /// down is sent again.
    async fn finish(&self, finished: &[Finished]) -> Result<(), StorageError> {
        let mut tries = 0;
        let disabled = loop {
            let connection = self.turns.database.acquire().await;
            let written = self
                .storage
                .finish_deliveries(
                    &self.due.webhook_id,
                    &self.turns.worker,
                    finished,
                    Utc::now(),
                )
                .await;
            drop(connection);
            tries += 1;
            match written {
                Ok(disabled) => break disabled,
                Err(error) if tries == WRITES => return Err(error),
                Err(_away) => tokio::time::sleep(Duration::from_millis(100) * tries).await,
            }
        };
        if let Some(reason) = disabled {
            tracing::warn!(
                jurisdiction_id = %self.due.jurisdiction_id,
                webhook_id = self.due.webhook_id,
                reason = reason.as_str(),
                "a webhook is disabled: its owner has to look into it"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_turn_that_panics_gives_the_place_of_its_webhook_back() {
        let turns = Turns::new(1, Stages::default());
        let due = DueWebhook {
            jurisdiction_id: JurisdictionId::parse("boston.gov").unwrap(),
            webhook_id: "crm".into(),
            is_failing: true,
        };
        let place = turns.begin(&due);
        assert!(place.is_some() && turns.begin(&due).is_none());
        let turn = actix_web::rt::spawn(async move {
            let _place = place;
            panic!("in the midst of it");
        });
        assert!(turn.await.is_err());
        let again = turns.begin(&due);
        assert!(again.is_some());
        drop(again);
        turns.are_over().await;
    }
}

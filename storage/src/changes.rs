//! What tells whoever keeps answers that they are out of date.
//!
//! Whoever writes through this process says so before the write is acknowledged, so he never reads
//! what was before it. Others are told by a notification of the database, a moment after the commit.
//! Notifications may be lost, and some who write send none (an earlier version, an operator's SQL):
//! so the database is also looked at, some times a second. Where even that fails, nothing counts as
//! up to date any more.

use crate::{
    JurisdictionStorage, Storage, StorageError,
    connection::{End, in_time},
};
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use domain::JurisdictionId;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, mpsc};
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// How often the database is looked at.
const EVERY: Duration = Duration::from_millis(200);
/// Others are told at once of what was quiet for so long, and then at most this often: at hundreds of
/// changes a second each would otherwise cost a transaction more.
const TELL_EVERY: Duration = Duration::from_millis(10);
/// A look takes at most one part in so many of the time. It takes long while an import is taken over,
/// whose entries wait where it looks for those that are committed.
const SHARE: u32 = 20;
/// How long a look is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// Entries without a position that are counted; more wait only while an import is taken over.
const MOST_WAITING: i64 = 1_000;

const LISTEN: &str = "LISTEN georeport_change";
/// It has nothing to lose, so it waits for no disk.
const TELL_LAZILY: &str = "SET synchronous_commit = off";
const TELL: &str = "SELECT pg_notify('georeport_change', change) FROM unnest($1::text[]) AS change";

/// Entries of histories are never deleted, and each has a position or waits for one: so their number
/// tells whether there is a new one, and every change of a service request is an entry. Services have
/// the time of their last change. The order is that of the index of those that wait: without it, and
/// with statistics from right after an import, PostgreSQL would read the whole table.
pub(crate) const LOOK: &str =
    "SELECT jurisdiction_id, changeset, coalesce(last_position, 0) + waiting, waiting
    FROM jurisdiction LEFT JOIN feed USING (jurisdiction_id) CROSS JOIN LATERAL (
        SELECT count(*) AS waiting FROM (
            SELECT FROM service_request_update AS entry
            WHERE entry.jurisdiction_id = jurisdiction.jurisdiction_id AND position IS NULL
            ORDER BY recorded_datetime, service_request_id, version LIMIT $1) AS entry) AS waiting";

/// What an answer tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// Service requests.
    ServiceRequests,
    /// Services and their definitions.
    Services,
}

impl Matter {
    pub(crate) const ALL: [(&str, Self); 2] = [
        ("service_requests", Self::ServiceRequests),
        ("services", Self::Services),
    ];
}

/// A change as others are told of it: `services boston.demo`.
type Told = String;

fn to_told(id: &JurisdictionId, matter: Matter) -> Told {
    let words = Matter::ALL.iter().find(|(_, one)| *one == matter);
    let (word, _) = words.unwrap_or(&Matter::ALL[0]);
    format!("{word} {id}")
}

fn of_told(told: &str) -> Option<(JurisdictionId, Matter)> {
    let (word, id) = told.split_once(' ')?;
    let (_, matter) = Matter::ALL.iter().find(|(known, _)| *known == word)?;
    Some((JurisdictionId::parse(id).ok()?, *matter))
}

/// Tells everybody, when the transaction is committed, that everything of a jurisdiction may have
/// changed.
pub(crate) async fn tell(client: &Client, id: &JurisdictionId) -> Result<(), StorageError> {
    let told = Matter::ALL.map(|(_, matter)| to_told(id, matter));
    client.execute(TELL, &[&told.as_slice()]).await?;
    Ok(())
}

/// What has changed so far, as this process knows it. Clones are the same.
#[derive(Clone, Default)]
pub struct Changes(Arc<Known>);

struct Known {
    generations: RwLock<HashMap<JurisdictionId, Arc<Generation>>>,
    /// Changes of services of any jurisdiction.
    services: AtomicU64,
    began: Instant,
    /// Until when the last look is good, in milliseconds since the beginning.
    good_until: AtomicU64,
    /// What others are to be told.
    untold: Mutex<BTreeSet<Told>>,
    has_untold: Notify,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            generations: RwLock::default(),
            services: AtomicU64::new(0),
            began: Instant::now(),
            good_until: AtomicU64::new(0),
            untold: Mutex::default(),
            has_untold: Notify::new(),
        }
    }
}

#[derive(Default)]
struct Generation {
    service_requests: AtomicU64,
    services: AtomicU64,
}

impl Generation {
    fn of(&self, matter: Matter) -> &AtomicU64 {
        match matter {
            Matter::ServiceRequests => &self.service_requests,
            Matter::Services => &self.services,
        }
    }
}

/// How things stood when something was about to be read.
#[derive(Clone)]
pub struct Stamp {
    known: Arc<Known>,
    generation: Arc<Generation>,
    matter: Matter,
    number: u64,
}

impl Stamp {
    /// Whether what was read after the stamp was taken is still so.
    pub fn is_current(&self) -> bool {
        self.generation.of(self.matter).load(Ordering::Acquire) == self.number
            && self.known.is_watched()
    }
}

impl Known {
    fn is_watched(&self) -> bool {
        self.millis(Instant::now()) < self.good_until.load(Ordering::Acquire)
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from((at - self.began).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Changes {
    fn generation(&self, id: &JurisdictionId) -> Arc<Generation> {
        let known = &self.0.generations;
        if let Some(found) = known.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return found.clone();
        }
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(id.clone()).or_default().clone()
    }

    fn note(&self, id: &JurisdictionId, matter: Matter) {
        self.generation(id)
            .of(matter)
            .fetch_add(1, Ordering::AcqRel);
        if matter == Matter::Services {
            self.0.services.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Notes a change of ours, and has others told.
    pub(crate) fn made(&self, id: &JurisdictionId, matter: Matter) {
        self.note(id, matter);
        self.untold().insert(to_told(id, matter));
        self.0.has_untold.notify_one();
    }

    /// Waits until there is something to tell others, and not before `moment`.
    async fn has_untold_at(&self, moment: tokio::time::Instant) {
        tokio::time::sleep_until(moment).await;
        self.0.has_untold.notified().await;
    }

    fn take_untold(&self) -> Vec<Told> {
        std::mem::take(&mut *self.untold()).into_iter().collect()
    }

    fn untold(&self) -> MutexGuard<'_, BTreeSet<Told>> {
        self.0.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JurisdictionStorage {
    /// To be taken before something is read that is to be kept.
    pub fn stamp(&self, matter: Matter) -> Stamp {
        let changes = &self.storage.0.changes;
        let generation = changes.generation(&self.jurisdiction_id);
        let number = generation.of(matter).load(Ordering::Acquire);
        Stamp {
            known: changes.0.clone(),
            generation,
            matter,
            number,
        }
    }

    /// A transaction that changes what the public may see.
    pub(crate) async fn changing<T>(
        &self,
        matter: Matter,
        act: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<End<T>, StorageError>,
    ) -> Result<T, StorageError> {
        let _making = self.making(matter);
        self.storage.transaction(act).await
    }

    /// To be held while something is changed that the public may see. However that ends it is noted as
    /// a change: a commit that was not answered may have succeeded.
    pub(crate) fn making(&self, matter: Matter) -> Making<'_> {
        Making(self, matter)
    }
}

/// Notes a change when it is dropped.
pub(crate) struct Making<'a>(&'a JurisdictionStorage, Matter);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0
            .storage
            .0
            .changes
            .made(&self.0.jurisdiction_id, self.1);
    }
}

/// What the last look has seen of a jurisdiction.
type Seen = HashMap<String, (DateTime<Utc>, i64)>;

impl Storage {
    /// How often services changed, in any jurisdiction: whoever keeps what concerns all compares it.
    pub fn changes_of_services(&self) -> u64 {
        self.0.changes.0.services.load(Ordering::Acquire)
    }

    /// Learns what others change, and tells them what is changed here, for ever. Runs once in a
    /// process that keeps answers.
    pub async fn watch_changes(&self) {
        loop {
            if let Err(error) = self.watch().await {
                tracing::debug!(%error, "changes cannot be watched at the moment");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn watch(&self) -> Result<(), StorageError> {
        let (client, mut connection) = self.dedicated_config()?.connect(NoTls).await?;
        let (heard, mut hearing) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) =
                std::future::poll_fn(|cx| connection.poll_message(cx)).await
            {
                if let AsyncMessage::Notification(told) = message
                    && heard.send(told.payload().to_owned()).is_err()
                {
                    break;
                }
            }
        });
        // A standby has no notifications: then looking has to do.
        let tells = client.batch_execute(LISTEN).await.is_ok();
        client.batch_execute(TELL_LAZILY).await?;
        let tell = client.prepare(TELL).await?;
        // What happened while nobody looked is not known: the first look finds everything new.
        let mut seen = Seen::new();
        let mut next = tokio::time::Instant::now();
        let mut next_tell = next;
        loop {
            tokio::select! {
                told = hearing.recv() => {
                    let told = told.ok_or_else(|| StorageError::Unavailable("it ended".into()))?;
                    if let Some((id, matter)) = of_told(&told) {
                        self.0.changes.note(&id, matter);
                    }
                }
                () = self.0.changes.has_untold_at(next_tell), if tells => {
                    let untold = self.0.changes.take_untold();
                    client.execute(&tell, &[&untold]).await?;
                    next_tell = tokio::time::Instant::now() + TELL_EVERY;
                }
                () = tokio::time::sleep_until(next) => {
                    let began = Instant::now();
                    in_time(self.look(&client, &mut seen)).await?;
                    next = tokio::time::Instant::now() + EVERY.max(began.elapsed() * SHARE);
                }
            }
        }
    }

    async fn look(&self, client: &Client, seen: &mut Seen) -> Result<(), StorageError> {
        let known = &self.0.changes.0;
        let good_until = known.millis(Instant::now() + GOOD_FOR);
        for row in client.query(LOOK, &[&MOST_WAITING]).await? {
            let name: String = row.get(0);
            let (changeset, entries, waiting): (DateTime<Utc>, i64, i64) =
                (row.get(1), row.get(2), row.get(3));
            let id = JurisdictionId::parse(&name).map_err(StorageError::corrupt)?;
            let before = seen.insert(name, (changeset, entries));
            if before.is_none_or(|(before, _)| before != changeset) {
                self.0.changes.note(&id, Matter::Services);
            }
            let too_many = waiting >= MOST_WAITING;
            if too_many || before.is_none_or(|(_, before)| before != entries) {
                self.0.changes.note(&id, Matter::ServiceRequests);
            }
        }
        known.good_until.store(good_until, Ordering::Release);
        Ok(())
    }
}

//! One step of a read-only copy of a jurisdiction at another endpoint.
//!
//! What is read is written page by page, by the ways of an import, and only then is it noted how far
//! the copy is: a step that is broken off comes again and changes nothing that is there.

mod window;

use super::remote::{Asked, RemoteClient, RemoteError};
use crate::import::ServicesItem;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ImportedServiceRequest, Mirror, ServiceDefinition, ServiceRequestId, Step, Window};
use std::collections::HashSet;
use storage::{ClaimedMirror, JurisdictionStorage, ServicesImport, StorageError};
use window::Reading;

/// How long a step is a worker's own. One that takes longer may be done twice, which does no harm.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Ids of one question.
const IDS_AT_ONCE: usize = 50;
/// Those that seem to have vanished from one window are checked one by one, up to this many; the
/// others with the next comparison.
const MOST_VANISHED: usize = 1_000;
/// When so many vanish at once and nothing is left, the endpoint has to prove that it is well.
const SUSPICIOUS: usize = 10;

/// What a mirror is worked on with.
pub struct Mirroring<'a> {
    /// The copy.
    pub storage: &'a JurisdictionStorage,
    /// The original.
    pub client: RemoteClient<'a>,
    /// How far the copy is.
    pub mirror: &'a Mirror,
}

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The original did not answer as it should.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The database failed.
    #[error("the database here did not answer in time")]
    Storage(#[from] StorageError),
}

impl Trouble {
    /// How long the original wants to be left alone.
    fn wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Remote(error) => error.wait(),
            Self::Storage(_) => None,
        }
    }
}

/// What came of a step.
#[derive(Default)]
struct Done {
    newest: Option<DateTime<Utc>>,
    last_open: Option<ServiceRequestId>,
    note: Option<String>,
}

/// Whether what was wrong is over when this step finds nothing wrong: a failure is, and what cannot be
/// read in one window, or not at once, is told until everything is compared again.
fn is_over(before: &Mirror, step: &Step) -> bool {
    (before.failures > 0 && before.halvings == 0)
        || (matches!(step, Step::Sweep(_)) && before.swept_back_to.is_none())
}

impl Mirroring<'_> {
    /// Does the next step and writes down how far the copy is. `false`: there is nothing to do before
    /// a while.
    ///
    /// # Errors
    /// When the database cannot be reached: then the lease runs out, and the step comes again.
    pub async fn step(&self, claimed: &ClaimedMirror) -> Result<bool, StorageError> {
        let dialect = &self.client.remote.dialect;
        let before = self.mirror;
        let step = before.step(dialect, Utc::now());
        let done = self.carry_out(&step).await;
        let now = Utc::now();
        let mut state = claimed.state.clone();
        let mut failure = None;
        let mut goes_on = false;
        match done {
            Ok(done) => {
                state.progress = state
                    .progress
                    .after(&step, done.newest, done.last_open, now);
                if !matches!(step, Step::Wait(_)) {
                    goes_on = true;
                    state.last_poll = Some(now);
                    if done.note.is_some() || is_over(before, &step) {
                        state.last_answer = done.note;
                    }
                }
            }
            Err(trouble) => {
                // After a failure of the database too: not at once again, and not only when the lease
                // is over.
                let chance = rand::random();
                state.progress = match trouble {
                    Trouble::Remote(RemoteError::TooLarge) => {
                        state.progress.too_long(&step, now, chance)
                    }
                    _ => state.progress.failed(trouble.wait(), now, chance),
                };
                state.last_answer = Some(trouble.to_string());
                if let Trouble::Storage(error) = trouble {
                    failure = Some(error);
                }
            }
        }
        if let Some(note) = &state.last_answer
            && state.last_answer != claimed.state.last_answer
        {
            tracing::info!(note, remote = %self.client.remote.name, "a mirror met something odd");
        }
        let saved = self.storage.save_mirror(claimed, &state).await?;
        failure.map_or(Ok(saved && goes_on), Err)
    }

    async fn carry_out(&self, step: &Step) -> Result<Done, Trouble> {
        let now = Utc::now();
        match step {
            Step::Wait(_) => Ok(Done::default()),
            Step::Services => self.services(now).await,
            Step::Changes(since) => self.changes(*since, now).await,
            Step::Recent(window) | Step::Backfill(window) => {
                Ok(self.read(*window, now).await?.into_done())
            }
            Step::Open(after) => self.open(after.as_ref(), now).await,
            Step::Sweep(window) => {
                let begun = self.mirror.sweep_begun(now);
                self.compare(*window, begun, now).await
            }
        }
    }

    async fn services(&self, now: DateTime<Utc>) -> Result<Done, Trouble> {
        let (items, refused) = match self.client.services().await {
            // The service requests name their services: the copy is worth having without the list.
            Err(error) if !error.is_away() => {
                return Ok(Done {
                    note: Some(format!("services: {error}")),
                    ..Done::default()
                });
            }
            services => services?,
        };
        let mut import = ServicesImport {
            services: Vec::new(),
            definitions: Vec::new(),
        };
        for item in items {
            match item {
                ServicesItem::Service(service, Some(definition)) => {
                    import.services.push(service);
                    import.definitions.push(definition);
                }
                ServicesItem::Service(service, None) => {
                    if service.has_definition {
                        let code = &service.service_code;
                        import.definitions.extend(self.definition(code).await);
                    }
                    import.services.push(service);
                }
                ServicesItem::Definition(_) => {}
            }
        }
        // A list that is short for a moment takes nothing away: services are only added and changed.
        if !import.services.is_empty() {
            self.storage.import_services(&import, now).await?;
        }
        let note = (refused > 0).then(|| format!("{refused} of its services cannot be read"));
        Ok(Done {
            note,
            ..Done::default()
        })
    }

    /// The definition, if the endpoint has one that can be read: the service is worth having without.
    async fn definition(&self, code: &domain::ServiceCode) -> Option<ServiceDefinition> {
        match self.client.definition(code).await {
            Ok(Some(
                ServicesItem::Definition(definition) | ServicesItem::Service(_, Some(definition)),
            )) if definition.service_code == *code => Some(definition),
            _ => None,
        }
    }

    async fn changes(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Done, Trouble> {
        let mut reading = Reading::default();
        let asked = Asked::ChangedSince(since);
        let is_whole = match self.read_pages(asked, &mut reading, now).await {
            Err(Trouble::Remote(RemoteError::TooLarge)) => false,
            whole => whole?,
        };
        if is_whole {
            return Ok(reading.into_done());
        }
        // More has changed than it tells: what was filed lately is read as if there were no filter.
        Ok(self.read(self.mirror.window(now), now).await?.into_done())
    }

    /// Those that are open here and too old to be listed without being asked for.
    async fn open(
        &self,
        after: Option<&ServiceRequestId>,
        now: DateTime<Utc>,
    ) -> Result<Done, Trouble> {
        let before = now - TimeDelta::days(domain::DEFAULT_WINDOW_DAYS);
        let limit = i64::try_from(IDS_AT_ONCE).unwrap_or(i64::MAX);
        let ids = self.storage.list_open_before(before, after, limit).await?;
        self.find(&ids, now).await?;
        Ok(Done {
            last_open: ids.into_iter().last(),
            ..Done::default()
        })
    }

    /// Asks for these, takes over what is answered, and tells which that are.
    async fn find(
        &self,
        ids: &[ServiceRequestId],
        now: DateTime<Utc>,
    ) -> Result<HashSet<ServiceRequestId>, Trouble> {
        let at_once = match self.client.remote.dialect.id_list {
            true => IDS_AT_ONCE,
            false => 1,
        };
        let mut found = Vec::new();
        for ids in ids.chunks(at_once) {
            match self.client.requests(Asked::Ids(ids), 1, now).await {
                Ok(listed) => found.extend(listed.entries),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        found.retain(|one| ids.contains(&one.service_request.service_request_id));
        self.take_over(&found, now).await?;
        let known = found
            .into_iter()
            .map(|one| one.service_request.service_request_id);
        Ok(known.collect())
    }

    /// Compares a window with what is here. What vanished is believed to have only when the endpoint
    /// answers everything else, is asked for it by its id, and does so in two comparisons.
    async fn compare(
        &self,
        window: Window,
        sweep: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Done, Trouble> {
        let reading = self.read(window, now).await?;
        let mut done = Done {
            newest: reading.newest,
            ..Done::default()
        };
        if reading.refused > 0 {
            done.note = Some(format!(
                "{} of its service requests cannot be read; nothing was taken for vanished",
                reading.refused
            ));
            return Ok(done);
        }
        // Some endpoints leave out what was filed at the very end of a window.
        let inner = Window {
            start: window.start + TimeDelta::seconds(1),
            end: window.end - TimeDelta::seconds(1),
        };
        let mut unseen = self.storage.list_unseen(inner, &reading.ids).await?;
        if unseen.ids.is_empty() {
            return Ok(done);
        }
        let nothing_left = unseen.ids.len() == unseen.of;
        if nothing_left && unseen.of >= SUSPICIOUS && !self.is_well(now).await? {
            done.note = Some("it lists nothing at all; nothing was taken for vanished".to_owned());
            return Ok(done);
        }
        unseen.ids.truncate(MOST_VANISHED);
        let found = self.find(&unseen.ids, now).await?;
        unseen.ids.retain(|id| !found.contains(id));
        let name = &self.client.remote.name;
        let removed = self
            .storage
            .note_missing(name, &unseen.ids, sweep, now)
            .await?;
        if removed > 0 {
            tracing::info!(removed, remote = %name, "a mirror removed what has vanished");
        }
        Ok(done)
    }

    /// Whether the endpoint lists anything that was filed lately.
    async fn is_well(&self, now: DateTime<Utc>) -> Result<bool, Trouble> {
        let Window { start, end } = self.mirror.window(now);
        let asked = Asked::Filed(start, end);
        let listed = self.client.requests(asked, 1, now).await?;
        Ok(!listed.entries.is_empty())
    }

    /// Writes service requests of the original as they are there, but for those that were filed
    /// before what is copied: some endpoints list more than they are asked for.
    async fn take_over(
        &self,
        rows: &[ImportedServiceRequest],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let is_copied = |one: &&ImportedServiceRequest| {
            one.service_request.requested_datetime >= self.mirror.back_to
        };
        let rows: Vec<&ImportedServiceRequest> = rows.iter().filter(is_copied).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let name = &self.client.remote.name;
        let author = format!("remote:{name}");
        let mut import = self.storage.import_by(&author, now).await?;
        for row in &rows {
            import.add(row).await?;
        }
        import.finish().await?;
        let ids = rows
            .iter()
            .map(|one| one.service_request.service_request_id.clone());
        let ids: Vec<ServiceRequestId> = ids.collect();
        self.storage.note_present(name, &ids, now).await?;
        Ok(())
    }
}

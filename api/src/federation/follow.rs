//! What remotes tell of what was forwarded to them comes back into our histories.

use super::{
    forward::{Forwarding, LEASE},
    remote::{RemoteError, RemoteUpdate, Sighting},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{News, ServiceRequestId, Status};
use std::collections::HashMap;
use storage::{Forward, StorageError, TurnEnd, UpdatesPoll};

/// Ids of one question.
const IDS_AT_ONCE: i64 = 50;
/// Questions with one id each, where a remote does not take a list.
const SINGLE_QUESTIONS: i64 = 10;
/// Answers overlap by this much: clocks differ, and some remotes tell of an update late.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// Updates of one service request that are taken of one answer: what a remote tells without end must
/// not fill our history.
const MOST_OF_ONE: usize = 20;
/// The longest time that is asked for at once.
const MOST_AT_ONCE: TimeDelta = TimeDelta::days(7);

impl Forwarding<'_> {
    /// Reads the updates of the remote, if it has the extension and it is time. `false`: it is not.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read_updates(&self) -> Result<bool, StorageError> {
        self.read_updates_due(Utc::now()).await
    }

    /// The same, if it is time then.
    async fn read_updates_due(&self, by: DateTime<Utc>) -> Result<bool, StorageError> {
        let remote = self.client.remote;
        let now = Utc::now();
        let name = &remote.name;
        let claimed = self.storage.claim_updates_poll(name, by, now + LEASE);
        let Some(mut poll) = claimed.await? else {
            return Ok(false);
        };
        let read = self.updates_since(poll, now).await;
        let note = read.as_ref().err().map(ToString::to_string);
        let mut next = now + remote.dialect.poll_every;
        if let Ok((updates, until)) = read {
            let mut taken: HashMap<ServiceRequestId, usize> = HashMap::new();
            for update in updates {
                let count = taken.entry(update.service_request_id.clone()).or_default();
                *count += 1;
                if *count <= MOST_OF_ONE {
                    self.apply(update).await?;
                }
            }
            poll.until = Some(until);
            if until < now {
                next = now;
            }
        }
        let saved = self
            .storage
            .save_updates_poll(name, poll, next, note.as_deref());
        saved.await?;
        Ok(true)
    }

    /// The updates since the last time, the oldest first, and until when these are all.
    async fn updates_since(
        &self,
        poll: UpdatesPoll,
        now: DateTime<Utc>,
    ) -> Result<(Vec<RemoteUpdate>, DateTime<Utc>), RemoteError> {
        let start = poll.until.unwrap_or(now) - OVERLAP;
        let mut span = (now - start).min(MOST_AT_ONCE);
        loop {
            let end = start + span;
            match self.client.updates(start, end).await {
                Ok(mut listed) => {
                    listed.entries.sort_by_key(|one| one.updated_datetime);
                    return Ok((listed.entries, end));
                }
                // Half of it may fit.
                Err(RemoteError::TooLarge) if span > OVERLAP * 2 => span = span / 2,
                Err(error) => return Err(error),
            }
        }
    }

    async fn apply(&self, update: RemoteUpdate) -> Result<(), StorageError> {
        let RemoteUpdate {
            update_id,
            service_request_id,
            status,
            updated_datetime,
            description,
            media_urls,
        } = update;
        let news = News {
            status,
            updated_datetime: Some(updated_datetime),
            description,
            media_urls,
            source_update_id: Some(update_id),
        };
        let name = &self.client.remote.name;
        let told = self
            .storage
            .apply_news(name, &service_request_id, &news, Utc::now());
        told.await?;
        Ok(())
    }

    /// Looks at what is due to be looked at. `false`: there is no use in going on now, because nothing
    /// more is due or the remote seems to be away.
    ///
    /// # Errors
    /// When the database cannot be reached: then the leases run out.
    pub async fn look(&self) -> Result<bool, StorageError> {
        let remote = self.client.remote;
        let now = Utc::now();
        let (limit, at_once) = match remote.dialect.id_list {
            true => (IDS_AT_ONCE, IDS_AT_ONCE),
            false => (SINGLE_QUESTIONS, 1),
        };
        let due = self
            .storage
            .claim_looks(remote, limit, now, now + LEASE)
            .await?;
        for forwards in due.chunks(usize::try_from(at_once).unwrap_or(1)) {
            let ids: Vec<ServiceRequestId> = forwards
                .iter()
                .filter_map(|forward| forward.progress.remote_id.clone())
                .collect();
            let seen = match self.client.sightings(&ids).await {
                Ok(listed) => Ok(listed.entries),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                Err(error) => Err(error),
            };
            let mut forwards = forwards.to_vec();
            if seen.as_ref().is_ok_and(|all| self.is_told(&forwards, all)) {
                // Sooner than they are due; those who share the reading lose nothing by it.
                if !self
                    .read_updates_due(now + remote.dialect.poll_every)
                    .await?
                {
                    // Somebody else is reading them: when the leases are over, they are known.
                    continue;
                }
                self.learn(&mut forwards).await?;
            }
            for forward in &forwards {
                self.see(forward, &seen).await?;
            }
            if seen.is_err_and(|error| error.is_away()) {
                return Ok(false);
            }
        }
        Ok(!due.is_empty())
    }

    /// Whether a status is news that the updates tell better: with its reason, its words and its
    /// pictures. Only what they do not tell is taken from the service requests themselves.
    fn is_told(&self, forwards: &[Forward], seen: &[Sighting]) -> bool {
        let turns = |forward: &Forward| {
            let known = forward.seen_status.as_deref();
            sighting_of(forward, seen).is_some_and(|one| told(one).turns(known))
        };
        self.client.remote.dialect.updates && forwards.iter().any(turns)
    }

    /// Brings up to date what is known of the status there.
    async fn learn(&self, forwards: &mut [Forward]) -> Result<(), StorageError> {
        let ids = forwards.iter().map(|one| one.service_request_id.as_str());
        let ids: Vec<&str> = ids.collect();
        for one in self.storage.list_forwards_of(&ids).await? {
            let mut here = forwards.iter_mut();
            if let Some(forward) = here.find(|other| other.forward_id == one.forward_id) {
                forward.seen_status = one.seen_status;
                forward.seen_datetime = one.seen_datetime;
            }
        }
        Ok(())
    }

    /// Writes down what was seen of one.
    async fn see(
        &self,
        forward: &Forward,
        seen: &Result<Vec<Sighting>, RemoteError>,
    ) -> Result<(), StorageError> {
        let now = Utc::now();
        let dialect = &self.client.remote.dialect;
        let changed = forward.seen_datetime.unwrap_or(forward.created_datetime);
        let sighting = seen.as_ref().map(|all| sighting_of(forward, all));
        let known = forward.seen_status.as_deref();
        let before = forward.progress.clone();
        let (progress, note, seen, update) = match sighting {
            Err(error) => {
                let progress = before.after_look(true, changed, dialect, now);
                (progress, Some(error.to_string()), None, None)
            }
            Ok(None) => {
                let progress = before.after_look(true, changed, dialect, now);
                let note = "it does not list it".to_owned();
                (progress, Some(note), None, None)
            }
            Ok(Some(sighting)) => {
                let news = self.news(forward, sighting).await?;
                let update = match news {
                    Some(news) => {
                        let content = self
                            .storage
                            .find_forward_content(forward, self.client.remote);
                        content.await?.map(|one| {
                            let here = one.service_request;
                            let is_open = here.status == Status::Open;
                            let (filed, changed) = (here.requested_datetime, here.updated_datetime);
                            let earliest = news.earliest(filed, changed, is_open);
                            news.to_update(&self.client.remote.name, earliest, now)
                        })
                    }
                    None => None,
                };
                let changes_status = update.as_ref().is_some_and(|one| one.status.is_some());
                let status = match known {
                    Some(known) if !changes_status => known.to_owned(),
                    _ => sighting.status.clone(),
                };
                let changed = sighting.updated_datetime.or(forward.seen_datetime);
                let is_open = open(&status);
                let since = changed.unwrap_or(forward.created_datetime);
                let progress = before.after_look(is_open, since, dialect, now);
                (progress, None, Some((status, changed)), update)
            }
        };
        let end = TurnEnd {
            progress: &progress,
            note: note.as_deref(),
            seen: seen
                .as_ref()
                .map(|(status, changed)| (status.as_str(), *changed)),
            update: update.as_ref(),
            now,
        };
        self.storage.save_forward(forward, end).await?;
        Ok(())
    }

    /// What a sighting tells that we do not know.
    async fn news(
        &self,
        forward: &Forward,
        sighting: &Sighting,
    ) -> Result<Option<News>, StorageError> {
        let news = told(sighting);
        if news.turns(forward.seen_status.as_deref()) {
            return Ok(Some(news));
        }
        // The same status with other words is news too, unless the extension tells it better.
        let is_later = sighting.updated_datetime > forward.seen_datetime;
        if self.client.remote.dialect.updates || !is_later || sighting.status_notes.is_none() {
            return Ok(None);
        }
        let content = self
            .storage
            .find_forward_content(forward, self.client.remote);
        let known = content
            .await?
            .and_then(|one| one.service_request.status_notes);
        let unchanged = News {
            status: "unchanged".into(),
            ..news
        };
        Ok((known != unchanged.description).then_some(unchanged))
    }
}

/// What was seen of a forward.
fn sighting_of<'a>(forward: &Forward, seen: &'a [Sighting]) -> Option<&'a Sighting> {
    let remote_id = forward.progress.remote_id.as_ref();
    seen.iter()
        .find(|one| Some(&one.service_request_id) == remote_id)
}

/// What a sighting tells.
fn told(sighting: &Sighting) -> News {
    News {
        status: sighting.status.clone(),
        updated_datetime: sighting.updated_datetime,
        description: sighting.status_notes.clone(),
        media_urls: Vec::new(),
        source_update_id: None,
    }
}

/// Whether a word of a remote means that it is open there.
fn open(status: &str) -> bool {
    let news = News {
        status: status.to_owned(),
        updated_datetime: None,
        description: None,
        media_urls: Vec::new(),
        source_update_id: None,
    };
    news.detailed_status()
        .is_none_or(|status| status.status() == Status::Open)
}

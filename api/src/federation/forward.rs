//! One turn of one forward: post it, look for it, or ask what its token has become.

use super::remote::{Asked, Filing, RemoteClient, RemoteError};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Closing, ClosingReason, ForwardState, Found, Hop, NewUpdate, Posting, Progress, Report,
    ServiceRequest, ServiceRequestId, Sought, TokenAnswer, Turn,
};
use storage::{
    ClaimedForward, Forward, ForwardContent, JurisdictionStorage, StorageError, TurnEnd,
};

/// How long a turn is a worker's own: a POST and its answer, with time to write down what came of it.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Pages of one search. An endpoint that lists more in the time since is not searched to its end.
const MAX_PAGES: u32 = 10;
/// Who writes what is not told by a remote.
const AUTHOR: &str = "job:forward";

/// What forwards of one jurisdiction to one remote are worked on with.
pub struct Forwarding<'a> {
    /// The jurisdiction.
    pub storage: &'a JurisdictionStorage,
    /// The remote.
    pub client: RemoteClient<'a>,
    /// By what other servers know this one.
    pub server_id: &'a str,
    /// Where pictures that lie here are fetched from, without a slash at the end.
    pub public_url: &'a str,
}

/// What a turn says of the remote as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Answers,
    /// It answers again, after it did not.
    IsBack,
    /// It seems to be away: there is no use in trying more now.
    IsAway,
}

/// What came of a turn.
struct Outcome {
    progress: Progress,
    error: Option<RemoteError>,
    update: Option<NewUpdate>,
}

impl Forwarding<'_> {
    /// Takes a turn and writes down what came of it.
    ///
    /// # Errors
    /// When the database cannot be reached: then the lease runs out, and the turn comes again.
    pub async fn turn(&self, claimed: &ClaimedForward) -> Result<Health, StorageError> {
        let ClaimedForward { forward, turn } = claimed;
        let content = self
            .storage
            .find_forward_content(forward, self.client.remote);
        let Some(content) = content.await? else {
            return Ok(Health::Answers);
        };
        let outcome = match turn {
            Turn::Post => self.post(forward, &content).await,
            Turn::Search => self.search(forward, &content).await?,
            Turn::AskToken => self.ask_token(forward).await,
            Turn::Look => return Ok(Health::Answers),
        };
        let Outcome {
            mut progress,
            error,
            mut update,
        } = outcome;
        if progress.state == ForwardState::Confirmed {
            let closes = content.rule.as_ref().is_some_and(|rule| rule.closes);
            if closes {
                // What happens there is no business of ours any more.
                progress.next = None;
            }
            update = Some(self.handed_on(&progress, closes));
        }
        let note = error.as_ref().map(ToString::to_string);
        let note = note.or_else(|| reason(&forward.progress, &progress));
        let end = TurnEnd {
            progress: &progress,
            note: note.as_deref(),
            seen: None,
            update: update.as_ref(),
            now: Utc::now(),
        };
        self.storage.save_forward(forward, end).await?;
        tracing::info!(
            forward_id = %forward.forward_id,
            remote = %self.client.remote.name,
            state = progress.state.as_str(),
            attempts = progress.attempts,
            "a forward was worked on"
        );
        Ok(match error {
            Some(error) if error.is_away() => Health::IsAway,
            None if *turn == Turn::Post && forward.progress.attempts > 0 => Health::IsBack,
            _ => Health::Answers,
        })
    }

    async fn post(&self, forward: &Forward, content: &ForwardContent) -> Outcome {
        let remote = self.client.remote;
        let report = self.report(forward, content);
        let origin = forward.service_request_id.as_str();
        let hops = content.hops.clone().and(Hop {
            server_id: self.server_id.to_owned(),
            jurisdiction_id: self.storage.jurisdiction_id().to_string(),
            service_request_id: origin.to_owned(),
        });
        let filing = Filing {
            report: &report,
            idempotency_key: &forward.forward_id.to_string(),
            hops: &hops,
            origin,
        };
        let left = Utc::now();
        let answered = self.client.file(filing).await;
        let posting = match &answered {
            Ok(receipt) => Posting::Filed {
                remote_id: receipt.service_request_id.clone(),
                token: receipt.token.clone(),
            },
            Err(error) => error.posting(),
        };
        let before = forward.progress.clone();
        tracing::debug!(?posting, remote = %remote.name, "posted");
        Outcome {
            progress: before.after_post(posting, left, Utc::now(), rand::random()),
            error: answered.err(),
            update: None,
        }
    }

    fn report(&self, forward: &Forward, content: &ForwardContent) -> Report {
        let everything = domain::AttributeMap::default();
        let map = content.rule.as_ref().map(|rule| &rule.attributes);
        Report::to(
            self.client.remote,
            forward.remote_service_code.clone(),
            map.unwrap_or(&everything),
            &content.service_request,
            &content.reporter,
            self.public_url,
        )
    }

    /// Looks for what was posted among what the remote lists.
    async fn search(
        &self,
        forward: &Forward,
        content: &ForwardContent,
    ) -> Result<Outcome, StorageError> {
        let report = self.report(forward, content);
        let sought = Sought {
            service_code: report.service_code,
            description: report.description,
            position: report.position,
            posted: forward.progress.posted.unwrap_or(forward.created_datetime),
        };
        let now = Utc::now();
        let (found, error) = match self.listed(&sought, now).await {
            Ok(Some(listed)) => (Some(self.find(&sought, &listed).await?), None),
            Ok(None) => (
                None,
                Some(RemoteError::Unreadable(
                    "lists more than can be searched".into(),
                )),
            ),
            Err(error) => (None, Some(error)),
        };
        let dialect = &self.client.remote.dialect;
        let before = forward.progress.clone();
        Ok(Outcome {
            progress: before.after_search(found, dialect, now, rand::random()),
            error,
            update: None,
        })
    }

    async fn find(
        &self,
        sought: &Sought,
        listed: &[ServiceRequest],
    ) -> Result<Found, StorageError> {
        let like: Vec<ServiceRequestId> = listed
            .iter()
            .filter(|one| sought.is(one))
            .map(|one| one.service_request_id.clone())
            .collect();
        let name = &self.client.remote.name;
        let known = self.storage.list_known_remote_ids(name, &like).await?;
        Ok(sought.find(listed, |id| known.contains(id.as_str())))
    }

    /// Everything that the remote lists since the POST left. `None`: it lists more than that.
    async fn listed(
        &self,
        sought: &Sought,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<ServiceRequest>>, RemoteError> {
        let mut all: Vec<ServiceRequest> = Vec::new();
        // Their clock may be ahead of ours.
        let asked = Asked::Filed(sought.earliest(), now + TimeDelta::hours(1));
        for page in 1..=MAX_PAGES {
            let listed = self.client.requests(asked, page, now).await?;
            let count = listed.count();
            let known = all.len();
            for one in listed.entries {
                let new = one.service_request;
                let id = &new.service_request_id;
                if !all.iter().any(|known| known.service_request_id == *id) {
                    all.push(new);
                }
            }
            let is_full = count >= self.client.remote.dialect.max_rows as usize;
            if !listed.has_next && !is_full {
                return Ok(Some(all));
            }
            if all.len() == known {
                // It has no pages, and may hold more than it tells.
                return Ok(None);
            }
        }
        Ok(None)
    }

    async fn ask_token(&self, forward: &Forward) -> Outcome {
        let before = forward.progress.clone();
        let token = before.token.clone().unwrap_or_default();
        let answered = self.client.token(&token).await;
        let resolved = answered
            .as_ref()
            .ok()
            .and_then(|one| one.service_request_id.clone());
        let answer = resolved.map_or(TokenAnswer::Pending, TokenAnswer::Resolved);
        let dialect = &self.client.remote.dialect;
        Outcome {
            progress: before.after_token(answer, dialect, Utc::now(), rand::random()),
            // Many endpoints know a token only once it has become an id.
            error: answered.err().filter(|error| !error.is_not_found()),
            update: None,
        }
    }

    /// What residents are told once the remote has it.
    fn handed_on(&self, progress: &Progress, closes: bool) -> NewUpdate {
        let name = &self.client.remote.name;
        let there = match &progress.remote_id {
            Some(id) => format!(", where it is {id}"),
            None => String::new(),
        };
        let closing = Closing {
            reason: ClosingReason::HandedTo,
            detail: Some(name.to_string()),
        };
        NewUpdate {
            status: closes.then(|| closing.reason.status()),
            closing: closes.then_some(closing),
            description: Some(format!("Forwarded to {name}{there}.")),
            ..NewUpdate::by(AUTHOR, Utc::now())
        }
    }
}

/// Why a turn ended it that had no error to tell.
fn reason(before: &Progress, after: &Progress) -> Option<String> {
    if before.state == after.state {
        return None;
    }
    match after.state {
        ForwardState::Dead if before.state == ForwardState::Token => {
            Some("its token did not become an id in time".to_owned())
        }
        ForwardState::Uncertain => Some(
            "the answer to a POST was lost, and whether it was filed cannot be found out from here"
                .to_owned(),
        ),
        _ => None,
    }
}

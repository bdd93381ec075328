//! Handing a service request on to another endpoint: what is to be done next, and when.
//!
//! The network may lose an answer, and most endpoints know no `Idempotency-Key`. So a POST is written
//! down before it leaves ([`ForwardState::Posted`]), and one whose answer was lost is repeated only
//! where the endpoint carries it out once; elsewhere what was filed is looked for. What cannot be
//! decided so ends in [`ForwardState::Uncertain`], for people, and never in a second POST.

mod news;
mod report;
mod search;

pub use news::News;
pub use report::Report;
pub use search::{Found, Sought};

use crate::{Dialect, ServiceRequestId, Violation};
use chrono::{DateTime, TimeDelta, Utc};

/// How long after the first POST a second one with the same key is certain to be known there: 24
/// hours is what endpoints promise, less what clocks and queues may be off.
const KEY_LIFE: TimeDelta = TimeDelta::hours(20);
/// An endpoint that is away for longer will not come back by itself.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// Answered searches without a trace after which nobody expects one any more. They span some hours:
/// an endpoint may look at a service request before it lists it.
const SEARCHES: u32 = 5;
/// The same where an endpoint lists at once what was filed: two, because a POST may still be under
/// way when the first one is answered.
const SEARCHES_AT_ONCE: u32 = 2;
/// Seconds until the next try; the last one is for all that follow.
const RETRIES: [i64; 6] = [5, 30, 120, 600, 1_800, 3_600];
/// The same for tokens, which most endpoints resolve within a minute.
const TOKEN_POLLS: [i64; 8] = [2, 4, 8, 15, 60, 300, 900, 3_600];
/// The longest that an endpoint may ask us to wait.
const MAX_WAIT: TimeDelta = TimeDelta::days(1);
/// The longest between two looks at a service request that is open there.
const MAX_LOOK: TimeDelta = TimeDelta::hours(6);
/// How long one that is closed there is still looked at: it may be opened again.
const AFTERCARE: TimeDelta = TimeDelta::days(30);

/// How far a service request is on its way to another endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ForwardState {
    /// It is to be posted; whatever was posted before was certainly not carried out.
    Pending,
    /// A POST has left, and nobody knows what became of it.
    Posted,
    /// The endpoint has it and has given a token; the id is to come.
    Token,
    /// The endpoint has it.
    Confirmed,
    /// The endpoint may have it or not; only people can find out.
    Uncertain,
    /// The endpoint does not have it and will not be tried again by itself, or its token never became
    /// an id.
    Dead,
}

impl ForwardState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Posted,
        Self::Token,
        Self::Confirmed,
        Self::Uncertain,
        Self::Dead,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Token => "token",
            Self::Confirmed => "confirmed",
            Self::Uncertain => "uncertain",
            Self::Dead => "dead",
        }
    }

    /// The state of a word.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(word: &str) -> Result<Self, Violation> {
        let known = Self::ALL
            .into_iter()
            .find(|one| one.as_str() == word.trim());
        known.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            Violation::new("state", format!("is not one of {all}"))
        })
    }
}

/// How far it is, and when something is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub state: ForwardState,
    /// Since when it has been tried: when it was filed, or taken up again.
    pub begun: DateTime<Utc>,
    /// Tries in this state.
    pub attempts: u32,
    /// When the first POST left whose end is not known.
    pub posted: Option<DateTime<Utc>>,
    /// Answered searches that found nothing.
    pub searches: u32,
    /// What it is called there.
    pub remote_id: Option<ServiceRequestId>,
    /// What the endpoint gave in place of an id.
    pub token: Option<String>,
    /// When something is to be done; `None`: nothing by itself.
    pub next: Option<DateTime<Utc>>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Post it, with the same key as ever.
    Post,
    /// Look for it among what the endpoint lists.
    Search,
    /// Ask what the token has become.
    AskToken,
    /// See what has become of it there.
    Look,
}

/// What became of a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    /// It was carried out; the answer has an id, a token or neither.
    Filed {
        /// What it is called there.
        remote_id: Option<ServiceRequestId>,
        /// What was given in place of an id.
        token: Option<String>,
    },
    /// It was certainly not carried out, and may be later: in `wait`, if that was said.
    NotCarriedOut {
        /// What the endpoint asked for.
        wait: Option<TimeDelta>,
    },
    /// It was refused, and would be refused again.
    Refused,
    /// Nobody knows.
    Unknown {
        /// What the endpoint asked for.
        wait: Option<TimeDelta>,
    },
}

/// What a token has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenAnswer {
    /// An id.
    Resolved(ServiceRequestId),
    /// Nothing yet, or the endpoint does not know it (yet), or did not answer.
    Pending,
}

impl Progress {
    /// One that begins now.
    pub fn begin(now: DateTime<Utc>) -> Self {
        Self {
            state: ForwardState::Pending,
            begun: now,
            attempts: 0,
            posted: None,
            searches: 0,
            remote_id: None,
            token: None,
            next: Some(now),
        }
    }

    /// What is to be done when its time has come; `None`: nothing.
    pub fn turn(&self, dialect: &Dialect, now: DateTime<Utc>) -> Option<Turn> {
        match self.state {
            ForwardState::Pending => Some(Turn::Post),
            ForwardState::Posted => {
                let is_known = |posted| now - posted < KEY_LIFE;
                if dialect.idempotency && self.posted.is_none_or(is_known) {
                    Some(Turn::Post)
                } else {
                    Some(Turn::Search)
                }
            }
            ForwardState::Token => Some(Turn::AskToken),
            ForwardState::Confirmed => self.remote_id.as_ref().map(|_id| Turn::Look),
            ForwardState::Uncertain | ForwardState::Dead => None,
        }
    }

    /// To be written down before a POST leaves: whoever finds it so later does not know what became
    /// of the POST. `lease`: until when nobody else may take it up.
    #[must_use]
    pub fn leaving(&self, now: DateTime<Utc>, lease: DateTime<Utc>) -> Self {
        Self {
            state: ForwardState::Posted,
            posted: self.posted.or(Some(now)),
            next: Some(lease),
            ..self.clone()
        }
    }

    /// What follows from a POST that left at `left`, when it stood so before. `chance` spreads the
    /// tries of many.
    #[must_use]
    pub fn after_post(
        mut self,
        posting: Posting,
        left: DateTime<Utc>,
        now: DateTime<Utc>,
        chance: u64,
    ) -> Self {
        match posting {
            Posting::Filed { remote_id, token } => self.filed(remote_id, token, now),
            // An earlier POST may have been carried out all the same.
            Posting::Refused if self.state == ForwardState::Posted => {
                self.end(ForwardState::Uncertain)
            }
            Posting::Refused => self.end(ForwardState::Dead),
            Posting::NotCarriedOut { wait } => self.again(&RETRIES, wait, now, chance),
            Posting::Unknown { wait } => {
                if self.state != ForwardState::Posted {
                    self.state = ForwardState::Posted;
                    self.posted = Some(left);
                    self.attempts = 0;
                }
                self.again(&RETRIES, wait, now, chance)
            }
        }
    }

    /// What follows from a search. `None`: the endpoint did not answer it.
    #[must_use]
    pub fn after_search(
        mut self,
        found: Option<Found>,
        dialect: &Dialect,
        now: DateTime<Utc>,
        chance: u64,
    ) -> Self {
        match found {
            Some(Found::One(remote_id)) => return self.filed(Some(remote_id), None, now),
            Some(Found::Several) => return self.end(ForwardState::Uncertain),
            Some(Found::Nothing) => self.searches += 1,
            None => {}
        }
        if dialect.lists_at_once && self.searches >= SEARCHES_AT_ONCE {
            // It was not carried out.
            return Self {
                begun: self.begun,
                ..Self::begin(now)
            };
        }
        if self.searches >= SEARCHES {
            return self.end(ForwardState::Uncertain);
        }
        self.again(&RETRIES, None, now, chance)
    }

    /// What follows from the answer about a token.
    #[must_use]
    pub fn after_token(
        mut self,
        answer: TokenAnswer,
        dialect: &Dialect,
        now: DateTime<Utc>,
        chance: u64,
    ) -> Self {
        match answer {
            TokenAnswer::Resolved(remote_id) => {
                let token = self.token.take();
                self.filed(Some(remote_id), token, now)
            }
            TokenAnswer::Pending if now - self.begun >= dialect.token_patience => {
                self.end(ForwardState::Dead)
            }
            TokenAnswer::Pending => {
                self.attempts += 1;
                self.next = Some(later(&TOKEN_POLLS, self.attempts, None, now, chance));
                self
            }
        }
    }

    /// When to look at it again. `changed`: when it last changed there, as far as is known here. What
    /// has not changed for long is looked at less often.
    #[must_use]
    pub fn after_look(
        mut self,
        is_open: bool,
        changed: DateTime<Utc>,
        dialect: &Dialect,
        now: DateTime<Utc>,
    ) -> Self {
        let quiet = (now - changed).max(TimeDelta::zero());
        let longest = MAX_LOOK.max(dialect.poll_every);
        let wait = match dialect.updates {
            // The updates tell it sooner; this is for one that was never told.
            true => longest,
            false => (quiet / 20).clamp(dialect.poll_every, longest),
        };
        self.next = (is_open || quiet < AFTERCARE).then(|| now + wait);
        self
    }

    /// The same taken up again by people: what is known to be there is asked for, everything else is
    /// posted, which the endpoint may then have twice.
    #[must_use]
    pub fn replayed(self, now: DateTime<Utc>) -> Self {
        match (&self.remote_id, &self.token) {
            (Some(_), _) => Self {
                state: ForwardState::Confirmed,
                next: Some(now),
                ..self
            },
            (None, Some(_)) => Self {
                state: ForwardState::Token,
                token: self.token.clone(),
                ..Self::begin(now)
            },
            (None, None) => Self::begin(now),
        }
    }

    fn filed(
        self,
        remote_id: Option<ServiceRequestId>,
        token: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let state = match (&remote_id, &token) {
            (None, Some(_)) => ForwardState::Token,
            _ => ForwardState::Confirmed,
        };
        let next = match (state, &remote_id) {
            (ForwardState::Confirmed, None) => None,
            _ => Some(now),
        };
        Self {
            state,
            remote_id,
            token,
            next,
            ..Self::begin(now)
        }
    }

    fn end(self, state: ForwardState) -> Self {
        Self {
            state,
            next: None,
            ..self
        }
    }

    fn again(
        mut self,
        seconds: &[i64],
        wait: Option<TimeDelta>,
        now: DateTime<Utc>,
        chance: u64,
    ) -> Self {
        if now - self.begun >= PATIENCE {
            return match self.state {
                ForwardState::Posted => self.end(ForwardState::Uncertain),
                _ => self.end(ForwardState::Dead),
            };
        }
        self.attempts += 1;
        self.next = Some(later(seconds, self.attempts, wait, now, chance));
        self
    }
}

/// When to try for the next time after so many tries: as the list has it, a fifth sooner or later as
/// chance will have it, and not before the endpoint wants it.
pub(crate) fn later(
    seconds: &[i64],
    attempts: u32,
    wait: Option<TimeDelta>,
    now: DateTime<Utc>,
    chance: u64,
) -> DateTime<Utc> {
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = seconds
        .get(at)
        .or(seconds.last())
        .copied()
        .unwrap_or_default();
    // From 800 to 1,200 thousandths.
    let thousandths = 800 + i64::try_from(chance % 401).unwrap_or_default();
    let own = TimeDelta::milliseconds(seconds * thousandths);
    now + own.max(wait.unwrap_or_default().min(MAX_WAIT))
}

#[cfg(test)]
mod tests;

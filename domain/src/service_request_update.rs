//! What happens to a service request, and what follows from it. The history is the truth; what the
//! standard's fields say is computed here, from one entry after the other.

use crate::{
    Closing, DetailedStatus, ServiceCode, ServiceRequestId, Status, Violation, Violations, datetime,
};
use chrono::{DateTime, TimeDelta, Utc};

/// Clocks of honest senders differ by less.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UpdateKind {
    /// It was filed.
    Opened,
    /// It became public: its token was resolved.
    Published,
    /// Its status, its text or a field changed, or somebody noted something.
    Updated,
    /// Text or pictures were taken away.
    Redacted,
    /// It is no longer public.
    Removed,
    /// Its expected time has passed.
    Overdue,
}

impl UpdateKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Opened,
        Self::Published,
        Self::Updated,
        Self::Redacted,
        Self::Removed,
        Self::Overdue,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Published => "published",
            Self::Updated => "updated",
            Self::Redacted => "redacted",
            Self::Removed => "removed",
            Self::Overdue => "overdue",
        }
    }

    /// The kind of that word.
    ///
    /// # Errors
    /// When it is none of [`Self::ALL`].
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| Violation::new("kind", "is no kind of event"))
    }
}

/// An entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequestUpdate {
    /// What it happened to.
    pub service_request_id: ServiceRequestId,
    /// Its place in the history, 1 first.
    pub version: i32,
    /// A UUID, the same wherever it is told.
    pub update_id: String,
    /// What sort of thing happened.
    pub kind: UpdateKind,
    /// Whether the public may see it.
    pub is_public: bool,
    /// When it was written here, microseconds.
    pub recorded_datetime: DateTime<Utc>,
    /// When it happened, as its author tells it; whole seconds.
    pub updated_datetime: DateTime<Utc>,
    /// The status from then on.
    pub status: DetailedStatus,
    /// Why it was closed, if it was.
    pub closing: Option<Closing>,
    /// What people are told; or an internal note.
    pub description: Option<String>,
    /// Pictures and pages; a path that begins with `/` is served by us.
    pub media_urls: Vec<String>,
    /// Which other fields changed.
    pub changed: Vec<FieldChange>,
    /// Who wrote it, as access control names him; never public.
    pub author: String,
    /// Who says so, for people; `None`: the jurisdiction.
    pub author_name: Option<String>,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was; `None`: nothing.
    pub from: Option<String>,
    /// What it is; `None`: nothing.
    pub to: Option<String>,
}

impl FieldChange {
    /// Fields of which the public may know; the others are the staff's.
    pub fn is_public(&self) -> bool {
        matches!(
            &self.field[..],
            "agency_responsible" | "service_code" | "expected_datetime" | "duplicate_of"
        )
    }
}

/// Fields to be set; `None` leaves one as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFields {
    /// Who is to act.
    pub agency_responsible: Option<Option<String>>,
    /// The service and its name.
    pub service: Option<(ServiceCode, String)>,
    /// When it should be done.
    pub expected_datetime: Option<Option<DateTime<Utc>>>,
    /// The service request that tells the same.
    pub duplicate_of: Option<Option<ServiceRequestId>>,
    /// How urgent staff finds it: low, normal, high or urgent.
    pub priority: Option<Option<String>>,
    /// Who of the staff works on it.
    pub assignee: Option<Option<String>>,
}

/// An entry to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpdate {
    /// What sort of thing happened.
    pub kind: UpdateKind,
    /// Whether the public may see it, once the service request is public.
    pub is_public: bool,
    /// When it happened, as its author tells it.
    pub updated_datetime: DateTime<Utc>,
    /// The new status; `None`: as it was.
    pub status: Option<DetailedStatus>,
    /// Why it is closed; required when the new status is a closed one.
    pub closing: Option<Closing>,
    /// What people are told; or an internal note.
    pub description: Option<String>,
    /// Whether the description, told with a status that stays as it was, is the word of those who do
    /// the work: else it stands in the history only, and not in the standard's `status_notes`.
    pub explains: bool,
    /// Pictures and pages.
    pub media_urls: Vec<String>,
    /// Other fields.
    pub fields: NewFields,
    /// Who writes it, as access control names him.
    pub author: String,
    /// Who says so, for people; `None`: the jurisdiction.
    pub author_name: Option<String>,
    /// The id by which its author knows it.
    pub source_update_id: Option<String>,
}

impl NewUpdate {
    /// An entry of `author` that says nothing yet.
    pub fn by(author: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self {
            kind: UpdateKind::Updated,
            is_public: true,
            updated_datetime: at,
            status: None,
            closing: None,
            description: None,
            explains: true,
            media_urls: vec![],
            fields: NewFields::default(),
            author: author.into(),
            author_name: None,
            source_update_id: None,
        }
    }
}

/// How far a service request is, as far as the next entry depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequestState {
    /// The newest entry's; 0: there is none.
    pub version: i32,
    /// Whether the public may see the service request.
    pub is_public: bool,
    /// The detailed status.
    pub status: DetailedStatus,
    /// Why it is closed, if it is and somebody said.
    pub closing: Option<Closing>,
    /// Why the status is what it is.
    pub status_notes: Option<String>,
    /// When it was filed.
    pub requested_datetime: DateTime<Utc>,
    /// The standard's: of a closed one, when it was closed.
    pub updated_datetime: DateTime<Utc>,
    /// When it was closed.
    pub closed_datetime: Option<DateTime<Utc>>,
}

/// What an entry makes of a service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// What the service request is like from then on.
    pub state: ServiceRequestState,
    /// The status that stands in the entry.
    pub entry_status: DetailedStatus,
    /// When it happened: as told, within what can be.
    pub updated_datetime: DateTime<Utc>,
}

impl ServiceRequestState {
    /// What the service request is like after `update`.
    ///
    /// An entry that tells of an earlier time than what is known already comes late: it stands in
    /// the history, but does not turn the status back.
    ///
    /// # Errors
    /// When its time cannot be, or it closes without a reason.
    pub fn apply(&self, update: &NewUpdate, now: DateTime<Utc>) -> Result<Projection, Violations> {
        let mut violations = Violations::none();
        // What the server itself does happens whatever its clock says.
        let is_told = update.kind == UpdateKind::Updated;
        if is_told && update.updated_datetime > now + CLOCK_SKEW {
            violations.add(Violation::new("updated_datetime", "lies in the future"));
        }
        if is_told && update.updated_datetime < self.requested_datetime - CLOCK_SKEW {
            violations.add(Violation::new(
                "updated_datetime",
                "lies before the service request was filed",
            ));
        }
        let closes = update
            .status
            .is_some_and(|status| status.status() == Status::Closed);
        if closes && update.closing.is_none() {
            violations.add(Violation::new(
                "closing_reason",
                "was not provided; a closing says why",
            ));
        }
        violations.check()?;
        let told = datetime::to_seconds(update.updated_datetime.min(now));
        let told = told.max(self.requested_datetime);
        let is_late = told < self.updated_datetime;
        let mut state = self.clone();
        state.version += 1;
        match update.status {
            Some(status) if !is_late => state.turn(status, update, told),
            _ => state.note(update, told),
        }
        match update.kind {
            UpdateKind::Published => state.is_public = true,
            UpdateKind::Removed => state.is_public = false,
            _ => {}
        }
        Ok(Projection {
            entry_status: update.status.unwrap_or(self.status),
            updated_datetime: told,
            state,
        })
    }

    fn turn(&mut self, status: DetailedStatus, update: &NewUpdate, told: DateTime<Utc>) {
        let was_closed = self.status.status() == Status::Closed;
        let is_closed = status.status() == Status::Closed;
        if status != self.status || update.description.is_some() {
            self.status_notes = update.description.clone().filter(|_| update.is_public);
        }
        self.status = status;
        self.closing = update.closing.clone().filter(|_| is_closed);
        if is_closed {
            // What is closed again was closed before: the standard's time is that of the closing.
            let closed = self.closed_datetime.unwrap_or(self.updated_datetime);
            let closed = if was_closed { closed } else { told };
            self.closed_datetime = Some(closed);
            self.updated_datetime = closed;
        } else {
            self.closed_datetime = None;
            self.updated_datetime = told;
        }
    }

    /// The standard has a closed service request keep the time of its closing and, so, its text.
    /// That time has passed changes nothing that it tells.
    fn note(&mut self, update: &NewUpdate, told: DateTime<Utc>) {
        let is_closed = self.status.status() == Status::Closed;
        if is_closed || !update.is_public || update.kind == UpdateKind::Overdue {
            return;
        }
        if update.kind == UpdateKind::Updated
            && update.explains
            && told >= self.updated_datetime
            && let Some(description) = &update.description
        {
            self.status_notes = Some(description.clone());
        }
        self.updated_datetime = self.updated_datetime.max(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClosingReason;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        at("2026-11-25T12:00:00Z")
    }

    fn open() -> ServiceRequestState {
        ServiceRequestState {
            version: 1,
            is_public: true,
            status: DetailedStatus::Open,
            closing: None,
            status_notes: None,
            requested_datetime: at("2026-11-01T08:00:00Z"),
            updated_datetime: at("2026-11-01T08:00:00Z"),
            closed_datetime: None,
        }
    }

    fn update(time: &str, status: Option<DetailedStatus>, text: &str) -> NewUpdate {
        NewUpdate {
            status,
            closing: status
                .filter(|one| one.status() == Status::Closed)
                .map(|one| Closing::because(one.reason().unwrap_or(ClosingReason::NotTold))),
            description: Some(text.into()).filter(|_| !text.is_empty()),
            ..NewUpdate::by("key:a", at(time))
        }
    }

    fn after(state: &ServiceRequestState, update: &NewUpdate) -> ServiceRequestState {
        state.apply(update, now()).unwrap().state
    }

    #[test]
    fn a_closing_sets_the_time_of_closing_and_nothing_later_moves_it() {
        let closing = update("2026-11-02T08:00:00Z", Some(DetailedStatus::Fixed), "Done");
        let closed = after(&open(), &closing);
        assert_eq!(closed.closed_datetime, Some(at("2026-11-02T08:00:00Z")));
        assert_eq!(closed.updated_datetime, at("2026-11-02T08:00:00Z"));
        assert_eq!(closed.status_notes.as_deref(), Some("Done"));
        let noted = after(&closed, &update("2026-11-03T08:00:00Z", None, "Thanks"));
        assert_eq!(noted.updated_datetime, at("2026-11-02T08:00:00Z"));
        assert_eq!(noted.status_notes.as_deref(), Some("Done"));
        let again = update("2026-11-04T08:00:00Z", Some(DetailedStatus::Closed), "");
        assert_eq!(
            after(&noted, &again).closed_datetime,
            closed.closed_datetime
        );
        let reopened = update(
            "2026-11-05T08:00:00Z",
            Some(DetailedStatus::Open),
            "Not yet",
        );
        let reopened = after(&noted, &reopened);
        assert_eq!(reopened.closed_datetime, None);
        assert_eq!(reopened.closing, None);
        assert_eq!(reopened.updated_datetime, at("2026-11-05T08:00:00Z"));
        assert_eq!(reopened.version, 4);
    }

    #[test]
    fn what_comes_late_stands_in_the_history_and_does_not_turn_the_status_back() {
        let closing = update("2026-11-03T08:00:00Z", Some(DetailedStatus::Fixed), "Done");
        let closed = after(&open(), &closing);
        let late = update(
            "2026-11-02T08:00:00Z",
            Some(DetailedStatus::InProgress),
            "Crew sent",
        );
        let projection = closed.apply(&late, now()).unwrap();
        assert_eq!(projection.entry_status, DetailedStatus::InProgress);
        assert_eq!(projection.state.status, DetailedStatus::Fixed);
        assert_eq!(projection.state.version, 3);
    }

    #[test]
    fn a_time_that_cannot_be_is_refused() {
        for time in ["2026-11-25T12:06:00Z", "2026-11-01T07:54:00Z"] {
            let refused = open().apply(&update(time, None, "x"), now()).unwrap_err();
            assert!(
                refused.to_string().starts_with("updated_datetime"),
                "{time}"
            );
        }
        let fast_clock = update("2026-11-25T12:04:00Z", None, "x");
        let projection = open().apply(&fast_clock, now()).unwrap();
        assert_eq!(projection.updated_datetime, now());
    }

    #[test]
    fn a_closing_without_a_reason_is_refused() {
        let closing = NewUpdate {
            closing: None,
            ..update("2026-11-02T08:00:00Z", Some(DetailedStatus::Closed), "x")
        };
        let refused = open().apply(&closing, now()).unwrap_err();
        assert!(refused.to_string().starts_with("closing_reason"));
    }

    #[test]
    fn that_time_has_passed_changes_nothing_that_the_public_sees() {
        let overdue = NewUpdate {
            kind: UpdateKind::Overdue,
            ..update("2026-11-20T08:00:00Z", None, "")
        };
        let expected = ServiceRequestState {
            version: 2,
            ..open()
        };
        assert_eq!(after(&open(), &overdue), expected);
    }

    #[test]
    fn an_internal_note_changes_nothing_that_the_public_sees() {
        let note = NewUpdate {
            is_public: false,
            ..update("2026-11-02T08:00:00Z", None, "He shouts")
        };
        let noted = after(&open(), &note);
        assert_eq!(
            noted,
            ServiceRequestState {
                version: 2,
                ..open()
            }
        );
    }
}

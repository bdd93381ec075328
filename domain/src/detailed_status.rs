//! The statuses of the Service Request Updates extension, of which the standard's two are a summary.
//! <https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311>

use crate::{ClosingReason, Status, Violation};

/// How far a service request is, in mySociety's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailedStatus {
    /// It has been reported.
    Open,
    /// Somebody has to find out whose it is.
    ForTriage,
    /// It is being looked into.
    Investigating,
    /// It is being worked on.
    InProgress,
    /// It will be worked on.
    Planned,
    /// The day is set.
    ActionScheduled,
    /// It is mended.
    Fixed,
    /// It is over; the reason says how.
    Closed,
    /// Another service request tells the same.
    Duplicate,
    /// Somebody else's.
    NotCouncilsResponsibility,
    /// Nothing more will be done.
    NoFurtherAction,
    /// Another part of the same administration has it.
    InternalReferral,
    /// Whoever asked takes it back.
    Cancelled,
}

impl DetailedStatus {
    /// Every status: those that are open first.
    pub const ALL: [Self; 13] = [
        Self::Open,
        Self::ForTriage,
        Self::Investigating,
        Self::InProgress,
        Self::Planned,
        Self::ActionScheduled,
        Self::Fixed,
        Self::Closed,
        Self::Duplicate,
        Self::NotCouncilsResponsibility,
        Self::NoFurtherAction,
        Self::InternalReferral,
        Self::Cancelled,
    ];

    /// The word, in lower case as it is answered; it is sent in upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ForTriage => "for_triage",
            Self::Investigating => "investigating",
            Self::InProgress => "in_progress",
            Self::Planned => "planned",
            Self::ActionScheduled => "action_scheduled",
            Self::Fixed => "fixed",
            Self::Closed => "closed",
            Self::Duplicate => "duplicate",
            Self::NotCouncilsResponsibility => "not_councils_responsibility",
            Self::NoFurtherAction => "no_further_action",
            Self::InternalReferral => "internal_referral",
            Self::Cancelled => "cancelled",
        }
    }

    /// The standard's status that it belongs to.
    pub fn status(self) -> Status {
        match self {
            Self::Open
            | Self::ForTriage
            | Self::Investigating
            | Self::InProgress
            | Self::Planned
            | Self::ActionScheduled => Status::Open,
            Self::Fixed
            | Self::Closed
            | Self::Duplicate
            | Self::NotCouncilsResponsibility
            | Self::NoFurtherAction
            | Self::InternalReferral
            | Self::Cancelled => Status::Closed,
        }
    }

    /// Why it is closed, as far as the word itself says so. `closed` says nothing: a reader must not
    /// take it for "fixed".
    pub fn reason(self) -> Option<ClosingReason> {
        match self {
            Self::Fixed => Some(ClosingReason::Fixed),
            Self::Duplicate => Some(ClosingReason::DuplicateOf),
            Self::NotCouncilsResponsibility | Self::InternalReferral => {
                Some(ClosingReason::HandedTo)
            }
            Self::NoFurtherAction => Some(ClosingReason::NoActionByRule),
            Self::Cancelled => Some(ClosingReason::Withdrawn),
            _ => None,
        }
    }

    /// The status of that word, in any case. `None`: the word is `unchanged`, which leaves it as it
    /// is. `reopen` is open.
    ///
    /// # Errors
    /// When it is none of the list.
    pub fn parse_told(text: &str) -> Result<Option<Self>, Violation> {
        match text.trim().to_ascii_lowercase().as_str() {
            "unchanged" => Ok(None),
            "reopen" => Ok(Some(Self::Open)),
            word => Self::parse(word).map(Some),
        }
    }

    /// The status of exactly that word, in any case.
    ///
    /// # Errors
    /// When it is none of [`Self::ALL`].
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| {
                let words: Vec<&str> = Self::ALL.map(Self::as_str).into();
                Violation::new("status", format!("is none of {}", words.join(", ")))
            })
    }
}

impl From<Status> for DetailedStatus {
    /// All that the standard's status says.
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Closed => Self::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case_and_written_in_lower_case() {
        for status in DetailedStatus::ALL {
            let upper = status.as_str().to_uppercase();
            assert_eq!(DetailedStatus::parse_told(&upper), Ok(Some(status)));
        }
        assert_eq!(DetailedStatus::parse_told("UNCHANGED"), Ok(None));
        assert_eq!(
            DetailedStatus::parse_told("REOPEN"),
            Ok(Some(DetailedStatus::Open))
        );
        assert!(DetailedStatus::parse_told("done").is_err());
    }

    #[test]
    fn closed_alone_does_not_say_that_it_is_fixed() {
        assert_eq!(DetailedStatus::Closed.reason(), None);
        assert_eq!(
            DetailedStatus::Duplicate.reason(),
            Some(ClosingReason::DuplicateOf)
        );
    }
}

//! Why a service request was closed: the question that residents are left with elsewhere.

use crate::{
    DetailedStatus, Violation,
    text::{MAX_LINE, line},
};

/// Why a service request was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClosingReason {
    /// It is mended.
    Fixed,
    /// A rule says that nothing is done.
    NoActionByRule,
    /// Another service request tells the same.
    DuplicateOf,
    /// Somebody else has it now.
    HandedTo,
    /// Nobody found it where it was said to be.
    CannotBeFound,
    /// It is no service request.
    Invalid,
    /// Whoever asked takes it back.
    Withdrawn,
    /// Whoever closed it did not say: for sources that know no reasons.
    NotTold,
}

impl ClosingReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Fixed,
        Self::NoActionByRule,
        Self::DuplicateOf,
        Self::HandedTo,
        Self::CannotBeFound,
        Self::Invalid,
        Self::Withdrawn,
        Self::NotTold,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::NoActionByRule => "no_action_by_rule",
            Self::DuplicateOf => "duplicate_of",
            Self::HandedTo => "handed_to",
            Self::CannotBeFound => "cannot_be_found",
            Self::Invalid => "invalid",
            Self::Withdrawn => "withdrawn",
            Self::NotTold => "not_told",
        }
    }

    /// The reason of that word, in any case.
    ///
    /// # Errors
    /// When it is none of [`Self::ALL`].
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| {
                let words: Vec<&str> = Self::ALL.map(Self::as_str).into();
                Violation::new("closing_reason", format!("is none of {}", words.join(", ")))
            })
    }

    /// The detailed status of a service request that is closed for this reason.
    pub fn status(self) -> DetailedStatus {
        match self {
            Self::Fixed => DetailedStatus::Fixed,
            Self::NoActionByRule => DetailedStatus::NoFurtherAction,
            Self::DuplicateOf => DetailedStatus::Duplicate,
            Self::HandedTo => DetailedStatus::NotCouncilsResponsibility,
            Self::Withdrawn => DetailedStatus::Cancelled,
            Self::CannotBeFound | Self::Invalid | Self::NotTold => DetailedStatus::Closed,
        }
    }
}

/// A reason with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Why.
    pub reason: ClosingReason,
    /// Of what it is a duplicate, to whom it was handed, by which rule; one line.
    pub detail: Option<String>,
}

impl Closing {
    /// A reason without more.
    pub fn because(reason: ClosingReason) -> Self {
        Self {
            reason,
            detail: None,
        }
    }

    /// What a sender says of a closing: the reason that he names, else the one that his status
    /// implies, else that he told none.
    ///
    /// # Errors
    /// When the reason is no reason, contradicts the status, or the detail is no line.
    pub fn parse(
        status: DetailedStatus,
        reason: Option<&str>,
        detail: Option<&str>,
    ) -> Result<Self, Violation> {
        let implied = status.reason();
        let reason = match reason {
            Some(word) => {
                let named = ClosingReason::parse(word)?;
                if implied.is_some_and(|implied| implied != named) {
                    return Err(Violation::new(
                        "closing_reason",
                        format!("contradicts the status {}", status.as_str()),
                    ));
                }
                named
            }
            None => implied.unwrap_or(ClosingReason::NotTold),
        };
        let detail = detail
            .map(|text| line("closing_detail", text, MAX_LINE))
            .transpose()?;
        Ok(Self { reason, detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_comes_from_its_name_or_from_the_status() {
        let parse = |status, reason| Closing::parse(status, reason, None).map(|one| one.reason);
        assert_eq!(parse(DetailedStatus::Fixed, None), Ok(ClosingReason::Fixed));
        assert_eq!(
            parse(DetailedStatus::Closed, None),
            Ok(ClosingReason::NotTold)
        );
        assert_eq!(
            parse(DetailedStatus::Closed, Some("CANNOT_BE_FOUND")),
            Ok(ClosingReason::CannotBeFound)
        );
        assert!(parse(DetailedStatus::Duplicate, Some("fixed")).is_err());
        assert!(parse(DetailedStatus::Closed, Some("done")).is_err());
    }

    #[test]
    fn a_reason_and_its_status_agree() {
        for reason in ClosingReason::ALL {
            let implied = reason.status().reason();
            assert!(
                implied.is_none_or(|implied| implied == reason),
                "{reason:?}"
            );
        }
    }
}

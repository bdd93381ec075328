//! Why another endpoint did not do what it was asked.

use chrono::TimeDelta;
use domain::Posting;
use std::fmt::Display;

/// Why there is nothing to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Nothing has left: the address is not allowed, or nobody is there.
    #[error("{0}")]
    NotSent(String),
    /// The request left, and no whole answer came.
    #[error("{0}")]
    NoAnswer(String),
    /// It answered with more than is read.
    #[error("its answer is too long")]
    TooLarge,
    /// It answered with another status than success.
    #[error("it answered {status}{}", if note.is_empty() { String::new() } else { format!(": {note}") })]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, in part and without what nobody else may know; may be empty.
        note: String,
        /// How long it wants to be left alone.
        wait: Option<TimeDelta>,
    },
    /// It answered with success, and with something that cannot be read.
    #[error("its answer {0}")]
    Unreadable(String),
}

/// Characters of what is told about an answer.
const MAX_PROBLEM: usize = 200;

/// An answer that cannot be read, and why.
pub(super) fn unreadable(problem: impl Display) -> RemoteError {
    let problem = problem.to_string();
    let told = problem.strip_prefix("the answer").unwrap_or(&problem);
    let told = told.trim_start_matches([':', ',', ' ']);
    let told = told.chars().filter(|c| !c.is_control());
    RemoteError::Unreadable(told.take(MAX_PROBLEM).collect())
}

impl RemoteError {
    /// What it means where a service request was posted. A 5xx may come from a server that has
    /// carried it out, or from a proxy that gave up waiting for one.
    pub fn posting(&self) -> Posting {
        match self {
            Self::NotSent(_) => Posting::NotCarriedOut { wait: None },
            Self::NoAnswer(_) | Self::TooLarge | Self::Unreadable(_) => {
                Posting::Unknown { wait: None }
            }
            Self::Refused { status, wait, .. } => match status {
                // Too slow, too early, too many: not carried out, and it may be tried again.
                408 | 425 | 429 => Posting::NotCarriedOut { wait: *wait },
                // The same POST may still be running (`Idempotency-Key`), or it is known already.
                409 => Posting::Unknown { wait: *wait },
                // Not implemented, HTTP version not supported: these will stay so.
                501 | 505 => Posting::Refused,
                500..=599 => Posting::Unknown { wait: *wait },
                _ => Posting::Refused,
            },
        }
    }

    /// Whether the endpoint as a whole seems to be away, so that there is no use in trying more.
    pub fn is_away(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            Self::Refused { status, .. } => matches!(status, 429 | 502..=504),
            Self::TooLarge | Self::Unreadable(_) => false,
        }
    }

    /// How long the endpoint wants to be left alone.
    pub fn wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Refused { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether it says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Posting {
        let note = String::new();
        RemoteError::Refused {
            status,
            note,
            wait: None,
        }
        .posting()
    }

    #[test]
    fn what_a_status_means_for_a_post_is_never_more_than_is_certain() {
        for known in [400, 401, 403, 404, 410, 413, 415, 422, 301, 307, 501] {
            assert_eq!(status(known), Posting::Refused, "{known}");
        }
        for later in [408, 425, 429] {
            assert_eq!(
                status(later),
                Posting::NotCarriedOut { wait: None },
                "{later}"
            );
        }
        for unknown in [409, 500, 502, 503, 504, 520] {
            assert_eq!(
                status(unknown),
                Posting::Unknown { wait: None },
                "{unknown}"
            );
        }
        let garbled = RemoteError::Unreadable("x".into());
        assert_eq!(garbled.posting(), Posting::Unknown { wait: None });
    }

    #[test]
    fn a_problem_is_told_in_part_and_in_one_line() {
        let long = format!(
            "the answer, line 1: is \u{1b}[31m odd\n{}",
            "x".repeat(1_000)
        );
        let told = unreadable(long).to_string();
        assert!(told.starts_with("its answer line 1: is [31m odd"), "{told}");
        assert!(told.len() < 230);
    }
}

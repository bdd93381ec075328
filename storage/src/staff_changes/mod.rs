//! What staff do with service requests: each act is one transaction, in which everything that it
//! concerns is locked before anything is decided.
//!
//! Rows are locked in the order of their ids, whatever the act, so that no two acts wait for each
//! other. Which rows those are is read before; if it has changed when they are locked, the act begins
//! anew.

mod change;
mod duplicates;
mod locked;
mod note;

pub use change::Changing;
pub use duplicates::Linking;
pub(crate) use locked::Family;
pub use note::Noting;

use domain::{Violation, Violations};

/// So many duplicates one service request may have: they are all changed with it, in one transaction.
pub const MAX_DUPLICATES: usize = 200;

/// An act is begun anew so often before somebody else is let go first.
const ATTEMPTS: usize = 3;

/// Who does something with a service request, by which operation, and when.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// Who, as access control names him.
    pub author: &'a str,
    /// The agencies whose service requests are there for him; `None`: those of all.
    pub agencies: Option<&'a [String]>,
    /// The operation, for the audit log.
    pub operation: &'a str,
    /// When.
    pub now: chrono::DateTime<chrono::Utc>,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is written.
    Written {
        /// The newest version of the service request.
        version: i32,
    },
    /// The service request is so already: nothing is written.
    Unchanged {
        /// Its version.
        version: i32,
    },
    /// There is no such service request, or not for him who acts.
    Unknown,
    /// The key by which he sends it again belongs to something else that he has sent.
    KeyReused,
    /// The service request has changed since he read it.
    Outdated {
        /// Its newest version.
        version: i32,
    },
    /// It does not fit what is there.
    Refused(Violations),
    /// What is there stands in the way.
    Conflict(String),
}

impl From<Violation> for Changed {
    fn from(violation: Violation) -> Self {
        Self::Refused(violation.into())
    }
}

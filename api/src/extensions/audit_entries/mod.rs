//! Who did what: the audit log of a jurisdiction, for its auditors.

mod documents;
pub mod get;

pub use documents::{AuditEntries, AuditEntryDocument};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![operation!(get::get_audit_entries)]
}

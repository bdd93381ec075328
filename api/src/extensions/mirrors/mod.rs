//! Jurisdictions that are read-only copies of one at another endpoint.

mod delete_mirror;
mod documents;
mod get_mirror;
mod put_mirror;

pub use documents::{MirrorDocument, MirrorForm};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_mirror::get_mirror),
        operation!(put_mirror::put_mirror),
        operation!(delete_mirror::delete_mirror),
    ]
}

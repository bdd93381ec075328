//! Other GeoReport endpoints.

mod delete_remote;
mod documents;
mod get_remotes;
mod put_remote;

pub use documents::{RemoteDocument, RemoteForm, Remotes};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_remotes::get_remotes),
        operation!(put_remote::put_remote),
        operation!(delete_remote::delete_remote),
    ]
}

//! The API keys of apps.

mod delete_key;
mod documents;
mod get_keys;
mod post_key;

pub use documents::{KeyDocument, KeyForm, KeyWithSecret, Keys};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_keys::get_keys),
        operation!(post_key::post_key),
        operation!(delete_key::delete_key),
    ]
}

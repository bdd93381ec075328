//! The tokens of this server: how a program of a city gets one, and how anybody checks one.
//! <https://www.rfc-editor.org/rfc/rfc6749>

pub mod get_key_set;
pub mod post_token;

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(post_token::post_token),
        operation!(get_key_set::get_key_set),
    ]
}

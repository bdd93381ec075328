//! Which services are forwarded to other endpoints.

mod delete_forward_rule;
mod documents;
mod get_forward_rules;
mod put_forward_rule;

pub use documents::{ForwardRules, RuleDocument, RuleForm};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_forward_rules::get_forward_rules),
        operation!(put_forward_rule::put_forward_rule),
        operation!(delete_forward_rule::delete_forward_rule),
    ]
}

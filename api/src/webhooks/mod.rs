//! Webhooks: telling others of changes as Standard Webhooks has it.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

mod attempt;
pub mod signature;

pub use attempt::{Message, attempt};

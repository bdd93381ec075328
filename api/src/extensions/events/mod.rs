//! The change feed: everything that happens to service requests, in one order, nothing missed.

mod documents;
mod get;
mod stream;

pub use documents::{ChangeDocument, EventDocument, Events, event_type, microseconds};
pub use get::check_reached;

use crate::operation::{Operation, operation};

/// The methods of the feed, at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![operation!(get::get_events)]
}

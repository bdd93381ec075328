//! Service requests on their way to other endpoints.

mod documents;
mod get_forwards;
mod get_forwards_of_service_request;
mod post_forward;
mod post_replay;

pub use documents::{ForwardDocument, ForwardReplayForm, Forwards, RouteForm};

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get_forwards::get_forwards),
        operation!(get_forwards_of_service_request::get_forwards_of_service_request),
        operation!(post_forward::post_forward),
        operation!(post_replay::post_replay),
    ]
}

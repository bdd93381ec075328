//! The Service Request Updates extension of mySociety, as FixMyStreet speaks it.
//! <https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311>

mod documents;
mod form;
mod get;
mod post;

pub use documents::{
    CreatedUpdate, CreatedUpdates, MediaUrl, ServiceRequestUpdates, UpdateDocument,
};
pub use form::{UpdateForm, UpdateParts};

use crate::operation::{Operation, operation};

/// The methods of the extension, below the base paths of the standard.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get::get_service_request_updates),
        operation!(post::post_service_request_update),
    ]
}

//! A client for GeoReport endpoints that nobody here has seen before.
//!
//! What they answer is bounded in size and depth, is UTF-8 or nothing, is read without DTDs, and is
//! checked like everything that comes from outside; an entry that does not fit costs itself only.
//! The readers are those of imported files ([`crate::import`]).
//!
//! | module | what it is |
//! |---|---|
//! | [`client`] | asking and posting |
//! | [`answer`] | an answer, before anybody believes it |
//! | [`form`] | what is sent, in the endpoint's dialect |
//! | [`receipt`], [`requests`], [`updates`] | what is read |
//! | [`faults`] | what an endpoint says of a failure |
//! | [`error`] | why there is nothing to work with, and what that means for a POST |

mod answer;
mod client;
mod error;
mod faults;
mod form;
mod receipt;
mod requests;
mod updates;

pub use client::{Asked, Filing, RemoteClient};
pub use error::RemoteError;
pub use requests::Sighting;
pub use updates::RemoteUpdate;

#[cfg(feature = "fuzzing")]
pub use {
    faults::read as read_faults,
    receipt::read as read_receipt,
    requests::{read as read_requests, read_sightings},
    updates::read as read_remote_updates,
};

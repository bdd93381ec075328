//! Speaking to other GeoReport endpoints: as a client of theirs, in their dialect, trusting nothing
//! that they answer.
//!
//! | module | what it is |
//! |---|---|
//! | [`remote`] | the client |
//! | [`loop_guard`] | what has been here does not come in again |
//! | [`forward`] | a service request goes to another endpoint |
//! | [`follow`] | and what becomes of it there comes back |
//! | [`mirror`] | a read-only copy of a jurisdiction elsewhere |

pub mod follow;
pub mod forward;
pub mod loop_guard;
pub mod mirror;
pub mod remote;

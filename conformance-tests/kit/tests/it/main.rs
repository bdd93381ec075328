//! The kit against endpoints that are known: a correct one, broken ones, and recorded answers of
//! real cities.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, what goes wrong fails the test"
)]

mod correct;
mod defects;
mod dialects;
mod endpoint;
mod liberties;
mod recordings;
mod runs;
mod trust;
mod wrong;

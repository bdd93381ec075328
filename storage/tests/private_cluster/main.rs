//! The embedded database, with a real PostgreSQL: as root and as an ordinary user.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests may panic like the tests themselves"
)]

mod crashes;
mod full_disk;
mod harness;
mod refusals;
mod starting;

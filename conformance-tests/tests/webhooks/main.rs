//! Webhooks over HTTP: what is sent where, signed by whom, how often and in which order, whatever
//! receivers and workers do.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what goes wrong fails the test"
)]

mod backlog;
mod crashes;
mod delivery;
mod guard;
mod hooks;
mod management;
mod measured;
mod receivers;

//! Service requests go from server to server, and what becomes of them there comes back: over a
//! network that loses, repeats and garbles, and among endpoints that cannot be trusted.
#![expect(
    clippy::expect_used,
    reason = "in a test, what goes wrong fails the test"
)]

mod faults;
mod forwarding;
mod hostile;
mod mirrors;
mod towns;

//! The server as a client of every broken endpoint of the kit: of endpoints that are wrong in one way
//! each, of whole dialects, and of those that use the liberties that the letter leaves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "in a test, what goes wrong fails the test"
)]
#![expect(
    dead_code,
    reason = "the kit's own tests use the rest of its endpoints"
)]

#[path = "../../kit/tests/it/defects/mod.rs"]
mod defects;
#[path = "../../kit/tests/it/endpoint/mod.rs"]
mod endpoint;
#[path = "../../kit/tests/it/liberties/mod.rs"]
mod liberties;

mod forwards;
mod mirrors;

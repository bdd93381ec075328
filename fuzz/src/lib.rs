//! What must hold of every parser, whatever comes in.
//!
//! One module per noun. Its `check` takes any bytes and panics when something does not hold that
//! should: no parser panics, what is refused is refused in words that may be shown, and what is taken
//! is within its bounds and comes out again as it went in. libFuzzer looks for bytes that break it
//! (`fuzz/run`); `tests/corpus.rs` tries those that are kept, in CI.
#![expect(
    clippy::unwrap_used,
    reason = "a target says that something does not hold by panicking"
)]

pub mod api_key;
pub mod area;
pub mod attribute;
pub mod boundary;
pub mod date;
pub mod document;
pub mod form;
pub mod hops;
pub mod id;
pub mod idempotency_key;
pub mod import;
pub mod mapping;
pub mod multipart;
pub mod picture;
pub mod query;
pub mod remote;
pub mod services;
pub mod submission;

mod told;

/// What checks one input.
pub type Check = fn(&[u8]);

/// Every target by its name, which is also that of its binary and of its folder in `corpus/`.
pub const TARGETS: &[(&str, Check)] = &[
    ("api_key", api_key::check),
    ("area", area::check),
    ("attribute", attribute::check),
    ("boundary", boundary::check),
    ("date", date::check),
    ("document", document::check),
    ("form", form::check),
    ("hops", hops::check),
    ("id", id::check),
    ("idempotency_key", idempotency_key::check),
    ("import", import::check),
    ("mapping", mapping::check),
    ("multipart", multipart::check),
    ("picture", picture::check),
    ("query", query::check),
    ("remote", remote::check),
    ("services", services::check),
    ("submission", submission::check),
];

/// The binary of a target: libFuzzer's when `cargo fuzz` builds it, otherwise one that does nothing.
#[macro_export]
macro_rules! target {
    ($noun:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::$noun::check(bytes));

        #[cfg(not(fuzzing))]
        fn main() {}
    };
}

/// The moment at which everything is parsed: 2026-11-22T00:00:00Z.
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_795_305_600, 0).unwrap()
}

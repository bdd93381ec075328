//! What is read from an HTTP request before anything is decided.

mod arguments;
mod body;
mod budget;
mod idempotency;
mod json;
mod multipart;

pub use arguments::{id_in_path, query_arguments};
pub use body::{Submitted, UploadedFile, read, read_form};
pub use budget::BodyBudget;
pub use idempotency::idempotency_key;
pub use json::{JsonBody, read_json};

#[cfg(feature = "fuzzing")]
pub use {
    arguments::parse_form,
    body::{Announced, announced, attribute_code, attributes},
    idempotency::sent_key,
    multipart::split_parts,
};

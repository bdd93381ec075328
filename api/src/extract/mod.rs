//! What is read from an HTTP request before anything is decided.

mod arguments;
mod body;
mod budget;
mod idempotency;
mod multipart;
mod object;

pub use arguments::{id_in_path, in_path, query_arguments};
pub use body::{Submitted, UploadedFile, read};
pub use budget::BodyBudget;
pub use idempotency::{idempotency_key, repeatable_as, sent_key};
pub use object::{JsonObject, fields_of, is_json, read_object, read_object_or_nothing};

#[cfg(feature = "fuzzing")]
pub use {
    arguments::parse_form,
    body::{Announced, announced, attribute_code, attributes},
    multipart::split_parts,
};

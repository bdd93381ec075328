//! Other systems' files become our domain values, as a stream.
//!
//! A file goes through three hands: [`Source`] opens it and tells its [`Record`]s one at a time,
//! [`Mapping`] says which of its columns is which GeoReport field, and [`to_service_request`] makes
//! the domain value, with its [`Adjustment`]s, or a [`Refusal`], which [`RejectFile`] writes down.
//! Service lists, definitions and boundaries are small and come as a whole: [`read_services`],
//! [`read_boundary`].

mod adjustment;
mod boundary;
mod csv;
mod definition;
mod extensions;
mod input;
mod json;
mod mapping;
mod record;
mod refusal;
mod rejects;
mod row;
mod service_code;
mod services;
mod source;
mod xml;

#[cfg(test)]
mod pack_tests;

pub use adjustment::Adjustment;
pub use boundary::read_boundary;
pub use mapping::Mapping;
pub use record::{Record, Value};
pub use refusal::{Cause, Refusal};
pub use rejects::RejectFile;
pub use row::to_service_request;
pub use services::{ServicesItem, each_service, read_services};
pub use source::{Format, Source};

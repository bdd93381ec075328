//! Ours, beside the standard.

pub mod front_page;
pub mod health;
pub mod media;
pub mod metrics;

//! Whole answers, kept in memory for as long as nothing that they tell has changed.

mod config;

pub use config::{CacheArgs, CacheConfig};

//! The georeport server: HTTP, XML, JSON and the command line.

pub mod access;
mod answers;
pub mod app;
pub mod cli;
mod config;
mod connection;
mod demo;
mod directory;
mod edge;
mod error;
mod extensions;
mod extract;
mod federation;
mod feed_ends;
mod format;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod gate;
pub mod georeport;
mod import;
mod logging;
pub mod openapi;
mod operation;
pub mod outbound;
mod photos;
mod spark;
mod state;
pub mod webhooks;
mod work;

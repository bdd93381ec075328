//! GeoReport v2, checked over HTTP by someone who knows nothing of our code.
//!
//! The tests know the standard, the profile of it that the project follows, and
//! the names that operators rely on. They start the built binary, or, where a
//! test only reads and files service requests, talk to the server that
//! `GEOREPORT_URL` names (it must serve the demo data and know the demo's key).
//!
//! | module | what it is |
//! |---|---|
//! | [`home`] | a folder to run in: starts `georeport serve` and runs the other commands |
//! | [`server`] | a running server: its address, its log, its end |
//! | [`binary`] | the binary under test |
//! | [`endpoint`] | one jurisdiction's GeoReport methods under one of the two base paths |
//! | [`demo`] | what the demo data promises: jurisdictions, key, places |
//! | [`city`] | a city of the tests' own, made by the commands |
//! | [`http`] | requests: forms, multipart bodies |
//! | [`raw`] | raw sockets |
//! | [`hostile`] | what strangers send, and what must hold for every answer to it |
//! | [`answer`] | answers, and what must hold for every one of them |
//! | [`documented`] | the OpenAPI document, held against every answer |
//! | [`xml`] | a strict reader of the standard's XML |
//! | [`staff`] | the staff of that city at work |
//! | [`spark`] | the Spark convention, written a second time, to compare both formats |
//! | [`issuer`] | an identity provider on this machine |
//! | [`token`] | OAuth clients of the tests, and tokens made by hand |
//! | [`time`] | W3C date-times without a library |
//! | [`database`] | the private cluster seen from beside the server |
//! | [`shared`] | real data and photos beside the project |
//! | [`tools`] | programs of other ecosystems that tests drive |
//! | [`chaos`] | a proxy in front of PostgreSQL that fails on demand |
//! | [`peers`] | other endpoints, and a network between servers that fails on demand |
//!
//! `GEOREPORT_BIN` names another binary than the one in the target folder,
//! `GEOREPORT_SHARED` another folder than `../shared`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness fails loudly: what it cannot do is a failed test"
)]

pub mod answer;
pub mod binary;
pub mod chaos;
pub mod city;
pub mod database;
pub mod demo;
pub mod documented;
pub mod endpoint;
pub mod home;
pub mod hostile;
pub mod http;
pub mod issuer;
pub mod peers;
pub mod raw;
pub mod server;
pub mod shared;
pub mod spark;
pub mod staff;
mod template;
pub mod time;
pub mod token;
pub mod tools;
pub mod xml;

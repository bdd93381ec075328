//! What the endpoint was found to have: asked for, never assumed.

use crate::{format::Format, record::Record};

/// What the endpoint was found to have.
#[derive(Debug, Default)]
pub struct Survey {
    /// The address of the discovery document, without its suffix.
    pub discovery: Option<String>,
    /// The type that Service Discovery gives the endpoint: `production` or `test`.
    pub endpoint_type: Option<String>,
    /// The media types that Service Discovery announces.
    pub announced: Vec<String>,
    /// The formats that are served, of those to be checked.
    pub formats: Vec<Format>,
    /// The service list.
    pub services: Vec<Record>,
    /// The definitions that were read.
    pub definitions: Vec<Record>,
    /// Service requests that have an id and a date, newest first.
    pub known: Vec<Record>,
    /// Whether POST requests is not offered at all.
    pub takes_no_posts: bool,
    /// The tokens that were given out.
    pub tokens: Vec<String>,
    /// The ids that tokens led to.
    pub filed_ids: Vec<String>,
    /// The dates with which those are listed; none when they are of the last 90 days.
    pub window: Vec<(&'static str, String)>,
}

impl Survey {
    /// Whether a service answers with tokens.
    pub fn has_batch(&self) -> bool {
        self.services
            .iter()
            .any(|service| service.text("type") == Some("batch"))
    }

    /// The definition of a service, if it has one.
    pub fn definition(&self, service_code: &str) -> Option<&Record> {
        self.definitions
            .iter()
            .find(|definition| definition.text("service_code") == Some(service_code))
    }

    /// The arguments that list the known service requests, followed by others.
    pub fn arguments<'a>(&'a self, others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let window = self
            .window
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        window.chain(others.iter().copied()).collect()
    }
}

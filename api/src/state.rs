//! What every handler has at hand.

use crate::{
    access::{KeyRates, Tokens},
    answers::Answers,
    config::ServeConfig,
    directory::Directory,
    extensions::metrics::Metrics,
    extract::BodyBudget,
    feed_ends::FeedEnds,
    gate::Rates,
    georeport::fragments::Fragments,
    outbound::Outbound,
    photos::PhotoStore,
};
use bytes::Bytes;
use std::sync::{Arc, OnceLock};
use storage::Storage;

/// What is the same for every worker.
pub struct Shared {
    /// As the operator set it.
    pub config: ServeConfig,
    /// Where this server is reached from outside, without a slash at the end.
    pub public_url: String,
    /// Which jurisdictions are served.
    pub directory: Directory,
    /// Everything by which tokens are known.
    pub tokens: Tokens,
    /// How often an address may ask.
    pub rates: Rates,
    /// How often the holder of a key may ask.
    pub key_rates: KeyRates,
    /// Memory for bodies.
    pub bodies: BodyBudget,
    /// Where photos lie.
    pub photos: PhotoStore,
    /// Speaks to others.
    pub outbound: Outbound,
    /// What is counted.
    pub metrics: Metrics,
    /// Answers given before.
    pub answers: Answers,
    /// Service requests rendered before.
    pub fragments: Fragments,
    /// How far the change feeds reach.
    pub feed_ends: FeedEnds,
    /// The OpenAPI document, once somebody asked for it.
    pub openapi: OnceLock<Bytes>,
}

/// The state of one worker: connections are not shared between threads, which would cost a third
/// of the speed.
#[derive(Clone)]
pub struct State {
    /// This worker's connections.
    pub storage: Storage,
    /// What is the same for every worker.
    pub shared: Arc<Shared>,
}

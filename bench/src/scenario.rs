//! One line of the table: what is asked, and what it is held against.

use crate::{load::Requests, pgbench::Sql};

/// Whether the server may answer from a cache of whole answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// It makes each answer.
    Off,
    /// As it comes.
    On,
}

/// What the same machine could do at best.
pub enum Yardstick {
    /// pgbench with this script over the same socket.
    Sql(Sql),
    /// A static reply of the first answer.
    Static,
    /// The server itself, asked for this.
    Other(Requests),
}

/// A scenario.
pub struct Scenario {
    /// How it is called on the command line.
    pub name: &'static str,
    /// What it is, for readers.
    pub what: &'static str,
    /// What is asked.
    pub requests: Requests,
    /// The status of every answer.
    pub expected: u16,
    /// Numbers of connections.
    pub connections: &'static [usize],
    /// The least ratio to reach, by the number of connections.
    pub target: fn(usize) -> f64,
    /// What it is held against.
    pub yardstick: Yardstick,
    /// Whether it writes rows that are deleted afterwards.
    pub writes: bool,
}

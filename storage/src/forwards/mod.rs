//! Service requests on their way to other endpoints.
//!
//! A row is written in the transaction that files the service request. Whoever works on it holds a
//! lease in the row, never a transaction across the network, and may write only as long as nobody has
//! taken it up after him.

mod claim;
mod content;
mod insert;
mod list;
mod news;
mod row;

pub use claim::{ClaimedForward, TurnEnd};
pub use content::ForwardContent;
pub use insert::Routed;
pub use list::Replayed;
pub use row::Forward;

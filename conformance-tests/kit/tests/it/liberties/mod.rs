//! What the letter is silent about, done in another way than the endpoint does it: no fault.

pub mod answers;
pub mod documents;

use crate::endpoint::spoil::Spoil;

/// A way of keeping the letter.
pub struct Liberty {
    /// What the server does, in words that follow "it".
    pub does: &'static str,
    pub spoils: &'static [Spoil],
}

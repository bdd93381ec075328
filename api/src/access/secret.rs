//! What is drawn at random and shown once: only its hash is stored.

use sha2::{Digest, Sha256};
use std::fmt;

/// A prefix tells a leaked secret from others, and scanners know it by.
const DIGITS_OF_ID: usize = 8;

/// A secret in the open. It has no `Debug`, so it gets into no log by accident.
pub struct Secret {
    text: String,
    prefix: &'static str,
}

impl Secret {
    /// 160 random bits behind `prefix`.
    pub fn draw(prefix: &'static str) -> Self {
        let random: [u8; 20] = rand::random();
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            text: format!("{prefix}{digits}"),
            prefix,
        }
    }

    /// Its first characters, by which people name it: 32 of its bits.
    pub fn id(&self) -> &str {
        &self.text[..id_length(self.prefix)]
    }

    /// What is stored of it.
    pub fn hash(&self) -> Vec<u8> {
        hash_of(&self.text)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How many characters the id of a secret with this prefix has.
pub const fn id_length(prefix: &str) -> usize {
    prefix.len() + DIGITS_OF_ID
}

/// What is stored of a secret. It holds 160 random bits, so one round is enough, and to look for the
/// hash in an index tells nobody how much of the secret was right.
pub fn hash_of(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_160_random_bits_and_is_named_by_32_of_them() {
        let (one, other) = (Secret::draw("grk_"), Secret::draw("grk_"));
        assert_eq!(one.to_string().len(), "grk_".len() + 40);
        assert_ne!(one.to_string(), other.to_string());
        assert_eq!(one.id().len(), id_length("grk_"));
        assert!(one.to_string().starts_with(one.id()));
        assert_eq!(one.hash(), hash_of(&one.to_string()));
    }
}

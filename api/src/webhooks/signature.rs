//! Signatures by which a receiver knows that a webhook came from here, unchanged and now.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme>
//!
//! The crate `standardwebhooks` is not used: it brings an HMAC and an SHA-256 of its own, and reads
//! the clock itself. The tests hold this against its Python sister.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use std::{fmt, ops::RangeInclusive};

/// Before a secret in text.
const PREFIX: &str = "whsec_";
/// "between 24 bytes (192 bits) and 64 bytes (512 bits)".
const BYTES: RangeInclusive<usize> = 24..=64;

/// What a receiver and we know, and nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret of bytes that nobody can guess.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// The secret that is written so: `whsec_` and base64.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// As it is written, for the receiver's eyes.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, message: &[&[u8]]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in message {
            context.update(part);
        }
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The header `webhook-signature`: one signature for each secret, so that a receiver who knows either
/// the old or the new one is content while a secret is replaced.
pub fn signatures(
    secrets: &[Secret],
    webhook_id: &str,
    timestamp: DateTime<Utc>,
    payload: &[u8],
) -> String {
    let timestamp = timestamp.timestamp().to_string();
    let message: [&[u8]; 5] = [
        webhook_id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".",
        payload,
    ];
    let signed: Vec<String> = secrets.iter().map(|secret| secret.sign(&message)).collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    /// The example of the libraries of Standard Webhooks.
    #[test]
    fn a_signature_is_what_other_libraries_expect() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let timestamp = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let payload = br#"{"test": 2432232314}"#;
        assert_eq!(
            signatures(
                &[secret],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                timestamp,
                payload
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn while_a_secret_is_replaced_each_of_the_two_signs() {
        let (old, new) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let alone = |secret: &Secret| {
            signatures(
                std::slice::from_ref(secret),
                "a",
                DateTime::UNIX_EPOCH,
                b"b",
            )
        };
        let both = signatures(&[new.clone(), old.clone()], "a", DateTime::UNIX_EPOCH, b"b");
        assert_eq!(both, format!("{} {}", alone(&new), alone(&old)));
    }

    #[test]
    fn a_secret_is_written_as_it_is_read_and_never_shown_by_accident() {
        let secret = Secret::new([7; 32]);
        assert_eq!(Secret::parse(&secret.reveal()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn what_is_too_short_too_long_or_not_base64_is_no_secret() {
        let of = |length: usize| format!("whsec_{}", STANDARD.encode(vec![1; length]));
        for good in [24, 32, 64] {
            assert!(Secret::parse(&of(good)).is_some(), "{good}");
        }
        for bad in [&of(23), &of(65), &of(32)[6..], "whsec_", "whsec_!", ""] {
            assert!(Secret::parse(bad).is_none(), "{bad}");
        }
    }
}

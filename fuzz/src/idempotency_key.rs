//! The header `Idempotency-Key`, once for each line.

use crate::told;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use api::fuzzing::sent_key;

/// What is taken is one key as it was sent.
pub fn check(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static("idempotency-key"), value);
        }
    }
    match sent_key(&headers) {
        Ok(None) => assert!(headers.is_empty()),
        Ok(Some(key)) => {
            assert_eq!(headers.len(), 1);
            assert!((1..=255).contains(&key.len()));
            assert!(key.bytes().all(|byte| byte.is_ascii_graphic()));
        }
        Err(violation) => told::refusal(&violation),
    }
}

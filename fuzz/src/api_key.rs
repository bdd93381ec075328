//! A key as it is sent: the first line in the header `Authorization`, the second in `api_key`.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use api::fuzzing::{hash_of, presented_key};

/// No empty key is looked up, and the header goes before the argument.
pub fn check(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
        headers.insert(AUTHORIZATION, value);
    }
    let argument = lines.next().and_then(|bytes| str::from_utf8(bytes).ok());
    let Some(key) = presented_key(&headers, argument) else {
        return;
    };
    assert!(!key.is_empty());
    assert_eq!(hash_of(key).len(), 32);
    if let Some(in_header) = presented_key(&headers, None) {
        assert_eq!(in_header, key);
        assert_eq!(in_header.trim(), in_header);
    } else {
        assert_eq!(argument, Some(key));
    }
}

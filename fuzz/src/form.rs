//! Arguments as `application/x-www-form-urlencoded`: a query string or the body of a POST.

use crate::told;
use api::fuzzing::{attributes, parse_form};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What is read can be written and is read again as the same.
pub fn check(bytes: &[u8]) {
    let pairs = match parse_form(bytes) {
        Ok(pairs) => pairs,
        Err(violations) => return told::refusals(&violations),
    };
    assert!(pairs.iter().all(|(_, value)| !value.contains('\0')));
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let written: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    assert_eq!(parse_form(written.join("&").as_bytes()), Ok(pairs.clone()));
    let values: usize = attributes(&pairs).iter().map(|(_, sent)| sent.len()).sum();
    assert!(values <= pairs.len());
}

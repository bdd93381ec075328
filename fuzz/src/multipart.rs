//! A body with files: the first line is its Content-Type, the rest is the body.

use crate::told;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use api::fuzzing::{Announced, announced, split_parts};
use bytes::Bytes;
use futures_util::FutureExt;

/// What is taken was in the body.
pub fn check(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (content_type, body) = bytes.split_at(end.unwrap_or(bytes.len()));
    let Ok(content_type) = HeaderValue::from_bytes(content_type) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type);
    let boundary = match announced(&headers) {
        Ok(Announced::Multipart { boundary }) => boundary,
        Ok(Announced::Form) => return,
        Err(error) => return told::error(&error),
    };
    let body = Bytes::copy_from_slice(body.get(1..).unwrap_or_default());
    let (mut pairs, mut files) = (Vec::new(), Vec::new());
    let split = split_parts(body.clone(), boundary, &mut pairs, &mut files);
    // The body is at hand, so there is nothing to wait for.
    if let Err(error) = split.now_or_never().unwrap() {
        return told::error(&error);
    }
    let taken: usize = pairs.iter().map(|(_, value)| value.len()).sum();
    let files_taken: usize = files.iter().map(|file| file.content.len()).sum();
    assert!(taken + files_taken <= body.len());
    assert!(pairs.iter().all(|(_, value)| !value.contains('\0')));
}

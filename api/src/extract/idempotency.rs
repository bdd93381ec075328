//! `Idempotency-Key`: a POST that is repeated with it is carried out once.
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

use super::{Caller, Submitted};
use crate::error::ApiError;
use actix_web::HttpRequest;
use domain::Violation;
use sha2::{Digest, Sha256};
use storage::IdempotencyKey;

const HEADER: &str = "Idempotency-Key";
const MAX_LENGTH: usize = 255;

/// The key that was sent, if one was, with what tells one body from another.
///
/// # Errors
/// 400 when it is empty, longer than 255 characters, holds anything but visible ASCII (no blank) or is
/// sent twice.
pub fn idempotency_key(
    http_request: &HttpRequest,
    caller: &Caller,
    submitted: &Submitted,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut sent = http_request.headers().get_all(HEADER);
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    let bytes = value.as_bytes();
    let visible = bytes.iter().all(u8::is_ascii_graphic);
    if sent.next().is_some() || bytes.is_empty() || bytes.len() > MAX_LENGTH || !visible {
        let problem = format!(
            "must be sent once, with 1 to {MAX_LENGTH} visible ASCII characters and no blank"
        );
        return Err(Violation::new(HEADER, problem).into());
    }
    Ok(Some(IdempotencyKey {
        principal: caller.principal.clone(),
        operation: format!("{} {}", http_request.method(), http_request.path()),
        key: String::from_utf8_lossy(bytes).into_owned(),
        fingerprint: fingerprint(submitted),
    }))
}

fn fingerprint(submitted: &Submitted) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        // The length keeps `ab`+`c` from `a`+`bc`.
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (name, value) in &submitted.pairs {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    for file in &submitted.files {
        part(file.field.as_bytes());
        part(&file.content);
    }
    hash.finalize().to_vec()
}

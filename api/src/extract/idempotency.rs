//! `Idempotency-Key`: a POST that is repeated with it is carried out once.
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

use super::{Submitted, UploadedFile};
use crate::{access::Principal, error::ApiError};
use actix_web::{HttpRequest, http::header::HeaderMap};
use domain::Violation;
use sha2::{Digest, Sha256};
use storage::IdempotencyKey;

const HEADER: &str = "Idempotency-Key";
const MAX_LENGTH: usize = 255;

/// The key that was sent, if one was, with what tells one body from another.
///
/// # Errors
/// As [`sent_key`], 400.
pub fn idempotency_key(
    http_request: &HttpRequest,
    principal: &Principal,
    submitted: &Submitted,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let key = sent_key(http_request.headers())?;
    Ok(key.map(|key| IdempotencyKey {
        principal: name_of(principal).to_owned(),
        operation: format!("{} {}", http_request.method(), http_request.path()),
        key: key.to_owned(),
        fingerprint: fingerprint(&submitted.pairs, &submitted.files),
    }))
}

/// The id by which the sender of an entry of a history knows it, if he sent a key: whatever he repeats
/// with it, at this address, is written once.
///
/// # Errors
/// As [`sent_key`], 400.
pub fn repeatable_as(http_request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let key = sent_key(http_request.headers())?;
    Ok(key.map(|key| {
        let (method, path) = (http_request.method(), http_request.path());
        let digest = Sha256::digest(format!("{method} {path} {key}"));
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("idempotency-key:{digits}")
    }))
}

/// By which the sender is told from others. Of a key it is the bare key_id, as it was before there
/// were other principals: a POST that is repeated after the server was replaced must be known.
fn name_of(principal: &Principal) -> &str {
    let id = principal.id();
    id.strip_prefix("key:").unwrap_or(id)
}

/// The header, if it was sent.
///
/// # Errors
/// When it is empty, longer than 255 characters, holds anything but visible ASCII (no blank) or is
/// sent twice.
pub fn sent_key(headers: &HeaderMap) -> Result<Option<&str>, Violation> {
    let mut sent = headers.get_all(HEADER);
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key)
            if sent.next().is_none()
                && (1..=MAX_LENGTH).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key))
        }
        _ => {
            let problem = format!(
                "must be sent once, with 1 to {MAX_LENGTH} visible ASCII characters and no blank"
            );
            Err(Violation::new(HEADER, problem))
        }
    }
}

fn fingerprint(pairs: &[(String, String)], files: &[UploadedFile]) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        // The length keeps `ab`+`c` from `a`+`bc`.
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    // And their number keeps an argument from a file of the same name.
    part(&(pairs.len() as u64).to_be_bytes());
    for (name, value) in pairs {
        part(name.as_bytes());
        part(value.as_bytes());
    }
    for file in files {
        part(file.field.as_bytes());
        part(&file.content);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_and_a_file_with_the_same_words_are_two_bodies() {
        let pair = ("media".to_owned(), "x".to_owned());
        let file = UploadedFile {
            field: "media".into(),
            content: "x".into(),
        };
        assert_ne!(fingerprint(&[pair], &[]), fingerprint(&[], &[file]));
    }
}

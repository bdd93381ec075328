//! The body of a POST: a form, urlencoded or multipart, within bounds of size, number and time.

use super::{arguments::parse_form, budget::Share};
use crate::{
    error::{ApiError, Kind},
    state::Shared,
};
use actix_web::{HttpRequest, http::header, web};
use bytes::{Bytes, BytesMut};
use domain::{QueryParameters, Violation, Violations};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An urlencoded body: a description of 4,000 characters takes 48,000 bytes at the worst.
const MAX_FORM: usize = 1024 * 1024;
/// A body with files.
const MAX_MULTIPART: usize = 12 * 1024 * 1024;
/// One file.
const MAX_FILE: usize = 10 * 1024 * 1024;
/// Parts of a multipart body.
const MAX_PARTS: usize = 200;
/// A body that comes slower than this is not waited for: 8 KiB a second is a bad mobile connection.
const MIN_BYTES_PER_SECOND: usize = 8 * 1024;

/// What was sent.
pub struct Submitted {
    /// Arguments of the form and of the query string.
    pub arguments: QueryParameters,
    /// Attribute codes and the values sent for each, in order.
    pub attributes: Vec<(String, Vec<String>)>,
    /// Files, in order.
    pub files: Vec<UploadedFile>,
    /// The key, which stands nowhere else.
    pub api_key: Option<String>,
    /// The memory that the body takes.
    _share: Share,
    /// Every argument but the key, for telling whether two POSTs are the same.
    pub pairs: Vec<(String, String)>,
}

/// One file of a multipart body. Its name and announced type do not matter: its content does.
pub struct UploadedFile {
    /// The form field.
    pub field: String,
    /// The content.
    pub content: Bytes,
}

/// Reads the body.
///
/// # Errors
/// 400 for a broken body, 408 for a slow one, 413 for a large one, 415 for one that is no form, 503
/// when too many are being read.
pub async fn read(
    http_request: &HttpRequest,
    payload: web::Payload,
    shared: &Shared,
) -> Result<Submitted, ApiError> {
    let mut reading = Reading {
        shared,
        share: shared.bodies.share().await?,
    };
    if http_request
        .headers()
        .contains_key(header::CONTENT_ENCODING)
    {
        return Err(ApiError::new(
            Kind::UnsupportedMediaType,
            "the body must not be compressed (Content-Encoding)",
        ));
    }
    let mut pairs = parse_form(http_request.query_string().as_bytes())?;
    let mut files = Vec::new();
    let announced = http_request
        .headers()
        .get(header::CONTENT_TYPE)
        .map_or("", |value| value.to_str().unwrap_or("?"));
    let essence = announced
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "multipart/form-data" => {
            let boundary = multer::parse_boundary(announced).map_err(|_error| {
                Violation::new(
                    "Content-Type",
                    "has no boundary, which multipart/form-data needs",
                )
            })?;
            let body = reading
                .collect(http_request, payload, MAX_MULTIPART)
                .await?;
            split_parts(body, boundary, &mut pairs, &mut files).await?;
        }
        "application/x-www-form-urlencoded" | "" => {
            let body = reading.collect(http_request, payload, MAX_FORM).await?;
            pairs.extend(parse_form(&body)?);
        }
        _ => {
            return Err(ApiError::new(
                Kind::UnsupportedMediaType,
                "the body must be application/x-www-form-urlencoded or multipart/form-data",
            ));
        }
    }
    let as_text = |(name, value): &&(String, String)| {
        (name == "media" || name.starts_with("media[")) && !value.trim().is_empty()
    };
    if let Some((name, _)) = pairs.iter().find(as_text) {
        return Err(Violation::new(name, "must be a file of a multipart/form-data body").into());
    }
    let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in &pairs {
        if let Some(code) = attribute_code(name) {
            match attributes.iter_mut().find(|(known, _)| known == code) {
                Some((_, values)) => values.push(value.clone()),
                None => attributes.push((code.to_owned(), vec![value.clone()])),
            }
        }
    }
    let key = pairs
        .iter()
        .find(|(name, value)| name == "api_key" && !value.trim().is_empty());
    let api_key = key.map(|(_, value)| value.clone());
    pairs.retain(|(name, _)| name != "api_key");
    let arguments = QueryParameters::new(pairs.clone());
    Ok(Submitted {
        arguments,
        attributes,
        files,
        api_key,
        _share: reading.share,
        pairs,
    })
}

/// The code in `attribute[CODE]`, `attribute[CODE][]`, `attribute[CODE][0]` and, as one old client
/// writes it, `attrib[CODE]`.
fn attribute_code(name: &str) -> Option<&str> {
    let rest = name
        .strip_prefix("attribute[")
        .or_else(|| name.strip_prefix("attrib["))?;
    let (code, index) = rest.split_once(']')?;
    let index_is_plain = index.is_empty()
        || index
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .is_some_and(|inner| inner.bytes().all(|b| b.is_ascii_digit()));
    (index_is_plain && !code.is_empty()).then_some(code)
}

/// A body being read.
struct Reading<'a> {
    shared: &'a Shared,
    share: Share,
}

impl Reading<'_> {
    async fn collect(
        &mut self,
        http_request: &HttpRequest,
        mut payload: web::Payload,
        limit: usize,
    ) -> Result<Bytes, ApiError> {
        let too_large = || {
            let sentence = format!("the body is larger than {limit} bytes");
            ApiError::new(Kind::TooLarge, sentence)
        };
        let announced = http_request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let read = self.read_to_end(&mut payload, limit, too_large).await;
        if read.is_err() {
            hold(payload);
        }
        read
    }

    async fn read_to_end(
        &mut self,
        payload: &mut web::Payload,
        limit: usize,
        too_large: impl Fn() -> ApiError,
    ) -> Result<Bytes, ApiError> {
        let patience = self.shared.config.body_timeout;
        let started = Instant::now();
        let mut body = BytesMut::new();
        loop {
            let earned = Duration::from_secs((body.len() / MIN_BYTES_PER_SECOND) as u64);
            let chunk = timeout_at(started + patience + earned, payload.next())
                .await
                .map_err(|_elapsed| ApiError::new(Kind::Timeout, "the body came too slowly"))?;
            let chunk = match chunk {
                None => return Ok(body.freeze()),
                Some(Err(_broken)) => {
                    return Err(Violation::new("the body", "ended early").into());
                }
                Some(Ok(chunk)) => chunk,
            };
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            let bodies = &self.shared.bodies;
            bodies.grow(&mut self.share, chunk.len(), patience).await?;
            body.extend_from_slice(&chunk);
        }
    }
}

/// Keeps a body that is not read on until the answer is sent, upon which actix closes the
/// connection. Of a chunked body that was dropped it would go on reading for as long as the client
/// goes on sending.
fn hold(payload: web::Payload) {
    actix_web::rt::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(payload);
    });
}

/// The name of a file's part: also one that is told in the way of RFC 5987 only, and none at all
/// where the part says that it is a picture. `None`: it is no file.
fn file_name(part: &multer::Field<'_>) -> Option<String> {
    let told = part.file_name().map(str::to_owned);
    let disposition = part.headers().get("content-disposition");
    let extended = || {
        let disposition = disposition.map(|value| value.as_bytes().to_ascii_lowercase());
        let is_told = disposition
            .is_some_and(|value| value.windows(10).any(|window| window == b"filename*="));
        is_told.then(|| "filename*".to_owned())
    };
    let is_picture = part
        .content_type()
        .is_some_and(|kind| kind.type_() == "image");
    told.or_else(extended)
        .or_else(|| is_picture.then(|| "picture".to_owned()))
}

async fn split_parts(
    body: Bytes,
    boundary: String,
    pairs: &mut Vec<(String, String)>,
    files: &mut Vec<UploadedFile>,
) -> Result<(), ApiError> {
    let broken = |_error| Violation::new("the body", "is not well-formed multipart/form-data");
    let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut violations = Violations::none();
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        count += 1;
        if count > MAX_PARTS {
            return Err(
                Violation::new("the body", format!("has more than {MAX_PARTS} parts")).into(),
            );
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = file_name(&part);
        let content = part.bytes().await.map_err(broken)?;
        if let Some(file_name) = file_name {
            if content.len() > MAX_FILE {
                let sentence = format!("{name} is larger than {MAX_FILE} bytes");
                return Err(ApiError::new(Kind::TooLarge, sentence));
            }
            // A file input that was left empty sends an empty part without a name.
            if !(content.is_empty() && file_name.is_empty()) {
                files.push(UploadedFile {
                    field: name,
                    content,
                });
            }
            continue;
        }
        match String::from_utf8(content.into()) {
            Ok(text) if text.contains('\0') => {
                violations.add(Violation::new(name, "contains a NUL character"));
            }
            Ok(text) => pairs.push((name, text)),
            Err(_) => violations.add(Violation::new(name, "is not UTF-8")),
        }
    }
    violations.check()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_attribute_is_known() {
        for name in [
            "attribute[A]",
            "attribute[A][]",
            "attribute[A][0]",
            "attribute[A][12]",
            "attrib[A]",
        ] {
            assert_eq!(attribute_code(name), Some("A"), "{name}");
        }
        for name in [
            "attribute",
            "attribute[]",
            "attribute[A",
            "attribute[A]x",
            "attribute[A][x]",
        ] {
            assert_eq!(attribute_code(name), None, "{name}");
        }
    }
}

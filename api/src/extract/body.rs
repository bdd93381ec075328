//! The body of a POST: a form, urlencoded or multipart, within bounds of size, number and time.

use super::{arguments::parse_form, budget::Share, multipart::split_parts};
use crate::{
    error::{ApiError, Kind},
    state::Shared,
};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
    web,
};
use bytes::{Bytes, BytesMut};
use domain::{QueryParameters, Violation};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An urlencoded body: a description of 4,000 characters takes 48,000 bytes at the worst.
const MAX_FORM: usize = 1024 * 1024;
/// A body with files.
const MAX_MULTIPART: usize = 12 * 1024 * 1024;
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
    let mut reading = Reading::new(shared).await?;
    let mut pairs = parse_form(http_request.query_string().as_bytes())?;
    let mut files = Vec::new();
    match announced(http_request.headers())? {
        Announced::Multipart { boundary } => {
            let body = reading.collect(http_request, payload, MAX_MULTIPART);
            split_parts(body.await?, boundary, &mut pairs, &mut files).await?;
        }
        Announced::Form => {
            let body = reading.collect(http_request, payload, MAX_FORM);
            pairs.extend(parse_form(&body.await?)?);
        }
    }
    if let Some((name, _)) = pairs.iter().find(|pair| is_photo_as_text(pair)) {
        return Err(Violation::new(name, "must be a file of a multipart/form-data body").into());
    }
    let arguments = QueryParameters::new(pairs.clone());
    let api_key = arguments.one("api_key")?.map(str::to_owned);
    pairs.retain(|(name, _)| name != "api_key");
    Ok(Submitted {
        arguments,
        attributes: attributes(&pairs),
        files,
        api_key,
        _share: reading.share,
        pairs,
    })
}

/// What the headers say of a body.
pub enum Announced {
    /// application/x-www-form-urlencoded
    Form,
    /// multipart/form-data
    Multipart {
        /// What stands between its parts.
        boundary: String,
    },
}

/// What the headers say of a body.
///
/// # Errors
/// 415 for one that is compressed or no form; 400 for multipart/form-data without a boundary.
pub fn announced(headers: &HeaderMap) -> Result<Announced, ApiError> {
    let content_type = essence(headers)?;
    let (essence, content_type) = &content_type;
    match essence.as_str() {
        "multipart/form-data" => match multer::parse_boundary(content_type) {
            Ok(boundary) => Ok(Announced::Multipart { boundary }),
            Err(_) => {
                let problem = "has no boundary, which multipart/form-data needs";
                Err(Violation::new("Content-Type", problem).into())
            }
        },
        "application/x-www-form-urlencoded" | "" => Ok(Announced::Form),
        _ => Err(ApiError::new(
            Kind::UnsupportedMediaType,
            "the body must be application/x-www-form-urlencoded or multipart/form-data",
        )),
    }
}

/// The type of a body without its parameters, in lower case, and with them as it was sent; empty when
/// nothing is said.
///
/// # Errors
/// 415 for a body that is compressed, 400 for one that is no HTTP.
pub(super) fn essence(headers: &HeaderMap) -> Result<(String, &str), ApiError> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::new(
            Kind::UnsupportedMediaType,
            "the body must not be compressed (Content-Encoding)",
        ));
    }
    // actix would read the body to the end of the connection, whatever its length, and take the
    // next request for a part of it.
    let mut upgrades = headers.get_all(header::UPGRADE);
    if upgrades.any(|to| {
        to.as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"websocket")
    }) {
        let problem = "is not websocket here, least of all with a body";
        return Err(Violation::new("Upgrade", problem).into());
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map_or("", |value| value.to_str().unwrap_or("?"));
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    Ok((essence.to_ascii_lowercase(), content_type))
}

/// A photo that came as text, in base64 say, would be lost without a word.
fn is_photo_as_text((name, value): &(String, String)) -> bool {
    (name == "media" || name.starts_with("media[")) && !value.trim().is_empty()
}

/// Attribute codes and the values sent for each, in order.
pub fn attributes(pairs: &[(String, String)]) -> Vec<(String, Vec<String>)> {
    let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in pairs {
        if let Some(code) = attribute_code(name) {
            match attributes.iter_mut().find(|(known, _)| known == code) {
                Some((_, values)) => values.push(value.clone()),
                None => attributes.push((code.to_owned(), vec![value.clone()])),
            }
        }
    }
    attributes
}

/// The code in `attribute[CODE]`, `attribute[CODE][]`, `attribute[CODE][0]` and, as one old client
/// writes it, `attrib[CODE]`.
pub fn attribute_code(name: &str) -> Option<&str> {
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
pub(super) struct Reading<'a> {
    shared: &'a Shared,
    /// The memory that it takes.
    pub share: Share,
}

impl<'a> Reading<'a> {
    /// Nothing is read yet.
    ///
    /// # Errors
    /// 503 when too many are being read.
    pub async fn new(shared: &'a Shared) -> Result<Self, ApiError> {
        let share = shared.bodies.share().await?;
        Ok(Self { shared, share })
    }

    /// The whole body.
    ///
    /// # Errors
    /// 400 for a broken body, 408 for a slow one, 413 for one of more than `limit` bytes, 503 when too
    /// many are being read.
    pub async fn collect(
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
                    return Err(ApiError::new(Kind::BrokenBody, "the body ended early"));
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

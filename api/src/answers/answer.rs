//! An answer that may be sent again.

use crate::{error::ApiError, format::Format, operation::RouteName};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, AcceptEncoding, Encoding, HeaderMap, HeaderValue},
    },
    web,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::Write,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use storage::Stamp;
use twox_hash::XxHash3_128;

/// How long an answer is kept at most: some depend on the time of day, if on nothing else.
const LIFE: Duration = Duration::from_secs(10);
/// A shorter body does not become shorter by compression.
const WORTH_COMPRESSING: usize = 1_024;

/// What a handler answers, to be kept.
pub struct Draft {
    /// The format.
    pub format: Format,
    /// The document.
    pub body: Vec<u8>,
    /// A hash by which it differs from what it was before; `None`: that of the document.
    pub hash: Option<u128>,
    /// When what it tells was last changed, if that is known.
    pub last_modified: Option<DateTime<Utc>>,
    /// `Link`.
    pub link: Option<String>,
    /// Taken before anything was read.
    pub stamp: Stamp,
}

/// An answer of 200 with everything that makes it fit for a request: its entity tag, its times, and
/// once it was asked for, its compressed form.
pub struct Answer {
    content_type: &'static str,
    body: Bytes,
    compressed: OnceLock<Bytes>,
    is_compressing: AtomicBool,
    tag: String,
    last_modified: Option<DateTime<Utc>>,
    link: Option<HeaderValue>,
    cache_control: HeaderValue,
    stamp: Stamp,
    kept_until: Instant,
    /// By which it is counted.
    pub route: Option<RouteName>,
}

impl Answer {
    /// The entity tag is made from the body, or from hashes of its parts, so it is right whatever
    /// changed, and the same on every server; it is weak, because a compressed body is still the same
    /// document.
    ///
    /// # Errors
    /// Never, but for a fault of ours: when a link is no text of a header.
    pub fn new(
        http_request: &HttpRequest,
        draft: Draft,
        cache_control: HeaderValue,
    ) -> Result<Self, ApiError> {
        let Draft {
            format,
            body,
            hash,
            last_modified,
            link,
            stamp,
        } = draft;
        let link = link.map(HeaderValue::try_from).transpose();
        Ok(Self {
            content_type: format.content_type(),
            tag: format!(
                "W/\"{:032x}\"",
                hash.unwrap_or_else(|| XxHash3_128::oneshot(&body))
            ),
            body: body.into(),
            compressed: OnceLock::new(),
            is_compressing: AtomicBool::new(false),
            // A source may have told a time to come, but no answer was modified after it was sent:
            // <https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.1>
            last_modified: last_modified
                .map(|at| at.min(Utc::now()))
                // The library that writes it knows no earlier time; nobody has to be told.
                .filter(|at| *at >= DateTime::UNIX_EPOCH),
            link: link.map_err(ApiError::internal)?,
            cache_control,
            stamp,
            kept_until: Instant::now() + LIFE,
            route: http_request.app_data::<RouteName>().cloned(),
        })
    }

    /// Bytes that it takes, about.
    pub fn weight(&self) -> u64 {
        // The compressed form is about a sixth.
        (self.body.len() + self.body.len() / 6 + 500) as u64
    }

    /// Whether it is still true.
    pub fn is_current(&self) -> bool {
        self.stamp.is_current() && Instant::now() < self.kept_until
    }

    /// The response to a request: the document, or 304 when the client has it already.
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2>
    pub fn respond(&self, http_request: &impl HttpMessage) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CONTENT_TYPE, self.content_type));
        response.insert_header((header::CACHE_CONTROL, self.cache_control.clone()));
        response.insert_header((header::VARY, "accept-encoding"));
        response.insert_header((header::ETAG, &self.tag[..]));
        if let Some(at) = self.last_modified {
            response.insert_header((
                header::LAST_MODIFIED,
                header::HttpDate::from(SystemTime::from(at)),
            ));
        }
        if let Some(link) = &self.link {
            response.insert_header((header::LINK, link.clone()));
        }
        if self.is_known(http_request.headers()) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        match self.compressed.get() {
            Some(compressed) if accepts_gzip(http_request) => {
                response.insert_header((header::CONTENT_ENCODING, "gzip"));
                response.body(compressed.clone())
            }
            _ => response.body(self.body.clone()),
        }
    }

    /// Makes the compressed form, for those who ask next, if this one would have had a use for it.
    pub fn compress_soon(self: &Arc<Self>, http_request: &impl HttpMessage) {
        if self.body.len() < WORTH_COMPRESSING
            || self.compressed.get().is_some()
            || !accepts_gzip(http_request)
            || self.is_compressing.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let this = self.clone();
        actix_web::rt::spawn(web::block(move || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            let compressed = encoder
                .write_all(&this.body)
                .and_then(|()| encoder.finish());
            if let Ok(compressed) = compressed {
                let _ = this.compressed.set(compressed.into());
            }
        }));
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let values = |name| {
            let sent = headers.get_all(name);
            let sent: Vec<&str> = sent.filter_map(|value| value.to_str().ok()).collect();
            sent.join(",")
        };
        if headers.contains_key(header::IF_NONE_MATCH) {
            let known = values(header::IF_NONE_MATCH);
            let opaque = self.tag.trim_start_matches("W/");
            return known
                .split(',')
                .map(str::trim)
                .any(|one| one == "*" || one.trim_start_matches("W/") == opaque);
        }
        let Some(last_modified) = self.last_modified else {
            return false;
        };
        headers.contains_key(header::IF_MODIFIED_SINCE)
            && values(header::IF_MODIFIED_SINCE)
                .parse::<header::HttpDate>()
                .is_ok_and(|since| {
                    let since = DateTime::<Utc>::from(SystemTime::from(since));
                    last_modified.timestamp() <= since.timestamp()
                })
    }
}

/// Whether a client takes gzip; one that would rather have another coding gets this one.
fn accepts_gzip(http_request: &impl HttpMessage) -> bool {
    if !http_request.headers().contains_key(header::ACCEPT_ENCODING) {
        return false;
    }
    let ours = [Encoding::gzip(), Encoding::identity()];
    let accepted = http_request.get_header::<AcceptEncoding>();
    accepted.and_then(|accepted| accepted.negotiate(ours.iter())) == Some(Encoding::gzip())
}

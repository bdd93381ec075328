//! Asking politely: one request at a time, with pauses, and patience when the server asks for it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    thread,
    time::{Duration, Instant},
};
use ureq::{Agent, http::Response, tls::TlsConfig};

/// What one answer may hold at most, in bytes.
const LARGEST_ANSWER: u64 = 64 << 20;
/// How often a 429, or a 503 that names a time, is waited for.
const PATIENCE: u32 = 3;
/// How long at most each time; who asks for more gets no second request.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What RFC 3986 leaves as it is, and the comma of lists.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',');

/// Text as it stands in an address or a form.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

/// Pairs as they stand in a query or a form.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The form of a POST, encoded.
    pub form: Option<String>,
}

impl Asked {
    /// A GET.
    pub fn get(url: String) -> Self {
        Self {
            method: "GET",
            url,
            form: None,
        }
    }
}

/// What came.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header Content-Type, empty when there is none.
    pub content_type: String,
    /// The header Access-Control-Allow-Origin.
    pub allowed_origin: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// A request with its answer, or why there is none.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked.
    pub asked: Asked,
    /// What came.
    pub outcome: Result<Answer, String>,
}

impl Exchange {
    /// The HTTP status; nothing when there was no answer.
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|answer| answer.status)
    }

    /// Whether it was answered, and with none of the server's own failures.
    pub fn is_sound(&self) -> bool {
        self.status().is_some_and(|status| status < 500)
    }
}

/// An HTTP client that takes its time.
pub struct Client {
    agent: Agent,
    pace: Duration,
    last: Option<Instant>,
}

impl Client {
    /// A client that waits `pace` between requests and `timeout` for each.
    pub fn new(timeout: Duration, pace: Duration) -> Self {
        // Named, because the whole program has one library for cryptography and no default among two.
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider.into())
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .max_redirects(5)
            .user_agent(concat!("georeport-conformance/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Self {
            agent,
            pace,
            last: None,
        }
    }

    /// Sends it; `compressed` says whether the answer may be.
    pub fn send(&mut self, asked: Asked, compressed: bool) -> Exchange {
        for _ in 0..PATIENCE {
            let (outcome, wait) = self.attempt(&asked, compressed);
            match wait {
                Some(wait) if wait <= LONGEST_WAIT => thread::sleep(wait),
                _ => return Exchange { asked, outcome },
            }
        }
        let (outcome, _) = self.attempt(&asked, compressed);
        Exchange { asked, outcome }
    }

    /// One try, and how long to wait before another, if the server asks for that.
    fn attempt(
        &mut self,
        asked: &Asked,
        compressed: bool,
    ) -> (Result<Answer, String>, Option<Duration>) {
        if let Some(last) = self.last {
            thread::sleep(self.pace.saturating_sub(last.elapsed()));
        }
        let coding = if compressed { "gzip" } else { "identity" };
        let sent = match &asked.form {
            None => self
                .agent
                .get(&asked.url)
                .header("accept-encoding", coding)
                .call(),
            Some(form) => self
                .agent
                .post(&asked.url)
                // A POST that follows a redirect turns into a GET, or files twice.
                .config()
                .max_redirects(0)
                .build()
                .header("accept-encoding", coding)
                .header(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                )
                .send(form),
        };
        self.last = Some(Instant::now());
        match sent {
            Err(fault) => (Err(fault.to_string()), None),
            Ok(mut response) => {
                let wait = wait_asked_for(&response);
                let body = response
                    .body_mut()
                    .with_config()
                    .limit(LARGEST_ANSWER)
                    .read_to_vec();
                let answer = body.map_err(|fault| fault.to_string()).map(|body| Answer {
                    status: response.status().as_u16(),
                    content_type: header(&response, "content-type")
                        .unwrap_or_default()
                        .to_owned(),
                    allowed_origin: header(&response, "access-control-allow-origin")
                        .map(str::to_owned),
                    body,
                });
                (answer, wait)
            }
        }
    }
}

fn header<'a, T>(response: &'a Response<T>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// `Retry-After` of a 429 or 503, in seconds; a 429 without it means "a little later".
fn wait_asked_for<T>(response: &Response<T>) -> Option<Duration> {
    let named = || header(response, "retry-after")?.trim().parse().ok();
    match response.status().as_u16() {
        429 => Some(Duration::from_secs(named().unwrap_or(5))),
        503 => named().map(Duration::from_secs),
        _ => None,
    }
}

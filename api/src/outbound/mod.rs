//! The one HTTP client for everything that leaves this server: webhooks, other Open311 servers, key
//! sets of identity providers.
//!
//! It calls nothing that the [guard](guard) refuses, follows no redirect, knows no proxy (the
//! variables `HTTP_PROXY` and the like are not read), and ends within its deadline and its limit of
//! size. reqwest is not used because its resolver does not see the port of the address it judges.

mod config;
mod connect;
mod error;
mod guard;
#[cfg(test)]
mod tests;

pub use config::{OutboundArgs, OutboundConfig};
pub use error::OutboundError;
pub use guard::Refusal;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use bytes::{Bytes, BytesMut};
use connect::{DialError, Dialer};
use guard::Guard;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::{Body, Incoming},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore};
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::Instant;

/// What an answer's body may hold unless said otherwise, in bytes: enough for any acknowledgement.
pub const ANSWER_BYTES: usize = 64 << 10;
/// The same for a page of service requests of another server.
pub const LARGE_ANSWER_BYTES: usize = 16 << 20;
/// How long a request may take unless said otherwise, from the name to the last byte of the answer.
/// Standard Webhooks asks for 15 to 30 s.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Head of an answer, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// How long a connection is kept for the next request to the same place.
const IDLE: Duration = Duration::from_secs(30);
/// How many of them.
const MOST_IDLE: usize = 4;

/// What is to be sent.
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// Where to; the guard judges it.
    pub url: String,
    /// The headers. `Host`, `Content-Length` and, unless it is here, `User-Agent` are added.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What the answer's body may hold, in bytes.
    pub max_answer_bytes: usize,
    /// How long all of it may take.
    pub deadline: Duration,
}

impl OutboundRequest {
    /// An empty request with the limits [`ANSWER_BYTES`] and [`DEADLINE`].
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            max_answer_bytes: ANSWER_BYTES,
            deadline: DEADLINE,
        }
    }
}

/// Secrets stand in queries, headers and bodies, so none of them is shown.
impl fmt::Debug for OutboundRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("OutboundRequest")
            .field("method", &self.method)
            .field("url", &shown(&self.url))
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A URL without what may be secret: user, query and fragment.
pub fn shown(url: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else {
        return "(no URL)".to_owned();
    };
    url.set_query(None);
    url.set_fragment(None);
    // A URL that can have no user has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// What came.
#[derive(Clone)]
pub struct OutboundAnswer {
    /// The HTTP status. A redirect is an answer like any other.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl fmt::Debug for OutboundAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundAnswer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The client. Clones share its connections.
#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<Dialer>, Full<Bytes>>,
    dialer: Dialer,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("dialer", &self.dialer)
            .finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client that calls what the configuration lets it. Who it speaks to over TLS must be vouched
    /// for by the system's certificates (`SSL_CERT_FILE` names others), or by Mozilla's where the
    /// system has none.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: &OutboundConfig) -> Result<Self, rustls::Error> {
        Self::with_resolver(config.guard.clone(), connect::system())
    }

    fn with_resolver(guard: Guard, resolve: Arc<connect::Resolve>) -> Result<Self, rustls::Error> {
        let dialer = Dialer {
            guard: Arc::new(guard),
            resolve,
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(dialer.clone());
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .http1_max_buf_size(HEAD_BYTES)
            .build(connector);
        Ok(Self { client, dialer })
    }

    /// Whether something may be sent to this URL, for whoever enters one: its form, and every
    /// address that its name has now. A name that nobody knows yet may be entered; it is judged
    /// again with every request.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, url: &str) -> Result<(), Refusal> {
        let url = self.dialer.guard.url(url)?;
        let host = url.host_str().ok_or(Refusal::NotAnAddress)?;
        let port = url.port_or_known_default().unwrap_or(0);
        let looked_up = self.dialer.addresses(host, port);
        match tokio::time::timeout(Duration::from_secs(3), looked_up).await {
            Ok(Err(DialError::Refused(refusal))) => Err(refusal),
            Ok(Ok(_) | Err(DialError::Unreachable(_))) | Err(_) => Ok(()),
        }
    }

    /// Sends it and waits for the whole answer, whatever its status is.
    ///
    /// # Errors
    /// Why there is no whole answer; [`OutboundError::may_have_arrived`] tells whether to fear that
    /// the request was acted upon.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundAnswer, OutboundError> {
        let until = Instant::now() + request.deadline;
        let max_answer_bytes = request.max_answer_bytes;
        let request = self.prepare(request)?;
        let response = tokio::time::timeout_at(until, self.client.request(request))
            .await
            .map_err(|_elapsed| OutboundError::Timeout { status: None })?
            .map_err(|error| OutboundError::of(&error))?;
        let status = response.status().as_u16();
        let (head, body) = response.into_parts();
        let body = tokio::time::timeout_at(until, collect(body, status, max_answer_bytes))
            .await
            .map_err(|_elapsed| OutboundError::Timeout {
                status: Some(status),
            })??;
        Ok(OutboundAnswer {
            status,
            headers: head.headers,
            body,
        })
    }

    fn prepare(&self, request: OutboundRequest) -> Result<Request<Full<Bytes>>, OutboundError> {
        let mut url = self.dialer.guard.url(&request.url)?;
        url.set_fragment(None);
        let uri: hyper::Uri = url
            .as_str()
            .parse()
            .map_err(|_unparsable| Refusal::NotAnAddress)?;
        let mut prepared = Request::new(Full::new(request.body));
        *prepared.method_mut() = request.method;
        *prepared.uri_mut() = uri;
        *prepared.headers_mut() = request.headers;
        prepared
            .headers_mut()
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!(
                "georeport/",
                env!("CARGO_PKG_VERSION")
            )));
        Ok(prepared)
    }
}

async fn collect(mut body: Incoming, status: u16, most: usize) -> Result<Bytes, OutboundError> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > most {
        return Err(OutboundError::TooLarge { status });
    }
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_broken| OutboundError::Broken {
            status: Some(status),
        })?;
        if let Ok(data) = frame.into_data() {
            if collected.len() + data.len() > most {
                return Err(OutboundError::TooLarge { status });
            }
            collected.extend_from_slice(&data);
        }
    }
    Ok(collected.freeze())
}

/// TLS 1.2 and 1.3 as rustls has them, with aws-lc-rs.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

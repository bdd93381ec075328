//! Dialling. The address that the guard has judged is the one that is dialled; there is no second
//! look at DNS between the two, so a name that answers differently each time gains nothing.

use super::guard::{Guard, Refusal};
use hyper::Uri;
use hyper_util::rt::TokioIo;
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

/// How long one of several addresses may take before the next is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many addresses of a name are tried.
const MOST_ADDRESSES: usize = 8;

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum DialError {
    /// The guard forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody is there.
    #[error("{0}")]
    Unreachable(io::ErrorKind),
}

impl From<io::Error> for DialError {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error.kind())
    }
}

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What knows the addresses of a name.
pub type Resolve = dyn Fn(String) -> Pending<io::Result<Vec<IpAddr>>> + Send + Sync;

/// The resolver of the system.
pub fn system() -> Arc<Resolve> {
    Arc::new(|host| {
        Box::pin(async move {
            let found = lookup_host((host, 0)).await;
            // The system has no kind for a name that it does not find.
            let found = found.map_err(|_unknown| io::ErrorKind::NotFound)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Connects to what the guard lets pass.
#[derive(Clone)]
pub struct Dialer {
    /// Judges.
    pub guard: Arc<Guard>,
    /// Knows names.
    pub resolve: Arc<Resolve>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer")
            .field("guard", &self.guard)
            .finish()
    }
}

impl Dialer {
    /// The addresses of the host that may be dialled, in the resolver's order.
    ///
    /// # Errors
    /// When the name is unknown, or none of its addresses may be.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let found = match literal.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_a_name) => (self.resolve)(host.to_owned()).await?,
        };
        let mut refused = None;
        let mut good = Vec::new();
        for address in found {
            let address = SocketAddr::new(address, port);
            match self.guard.address(host, address) {
                Ok(()) => good.push(address),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match (good.is_empty(), refused) {
            (false, _) => Ok(good),
            (true, Some(refusal)) => Err(refusal.into()),
            (true, None) => Err(DialError::Unreachable(io::ErrorKind::NotFound)),
        }
    }

    async fn dial(&self, uri: &Uri) -> Result<TokioIo<TcpStream>, DialError> {
        let host = uri.host().ok_or(Refusal::NotAnAddress)?;
        let default = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let addresses = self
            .addresses(host, uri.port_u16().unwrap_or(default))
            .await?;
        let mut failure = io::ErrorKind::NotFound;
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(TokioIo::new(stream));
                }
                Ok(Err(error)) => failure = error.kind(),
                Err(_elapsed) => failure = io::ErrorKind::TimedOut,
            }
        }
        Err(DialError::Unreachable(failure))
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Pending<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialer = self.clone();
        Box::pin(async move { dialer.dial(&uri).await })
    }
}

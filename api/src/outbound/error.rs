//! Why there is no answer.

use super::{connect::DialError, guard::Refusal};
use std::{error::Error, io};
use thiserror::Error;

/// Why there is no answer, or no whole one. Nothing of what was sent or answered is part of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutboundError {
    /// The guard forbids it; nothing was sent.
    #[error("the address {0}")]
    Refused(#[from] Refusal),
    /// There is nobody: no such name, no connection; nothing was sent.
    #[error("it cannot be reached: {}", reason(*.0))]
    Unreachable(io::ErrorKind),
    /// It is not who it should be, or speaks no TLS of ours; nothing was sent.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// The deadline is over. The request may have been acted upon.
    #[error("it did not answer in time")]
    Timeout {
        /// The status, if at least that came in time.
        status: Option<u16>,
    },
    /// The answer's body is longer than it may be. The request was answered.
    #[error("its answer is too long")]
    TooLarge {
        /// The status.
        status: u16,
    },
    /// The connection ended early, or what came was not HTTP. The request may have been acted upon.
    #[error("it broke the connection off, or does not speak HTTP")]
    Broken {
        /// The status, if at least that came.
        status: Option<u16>,
    },
}

impl OutboundError {
    /// Whether the other side may have got the request and acted upon it.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unreachable(_) | Self::Tls(_) => false,
            Self::Timeout { .. } | Self::TooLarge { .. } | Self::Broken { .. } => true,
        }
    }

    /// The status of the answer, if that much of it came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Timeout { status } | Self::Broken { status } => *status,
            Self::TooLarge { status } => Some(*status),
            Self::Refused(_) | Self::Unreachable(_) | Self::Tls(_) => None,
        }
    }

    /// What the client says of a request without an answer.
    pub(super) fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let mut kind = io::ErrorKind::Other;
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(cause) = next {
            if let Some(dial) = cause.downcast_ref::<DialError>() {
                return match dial {
                    DialError::Refused(refusal) => Self::Refused(*refusal),
                    DialError::Unreachable(kind) => Self::Unreachable(*kind),
                };
            }
            if let Some(io) = cause.downcast_ref::<io::Error>() {
                kind = io.kind();
                if let Some(tls) = tls_error(io) {
                    return Self::Tls(tls.to_string());
                }
            }
            next = cause.source();
        }
        if error.is_connect() {
            Self::Unreachable(kind)
        } else {
            Self::Broken { status: None }
        }
    }
}

/// What an error of a connection wraps, at any depth; `source` skips it.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner
        .downcast_ref::<rustls::Error>()
        .or_else(|| tls_error(inner.downcast_ref::<io::Error>()?))
}

fn reason(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "its name is not known".to_owned(),
        other => other.to_string(),
    }
}

//! The way that a service request has come from server to server, so that it does not come back.
//!
//! Sent as the header `GeoReport-Hops: <server>/<jurisdiction_id>/<service_request_id>, …`, the
//! origin first, each part percent-encoded: <https://www.rfc-editor.org/rfc/rfc3986#section-2.1>.

use crate::{Violation, text::MAX_CODE};
use std::fmt;

/// The header that carries the hops.
pub const HOPS_HEADER: &str = "GeoReport-Hops";

/// No honest way is longer: a city, its county, its state and their contractors.
const MAX_HOPS: usize = 16;

/// One server on the way, with what the service request is called there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Which server: random, made once.
    pub server_id: String,
    /// In which of its jurisdictions.
    pub jurisdiction_id: String,
    /// Under which id.
    pub service_request_id: String,
}

/// The servers that a service request has come through, its origin first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hops(Vec<Hop>);

impl Hops {
    /// The hops of a header's value; an empty one has none.
    ///
    /// # Errors
    /// When it is something else, or longer than any honest way.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let parts = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let hops: Option<Vec<Hop>> = parts.take(MAX_HOPS + 1).map(hop).collect();
        let hops = hops.ok_or_else(|| {
            let problem = "is not a list of server/jurisdiction_id/service_request_id";
            Violation::new(HOPS_HEADER, problem)
        })?;
        if hops.len() > MAX_HOPS {
            let problem = format!("names more than {MAX_HOPS} servers");
            return Err(Violation::new(HOPS_HEADER, problem));
        }
        Ok(Self(hops))
    }

    /// Whether the service request was here before. The same server may pass it from one of its
    /// jurisdictions to another.
    pub fn contain(&self, server_id: &str, jurisdiction_id: &str) -> bool {
        let is_here =
            |hop: &Hop| hop.server_id == server_id && hop.jurisdiction_id == jurisdiction_id;
        self.0.iter().any(is_here)
    }

    /// The way with one more server at its end.
    #[must_use]
    pub fn and(mut self, hop: Hop) -> Self {
        self.0.push(hop);
        self
    }

    /// Where the service request was filed first, if it was not here.
    pub fn origin(&self) -> Option<&Hop> {
        self.0.first()
    }

    /// Whether the service request was filed here.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As the header has it.
impl fmt::Display for Hops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, hop) in self.0.iter().enumerate() {
            let Hop {
                server_id,
                jurisdiction_id,
                service_request_id,
            } = hop;
            let between = if at > 0 { ", " } else { "" };
            let [server, jurisdiction, id] =
                [server_id, jurisdiction_id, service_request_id].map(|part| encoded(part));
            write!(f, "{between}{server}/{jurisdiction}/{id}")?;
        }
        Ok(())
    }
}

fn hop(text: &str) -> Option<Hop> {
    let mut parts = text.split('/').map(decoded);
    let hop = Hop {
        server_id: parts.next()??,
        jurisdiction_id: parts.next()??,
        service_request_id: parts.next()??,
    };
    parts.next().is_none().then_some(hop)
}

fn encoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// `None`: it is empty, too long, holds a character that was to be encoded, or is not UTF-8.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                bytes.push(u8::try_from(value).ok()?);
            }
            b'-' | b'.' | b'_' | b'~' => bytes.push(byte),
            _ if byte.is_ascii_alphanumeric() => bytes.push(byte),
            _ => return None,
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let fits = (1..=MAX_CODE).contains(&text.chars().count()) && !text.contains(char::is_control);
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way() -> Hops {
        let hop = |server: &str, city: &str, id: &str| Hop {
            server_id: server.into(),
            jurisdiction_id: city.into(),
            service_request_id: id.into(),
        };
        Hops::default()
            .and(hop("a1", "boston.gov", "24-1, ü/x"))
            .and(hop("b2", "county", "7"))
    }

    #[test]
    fn a_way_comes_back_from_its_header() {
        let header = way().to_string();
        assert_eq!(header, "a1/boston.gov/24-1%2C%20%C3%BC%2Fx, b2/county/7");
        assert_eq!(Hops::parse(&header), Ok(way()));
        assert_eq!(Hops::parse(" "), Ok(Hops::default()));
        assert_eq!(way().origin().unwrap().server_id, "a1");
    }

    #[test]
    fn a_service_request_was_here_when_server_and_jurisdiction_are_ours() {
        assert!(way().contain("a1", "boston.gov"));
        assert!(!way().contain("a1", "county"));
        assert!(!way().contain("b2", "boston.gov"));
    }

    #[test]
    fn what_is_no_way_is_refused_as_a_whole() {
        for text in [
            "a", "a/b", "a/b/c/d", "a/b/", "a/b/%zz", "a/b/%", "a/ü/c", "a/b/%00", "a/b/%FF",
        ] {
            assert!(Hops::parse(text).is_err(), "{text}");
        }
        let long = format!("a/b/{}", "x".repeat(101));
        assert!(Hops::parse(&long).is_err());
        assert!(Hops::parse(&"a/b/c,".repeat(16)).is_ok());
        assert!(Hops::parse(&"a/b/c,".repeat(17)).is_err());
        assert!(Hops::parse(&"a/b/c,".repeat(1_000_000)).is_err());
    }
}

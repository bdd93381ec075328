//! Another GeoReport endpoint, as an operator describes it: where it is, in which dialect it is
//! spoken to, and what may be told to it.

mod dialect;
mod field;

pub use dialect::{AttributeStyle, DateStyle, Dialect, KeyPlace};
pub use field::Field;

use crate::{
    Violation, Violations,
    text::{MAX_CODE, MAX_LINE, MAX_URL, line},
};
use std::fmt;

/// An endpoint that service requests are forwarded to or mirrored from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// What it is called here, and in everything that is said of it: not a secret.
    pub name: RemoteName,
    /// Its base path without a slash at the end, such as `https://311.example.org/open311/v2`.
    pub base_url: String,
    /// What it is told as `jurisdiction_id`; `None`: nothing, it serves one jurisdiction.
    pub jurisdiction_id: Option<String>,
    /// The key that it gave us; `None`: it wants none.
    pub api_key: Option<RemoteKey>,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// What may be told to it, see [`Field`].
    pub fields: Vec<Field>,
}

impl Remote {
    /// A remote from what an operator wrote; `dialect` holds names and values of [`Dialect::parse`].
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(
        name: &str,
        base_url: &str,
        jurisdiction_id: Option<&str>,
        api_key: Option<&str>,
        dialect: &[(String, String)],
        fields: Option<&[String]>,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let name = violations.take(RemoteName::parse(name));
        let base_url = violations.take(endpoint(base_url));
        let mut optional = |argument, text: Option<&str>, max| {
            let text = text.map(str::trim).filter(|text| !text.is_empty())?;
            violations.take(line(argument, text, max))
        };
        let jurisdiction_id = optional("jurisdiction_id", jurisdiction_id, MAX_CODE);
        let api_key = optional("api_key", api_key, MAX_LINE).map(RemoteKey);
        let dialect = Dialect::parse(dialect).map_err(|faults| violations.0.extend(faults.0));
        let fields = match fields {
            None => Field::PUBLIC.to_vec(),
            Some(words) => words
                .iter()
                .filter_map(|word| violations.take(Field::parse(word)))
                .collect(),
        };
        match (name, base_url, dialect) {
            (Some(name), Some(base_url), Ok(dialect)) if violations.0.is_empty() => Ok(Self {
                name,
                base_url,
                jurisdiction_id,
                api_key,
                dialect,
                fields,
            }),
            _ => Err(violations),
        }
    }

    /// Whether that address is at the same host as this remote, spoken to in the same way: scheme,
    /// host and port (the origin of RFC 6454). What only looks different is another one, because a key
    /// that was given for one must not reach another.
    pub fn is_at(&self, base_url: &str) -> bool {
        origin(&self.base_url) == origin(base_url)
    }

    /// Whether this may be told to it.
    pub fn may_know(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }
}

/// What a remote is called: letters, digits, `.`, `-` and `_`, so that it can stand in a path and in
/// a principal (`remote:salem`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteName(String);

impl RemoteName {
    /// The name as written, without surrounding blanks.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters or holds anything else.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Violation::missing("name"));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.len() > MAX_CODE || !name.chars().all(fits) {
            let problem = "may hold letters, digits, '.', '-' and '_' only, at most 100 of them";
            return Err(Violation::new("name", problem));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret that another endpoint gave us. It has no readable `Debug`, so that it cannot slip into a
/// log line.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteKey(String);

impl RemoteKey {
    /// The key as it is sent.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RemoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteKey(redacted)")
    }
}

/// The base path of an endpoint: `http` or `https`, a host, no user, no query.
fn endpoint(text: &str) -> Result<String, Violation> {
    let url = line("base_url", text.trim().trim_end_matches('/'), MAX_URL)?;
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "?#\\<>\"".contains(c);
    if host.is_empty() || host.contains('@') || rest.contains(odd) {
        return Err(Violation::new(
            "base_url",
            "is not an http or https address without user and query, such as https://311.example.org/open311/v2",
        ));
    }
    Ok(url)
}

/// Scheme, host and port.
fn origin(base_url: &str) -> (String, String) {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("", base_url));
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split('/').next().unwrap_or_default();
    let authority = authority.to_ascii_lowercase();
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let host = authority.strip_suffix(usual).unwrap_or(&authority);
    (scheme, host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, url: &str) -> Result<Remote, Violations> {
        Remote::parse(name, url, None, Some("secret"), &[], None)
    }

    #[test]
    fn a_remote_is_told_no_personal_data_unless_somebody_says_so() {
        let remote = parse("salem", "https://salem.example/open311/v2/").unwrap();
        assert_eq!(remote.base_url, "https://salem.example/open311/v2");
        assert!(remote.may_know(Field::Description) && remote.may_know(Field::Position));
        for personal in Field::PERSONAL {
            assert!(!remote.may_know(personal), "{personal:?}");
        }
    }

    #[test]
    fn another_scheme_host_or_port_is_another_place_and_another_path_is_not() {
        let remote = parse("salem", "https://salem.example/open311/v2").unwrap();
        for same in [
            "https://salem.example",
            "https://Salem.Example:443/v3",
            "https://salem.example/open311/v2",
        ] {
            assert!(remote.is_at(same), "{same}");
        }
        for other in [
            "http://salem.example/open311/v2",
            "https://salem.example:8443/open311/v2",
            "https://salem.example:80/open311/v2",
            "https://salem.example.evil.example/open311/v2",
            "https://evil.example/salem.example/open311/v2",
        ] {
            assert!(!remote.is_at(other), "{other}");
        }
    }

    #[test]
    fn the_key_is_not_told_by_debug() {
        let remote = parse("salem", "http://salem.example").unwrap();
        assert!(!format!("{remote:?}").contains("secret"));
        assert_eq!(remote.api_key.unwrap().reveal(), "secret");
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let dialect = [("attributes".to_owned(), "shouting".to_owned())];
        let fields = ["passport".to_owned()];
        let faults = Remote::parse("a b", "ftp://x", None, None, &dialect, Some(&fields));
        let faults = faults.unwrap_err();
        let named: Vec<&str> = faults.0.iter().map(|one| one.argument.as_str()).collect();
        assert_eq!(named, ["name", "base_url", "attributes", "fields"]);
    }

    #[test]
    fn an_address_with_a_user_or_a_query_is_no_endpoint() {
        for url in [
            "",
            "https://",
            "https:///open311",
            "https://me:secret@host/x",
            "https://host/x?key=1",
            "https://host/x#y",
            "https://ho st/",
            "//host",
        ] {
            assert!(endpoint(url).is_err(), "{url}");
        }
    }
}

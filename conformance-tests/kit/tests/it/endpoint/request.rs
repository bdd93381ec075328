//! What was asked: the method of the standard, the format and the arguments.

use percent_encoding::percent_decode_str;

use super::document::Format;

/// Where the methods live; Service Discovery lives there too.
pub const BASE: &str = "/open311/v2";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    Discovery,
    ServiceList,
    ServiceDefinition(String),
    ServiceRequests,
    ServiceRequest(String),
    Token(String),
    PostServiceRequest,
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub format: Format,
    /// Of the query string and of the form.
    pub arguments: Arguments,
    /// As it came, for who looks at how arguments are written.
    pub form: String,
    pub accepts_gzip: bool,
}

impl Request {
    /// `target` is path and query as they stand in the first line of the request.
    pub fn new(verb: &str, target: &str, form: String, accepts_gzip: bool) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, suffix) = path.rsplit_once('.').unwrap_or((path, ""));
        let format = match suffix {
            "json" => Format::Json,
            _ => Format::Xml,
        };
        let method = match suffix {
            "xml" | "json" => method(verb, path),
            _ => Method::Unknown,
        };
        let mut arguments = Arguments::parse(query);
        arguments.0.extend(Arguments::parse(&form).0);
        Self {
            method,
            format,
            arguments,
            form,
            accepts_gzip,
        }
    }

    /// The same request with another argument.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.arguments.set(name, value);
        other
    }
}

fn method(verb: &str, path: &str) -> Method {
    let path = path.strip_prefix(BASE).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    match (verb, parts.as_slice()) {
        ("POST", ["requests"]) => Method::PostServiceRequest,
        ("GET" | "HEAD", ["discovery"]) => Method::Discovery,
        ("GET" | "HEAD", ["services"]) => Method::ServiceList,
        ("GET" | "HEAD", ["services", code]) => Method::ServiceDefinition(decoded(code)),
        ("GET" | "HEAD", ["requests"]) => Method::ServiceRequests,
        ("GET" | "HEAD", ["requests", id]) => Method::ServiceRequest(decoded(id)),
        ("GET" | "HEAD", ["tokens", token]) => Method::Token(decoded(token)),
        _ => Method::Unknown,
    }
}

/// Names and values in the order of the request.
#[derive(Clone, Debug, Default)]
pub struct Arguments(pub Vec<(String, String)>);

impl Arguments {
    fn parse(text: &str) -> Self {
        let decoded = |part: &str| {
            let part = part.replace('+', " ");
            percent_decode_str(&part).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(
            pairs
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// The first value; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values that are not empty.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(other, _)| other == name);
        named
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The values of an argument that takes several, comma delimited.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let values = self.all(name).flat_map(|value| value.split(','));
        values
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Whether it was passed, if empty.
    pub fn has_empty(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|(other, value)| other == name && value.is_empty())
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| other != name);
    }
}

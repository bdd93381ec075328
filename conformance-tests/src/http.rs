//! Requests: URLs with queries, forms, multipart bodies.

use std::sync::OnceLock;
use std::time::Duration;

use ureq::Agent;

use crate::answer::Answer;
use crate::documented;

/// One HTTP request, not sent yet.
#[derive(Clone, Debug)]
pub struct Call {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// A request without headers and body. `url` is sent as it is.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds percent-encoded parameters to the query of the URL.
    #[must_use]
    pub fn query(self, parameters: &Form) -> Self {
        self.raw_query(&parameters.encoded())
    }

    /// Adds parameters, encoded by the caller, to the query of the URL.
    #[must_use]
    pub fn raw_query(mut self, query: &str) -> Self {
        if !query.is_empty() {
            self.url
                .push(if self.url.contains('?') { '&' } else { '?' });
            self.url.push_str(query);
        }
        self
    }

    /// Sets the body and its type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Sets an urlencoded body.
    #[must_use]
    pub fn form(self, form: &Form) -> Self {
        self.raw_form(&form.encoded())
    }

    /// Sets an urlencoded body that the caller encoded.
    #[must_use]
    pub fn raw_form(self, encoded: &str) -> Self {
        self.body("application/x-www-form-urlencoded; charset=utf-8", encoded)
    }

    /// Sets a multipart body.
    #[must_use]
    pub fn multipart(self, multipart: &Multipart) -> Self {
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.body(&content_type, multipart.encoded())
    }

    /// Sends the request; no answer at all is a failed test.
    #[track_caller]
    pub fn send(&self) -> Answer {
        match self.try_send() {
            Ok(answer) => answer,
            Err(error) => panic!("{} {}: no answer: {error}", self.method, self.url),
        }
    }

    /// Sends the request where the server may be gone. An answer of which the OpenAPI document does
    /// not tell is a failed test.
    ///
    /// # Errors
    /// When no complete answer arrived, with the cause in words.
    #[track_caller]
    pub fn try_send(&self) -> Result<Answer, String> {
        let mut builder = ureq::http::Request::builder()
            .method(self.method.as_str())
            .uri(&self.url);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let sent = match &self.body {
            Some(body) => agent().run(builder.body(body.as_slice()).map_err(in_words)?),
            None => agent().run(builder.body(()).map_err(in_words)?),
        };
        let mut response = sent.map_err(in_words)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec();
        let answer = Answer {
            asked: format!("{} {}", self.method, self.url),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.map_err(in_words)?,
        };
        documented::check(&self.method, &self.url, &answer);
        Ok(answer)
    }
}

fn in_words(error: impl std::error::Error) -> String {
    error.to_string()
}

/// Nothing is followed, decoded or refused on the way: the tests see what was sent.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent()
    })
}

/// Names and values in the order in which they are sent; a name may come twice.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form with these fields.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        fields
            .iter()
            .fold(Self::default(), |form, (name, value)| form.and(name, value))
    }

    /// Adds a field at the end.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Takes every field of this name out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(field, _)| field != name);
        self
    }

    /// Sets a field, whatever it was before.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// The first value of this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// `application/x-www-form-urlencoded`, with every byte but the unreserved
    /// ones percent-encoded, brackets too, as browsers do it.
    pub fn encoded(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        pairs.join("&")
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

const BOUNDARY: &str = "a-boundary-that-is-in-no-test-data";

/// A `multipart/form-data` body.
#[derive(Clone, Debug, Default)]
pub struct Multipart(Vec<u8>);

impl Multipart {
    /// The fields of a form as parts.
    pub fn of(form: &Form) -> Self {
        form.0.iter().fold(Self::default(), |parts, (name, value)| {
            parts.text(name, value)
        })
    }

    /// Adds a text field.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.part(&format!("name=\"{name}\""), value.as_bytes())
    }

    /// Adds a file. Its type is what a client claims, not what it is.
    #[must_use]
    pub fn file(self, field: &str, file_name: &str, content_type: &str, bytes: &[u8]) -> Self {
        let disposition =
            format!("name=\"{field}\"; filename=\"{file_name}\"\r\nContent-Type: {content_type}");
        self.part(&disposition, bytes)
    }

    /// Adds a file whose disposition is written by hand.
    #[must_use]
    pub fn raw_file(self, disposition: &str, bytes: &[u8]) -> Self {
        self.part(disposition, bytes)
    }

    fn part(mut self, disposition: &str, bytes: &[u8]) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    fn encoded(&self) -> Vec<u8> {
        [self.0.as_slice(), format!("--{BOUNDARY}--\r\n").as_bytes()].concat()
    }
}

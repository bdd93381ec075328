//! Answers, and what must hold for every one of them.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use ureq::http::HeaderMap;

use crate::endpoint::Format;
use crate::xml::{self, Element};

/// A complete HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Method and URL, for messages.
    pub asked: String,
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// One entry of the standard's errors document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code, as text in both formats.
    pub code: String,
    /// The sentence for the end user.
    pub description: String,
}

impl Answer {
    /// The body as text; UTF-8 is a MUST of the standard.
    #[track_caller]
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("{}: the body is not UTF-8: {error}", self.asked),
        }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, which is compressed. `gzip` is on every Debian; a crate for a few assertions is
    /// not worth its weight.
    #[must_use]
    pub fn gunzipped(&self) -> Vec<u8> {
        let mut gzip = Command::new("gzip");
        let gzip = gzip.arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = gzip.spawn().expect("gzip is installed");
        let mut stdin = child.stdin.take().expect("it was piped");
        let body = self.body.clone();
        let writer = std::thread::spawn(move || stdin.write_all(&body));
        let output = child.wait_with_output().expect("gzip runs");
        let _written = writer.join();
        output.stdout
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}: not JSON ({error}): {}", self.asked, self.shown()),
        }
    }

    /// The body as a list of JSON objects.
    #[track_caller]
    pub fn rows(&self) -> Vec<Value> {
        match self.json() {
            Value::Array(rows) => rows,
            other => panic!("{}: not an array: {other}", self.asked),
        }
    }

    /// The only entry of the JSON list that the body is.
    #[track_caller]
    pub fn row(&self) -> Value {
        let mut rows = self.rows();
        assert_eq!(
            rows.len(),
            1,
            "{}: a list of one expected: {}",
            self.asked,
            self.shown()
        );
        rows.remove(0)
    }

    /// The body as XML.
    #[track_caller]
    pub fn xml(&self) -> Element {
        match xml::parse(self.text()) {
            Ok(root) => root,
            Err(error) => panic!("{}: {error}: {}", self.asked, self.shown()),
        }
    }

    /// Demands this status and hands the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.shown());
        self
    }

    /// Demands the errors document in this format, with this status, whose codes are
    /// the status and whose descriptions are sentences without a word from inside.
    #[track_caller]
    pub fn faults(&self, format: Format, status: u16) -> Vec<Fault> {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.shown());
        assert_eq!(
            self.header("content-type"),
            Some(format.media_type()),
            "{}: an error comes in the format asked for",
            self.asked
        );
        let faults = match format {
            Format::Xml => faults_of_xml(&self.xml()),
            Format::Json => faults_of_json(&self.json()),
        };
        let Some(faults) = faults.filter(|faults| !faults.is_empty()) else {
            panic!("{}: not an errors document: {}", self.asked, self.shown());
        };
        for fault in &faults {
            assert_eq!(fault.code, status.to_string(), "{}: {fault:?}", self.asked);
            assert!(
                !fault.description.trim().is_empty(),
                "{}: {fault:?}",
                self.asked
            );
        }
        self.gives_nothing_away();
        faults
    }

    /// Demands an errors document in which a description begins with `argument`.
    #[track_caller]
    pub fn blames(&self, format: Format, status: u16, argument: &str) {
        let faults = self.faults(format, status);
        assert!(
            faults
                .iter()
                .any(|fault| fault.description.starts_with(argument)),
            "{}: no description begins with {argument}: {faults:?}",
            self.asked
        );
    }

    /// Demands that no word in the body or the headers is about the inside of the server.
    #[track_caller]
    pub fn gives_nothing_away(&self) {
        const INSIDE: [&str; 14] = [
            "panicked",
            "stack backtrace",
            "RUST_BACKTRACE",
            ".rs:",
            "diesel",
            "postgres",
            "SQLSTATE",
            "SELECT ",
            "INSERT ",
            "violates",
            "/home/",
            "/root/",
            "/tmp/",
            "actix",
        ];
        let everything = format!(
            "{:?}\n{}",
            self.headers,
            String::from_utf8_lossy(&self.body)
        );
        for word in INSIDE {
            assert!(
                !everything.contains(word),
                "{}: says {word:?}: {everything}",
                self.asked
            );
        }
    }

    /// The body, shortened for a message.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body)
            .chars()
            .take(600)
            .collect()
    }
}

fn faults_of_xml(root: &Element) -> Option<Vec<Fault>> {
    if root.name != "errors" {
        return None;
    }
    root.children
        .iter()
        .map(|error| {
            let named = error.name == "error";
            named.then(|| Fault {
                code: error.text_of("code"),
                description: error.text_of("description"),
            })
        })
        .collect()
}

fn faults_of_json(value: &Value) -> Option<Vec<Fault>> {
    value
        .as_array()?
        .iter()
        .map(|error| {
            Some(Fault {
                code: error.get("code")?.as_u64()?.to_string(),
                description: error.get("description")?.as_str()?.to_owned(),
            })
        })
        .collect()
}

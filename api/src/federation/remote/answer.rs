//! What came from another endpoint, before anybody believes it.

use super::{
    error::{RemoteError, unreadable},
    faults,
};
use crate::import::{Format, Source, Value};
use bytes::Bytes;
use chrono::TimeDelta;
use std::{io::Cursor, path::Path};

/// What an answer is called where something is wrong with it.
const NAME: &str = "the answer";
/// How long an endpoint may make us wait for no reason: it is cut further where it is used.
const MAX_RETRY_AFTER: i64 = 30 * 86_400;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, if it is a number of seconds.
    pub retry_after: Option<String>,
    /// Whether a `Link` names a next page.
    pub has_next: bool,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body, if the endpoint did what it was asked.
    ///
    /// # Errors
    /// What it says instead; `secrets` are taken out of that.
    pub fn success(self, secrets: &[&str]) -> Result<Bytes, RemoteError> {
        match self.status {
            200..=299 => Ok(self.body),
            status => Err(RemoteError::Refused {
                status,
                note: faults::read(&self.body, secrets),
                wait: self.retry_after.as_deref().and_then(wait),
            }),
        }
    }
}

fn wait(retry_after: &str) -> Option<TimeDelta> {
    let seconds: i64 = retry_after.trim().parse().ok()?;
    let seconds = (0..=MAX_RETRY_AFTER)
        .contains(&seconds)
        .then_some(seconds)?;
    Some(TimeDelta::seconds(seconds))
}

/// The body as a source of records: XML or JSON, whatever was asked for (fms-endpoint answers a POST
/// for JSON in XML). Packed content is not unpacked: nobody asked for it, and it may hold anything.
///
/// # Errors
/// When it is neither.
pub fn source(body: Bytes) -> Result<Source, RemoteError> {
    if body.starts_with(&[0x1f, 0x8b]) {
        return Err(unreadable("is packed, which was not asked for"));
    }
    let size = body.len() as u64;
    let source = Source::new(Path::new(NAME), Cursor::new(body), size).map_err(unreadable)?;
    match source.format() {
        Format::Xml | Format::Json => Ok(source),
        Format::Csv => Err(unreadable("is neither XML nor JSON")),
    }
}

/// The entries of a document that is read as a whole: `lists` is what their container is called,
/// `items` what each is called in XML. `None`: it is another document.
pub fn entries<'a>(document: &'a Value, lists: &[&str], items: &[&str]) -> Option<Vec<&'a Value>> {
    let named = |names: &[&str]| names.iter().find_map(|name| document.get(name));
    match document {
        Value::List(all) => Some(all.iter().collect()),
        Value::Null | Value::Text(_) => None,
        Value::Object(_) => {
            if let Some(list) = named(lists) {
                return Some(match list {
                    Value::List(all) => all.iter().collect(),
                    Value::Object(_) => items
                        .iter()
                        .flat_map(|item| list.items(item))
                        .flat_map(one_or_more)
                        .collect(),
                    Value::Null | Value::Text(_) => Vec::new(),
                });
            }
            named(items).map(one_or_more)
        }
    }
}

/// An array where JSON was made of XML with several children of one name.
fn one_or_more(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(all) => all.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_xml_and_json_are_read() {
        let read = |bytes: &'static [u8]| source(Bytes::from_static(bytes)).map(|_| ());
        assert!(read(b" <a/>").is_ok() && read(b"\xef\xbb\xbf[]").is_ok());
        for odd in [
            &b""[..],
            b"\x1f\x8b\x08\0",
            b"a,b\n1,2",
            b"\xff\xfe<\0a\0",
            b"null",
        ] {
            assert!(read(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn seconds_to_wait_are_read_and_dates_and_jokes_are_not() {
        let seconds = |text| wait(text).map(|wait| wait.num_seconds());
        assert_eq!(seconds(" 120 "), Some(120));
        for odd in [
            "-1",
            "soon",
            "99999999999999999999",
            "Fri, 31 Dec 1999 23:59:59 GMT",
        ] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }
}

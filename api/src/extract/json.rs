//! The body of a request to a path of ours: a JSON object. Its fields are taken one by one, so that
//! all faults are told at once.

use super::{
    body::{Reading, essence},
    budget::Share,
};
use crate::{
    error::{ApiError, Kind},
    state::Shared,
};
use actix_web::{HttpRequest, web};
use domain::{Violation, Violations};
use serde_json::{Map, Value};

/// A body of ours is settings and text: this is far more than any needs.
const MAX_JSON: usize = 256 * 1024;

/// The fields of a body that were not taken yet, and what is wrong with those that were.
pub struct JsonBody {
    fields: Map<String, Value>,
    violations: Violations,
    /// The memory that the body takes.
    _share: Option<Share>,
}

/// Reads the body; an empty one is an object without fields.
///
/// # Errors
/// 400 for a body that is broken or no JSON object, 408 for a slow one, 413 for a large one, 415 for
/// one of another type, 503 when too many are being read.
pub async fn read_json(
    http_request: &HttpRequest,
    payload: web::Payload,
    shared: &Shared,
) -> Result<JsonBody, ApiError> {
    if !matches!(
        &essence(http_request.headers())?.0[..],
        "application/json" | ""
    ) {
        let sentence = "the body must be application/json";
        return Err(ApiError::new(Kind::UnsupportedMediaType, sentence));
    }
    let mut reading = Reading::new(shared).await?;
    let body = reading.collect(http_request, payload, MAX_JSON).await?;
    let mut parsed = JsonBody::parse(&body)?;
    parsed._share = Some(reading.share);
    Ok(parsed)
}

impl JsonBody {
    /// The fields of a text.
    ///
    /// # Errors
    /// When it is not JSON, or no object.
    pub fn parse(text: &[u8]) -> Result<Self, Violation> {
        let refused = |problem: String| Violation::new("the body", problem);
        let value = if text.trim_ascii().is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(text).map_err(|error| {
                refused(format!(
                    "is not JSON: line {}, column {}",
                    error.line(),
                    error.column()
                ))
            })?
        };
        match value {
            Value::Object(fields) => Ok(Self {
                fields,
                violations: Violations::none(),
                _share: None,
            }),
            _ => Err(refused("is not a JSON object".to_owned())),
        }
    }

    /// Notes a fault.
    pub fn refuse(&mut self, violation: Violation) {
        self.violations.add(violation);
    }

    /// A field; null counts as left out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    /// A field that is text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if text.contains('\0') => {
                self.refuse(Violation::new(name, "contains a NUL character"));
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.refuse(Violation::new(name, "is not text"));
                None
            }
        }
    }

    /// A field that is true or false.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            _ => {
                self.refuse(Violation::new(name, "is not true or false"));
                None
            }
        }
    }

    /// A field that is an object.
    pub fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(fields) => Some(fields),
            _ => {
                self.refuse(Violation::new(name, "is not an object"));
                None
            }
        }
    }

    /// Whatever is left is not known here.
    ///
    /// # Errors
    /// Every fault of every field.
    pub fn finish(mut self) -> Result<(), Violations> {
        for name in std::mem::take(&mut self.fields).keys() {
            self.refuse(Violation::new(name, "is no field of this"));
        }
        self.violations.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_body_is_told_at_once() {
        let sent = br#"{"url": 7, "is_internal": "yes", "filter": [], "state": null, "colour": "red", "label": "a\u0000"}"#;
        let mut body = JsonBody::parse(sent).unwrap();
        assert_eq!(body.text("url"), None);
        assert_eq!(body.flag("is_internal"), None);
        assert_eq!(body.object("filter"), None);
        assert_eq!(body.text("state"), None);
        assert_eq!(body.text("label"), None);
        let named = body.finish().unwrap_err().0;
        let named: Vec<_> = named.iter().map(|one| one.argument.as_str()).collect();
        assert_eq!(named, ["url", "is_internal", "filter", "label", "colour"]);
    }

    #[test]
    fn what_is_no_object_is_refused_and_nothing_is_an_empty_one() {
        for text in ["[]", "7", "\"a\"", "{", "{}x", "nul", "\u{feff}{}"] {
            assert!(JsonBody::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(JsonBody::parse(b"\xff").is_err());
        let deep = "[".repeat(100_000);
        assert!(JsonBody::parse(deep.as_bytes()).is_err());
        for text in ["", " \n", "{}"] {
            assert!(JsonBody::parse(text.as_bytes()).unwrap().finish().is_ok());
        }
    }
}

//! The body of a method of ours: one JSON object, within the same bounds of size and time as a form.

use super::{
    body::{Reading, essence},
    budget::Share,
};
use crate::{
    error::{ApiError, Kind},
    state::Shared,
};
use actix_web::{
    HttpRequest,
    http::header::{CONTENT_TYPE, HeaderMap},
    web,
};
use domain::{Fields, Sent, Violation, Violations};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt};

/// A thousand ids with their versions take a tenth of it.
const MAX_BODY: usize = 1024 * 1024;

/// An object as it was sent: its members in order, each once.
pub struct JsonObject {
    members: Vec<(String, Value)>,
    /// SHA-256 of the body, for telling whether two are the same.
    pub fingerprint: Vec<u8>,
    /// The memory that the body takes.
    _share: Share,
}

impl JsonObject {
    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Value> {
        let mut members = self.members.iter();
        members
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    /// The members as fields.
    pub fn fields(&self) -> Fields {
        let sent = self.members.iter();
        Fields::new(
            sent.map(|(name, value)| (name.clone(), to_sent(value)))
                .collect(),
        )
    }
}

/// The fields of an object within another. `None`: it is no object.
pub fn fields_of(value: &Value) -> Option<Fields> {
    let members = value.as_object()?.iter();
    Some(Fields::new(
        members
            .map(|(name, value)| (name.clone(), to_sent(value)))
            .collect(),
    ))
}

fn to_sent(value: &Value) -> Sent {
    match value {
        Value::Null => Sent::Null,
        Value::Bool(truth) => Sent::Truth(*truth),
        Value::String(text) => Sent::Text(text.clone()),
        Value::Number(number) => number.as_i64().map_or(Sent::Other, Sent::Number),
        Value::Array(values) => {
            let texts = values.iter().map(|one| one.as_str().map(str::to_owned));
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Sent::Other, Sent::List)
        }
        Value::Object(_) => Sent::Other,
    }
}

/// Reads the body.
///
/// # Errors
/// 400 for one that is no JSON object or names a member twice, 408 for a slow one, 413 for a large
/// one, 415 for one of another type, 503 when too many are being read.
pub async fn read_object(
    http_request: &HttpRequest,
    payload: web::Payload,
    shared: &Shared,
) -> Result<JsonObject, ApiError> {
    if !is_json(http_request.headers())? {
        return Err(no_json());
    }
    read_text(http_request, payload, shared).await
}

/// The same, where no body at all is as good as an object without members.
///
/// # Errors
/// As [`read_object`].
pub async fn read_object_or_nothing(
    http_request: &HttpRequest,
    payload: web::Payload,
    shared: &Shared,
) -> Result<JsonObject, ApiError> {
    let is_announced = http_request.headers().contains_key(CONTENT_TYPE);
    if is_announced && !is_json(http_request.headers())? {
        return Err(no_json());
    }
    read_text(http_request, payload, shared).await
}

fn no_json() -> ApiError {
    let sentence = "the body must be application/json";
    ApiError::new(Kind::UnsupportedMediaType, sentence)
}

async fn read_text(
    http_request: &HttpRequest,
    payload: web::Payload,
    shared: &Shared,
) -> Result<JsonObject, ApiError> {
    let mut reading = Reading::new(shared).await?;
    let body = reading.collect(http_request, payload, MAX_BODY).await?;
    let is_nothing = body.is_empty() && !http_request.headers().contains_key(CONTENT_TYPE);
    let body = if is_nothing { "{}".into() } else { body };
    Ok(JsonObject {
        members: parse_object(&body)?,
        fingerprint: Sha256::digest(&body).to_vec(),
        _share: reading.share,
    })
}

/// Whether the body is announced as JSON, or as a change of a document in JSON
/// (<https://www.rfc-editor.org/rfc/rfc7396>).
///
/// # Errors
/// 415 for a body that is compressed, 400 for one that is no HTTP.
pub fn is_json(headers: &HeaderMap) -> Result<bool, ApiError> {
    Ok(matches!(
        &essence(headers)?.0[..],
        "application/json" | "application/merge-patch+json"
    ))
}

/// The members of an object.
///
/// # Errors
/// When the text is no JSON object, or a member is there twice: of two that read it differently, one
/// would be deceived.
pub fn parse_object(text: &[u8]) -> Result<Vec<(String, Value)>, Violations> {
    let Members(members) = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let problem = format!("is no JSON object (line {line}, column {column})");
        Violation::new("the body", problem)
    })?;
    let mut violations = Violations::none();
    let mut seen = BTreeSet::new();
    for (name, _) in &members {
        if !seen.insert(name) {
            violations.add(Violation::new(name, "was sent more than once"));
        }
    }
    violations.check()?;
    Ok(members)
}

/// What serde_json would make a map of, which keeps the last of two of the same name.
struct Members(Vec<(String, Value)>);

impl<'d> Deserialize<'d> for Members {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'d> Visitor<'d> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_in_order() {
        let members = parse_object(br#"{"b": [1], "a": null}"#).unwrap();
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn what_is_no_object_is_refused_and_so_is_a_member_that_is_there_twice() {
        let deep = "[".repeat(1_000);
        for odd in ["", "[]", "1", "{", "{}{}", "\"a\"", "{'a': 1}", &deep] {
            assert!(parse_object(odd.as_bytes()).is_err(), "{odd}");
        }
        let twice = parse_object(br#"{"status": "open", "a": 1, "status": "fixed"}"#).unwrap_err();
        assert_eq!(twice.to_string(), "status was sent more than once");
    }

    #[test]
    fn members_become_fields() {
        let value: Value = serde_json::from_str(
            r#"{"a": "x", "b": true, "c": 3, "d": ["x"], "e": [1], "f": {}, "g": 1.5, "h": null}"#,
        )
        .unwrap();
        let mut faults = Violations::none();
        let fields = fields_of(&value).unwrap();
        assert_eq!(fields.text("a", &mut faults), Some(Some("x")));
        assert_eq!(fields.truth("b", &mut faults), Some(true));
        assert_eq!(fields.number("c", &mut faults), Some(3));
        assert_eq!(fields.list("d", &mut faults), ["x"]);
        assert_eq!(fields.text("h", &mut faults), Some(None));
        assert_eq!(faults, Violations::none());
        for other in ["e", "f", "g"] {
            fields.text(other, &mut faults);
        }
        assert_eq!(faults.0.len(), 3);
    }
}

//! JSON by the Spark convention:
//! <https://wiki.open311.org/JSON_and_XML_Conversion/#the-spark-convention>.

use super::Reading;
use crate::{
    document::{Document, Field, Holds},
    record::Record,
};
use serde_json::{Map, Value};

/// Reads a document; nothing when it is no JSON, even with some goodwill.
pub fn parse(document: Document, text: &str, reading: &mut Reading) -> Option<Vec<Record>> {
    let value = value(document, text, reading)?;
    let mut strange = Vec::new();
    let records = objects(document, value, reading)
        .iter()
        .map(|object| record(document.fields(), object, reading, &mut strange))
        .collect();
    reading.tell_foreign(document, strange);
    Some(records)
}

fn value(document: Document, text: &str, reading: &mut Reading) -> Option<Value> {
    let fault = match serde_json::from_str(text) {
        Ok(value) => return Some(value),
        Err(fault) => fault,
    };
    let problem = format!("the {} is no JSON: {fault}", document.name());
    reading.complain("json-well-formed", "", problem);
    serde_json::from_str(&with_quoted_zeros(text.trim_start_matches('\u{feff}'))).ok()
}

/// The text with numbers such as `001` in quotes, which is how the standard's own examples are
/// wrong.
fn with_quoted_zeros(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest),
            '0' if " \t\r\n:,[".contains(before) => rest
                .find(|next: char| !next.is_ascii_digit())
                .unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if first == '0' && token.len() > 1 {
            mended.extend(["\"", token, "\""]);
        } else {
            mended.push_str(token);
        }
        before = first;
        rest = after;
    }
    mended
}

/// The length of the string at the start of the text, quotes included.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The objects that are entries of the list, or the one that is the document.
fn objects(document: Document, value: Value, reading: &mut Reading) -> Vec<Map<String, Value>> {
    let value = without_root(document, value, reading);
    let Some(entry) = document.entry() else {
        return match value {
            Value::Object(object) => vec![object],
            Value::Array(values) => {
                let problem = format!("the {} is an array, not an object", document.name());
                reading.complain("json-lists", document.root(), problem);
                values.into_iter().filter_map(object).take(1).collect()
            }
            _ => no_structure(document, reading),
        };
    };
    let values = match value {
        Value::Array(values) => values,
        Value::Object(_) => {
            let rule = match document {
                Document::Request => "single-is-list",
                _ => "json-lists",
            };
            let problem = format!("the {} is an object, not an array", document.name());
            reading.complain(rule, document.root(), problem);
            vec![value]
        }
        Value::Null => Vec::new(),
        _ => return no_structure(document, reading),
    };
    let entries = values.into_iter().filter_map(object);
    let entries = entries.map(|mut one| match one.get_mut(entry) {
        Some(Value::Object(inner)) => {
            let inner = std::mem::take(inner);
            reading.complain(
                "json-no-wrapper",
                "",
                format!("each entry is wrapped in {entry}"),
            );
            inner
        }
        _ => one,
    });
    entries.collect()
}

fn no_structure(document: Document, reading: &mut Reading) -> Vec<Map<String, Value>> {
    let problem = format!("the {} is a bare value", document.name());
    reading.complain("json-lists", document.root(), problem);
    Vec::new()
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The document without the root element, where JSON has kept it, whatever it is called there.
fn without_root(document: Document, value: Value, reading: &mut Reading) -> Value {
    let Value::Object(mut object) = value else {
        return value;
    };
    let known = |name: &String| document.fields().iter().any(|field| field.name == name);
    let holds_more = |value: &Value| value.is_array() || value.is_object();
    let wrapper = match object.keys().any(known) {
        true => None,
        false if object.contains_key(document.root()) => Some(document.root().to_owned()),
        false => object
            .iter()
            .find(|(_, value)| holds_more(value))
            .map(|(name, _)| name.clone()),
    };
    let Some(name) = wrapper else {
        return Value::Object(object);
    };
    let inner = object.remove(&name).unwrap_or_default();
    reading.complain(
        "json-no-wrapper",
        "",
        format!("the {} is wrapped in {name}", document.name()),
    );
    match (inner, document.entry()) {
        // The name of the entries was kept as well.
        (Value::Object(mut list), Some(entry)) if list.contains_key(entry) => {
            match list.remove(entry).unwrap_or_default() {
                only @ Value::Object(_) => Value::Array(vec![only]),
                entries => entries,
            }
        }
        (inner, _) => inner,
    }
}

fn record(
    fields: &'static [Field],
    object: &Map<String, Value>,
    reading: &mut Reading,
    strange: &mut Vec<String>,
) -> Record {
    let mut record = Record::default();
    for (name, value) in object {
        match fields.iter().find(|field| field.name == name) {
            Some(field) => take(field, value, &mut record, reading, strange),
            None => strange.push(name.clone()),
        }
    }
    record
}

fn take(
    field: &'static Field,
    value: &Value,
    record: &mut Record,
    reading: &mut Reading,
    strange: &mut Vec<String>,
) {
    match &field.holds {
        Holds::List(entry, fields) => {
            let entries = list(field, entry, value, reading)
                .iter()
                .filter_map(Value::as_object)
                .map(|object| self::record(fields, object, reading, strange))
                .collect();
            record.set_list(field.name, entries);
        }
        Holds::Texts(entry) => {
            let entries = list(field, entry, value, reading);
            let entries = entries.iter().filter_map(scalar).map(|text| {
                let mut one = Record::default();
                one.set("", text.trim());
                one
            });
            record.set_list(field.name, entries.collect());
        }
        holds => {
            if value.is_array() || value.is_object() {
                let kind = if value.is_array() {
                    "a list"
                } else {
                    "an object"
                };
                reading.complain("one-value", field.name, format!("{} is {kind}", field.name));
            }
            let text = first_scalar(value).unwrap_or_default();
            check_scalar(field.name, holds, value, &text, reading);
            record.set(field.name, &text);
        }
    }
}

/// The entries of a list within a document.
fn list(field: &Field, entry: &str, value: &Value, reading: &mut Reading) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        Value::Object(object) if object.contains_key(entry) => {
            let problem = format!("the entries of {} are wrapped in {entry}", field.name);
            reading.complain("json-no-wrapper", "", problem);
            match object.get(entry) {
                Some(Value::Array(values)) => values.clone(),
                Some(value) => vec![value.clone()],
                None => Vec::new(),
            }
        }
        Value::Null => Vec::new(),
        _ => {
            reading.complain(
                "json-lists",
                field.name,
                format!("{} is not an array", field.name),
            );
            match value {
                Value::Object(object) if !object.is_empty() => vec![value.clone()],
                _ => Vec::new(),
            }
        }
    }
}

fn check_scalar(name: &str, holds: &Holds, value: &Value, text: &str, reading: &mut Reading) {
    match holds {
        Holds::Time => reading.check_time(name, text),
        Holds::Flag if value.is_string() && text.to_lowercase().parse::<bool>().is_ok() => {
            let problem = format!("{name} is the text \"{text}\", not a boolean");
            reading.complain("json-scalars", "booleans", problem);
        }
        Holds::Number if value.is_string() && text.trim().parse::<f64>().is_ok() => {
            let problem = format!("{name} is the text \"{text}\", not a number");
            reading.complain("json-scalars", "numbers", problem);
        }
        _ => {}
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The value, or the first within it.
fn first_scalar(value: &Value) -> Option<String> {
    match value {
        Value::Array(values) => values.iter().find_map(first_scalar),
        Value::Object(object) => object.values().find_map(first_scalar),
        _ => scalar(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_leading_zeros_are_told_and_read_as_they_stand() {
        let mut reading = Reading::default();
        let text = r#"[{"service_code":001,"service_name":"No \"0\" 002"},{"service_code": 0}]"#;
        let records = parse(Document::Services, text, &mut reading).unwrap();
        assert_eq!(records[0].text("service_code"), Some("001"));
        assert_eq!(records[0].text("service_name"), Some("No \"0\" 002"));
        assert_eq!(records[1].text("service_code"), Some("0"));
        assert_eq!(reading.complaints.len(), 1);
    }

    #[test]
    fn every_known_wrapper_is_told_once_and_seen_through() {
        for text in [
            r#"{"service_requests":[{"service_request_id":"1"}]}"#,
            r#"{"service_requests":{"request":[{"service_request_id":"1"}]}}"#,
            r#"{"service_requests":{"request":{"service_request_id":"1"}}}"#,
            r#"[{"request":{"service_request_id":"1"}}]"#,
            r#"{"count":1,"rows":[{"service_request_id":"1"}]}"#,
        ] {
            let mut reading = Reading::default();
            let records = parse(Document::Requests, text, &mut reading).unwrap();
            assert_eq!(records[0].text("service_request_id"), Some("1"), "{text}");
            let told: Vec<_> = reading.complaints.iter().map(|one| one.rule).collect();
            assert_eq!(told, ["json-no-wrapper"], "{text}");
        }
    }
}

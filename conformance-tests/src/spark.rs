//! The Spark convention, written a second time from its description, so that the
//! server's two formats can be compared without trusting the server.
//!
//! <http://wiki.open311.org/JSON_and_XML_Conversion/#the-spark-convention>

use serde_json::{Map, Value};

use crate::xml::Element;

/// The containers of the standard and of the usual extensions: arrays in JSON, also
/// with one entry or none. Everything else with children is an object. (The bare
/// convention would make an array of every element with a single child.)
const LISTS: [(&str, &str); 8] = [
    ("services", "service"),
    ("attributes", "attribute"),
    ("values", "value"),
    ("service_requests", "request"),
    ("errors", "error"),
    ("endpoints", "endpoint"),
    ("formats", "format"),
    ("notes", "note"),
];

/// What the convention makes of an element; every scalar stays a string, every empty
/// element is `null`.
///
/// # Errors
/// When a container holds anything but its entries, or an object a name twice.
pub fn to_json(element: &Element) -> Result<Value, String> {
    if let Some((_, entry)) = LISTS.iter().find(|(list, _)| *list == element.name) {
        let entries = element.children.iter().map(|child| {
            if child.name == *entry {
                to_json(child)
            } else {
                Err(format!("<{}> holds <{}>", element.name, child.name))
            }
        });
        return entries.collect::<Result<_, _>>().map(Value::Array);
    }
    if element.children.is_empty() {
        let text = &element.text;
        return Ok(if text.is_empty() {
            Value::Null
        } else {
            Value::String(text.clone())
        });
    }
    let mut object = Map::new();
    for child in &element.children {
        if object.insert(child.name.clone(), to_json(child)?).is_some() {
            return Err(format!("<{}> holds <{}> twice", element.name, child.name));
        }
    }
    Ok(Value::Object(object))
}

/// Where a JSON document differs from what XML became; empty when both say the same.
/// Absent, `null` and empty are one; numbers and booleans are compared as they read.
pub fn differences(from_xml: &Value, json: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", from_xml, json, &mut found);
    found
}

fn compare(path: &str, from_xml: &Value, json: &Value, found: &mut Vec<String>) {
    match (from_xml, json) {
        (Value::Object(left), Value::Object(right)) => {
            let mut names: Vec<_> = left.keys().chain(right.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let (left, right) = (left.get(name), right.get(name));
                let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
                compare(&format!("{path}/{name}"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}/{index}"), left, right, found);
            }
        }
        (Value::Array(left), Value::Null) if left.is_empty() => {}
        (Value::Null, Value::Array(right)) if right.is_empty() => {}
        (Value::Null | Value::String(_), Value::Object(_) | Value::Array(_))
        | (Value::Object(_) | Value::Array(_), _) => {
            found.push(format!("{path}: XML {from_xml}, JSON {json}"));
        }
        _ if !same_scalar(from_xml, json) => {
            found.push(format!("{path}: XML {from_xml}, JSON {json}"));
        }
        _ => {}
    }
}

fn same_scalar(from_xml: &Value, json: &Value) -> bool {
    let text = from_xml.as_str().unwrap_or_default();
    match json {
        Value::Null => text.is_empty(),
        Value::Bool(flag) => text == flag.to_string(),
        Value::Number(number) => text.parse::<f64>().ok() == number.as_f64(),
        // XML parsers report every line end as a line feed.
        Value::String(string) => {
            string == text || string.replace("\r\n", "\n").replace('\r', "\n") == text
        }
        Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;
    use serde_json::json;

    fn of(xml: &str) -> Value {
        let document = format!(r#"<?xml version="1.0" encoding="UTF-8"?>{xml}"#);
        to_json(&parse(&document).unwrap()).unwrap()
    }

    #[test]
    fn the_examples_of_the_standard_convert() {
        let xml = of(
            "<services><service><service_code>001</service_code><metadata>true</metadata>\
            <description/></service></services>",
        );
        let json = json!([{"service_code": "001", "metadata": true, "description": null}]);
        assert_eq!(differences(&xml, &json), Vec::<String>::new());
        assert_eq!(of("<service_requests/>"), json!([]));
        assert_eq!(
            of("<service_requests><request><token>7</token></request></service_requests>"),
            json!([{"token": "7"}])
        );
    }

    #[test]
    fn differences_are_seen() {
        for (xml, json) in [
            ("<services/>", json!([{}])),
            (
                "<discovery><contact>a</contact></discovery>",
                json!({"contact": "b"}),
            ),
            (
                "<discovery><contact>a</contact></discovery>",
                json!({"contact": ["a"]}),
            ),
            ("<discovery><contact/></discovery>", json!({"contact": "a"})),
            (
                "<discovery><lat>1.5</lat></discovery>",
                json!({"lat": 1.25}),
            ),
        ] {
            assert!(!differences(&of(xml), &json).is_empty(), "{xml} {json}");
        }
    }
}

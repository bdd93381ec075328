//! Service definitions in every dialect that is known.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-definition>

use super::record::Value;
use domain::{
    AttributeDefinition, AttributeValue, Datatype, ServiceCode, ServiceDefinition, Violation,
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_LINE, bounded, line},
};
use std::collections::HashSet;

/// Whether an entry asks for anything.
pub(super) fn is_present(entry: &Value) -> bool {
    entry.get("attributes").is_some() || entry.get("attribute").is_some()
}

/// The definition that an entry holds. Before `attributes` there was no container, and `attribute`
/// stood beside `service_code`.
pub(super) fn read(
    entry: &Value,
    service_code: ServiceCode,
) -> Result<ServiceDefinition, Violation> {
    let container = entry.get("attributes").unwrap_or(entry);
    let attributes = container.items("attribute").into_iter().map(attribute);
    let attributes = in_order(attributes.collect::<Result<_, _>>()?);
    let mut codes = HashSet::new();
    if let Some(again) = attributes.iter().find(|one| !codes.insert(&one.code)) {
        let code = &again.code;
        return Err(Violation::new("code", format!("\"{code}\" is there twice")));
    }
    Ok(ServiceDefinition {
        service_code,
        attributes,
    })
}

/// Keeps the orders if every attribute has one of its own; else (Boston: null) numbers them anew.
fn in_order(mut attributes: Vec<(Option<i32>, AttributeDefinition)>) -> Vec<AttributeDefinition> {
    attributes.sort_by_key(|(order, _)| order.unwrap_or(i32::MAX));
    let is_sound = attributes
        .iter()
        .all(|(order, _)| order.is_some_and(|n| n > 0))
        && attributes.windows(2).all(|pair| pair[0].0 < pair[1].0);
    (1..)
        .zip(attributes)
        .map(|(number, (order, attribute))| AttributeDefinition {
            position: order.filter(|_| is_sound).unwrap_or(number),
            ..attribute
        })
        .collect()
}

/// An attribute and its `order`, if it has one.
fn attribute(entry: &Value) -> Result<(Option<i32>, AttributeDefinition), Violation> {
    let text = |name| entry.get(name).and_then(Value::text);
    let word = text("datatype").unwrap_or("string");
    let dialect = Dialect::parse(word)?;
    let variable = flag(entry, "variable", true)? && !dialect.is_shown_only;
    let mut values = Vec::new();
    let mut keys = HashSet::new();
    for one in entry
        .get("values")
        .map(|values| values.items("value"))
        .unwrap_or_default()
    {
        values.extend(value(one)?.filter(|new| keys.insert(new.key.clone())));
    }
    if values.is_empty() && dialect.is_yes_or_no {
        values = [("true", "Yes"), ("false", "No")]
            .map(|(key, name)| AttributeValue {
                key: key.into(),
                name: name.into(),
            })
            .into();
    }
    let code = text("code").ok_or_else(|| Violation::missing("code"))?;
    let hint = text("datatype_description").unwrap_or_default();
    let definition = AttributeDefinition {
        variable,
        code: line("code", code, MAX_CODE)?,
        datatype: dialect.datatype,
        // What is not asked cannot be answered.
        required: flag(entry, "required", false)? && variable,
        datatype_description: bounded("datatype_description", hint, MAX_DESCRIPTION)?,
        position: 0,
        description: bounded(
            "description",
            text("description").unwrap_or_default(),
            MAX_DESCRIPTION,
        )?,
        values,
    };
    Ok((
        text("order").and_then(|order| order.parse().ok()),
        definition,
    ))
}

/// A choice: `{key, name}`, one of the two, or a word alone.
fn value(entry: &Value) -> Result<Option<AttributeValue>, Violation> {
    let text = |name| entry.get(name).and_then(Value::text).or(entry.text());
    let Some(key) = text("key").or_else(|| text("name")) else {
        return Ok(None);
    };
    Ok(Some(AttributeValue {
        key: line("key", key, MAX_LINE)?,
        name: line("name", text("name").unwrap_or(key), MAX_LINE)?,
    }))
}

/// A boolean, or the word for one.
pub(super) fn flag(entry: &Value, name: &str, default: bool) -> Result<bool, Violation> {
    match entry.get(name).and_then(Value::text) {
        None => Ok(default),
        Some(word) if word.eq_ignore_ascii_case("true") || word == "1" => Ok(true),
        Some(word) if word.eq_ignore_ascii_case("false") || word == "0" => Ok(false),
        Some(_) => Err(Violation::new(name, "is neither true nor false")),
    }
}

/// What a word for a datatype means.
struct Dialect {
    datatype: Datatype,
    is_shown_only: bool,
    is_yes_or_no: bool,
}

impl Dialect {
    /// The standard's six, and those of Boston's Salesforce (2018).
    fn parse(word: &str) -> Result<Self, Violation> {
        let lower = word.to_lowercase();
        let (is_shown_only, is_yes_or_no) =
            (lower == "informational", lower.starts_with("boolean"));
        let datatype = match lower.as_str() {
            "informational" => Datatype::Text,
            "picklist" => Datatype::SingleValueList,
            "multipicklist" => Datatype::MultiValueList,
            _ if is_yes_or_no => Datatype::SingleValueList,
            _ => Datatype::parse(word)?,
        };
        Ok(Self {
            datatype,
            is_shown_only,
            is_yes_or_no,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(json: &str) -> Result<Vec<AttributeDefinition>, Violation> {
        let entry: Value = serde_json::from_str(json).unwrap();
        assert!(is_present(&entry));
        let code = ServiceCode::parse("001").unwrap();
        read(&entry, code).map(|definition| definition.attributes)
    }

    /// Each was once compared with all before it: five thousand million comparisons.
    #[test]
    fn a_hundred_thousand_attributes_or_choices_are_read_one_by_one() {
        let codes: Vec<String> = (0..100_000)
            .map(|n| format!(r#"{{"code":"{n}"}}"#))
            .collect();
        let many = attributes(&format!(r#"{{"attributes":[{}]}}"#, codes.join(","))).unwrap();
        assert_eq!(many.len(), 100_000);
        let values: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
        let one = attributes(&format!(
            r#"{{"attributes":[{{"code":"a","values":[{}]}}]}}"#,
            values.join(",")
        ))
        .unwrap();
        assert_eq!(one[0].values.len(), 100_000);
    }

    fn positions(orders: &str) -> Vec<(String, i32)> {
        let list: Vec<String> = orders
            .split(' ')
            .enumerate()
            .map(|(at, order)| format!(r#"{{"code":"{at}","order":{order}}}"#))
            .collect();
        attributes(&format!(r#"{{"attributes":[{}]}}"#, list.join(",")))
            .unwrap()
            .into_iter()
            .map(|attribute| (attribute.code, attribute.position))
            .collect()
    }

    #[test]
    fn orders_are_kept_if_sound_and_else_numbered_in_file_order() {
        let list = |pairs: &[(&str, i32)]| -> Vec<(String, i32)> {
            pairs.iter().map(|(code, n)| ((*code).into(), *n)).collect()
        };
        assert_eq!(positions("9 3 1"), list(&[("2", 1), ("1", 3), ("0", 9)]));
        assert_eq!(positions("null null"), list(&[("0", 1), ("1", 2)]));
        assert_eq!(positions("2 1 1"), list(&[("1", 1), ("2", 2), ("0", 3)]));
        assert_eq!(positions("0 5 null"), list(&[("0", 1), ("1", 2), ("2", 3)]));
    }

    #[test]
    fn salesforce_datatypes_become_the_standards() {
        let read = attributes(
            r#"{"attributes":[
            {"code":"a","datatype":"Text","required":"true"},
            {"code":"b","datatype":"Informational","required":true},
            {"code":"c","datatype":"Picklist","values":[{"key":7,"name":"x"},{"name":"y"},"z",null,{"key":"7"}]},
            {"code":"d","datatype":"Boolean (checkbox)","values":null}]}"#,
        )
        .unwrap();
        let outline: Vec<_> = read
            .iter()
            .map(|one| (one.datatype, one.variable, one.required))
            .collect();
        assert_eq!(
            outline,
            [
                (Datatype::Text, true, true),
                (Datatype::Text, false, false),
                (Datatype::SingleValueList, true, false),
                (Datatype::SingleValueList, true, false),
            ]
        );
        let keys = |at: usize| -> Vec<&str> { read[at].values.iter().map(|v| &*v.key).collect() };
        assert_eq!(keys(2), ["7", "y", "z"]);
        assert_eq!(keys(3), ["true", "false"]);
    }

    #[test]
    fn what_makes_no_definition_is_named() {
        for (json, said) in [
            (
                r#"{"attributes":[{"datatype":"string"}]}"#,
                "code was not provided",
            ),
            (r#"{"attributes":[{"code":"a"},{"code":"a"}]}"#, "twice"),
            (
                r#"{"attributes":[{"code":"a","datatype":"blob"}]}"#,
                "datatype is not",
            ),
            (
                r#"{"attributes":[{"code":"a","required":"maybe"}]}"#,
                "required is neither",
            ),
        ] {
            let violation = attributes(json).unwrap_err().to_string();
            assert!(violation.contains(said), "{violation}");
        }
    }
}

//! One entry of a file, before anyone knows what its columns mean.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{fmt, sync::Arc};

/// One row, item or object of a source: named values in the order of the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Shared by all rows of a table.
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// What a source says under one name. Numbers and booleans are text, as they are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text, as found: neither trimmed nor cleaned.
    Text(String),
    /// A JSON array.
    List(Vec<Value>),
    /// A JSON object or an XML element with children; in XML names may repeat.
    Object(Vec<(String, Value)>),
}

impl Record {
    /// A row of a table with these headings; both are equally long.
    pub(super) fn row(line: u64, names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self {
            line,
            names,
            values,
        }
    }

    /// An entry that brings its own names.
    pub(super) fn entry(line: u64, fields: Vec<(String, Value)>) -> Self {
        let (names, values): (Vec<String>, Vec<Value>) = fields.into_iter().unzip();
        Self::row(line, names.into(), values)
    }

    /// The first value of this name; a name in other case counts if there is none in this.
    pub fn get(&self, name: &str) -> Option<&Value> {
        find(self.names.iter().zip(&self.values), name)
    }

    /// Names and values, in the order of the source.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> + Clone {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    /// The text of the first of these names that exists and is not blank, trimmed.
    pub fn text(&self, names: &[String]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name)?.text())
    }

    /// Twelve hexadecimal digits that depend on every value and nothing else, the same in every
    /// version and on every machine: an id for a source that has none.
    ///
    /// FNV-1a, folded to 48 bits: among 100,000 rows two different ones meet once in 50,000 files,
    /// and are then numbered like equal ones.
    /// <http://www.isthe.com/chongo/tech/comp/fnv/>
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for value in &self.values {
            value.digest(&mut hash);
        }
        format!("{:012x}", (hash >> 48) ^ (hash & 0xffff_ffff_ffff))
    }
}

impl Value {
    /// Text that says something, trimmed.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The first value of this name in an object, found as [`Record::get`] does.
    pub fn get(&self, name: &str) -> Option<&Self> {
        find(
            self.fields().iter().map(|(name, value)| (name, value)),
            name,
        )
    }

    /// The names and values of an object; of anything else none.
    pub fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            Self::Null | Self::Text(_) | Self::List(_) => &[],
        }
    }

    /// [`Value::fields`], given up.
    pub(super) fn into_fields(self) -> Vec<(String, Self)> {
        match self {
            Self::Object(fields) => fields,
            Self::Null | Self::Text(_) | Self::List(_) => Vec::new(),
        }
    }

    /// What a container holds: a JSON array's values, or an XML element's children named `item`.
    pub fn items(&self, item: &str) -> Vec<&Self> {
        match self {
            Self::List(values) => values.iter().collect(),
            _ => self
                .fields()
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(item))
                .map(|(_, value)| value)
                .collect(),
        }
    }

    fn digest(&self, hash: &mut u64) {
        match self {
            Self::Null => {}
            Self::Text(text) => add(hash, text.as_bytes()),
            Self::List(values) => values.iter().for_each(|value| value.digest(hash)),
            Self::Object(fields) => {
                for (name, value) in fields {
                    add(hash, name.as_bytes());
                    value.digest(hash);
                }
            }
        }
        // ASCII's unit separator: else "ab" and "c" would be "a" and "bc".
        add(hash, b"\x1f");
    }
}

/// The round of FNV-1a.
fn add(hash: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

fn find<'a>(
    mut fields: impl Iterator<Item = (&'a String, &'a Value)> + Clone,
    wanted: &str,
) -> Option<&'a Value> {
    let mut again = fields.clone();
    fields
        .find(|(name, _)| *name == wanted)
        .or_else(|| again.find(|(name, _)| name.eq_ignore_ascii_case(wanted)))
        .map(|(_, value)| value)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// Builds a [`Value`] of whatever JSON holds, keeping the order of an object's names.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = array.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = object.next_entry()? {
            fields.push(field);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, &str)]) -> Record {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned())))
            .collect();
        Record::entry(1, fields)
    }

    #[test]
    fn the_exact_name_wins_over_one_in_other_case() {
        let record = record(&[("STATUS", "a"), ("Status", "b")]);
        assert_eq!(record.text(&["Status".into()]), Some("b"));
        assert_eq!(record.text(&["status".into()]), Some("a"));
        assert_eq!(record.text(&["state".into()]), None);
    }

    #[test]
    fn a_blank_value_gives_way_to_the_next_name() {
        let record = record(&[("a", " "), ("b", " x ")]);
        assert_eq!(record.text(&["a".into(), "b".into()]), Some("x"));
    }

    #[test]
    fn a_fingerprint_is_the_same_for_ever_and_tells_rows_apart() {
        assert_eq!(record(&[("a", "b")]).fingerprint(), "2907b54db7a8");
        assert_ne!(
            record(&[("a", "ab"), ("b", "c")]).fingerprint(),
            record(&[("a", "a"), ("b", "bc")]).fingerprint()
        );
    }

    #[test]
    fn nested_json_keeps_its_order_and_its_numbers() {
        let value: Value = serde_json::from_str(r#"{"z":[1,true,null],"a":{"b":-2.5}}"#).unwrap();
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(
            value,
            Value::Object(vec![
                (
                    "z".into(),
                    Value::List(vec![text("1"), text("true"), Value::Null])
                ),
                ("a".into(), Value::Object(vec![("b".into(), text("-2.5"))])),
            ])
        );
    }
}

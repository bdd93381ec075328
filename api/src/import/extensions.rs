//! What `extensions=true` adds to a service request: attributes, extended_attributes and notes.
//!
//! No standard says how they look; they are taken in every form that a known server sends, and one
//! that does not fit is left out and counted, for the service request is worth having without it.

use super::{adjustment::Adjustment, record::Value, row::Row};
use domain::{
    AttributeAnswer, Note, Violation,
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_LINE, bounded, line},
};
use std::collections::HashSet;

impl<'a> Row<'a> {
    /// GeoReport's extension: `{"CODE": "answer"}` (Chicago), or a list of objects (the others).
    pub(super) fn attributes(&mut self) -> Vec<AttributeAnswer> {
        let Some(attributes) = self.record.get("attributes") else {
            return Vec::new();
        };
        let listed = attributes.items("attribute");
        let answers: Vec<_> = if listed.is_empty() {
            let fields = attributes.fields().iter();
            fields
                .map(|(code, value)| answer(Some(code), None, Some(value)))
                .collect()
        } else {
            let named = |one: &'a Value, name| one.get(name).and_then(Value::text);
            let one = |one| {
                let label = named(one, "label").or_else(|| named(one, "name"));
                answer(named(one, "code"), label, one.get("value"))
            };
            listed.into_iter().map(one).collect()
        };
        self.keep(answers, Adjustment::AttributeUnusable)
    }

    /// What the mapping names, and GeoReport's extension of that name; nested values are passed over.
    pub(super) fn extended_attributes(&mut self) -> Vec<(String, String)> {
        let mapped = self.mapping.extended_attributes.iter();
        let mapped = mapped.filter_map(|(name, columns)| Some((name, self.text(columns)?)));
        let own = self
            .record
            .get("extended_attributes")
            .map_or(&[][..], Value::fields);
        let own = own
            .iter()
            .filter_map(|(name, value)| Some((name, value.text()?)));
        let pairs = mapped.chain(own).map(|(name, value)| pair(name, value));
        let mut seen = HashSet::new();
        let first = |one: &Option<(String, String)>| {
            one.as_ref()
                .is_none_or(|(name, _)| seen.insert(name.clone()))
        };
        let pairs = pairs.filter(first).collect();
        self.keep(pairs, Adjustment::ExtendedAttributeUnusable)
    }

    /// GeoReport's extension: what happened to the service request, in the order of the source.
    pub(super) fn notes(&mut self) -> Vec<Note> {
        let notes = self.record.get("notes").map(|notes| notes.items("note"));
        let notes = notes.unwrap_or_default();
        let notes: Vec<_> = notes.into_iter().map(|note| self.note(note)).collect();
        self.keep(notes, Adjustment::NoteUnusable)
    }

    fn note(&mut self, note: &'a Value) -> Option<Note> {
        let text = |name| note.get(name).and_then(Value::text);
        let description = match (text("summary"), text("description")) {
            (Some(summary), Some(description)) => format!("{summary}: {description}"),
            (summary, description) => summary.or(description).unwrap_or_default().to_owned(),
        };
        Some(Note {
            datetime: self.moment("notes", text("datetime")?)?,
            note_type: line("notes", text("type").unwrap_or("activity"), MAX_CODE).ok()?,
            description: bounded("notes", &description, MAX_DESCRIPTION).ok()?,
        })
    }

    /// Those that could be read; the others are counted.
    fn keep<T>(&mut self, all: Vec<Option<T>>, lost: Adjustment) -> Vec<T> {
        let count = all.len();
        let kept: Vec<T> = all.into_iter().flatten().collect();
        let lost = std::iter::repeat_n(lost, count - kept.len());
        self.adjustments.extend(lost);
        kept
    }
}

/// `None` when it does not fit or says nothing.
fn answer(
    code: Option<&str>,
    label: Option<&str>,
    value: Option<&Value>,
) -> Option<AttributeAnswer> {
    let values = match value? {
        Value::List(values) => values.iter().filter_map(Value::text).collect(),
        value => Vec::from_iter(value.text()),
    };
    if values.is_empty() {
        return None;
    }
    let values = values
        .into_iter()
        .map(|value| bounded("attributes", value, MAX_DESCRIPTION));
    Some(AttributeAnswer {
        code: fitting_code(code?)?,
        label: line("attributes", label.unwrap_or_default(), MAX_LINE).ok()?,
        values: values.collect::<Result<_, Violation>>().ok()?,
        names: Vec::new(),
    })
}

/// `None` when it does not fit.
fn pair(name: &str, value: &str) -> Option<(String, String)> {
    let value = line("extended_attributes", value, MAX_LINE).ok()?;
    Some((fitting_code(name)?, value))
}

fn fitting_code(code: &str) -> Option<String> {
    line("code", code, MAX_CODE)
        .ok()
        .filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Mapping, record::Record, to_service_request};
    use domain::ServiceRequest;

    fn convert(json: &str) -> (ServiceRequest, Vec<Adjustment>) {
        let value: Value = serde_json::from_str(json).unwrap();
        let record = Record::entry(1, value.into_fields());
        let now = "2020-01-01T00:00:00Z".parse().unwrap();
        let mapping = Mapping::georeport().unwrap();
        let (imported, adjustments) =
            to_service_request(&record, &mapping, chrono_tz::UTC, now).unwrap();
        (imported.service_request, adjustments)
    }

    #[test]
    fn names_that_are_the_same_without_control_characters_are_told_once() {
        let json = r#"{"service_request_id":"1","service_name":"n","status":"open","requested_datetime":"2011-07-01",
            "extended_attributes":{"a":"1","a":"2","a\u0001":"3"}}"#;
        let (request, _) = convert(json);
        let one = ("a".to_owned(), "1".to_owned());
        assert_eq!(request.extended_attributes, [one]);
    }

    /// Each was once compared with all before it: five thousand million comparisons.
    #[test]
    fn a_hundred_thousand_names_are_taken_one_by_one() {
        let names: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":\"x\"")).collect();
        let json = format!(
            r#"{{"service_request_id":"1","service_name":"n","status":"open","requested_datetime":"2011-07-01",
            "extended_attributes":{{{}}}}}"#,
            names.join(",")
        );
        assert_eq!(convert(&json).0.extended_attributes.len(), 100_000);
    }

    #[test]
    fn georeport_extensions_are_kept_in_each_of_their_forms() {
        let json = r#"{"service_request_id":"1","service_name":"n","status":"open","requested_datetime":"2011-07-01","source":3,
            "attributes":{"A":"x","B":["y","z"],"C":{"nested":1}},
            "extended_attributes":{"source":"4","police":"6","photos":[]},
            "notes":[{"datetime":"2011-07-02T00:00:00Z","summary":"S","description":"D","type":"closed"},
                     {"datetime":"never"}]}"#;
        let (request, adjustments) = convert(json);
        let answers: Vec<_> = request
            .attributes
            .iter()
            .map(|a| (&*a.code, a.values.len()))
            .collect();
        assert_eq!(answers, [("A", 1), ("B", 2)]);
        let extended: Vec<_> = request
            .extended_attributes
            .iter()
            .map(|(n, v)| (&**n, &**v))
            .collect();
        assert_eq!(extended, [("source", "3"), ("police", "6")]);
        assert_eq!(request.notes.len(), 1);
        assert_eq!(request.notes[0].description, "S: D");
        assert_eq!(
            adjustments,
            [Adjustment::AttributeUnusable, Adjustment::NoteUnusable]
        );

        let json = r#"{"service_request_id":"1","service_name":"n","status":"open","requested_datetime":"2011-07-01",
            "attributes":{"attribute":{"code":"A","label":"Where?","name":"W","value":"x"}}}"#;
        let (request, _) = convert(json);
        let answer = &request.attributes[0];
        assert_eq!(
            (&*answer.code, &*answer.label, &*answer.values[0]),
            ("A", "Where?", "x")
        );
    }
}

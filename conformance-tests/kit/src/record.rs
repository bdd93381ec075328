//! What a document says, whichever format it came in.

use crate::document::{Field, Holds};
use std::collections::BTreeMap;

/// An object of a document. Absent, empty and `null` are the same: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    texts: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, Vec<Record>>,
}

impl Record {
    /// The text of a field; nothing when it is absent or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The text of a field as a truth value.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.text(name)?.parse().ok()
    }

    /// The entries of a list; none when it is absent.
    pub fn list(&self, name: &str) -> &[Record] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether there is a list of that name, empty or not.
    pub fn has_list(&self, name: &str) -> bool {
        self.lists.contains_key(name)
    }

    /// The texts of a list of texts.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name)
            .iter()
            .filter_map(|one| one.text(""))
            .collect()
    }

    /// Whether the field is there and not empty.
    pub fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name) || !self.list(name).is_empty()
    }

    /// Sets a text, unless it is empty.
    pub fn set(&mut self, name: &'static str, text: &str) {
        if !text.trim().is_empty() {
            self.texts.insert(name, text.to_owned());
        }
    }

    /// Sets a list.
    pub fn set_list(&mut self, name: &'static str, entries: Vec<Record>) {
        self.lists.insert(name, entries);
    }

    /// The first of the fields that says something else in the other record: its name and both
    /// texts. Numbers, instants and truth values are compared as what they mean.
    pub fn difference(&self, other: &Self, fields: &[Field]) -> Option<(String, String, String)> {
        fields.iter().find_map(|field| {
            let name = field.name;
            let (left, right) = match &field.holds {
                Holds::List(_, fields) => {
                    return lists_differ(name, self.list(name), other.list(name), fields);
                }
                Holds::Texts(_) => {
                    let (mut left, mut right) = (self.texts(name), other.texts(name));
                    left.sort_unstable();
                    right.sort_unstable();
                    (left.join(", "), right.join(", "))
                }
                _ => (
                    self.text(name).unwrap_or_default().to_owned(),
                    other.text(name).unwrap_or_default().to_owned(),
                ),
            };
            let same = same_text(&left, &right, &field.holds);
            (!same).then(|| (name.to_owned(), left, right))
        })
    }
}

fn lists_differ(
    name: &str,
    left: &[Record],
    right: &[Record],
    fields: &[Field],
) -> Option<(String, String, String)> {
    if left.len() != right.len() {
        let count = |list: &[Record]| format!("{} entries", list.len());
        return Some((name.to_owned(), count(left), count(right)));
    }
    left.iter().zip(right).find_map(|(left, right)| {
        let (inner, left, right) = left.difference(right, fields)?;
        Some((format!("{name}.{inner}"), left, right))
    })
}

fn same_text(left: &str, right: &str, holds: &Holds) -> bool {
    let tidy = |text: &str| text.trim().replace("\r\n", "\n").replace('\r', "\n");
    let (left, right) = (tidy(left), tidy(right));
    left == right
        || match holds {
            Holds::Number => match (left.parse::<f64>(), right.parse::<f64>()) {
                (Ok(left), Ok(right)) => (left - right).abs() < 1e-9,
                _ => false,
            },
            Holds::Time => {
                let left = crate::time::instant(&left);
                left.is_some() && left == crate::time::instant(&right)
            }
            Holds::Flag => left.eq_ignore_ascii_case(&right),
            _ => false,
        }
}

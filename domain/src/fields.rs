//! The fields of a document as they were sent, before anybody knows what they mean.

use crate::{Violation, Violations};

/// What was sent in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Nothing, said so.
    Null,
    /// A text.
    Text(String),
    /// Yes or no.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// Several texts.
    List(Vec<String>),
    /// Something that no field takes.
    Other,
}

/// Fields as they were sent. What was left out is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    sent: Vec<(String, Sent)>,
}

impl Fields {
    /// The fields, each once.
    pub fn new(sent: Vec<(String, Sent)>) -> Self {
        Self { sent }
    }

    /// Names every field that is not among `known`: what is misspelt, or not to be set by whoever
    /// sent it, is refused and not passed over
    /// (<https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/>).
    pub fn refuse_others(&self, known: &[&str], violations: &mut Violations) {
        let others = self.sent.iter().map(|(name, _)| name.as_str());
        for name in others.filter(|name| !known.contains(name)) {
            violations.add(Violation::new(name, "is no field that can be set here"));
        }
    }

    fn find(&self, name: &str) -> Option<&Sent> {
        let mut sent = self.sent.iter();
        sent.find(|(field, _)| field == name).map(|(_, sent)| sent)
    }

    /// A text. `None`: left out; `Some(None)`: to be emptied, by null or by nothing but blanks.
    pub fn text(&self, name: &str, violations: &mut Violations) -> Option<Option<&str>> {
        match self.find(name)? {
            Sent::Null => Some(None),
            Sent::Text(text) => Some(Some(text.trim()).filter(|text| !text.is_empty())),
            _ => {
                violations.add(Violation::new(name, "is not a text"));
                None
            }
        }
    }

    /// A text that can be left out but not emptied.
    pub fn filled(&self, name: &str, violations: &mut Violations) -> Option<&str> {
        let text = self.text(name, violations)?;
        if text.is_none() {
            violations.add(Violation::new(name, "cannot be empty"));
        }
        text
    }

    /// A text that can neither be left out nor emptied.
    pub fn needed(&self, name: &str, violations: &mut Violations) -> Option<&str> {
        if self.find(name).is_none() {
            violations.add(Violation::missing(name));
        }
        self.filled(name, violations)
    }

    /// Whether something was sent that is not null.
    pub fn holds(&self, name: &str) -> bool {
        self.find(name).is_some_and(|sent| *sent != Sent::Null)
    }

    /// Yes or no, which can be left out but not emptied.
    pub fn truth(&self, name: &str, violations: &mut Violations) -> Option<bool> {
        match self.find(name)? {
            Sent::Truth(truth) => Some(*truth),
            // As a form has to say it.
            Sent::Text(text) if text == "true" => Some(true),
            Sent::Text(text) if text == "false" => Some(false),
            _ => {
                violations.add(Violation::new(name, "is not true or false"));
                None
            }
        }
    }

    /// A whole number, not below zero, which can be left out but not emptied.
    pub fn number(&self, name: &str, violations: &mut Violations) -> Option<u32> {
        let number = match self.find(name)? {
            Sent::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        if number.is_none() {
            violations.add(Violation::new(name, "is not a whole number"));
        }
        number
    }

    /// Several texts, or one. Left out, or null, it is an empty list.
    pub fn list(&self, name: &str, violations: &mut Violations) -> Vec<&str> {
        match self.find(name) {
            None | Some(Sent::Null) => vec![],
            Some(Sent::Text(text)) => vec![text.trim()],
            Some(Sent::List(texts)) => texts.iter().map(|text| text.trim()).collect(),
            Some(_) => {
                violations.add(Violation::new(name, "is not a list of texts"));
                vec![]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let sent = [
            ("text", Sent::Text(" a ".into())),
            ("blank", Sent::Text(" ".into())),
            ("null", Sent::Null),
            ("truth", Sent::Truth(true)),
            ("number", Sent::Number(3)),
            ("negative", Sent::Number(-3)),
            ("list", Sent::List(vec!["a".into(), "b".into()])),
            ("other", Sent::Other),
        ];
        Fields::new(sent.map(|(name, sent)| (name.to_owned(), sent)).into())
    }

    #[test]
    fn what_was_left_out_is_told_from_what_is_to_be_emptied() {
        let mut faults = Violations::none();
        let fields = fields();
        assert_eq!(fields.text("text", &mut faults), Some(Some("a")));
        assert_eq!(fields.text("blank", &mut faults), Some(None));
        assert_eq!(fields.text("null", &mut faults), Some(None));
        assert_eq!(fields.text("nowhere", &mut faults), None);
        assert_eq!(fields.needed("text", &mut faults), Some("a"));
        assert!(fields.holds("blank") && !fields.holds("null") && !fields.holds("nowhere"));
        assert_eq!(fields.truth("truth", &mut faults), Some(true));
        assert_eq!(fields.number("number", &mut faults), Some(3));
        assert_eq!(fields.list("list", &mut faults), ["a", "b"]);
        assert_eq!(fields.list("text", &mut faults), ["a"]);
        assert_eq!(faults, Violations::none());
    }

    #[test]
    fn what_is_of_another_sort_is_named() {
        let mut faults = Violations::none();
        let fields = fields();
        fields.text("truth", &mut faults);
        fields.filled("null", &mut faults);
        fields.needed("nowhere", &mut faults);
        fields.truth("number", &mut faults);
        fields.number("negative", &mut faults);
        fields.list("other", &mut faults);
        fields.refuse_others(
            &["text", "blank", "null", "truth", "number", "list"],
            &mut faults,
        );
        let named: Vec<&str> = faults.0.iter().map(|one| one.argument.as_str()).collect();
        let expected = [
            "truth", "null", "nowhere", "number", "negative", "other", "negative", "other",
        ];
        assert_eq!(named, expected);
    }
}

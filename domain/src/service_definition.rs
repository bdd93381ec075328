//! What a service asks of its reporters, and whether they answered it.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-definition>

use crate::{
    ServiceCode, Violation, Violations,
    datetime::{self, Bound},
    location::decimal,
    text::{MAX_DESCRIPTION, MAX_LINE, bounded, line},
};
use chrono_tz::Tz;

/// The attributes of one service, in the order of their `order`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDefinition {
    /// The service.
    pub service_code: ServiceCode,
    /// Ascending by [`AttributeDefinition::position`].
    pub attributes: Vec<AttributeDefinition>,
}

/// One attribute of a service definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDefinition {
    /// Whether it is to be answered; if not, its description is only shown.
    pub variable: bool,
    /// Unique in the definition.
    pub code: String,
    /// What an answer looks like.
    pub datatype: Datatype,
    /// Whether a service request without an answer is refused.
    pub required: bool,
    /// A hint for whoever answers; may be empty.
    pub datatype_description: String,
    /// `order` in the standard: positive, unique in the definition, 1 first.
    pub position: i32,
    /// The question; may be empty.
    pub description: String,
    /// What may be chosen, in this order; empty for the datatypes that are no lists.
    pub values: Vec<AttributeValue>,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// What is sent.
    pub key: String,
    /// What is shown.
    pub name: String,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datatype {
    /// Text without line breaks.
    String,
    /// A decimal number.
    Number,
    /// A date and time.
    Datetime,
    /// Text, line breaks allowed.
    Text,
    /// One of the values.
    SingleValueList,
    /// Some of the values.
    MultiValueList,
}

impl Datatype {
    /// Every datatype, in the standard's order.
    pub const ALL: [Self; 6] = [
        Self::String,
        Self::Number,
        Self::Datetime,
        Self::Text,
        Self::SingleValueList,
        Self::MultiValueList,
    ];

    /// The standard's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Datetime => "datetime",
            Self::Text => "text",
            Self::SingleValueList => "singlevaluelist",
            Self::MultiValueList => "multivaluelist",
        }
    }

    /// The datatype of the standard's word, in any case.
    ///
    /// # Errors
    /// When it is none of the six.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| {
                let all = Self::ALL.map(Self::as_str).join(", ");
                Violation::new("datatype", format!("is not one of {all}"))
            })
    }
}

/// What a reporter answered to one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeAnswer {
    /// The attribute.
    pub code: String,
    /// The question as it was asked; empty when the source does not tell.
    pub label: String,
    /// The answer; several for a multivaluelist. Keys, for the two lists.
    pub values: Vec<String>,
    /// The names of the chosen keys; empty for the datatypes that are no lists.
    pub names: Vec<String>,
}

impl ServiceDefinition {
    /// The answers to this definition among those `sent` (attribute code and values, as sent);
    /// faults go to `violations`. An empty value is no answer
    /// (<https://wiki.open311.org/GeoReport_v2/#optional-arguments>); answers to attributes that
    /// the definition does not have are dropped.
    pub fn check(
        &self,
        sent: &[(String, Vec<String>)],
        zone: Tz,
        violations: &mut Violations,
    ) -> Vec<AttributeAnswer> {
        let mut answers = Vec::new();
        for attribute in self.attributes.iter().filter(|one| one.variable) {
            let values: Vec<&str> = sent
                .iter()
                .filter(|(code, _)| *code == attribute.code)
                .flat_map(|(_, values)| values.iter().map(String::as_str))
                .filter(|value| !value.trim().is_empty())
                .collect();
            if values.is_empty() {
                if attribute.required {
                    violations.add(Violation::missing(attribute.argument()));
                }
            } else if let Some(answer) = violations.take(attribute.answer(&values, zone)) {
                answers.push(answer);
            }
        }
        answers
    }
}

impl AttributeDefinition {
    /// As a form field is called: `attribute[CODE]`.
    fn argument(&self) -> String {
        format!("attribute[{}]", self.code)
    }

    fn answer(&self, values: &[&str], zone: Tz) -> Result<AttributeAnswer, Violation> {
        let argument = self.argument();
        let one = || match values {
            // The same twice is an accident; see `QueryParameters::one`.
            [first, others @ ..] if others.iter().all(|other| other == first) => Ok(*first),
            _ => Err(Violation::new(&argument, "takes one value only")),
        };
        let (values, names) = match self.datatype {
            Datatype::String => (vec![line(&argument, one()?, MAX_LINE)?], vec![]),
            Datatype::Text => (vec![bounded(&argument, one()?, MAX_DESCRIPTION)?], vec![]),
            Datatype::Number => {
                let value = one()?;
                decimal(value)
                    .ok_or_else(|| Violation::new(&argument, "is not a decimal number"))?;
                (vec![value.trim().to_owned()], vec![])
            }
            Datatype::Datetime => {
                let at = datetime::parse(&argument, one()?, zone, Bound::Start)?;
                (vec![datetime::to_string(at)], vec![])
            }
            Datatype::SingleValueList => keys_and_names(vec![self.choice(one()?)?]),
            Datatype::MultiValueList => keys_and_names(self.choices(values)?),
        };
        Ok(AttributeAnswer {
            code: self.code.clone(),
            label: self.description.clone(),
            values,
            names,
        })
    }

    /// What was chosen, each once. A client that joins its choices with commas (Libre311) means each
    /// of them, unless the whole is a key itself.
    fn choices(&self, values: &[&str]) -> Result<Vec<&AttributeValue>, Violation> {
        let mut chosen: Vec<&AttributeValue> = Vec::new();
        for value in values {
            let parts: Vec<&str> = match self.choice(value) {
                Ok(_) => vec![value],
                Err(_) => value.split(',').collect(),
            };
            for part in parts.into_iter().filter(|part| !part.trim().is_empty()) {
                // Looked up at once: of a million parts, no more are kept than there are choices.
                let choice = self.choice(part)?;
                if !chosen.contains(&choice) {
                    chosen.push(choice);
                }
            }
        }
        if chosen.is_empty() {
            // Commas alone: sent, but no choice.
            return Err(self.no_choice());
        }
        Ok(chosen)
    }

    fn choice(&self, key: &str) -> Result<&AttributeValue, Violation> {
        self.values
            .iter()
            .find(|value| value.key == key || value.key == key.trim())
            .ok_or_else(|| self.no_choice())
    }

    fn no_choice(&self) -> Violation {
        let keys: Vec<&str> = self
            .values
            .iter()
            .take(20)
            .map(|value| value.key.as_str())
            .collect();
        Violation::new(
            self.argument(),
            format!("is not one of: {}", keys.join(", ")),
        )
    }
}

fn keys_and_names(choices: Vec<&AttributeValue>) -> (Vec<String>, Vec<String>) {
    let both = |choice: &AttributeValue| (choice.key.clone(), choice.name.clone());
    choices.into_iter().map(both).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(code: &str, datatype: Datatype, required: bool) -> AttributeDefinition {
        AttributeDefinition {
            variable: true,
            code: code.into(),
            datatype,
            required,
            datatype_description: String::new(),
            position: 1,
            description: "?".into(),
            values: ["a", "b", "c,d"]
                .map(|key| AttributeValue {
                    key: key.into(),
                    name: key.to_uppercase(),
                })
                .into(),
        }
    }

    fn check(attribute: AttributeDefinition, sent: &[&str]) -> Result<Vec<String>, Violations> {
        let definition = ServiceDefinition {
            service_code: ServiceCode::parse("s").unwrap(),
            attributes: vec![attribute],
        };
        let sent = vec![(
            "A".to_owned(),
            sent.iter().map(ToString::to_string).collect(),
        )];
        let mut violations = Violations::none();
        let answers = definition.check(&sent, chrono_tz::UTC, &mut violations);
        violations.check()?;
        Ok(answers
            .into_iter()
            .flat_map(|answer| answer.values)
            .collect())
    }

    #[test]
    fn a_required_attribute_without_an_answer_is_named() {
        for sent in [&[][..], &[""], &["  "]] {
            let violations = check(attribute("A", Datatype::String, true), sent).unwrap_err();
            assert_eq!(violations.to_string(), "attribute[A] was not provided");
        }
        assert_eq!(
            check(attribute("A", Datatype::String, false), &[""]),
            Ok(vec![])
        );
    }

    #[test]
    fn each_datatype_takes_what_it_should_and_nothing_else() {
        use Datatype::{Datetime, MultiValueList, Number, SingleValueList, String, Text};
        let good: [(Datatype, &[&str], &[&str]); 8] = [
            (String, &["plain & <string>"], &["plain & <string>"]),
            (Number, &["-3.5"], &["-3.5"]),
            (
                Datetime,
                &["2026-01-02T03:04:05+01:00"],
                &["2026-01-02T02:04:05Z"],
            ),
            (Text, &["one\r\ntwo"], &["one\r\ntwo"]),
            (SingleValueList, &["a"], &["a"]),
            (MultiValueList, &["a", "b", "a"], &["a", "b"]),
            (MultiValueList, &["a,b"], &["a", "b"]),
            (MultiValueList, &["c,d"], &["c,d"]),
        ];
        for (datatype, sent, stored) in good {
            let expected: Vec<std::string::String> =
                stored.iter().map(ToString::to_string).collect();
            assert_eq!(
                check(attribute("A", datatype, true), sent),
                Ok(expected),
                "{datatype:?}"
            );
        }
        let bad: [(Datatype, &[&str]); 8] = [
            (String, &["one\ntwo"]),
            (String, &["one", "two"]),
            (Number, &["1e3"]),
            (Number, &["three"]),
            (Datetime, &["2024-02-30"]),
            (SingleValueList, &["z"]),
            (SingleValueList, &["a", "b"]),
            (MultiValueList, &["a", "z"]),
        ];
        for (datatype, sent) in bad {
            assert!(
                check(attribute("A", datatype, true), sent).is_err(),
                "{datatype:?} {sent:?}"
            );
        }
    }

    #[test]
    fn commas_alone_are_no_answer() {
        let told = check(attribute("A", Datatype::MultiValueList, true), &[", ,"]).unwrap_err();
        assert_eq!(told.to_string(), "attribute[A] is not one of: a, b, c,d");
    }

    /// Each was once compared with all before it: a fifth of these took more than a minute.
    #[test]
    fn half_a_million_choices_that_are_none_are_refused_like_one() {
        let sent: Vec<String> = (0..500_000).map(|n| n.to_string()).collect();
        let sent = sent.join(",");
        let told = check(attribute("A", Datatype::MultiValueList, true), &[&sent]).unwrap_err();
        assert_eq!(told.to_string(), "attribute[A] is not one of: a, b, c,d");
    }

    #[test]
    fn what_is_only_shown_cannot_be_missing() {
        let mut shown = attribute("A", Datatype::String, true);
        shown.variable = false;
        assert_eq!(check(shown, &["ignored"]), Ok(vec![]));
    }
}

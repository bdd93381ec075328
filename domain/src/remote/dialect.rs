//! How an endpoint differs from the letter of the standard. The defaults are the letter.

use crate::{
    Violation, Violations,
    text::{MAX_CODE, MAX_LINE, line},
};
use chrono::TimeDelta;

/// The most that the standard lets one answer hold.
const MAX_ROWS: u32 = crate::MAX_ROWS;

/// How an endpoint wants to be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Whether it is asked for `.json` or, as by default, for `.xml`, which the standard requires.
    pub json: bool,
    /// How answers to a multivaluelist are sent.
    pub attributes: AttributeStyle,
    /// How dates are sent.
    pub dates: DateStyle,
    /// Where the api_key is sent.
    pub key: KeyPlace,
    /// Whether reading needs the api_key too (St. Louis), which the standard does not have.
    pub keyed_reads: bool,
    /// Whether `jurisdiction_id` stands in the query string of a POST too (Libre311).
    pub jurisdiction_in_query: bool,
    /// Whether it takes several `media_url` (FixMyStreet); else the first one is sent.
    pub several_media: bool,
    /// Whether a POST repeated with the same `Idempotency-Key` is carried out once. Never assumed:
    /// where it is not so, a POST without an answer is looked for before it is sent again.
    pub idempotency: bool,
    /// Whether what was filed is listed at once, so that what is not listed was not filed.
    pub lists_at_once: bool,
    /// Whether it has the Service Request Updates extension.
    pub updates: bool,
    /// Whether it knows `updated_after`.
    pub updated_after: bool,
    /// Whether `service_request_id` takes a list with commas.
    pub id_list: bool,
    /// The most service requests of one answer.
    pub max_rows: u32,
    /// How often it is asked for news.
    pub poll_every: TimeDelta,
    /// How long a token may take to become an id.
    pub token_patience: TimeDelta,
    /// Arguments that it wants and no report has, such as an `email` of the city's own.
    pub constants: Vec<(String, String)>,
}

/// How several answers to one attribute are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeStyle {
    /// `attribute[A][]=x&attribute[A][]=y`, the letter.
    Brackets,
    /// `attribute[A]=x&attribute[A]=y`: FixMyStreet, open311-adapter.
    Repeat,
    /// `attribute[A]=x,y`: Libre311.
    Comma,
}

/// How dates are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateStyle {
    /// `2026-01-31T08:00:00Z`
    Utc,
    /// `2026-01-31T08:00:00+00:00`: open311-adapter.
    Offset,
    /// `2026-01-31T03:00:00`, the jurisdiction's own time: Chicago.
    Local,
}

/// Where the api_key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the form, as in the standard's example.
    Form,
    /// In the query string.
    Query,
    /// As `Authorization: Bearer`: Boston, San Francisco, and endpoints like this one.
    Header,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            json: false,
            attributes: AttributeStyle::Brackets,
            dates: DateStyle::Utc,
            key: KeyPlace::Form,
            keyed_reads: false,
            jurisdiction_in_query: false,
            several_media: false,
            idempotency: false,
            lists_at_once: false,
            updates: false,
            updated_after: false,
            id_list: true,
            max_rows: MAX_ROWS,
            poll_every: TimeDelta::minutes(5),
            token_patience: TimeDelta::days(7),
            constants: Vec::new(),
        }
    }
}

impl Dialect {
    /// The dialect of names and values; what is not named is as the letter has it. A name that begins
    /// with `constant.` gives an argument that is always sent.
    ///
    /// # Errors
    /// Every name that is none, and every value that does not fit its name.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let mut dialect = Self::default();
        for (name, value) in pairs {
            violations.take(dialect.set(name, value.trim()));
        }
        violations.check()?;
        Ok(dialect)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Violation> {
        match name {
            "format" => self.json = word(name, value, &[("xml", false), ("json", true)])?,
            "attributes" => self.attributes = word(name, value, &AttributeStyle::ALL)?,
            "dates" => self.dates = word(name, value, &DateStyle::ALL)?,
            "key" => self.key = word(name, value, &KeyPlace::ALL)?,
            "keyed_reads" => self.keyed_reads = flag(name, value)?,
            "jurisdiction_in_query" => self.jurisdiction_in_query = flag(name, value)?,
            "several_media" => self.several_media = flag(name, value)?,
            "idempotency" => self.idempotency = flag(name, value)?,
            "lists_at_once" => self.lists_at_once = flag(name, value)?,
            "updates" => self.updates = flag(name, value)?,
            "updated_after" => self.updated_after = flag(name, value)?,
            "id_list" => self.id_list = flag(name, value)?,
            "max_rows" => self.max_rows = number(name, value, MAX_ROWS)?,
            "poll_seconds" => {
                self.poll_every = TimeDelta::seconds(number(name, value, 86_400)?.into());
            }
            "token_hours" => {
                self.token_patience = TimeDelta::hours(number(name, value, 24 * 365)?.into());
            }
            other => match other.strip_prefix("constant.") {
                // A constant is shown to everybody who may see the remote.
                Some(argument) if argument.trim().eq_ignore_ascii_case("api_key") => {
                    let problem = "is a secret and cannot be part of a dialect; give it as api_key";
                    return Err(Violation::new(name, problem));
                }
                Some(argument) => self.constants.push((
                    line(name, argument, MAX_CODE)?,
                    line(name, value, MAX_LINE)?,
                )),
                None => return Err(Violation::new(name, "is not part of a dialect")),
            },
        }
        Ok(())
    }

    /// Everything in which it differs from the letter, as [`Self::parse`] reads it.
    pub fn to_pairs(&self) -> Vec<(String, String)> {
        let letter = Self::default().all_pairs();
        let mut pairs = self.all_pairs();
        pairs.retain(|one| !letter.contains(one));
        pairs
    }

    fn all_pairs(&self) -> Vec<(String, String)> {
        let Self {
            json,
            attributes,
            dates,
            key,
            keyed_reads,
            jurisdiction_in_query,
            several_media,
            idempotency,
            lists_at_once,
            updates,
            updated_after,
            id_list,
            max_rows,
            poll_every,
            token_patience,
            constants,
        } = self;
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut pairs = vec![
            pair("format", if *json { "json" } else { "xml" }.to_owned()),
            pair("attributes", word_of(*attributes, &AttributeStyle::ALL)),
            pair("dates", word_of(*dates, &DateStyle::ALL)),
            pair("key", word_of(*key, &KeyPlace::ALL)),
            pair("keyed_reads", keyed_reads.to_string()),
            pair("jurisdiction_in_query", jurisdiction_in_query.to_string()),
            pair("several_media", several_media.to_string()),
            pair("idempotency", idempotency.to_string()),
            pair("lists_at_once", lists_at_once.to_string()),
            pair("updates", updates.to_string()),
            pair("updated_after", updated_after.to_string()),
            pair("id_list", id_list.to_string()),
            pair("max_rows", max_rows.to_string()),
            pair("poll_seconds", poll_every.num_seconds().to_string()),
            pair("token_hours", token_patience.num_hours().to_string()),
        ];
        let constants = constants.iter();
        pairs.extend(constants.map(|(name, value)| (format!("constant.{name}"), value.clone())));
        pairs
    }
}

impl AttributeStyle {
    const ALL: [(&str, Self); 3] = [
        ("brackets", Self::Brackets),
        ("repeat", Self::Repeat),
        ("comma", Self::Comma),
    ];
}

impl DateStyle {
    const ALL: [(&str, Self); 3] = [
        ("utc", Self::Utc),
        ("offset", Self::Offset),
        ("local", Self::Local),
    ];
}

impl KeyPlace {
    const ALL: [(&str, Self); 3] = [
        ("form", Self::Form),
        ("query", Self::Query),
        ("header", Self::Header),
    ];
}

fn word<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, Violation> {
    let found = known.iter().find(|(word, _)| *word == value);
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        Violation::new(name, format!("is not one of {}", words.join(", ")))
    })
}

fn word_of<T: Copy + PartialEq>(value: T, known: &[(&str, T)]) -> String {
    let found = known.iter().find(|(_, meant)| *meant == value);
    found.map_or_else(String::new, |(word, _)| (*word).to_owned())
}

fn flag(name: &str, value: &str) -> Result<bool, Violation> {
    word(name, value, &[("true", true), ("false", false)])
}

fn number(name: &str, value: &str, max: u32) -> Result<u32, Violation> {
    let number = value.parse().ok().filter(|one| (1..=max).contains(one));
    number.ok_or_else(|| Violation::new(name, format!("is not a whole number from 1 to {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Dialect, Violations> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Dialect::parse(&pairs.iter().map(owned).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_said_is_the_letter() {
        assert_eq!(parse(&[]).unwrap(), Dialect::default());
        assert!(Dialect::default().to_pairs().is_empty());
    }

    #[test]
    fn a_dialect_comes_back_from_its_pairs() {
        let dialect = parse(&[
            ("format", "json"),
            ("attributes", "repeat"),
            ("dates", "local"),
            ("key", "header"),
            ("id_list", "false"),
            ("max_rows", "50"),
            ("token_hours", "24"),
            ("updates", "true"),
            ("constant.email", "311@city.example"),
        ])
        .unwrap();
        let pairs = dialect.to_pairs();
        assert_eq!(pairs.len(), 9);
        assert_eq!(Dialect::parse(&pairs).unwrap(), dialect);
    }

    #[test]
    fn a_key_is_no_constant() {
        for name in ["constant.api_key", "constant.API_KEY", "constant. api_key "] {
            let faults = parse(&[(name, "canary")]).unwrap_err();
            assert_eq!(faults.0[0].argument, name);
            assert!(!faults.to_string().contains("canary"), "{faults}");
        }
    }

    #[test]
    fn every_fault_is_told_and_names_what_would_do() {
        let faults = parse(&[
            ("attributes", "shouting"),
            ("updates", "yes"),
            ("max_rows", "0"),
            ("token_hours", "soon"),
            ("colour", "red"),
        ])
        .unwrap_err();
        assert_eq!(faults.0.len(), 5);
        assert_eq!(
            faults.0[0].to_string(),
            "attributes is not one of brackets, repeat, comma"
        );
    }
}

//! Which column is which GeoReport field: a small TOML file per source.

use chrono::{
    Datelike, NaiveDateTime, NaiveTime,
    format::{Item, Parsed, StrftimeItems},
};
use chrono_tz::Tz;
use domain::{
    Status,
    datetime::{self, LocalTime, Parts, resolve_local},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The mappings that come with the program.
const NAMED: [(&str, &str); 5] = [
    ("boston", include_str!("../../mappings/boston.toml")),
    ("nyc", include_str!("../../mappings/nyc.toml")),
    ("chicago", include_str!("../../mappings/chicago.toml")),
    ("sf", include_str!("../../mappings/sf.toml")),
    ("zurich", include_str!("../../mappings/zurich.toml")),
];

/// How to read the entries of one source.
#[derive(Debug, Clone)]
pub struct Mapping {
    dates: Vec<Vec<Item<'static>>>,
    pub(super) columns: Columns,
    open: Vec<String>,
    closed: Vec<String>,
    pub(super) missing_status: Option<Status>,
    pub(super) extended_attributes: BTreeMap<String, Names>,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// No mapping of this name comes with the program.
    #[error("there is no mapping \"{0}\"; there are {names}, and any TOML file may be given", names = NAMED.map(|(name, _)| name).join(", "))]
    UnknownName(String),
    /// It is no TOML, or has a key that mappings do not have, or of the wrong type.
    #[error("the mapping is not valid: {0}")]
    Invalid(#[from] toml::de::Error),
    /// One of `dates` is no format of chrono's.
    #[error(
        "dates: \"{0}\" is no date format (https://docs.rs/chrono/latest/chrono/format/strftime/)"
    )]
    DateFormat(String),
    /// Without this field no row could be taken.
    #[error("[columns] does not name {0}")]
    MissingColumn(&'static str),
    /// A word means both open and closed.
    #[error("[status] has \"{0}\" under both open and closed")]
    AmbiguousStatus(String),
}

/// The columns of a field, in order of preference; empty when the source does not have it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "OneOrMore")]
pub(super) struct Names(pub Vec<String>);

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    dates: Vec<String>,
    columns: Columns,
    #[serde(default)]
    status: StatusWords,
    #[serde(default)]
    extended_attributes: BTreeMap<String, Names>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct StatusWords {
    open: Vec<String>,
    closed: Vec<String>,
    missing: Option<MissingStatus>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum MissingStatus {
    Open,
    Closed,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a column name or a list of them is expected")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Names {
    fn from(names: OneOrMore) -> Self {
        match names {
            OneOrMore::One(name) => Self(vec![name]),
            OneOrMore::More(names) => Self(names),
        }
    }
}

/// The columns of every field, by the field's name in the standard.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Columns {
    pub service_request_id: Names,
    pub service_code: Names,
    pub service_name: Names,
    pub service_group: Names,
    pub status: Names,
    pub status_notes: Names,
    pub description: Names,
    pub agency_responsible: Names,
    pub service_notice: Names,
    pub requested_datetime: Names,
    pub closed_datetime: Names,
    pub updated_datetime: Names,
    pub expected_datetime: Names,
    pub address: Names,
    pub address_id: Names,
    pub zipcode: Names,
    pub lat: Names,
    pub long: Names,
    pub point: Names,
    pub media_url: Names,
}

impl Mapping {
    /// A mapping that comes with the program.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn named(name: &str) -> Result<Self, MappingError> {
        let known = NAMED.iter().find(|(known, _)| *known == name);
        let (_, text) = known.ok_or_else(|| MappingError::UnknownName(name.to_owned()))?;
        Self::from_toml(text)
    }

    /// GeoReport's own names, for files that were an answer of a GeoReport server or are GeoReport
    /// Bulk.
    ///
    /// # Errors
    /// Never: the mapping comes with the program and is tested.
    pub fn georeport() -> Result<Self, MappingError> {
        Self::from_toml(include_str!("../../mappings/georeport.toml"))
    }

    /// A mapping of one's own.
    ///
    /// # Errors
    /// When it is no TOML, has unknown keys or date formats, or leaves out what every row needs.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let file: File = toml::from_str(text)?;
        let columns = file.columns;
        if columns.requested_datetime.0.is_empty() {
            return Err(MappingError::MissingColumn("requested_datetime"));
        }
        if columns.service_name.0.is_empty() && columns.service_code.0.is_empty() {
            return Err(MappingError::MissingColumn("service_name or service_code"));
        }
        let lower = |words: Vec<String>| -> Vec<String> {
            words
                .iter()
                .map(|word| word.trim().to_lowercase())
                .collect()
        };
        let (open, closed) = (lower(file.status.open), lower(file.status.closed));
        if let Some(word) = open.iter().find(|word| closed.contains(word)) {
            return Err(MappingError::AmbiguousStatus(word.clone()));
        }
        Ok(Self {
            dates: file
                .dates
                .iter()
                .map(|format| date_format(format))
                .collect::<Result<_, _>>()?,
            columns,
            open,
            closed,
            missing_status: file.status.missing.map(|missing| match missing {
                MissingStatus::Open => Status::Open,
                MissingStatus::Closed => Status::Closed,
            }),
            extended_attributes: file.extended_attributes,
        })
    }

    /// What a word of the source means.
    pub(super) fn status(&self, word: &str) -> Option<Status> {
        let word = word.to_lowercase();
        if self.open.contains(&word) {
            Some(Status::Open)
        } else if self.closed.contains(&word) {
            Some(Status::Closed)
        } else {
            None
        }
    }

    /// The moment that a text means in `zone`: W3C, or the first of the mapping's formats that
    /// fits. A date alone is midnight.
    pub(super) fn moment(&self, text: &str, zone: Tz) -> Option<LocalTime> {
        let parts = datetime::split(text)
            .or_else(|| self.dates.iter().find_map(|format| parse(text, format)))?;
        let moment = match parts {
            Parts::Zoned(local, offset) => {
                LocalTime::Unique(local.checked_sub_offset(offset)?.and_utc())
            }
            Parts::Local(local) => resolve_local(in_calendar(local)?, zone),
            Parts::Day(day) => resolve_local(in_calendar(day.and_time(NaiveTime::MIN))?, zone),
        };
        // A zone may carry a local time over the end of the calendar.
        in_calendar(moment.instant().naive_utc()).map(|_| moment)
    }
}

/// Years that GeoReport can write.
fn in_calendar(local: NaiveDateTime) -> Option<NaiveDateTime> {
    (1..=9999).contains(&local.year()).then_some(local)
}

fn date_format(format: &str) -> Result<Vec<Item<'static>>, MappingError> {
    let items = StrftimeItems::new(format).parse_to_owned().ok();
    items.ok_or_else(|| MappingError::DateFormat(format.to_owned()))
}

fn parse(text: &str, format: &[Item<'static>]) -> Option<Parts> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, format.iter()).ok()?;
    if let Ok(at) = parsed.to_datetime() {
        return Some(Parts::Zoned(at.naive_local(), *at.offset()));
    }
    match parsed.to_naive_datetime_with_offset(0) {
        Ok(local) => Some(Parts::Local(local)),
        Err(_) => parsed.to_naive_date().ok().map(Parts::Day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[columns]\nservice_name = 'a'\nrequested_datetime = ['b', 'c']\n";

    fn moment(formats: &str, text: &str) -> Option<String> {
        let mapping = Mapping::from_toml(&format!("dates = {formats}\n{LEAST}")).unwrap();
        mapping
            .moment(text, chrono_tz::America::New_York)
            .map(|at| datetime::to_string(at.instant()))
    }

    #[test]
    fn every_mapping_that_comes_with_the_program_is_valid() {
        for (name, _) in NAMED {
            Mapping::named(name).unwrap();
        }
        Mapping::georeport().unwrap();
        let error = Mapping::named("gotham").unwrap_err().to_string();
        assert!(error.contains("boston, nyc"), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_named() {
        for (text, said) in [
            (format!("{LEAST}ticket = 'x'"), "ticket"),
            (format!("{LEAST}[stauts]\nopen = []"), "stauts"),
            (format!("{LEAST}[status]\nmissing = 'gone'"), "gone"),
            (
                format!("{LEAST}[status]\nopen=['A']\nclosed=['a']"),
                "\"a\"",
            ),
            (format!("dates = ['%Q']\n{LEAST}"), "%Q"),
            (format!("{LEAST}lat = 1"), "a list of them"),
            ("[columns]\nservice_name = 'a'".into(), "requested_datetime"),
            ("[columns]\nrequested_datetime = 'a'".into(), "service_name"),
            ("columns".into(), "not valid"),
        ] {
            let error = Mapping::from_toml(&text).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
    }

    #[test]
    fn status_words_are_compared_without_case() {
        let text = format!("{LEAST}[status]\nopen = ['In Arbeit']\nclosed = ['ERLEDIGT']");
        let mapping = Mapping::from_toml(&text).unwrap();
        assert_eq!(mapping.status("in arbeit"), Some(Status::Open));
        assert_eq!(mapping.status("Erledigt"), Some(Status::Closed));
        assert_eq!(mapping.status("open"), None);
    }

    #[test]
    fn dates_are_read_as_w3c_and_then_as_the_mapping_says() {
        let formats = "['%m/%d/%Y %I:%M:%S %p', '%d.%m.%Y', '%d.%m.%Y %H:%M %z']";
        for (text, meant) in [
            ("2011-07-01 01:32:33", "2011-07-01T05:32:33Z"),
            ("2011-07-01T01:32:33.250-07:00", "2011-07-01T08:32:33Z"),
            ("07/15/2012 08:08:00 PM", "2012-07-16T00:08:00Z"),
            ("15.07.2012", "2012-07-15T04:00:00Z"),
            ("15.07.2012 10:00 +0200", "2012-07-15T08:00:00Z"),
        ] {
            assert_eq!(moment(formats, text).as_deref(), Some(meant), "{text}");
        }
        for text in [
            "31.02.2012",
            "soon",
            "07/15/2012",
            "01.01.0000",
            "01.01.+99999",
            "9999-12-31 23:59:59",
        ] {
            assert_eq!(moment(formats, text), None, "{text}");
        }
    }
}

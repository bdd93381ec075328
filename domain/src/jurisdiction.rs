//! A city, a county, an agency: whoever takes service requests here.

use crate::{JurisdictionId, ServiceRequestId, Violation};
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

/// Who takes service requests, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jurisdiction {
    /// What clients send.
    pub jurisdiction_id: JurisdictionId,
    /// What people call it.
    pub name: String,
    /// Its wall clock: for times that come without a zone.
    pub time_zone: Tz,
    /// How a person reaches the people behind the endpoint (`contact` in discovery); may be empty.
    pub contact: String,
    /// How its service_request_ids look.
    pub id_format: IdFormat,
    /// When its service list or a service definition last changed (`changeset` in discovery).
    pub changeset: DateTime<Utc>,
}

/// How the service_request_ids of a jurisdiction look: `{yy}` and `{yyyy}` are the local year,
/// each `#` a decimal digit drawn at random, all else stands for itself.
///
/// Digits, because they can be read over the phone in any language; random, because a counter
/// would queue service requests behind each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdFormat(String);

impl IdFormat {
    /// Ten digits, two of them the year: room for a million service requests a year with one draw
    /// in a hundred repeated.
    pub const DEFAULT: &str = "{yy}-####-####";
    /// Fewer random digits would run out.
    const MIN_DIGITS: usize = 6;

    /// A format as an operator writes it.
    ///
    /// # Errors
    /// When it has fewer than six `#` or more than eighteen, or holds anything but letters,
    /// digits, `-`, `_` and `.` beside the placeholders.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let wrong = |problem: &str| Err(Violation::new("id_format", problem));
        let digits = text.matches('#').count();
        if !(Self::MIN_DIGITS..=18).contains(&digits) {
            return wrong("needs 6 to 18 random digits, written as #");
        }
        let literal = text
            .replace("{yyyy}", "")
            .replace("{yy}", "")
            .replace('#', "");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if literal.len() > 20 || !literal.chars().all(plain) {
            return wrong(
                "may hold letters, digits, '-', '_', '.', {yy}, {yyyy} and # only, such as {yy}-####-####",
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// The format as an operator writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id, its digits taken from `random`.
    ///
    /// # Errors
    /// Never for a format that was parsed; the type is that of every id.
    pub fn draw(
        &self,
        now: DateTime<Utc>,
        zone: Tz,
        mut random: u64,
    ) -> Result<ServiceRequestId, Violation> {
        let year = now.with_timezone(&zone).year();
        let dated = self
            .0
            .replace("{yyyy}", &format!("{year:04}"))
            .replace("{yy}", &format!("{:02}", year % 100));
        let drawn: String = dated
            .chars()
            .map(|c| {
                if c != '#' {
                    return c;
                }
                let digit = u8::try_from(random % 10).unwrap_or(0);
                random /= 10;
                char::from(b'0' + digit)
            })
            .collect();
        ServiceRequestId::parse(&drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_made_of_digits() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let format = IdFormat::parse(IdFormat::DEFAULT).unwrap();
        let id = format.draw(now, chrono_tz::UTC, 87_654_321).unwrap();
        assert_eq!(id.as_str(), "26-1234-5678");
    }

    #[test]
    fn the_year_is_the_local_one() {
        let now = DateTime::from_timestamp(1_767_229_200, 0).unwrap(); // 2026-01-01T01:00:00Z
        let format = IdFormat::parse("SR-{yyyy}-######").unwrap();
        let id = format.draw(now, chrono_tz::America::New_York, 0).unwrap();
        assert_eq!(id.as_str(), "SR-2025-000000");
    }

    #[test]
    fn a_format_that_would_run_out_or_break_a_path_is_refused() {
        for odd in [
            "",
            "#####",
            "{yy}/######",
            "{id}######",
            "a b ######",
            "###################",
        ] {
            assert!(IdFormat::parse(odd).is_err(), "{odd}");
        }
    }
}

//! Dates and times as GeoReport writes them: W3C NOTE-datetime with a zone.
//!
//! In: `Z`, `±hh:mm`, `±hhmm`, a blank where an unescaped `+` was lost, fractions of a second, and,
//! because real clients send them, no zone or a date alone, which then mean the jurisdiction's own
//! time. Out: always `YYYY-MM-DDTHH:MM:SSZ`, the one form that every known client reads.
//! <https://wiki.open311.org/GeoReport_v2/#dates>, <https://www.w3.org/TR/NOTE-datetime>

use crate::Violation;
use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

/// Which end of a day a date without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// 00:00:00.
    Start,
    /// 23:59:59.
    End,
}

/// How a local time was turned into an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    /// It happened exactly once.
    Unique(DateTime<Utc>),
    /// It happened twice, when clocks went back; this is the first time.
    Repeated(DateTime<Utc>),
    /// It was skipped, when clocks went forward; this is the moment after the skip.
    Skipped(DateTime<Utc>),
}

impl LocalTime {
    /// The instant chosen.
    pub fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Unique(at) | Self::Repeated(at) | Self::Skipped(at) => at,
        }
    }
}

/// The instant of a wall clock reading in `zone`.
pub fn resolve_local(local: NaiveDateTime, zone: Tz) -> LocalTime {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => LocalTime::Unique(at.to_utc()),
        LocalResult::Ambiguous(first, _) => LocalTime::Repeated(first.to_utc()),
        LocalResult::None => {
            // The offset in force a day earlier carries the reading over the gap.
            let before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1)));
            let seconds = TimeDelta::seconds(i64::from(before.fix().local_minus_utc()));
            LocalTime::Skipped((local - seconds).and_utc())
        }
    }
}

/// A date and time argument; `zone` and `bound` complete what was left out.
///
/// # Errors
/// When it is none of the accepted forms, or no date of the calendar, or outside the years 1 to 9999.
pub fn parse(
    argument: &str,
    text: &str,
    zone: Tz,
    bound: Bound,
) -> Result<DateTime<Utc>, Violation> {
    let instant = match split(text.trim()) {
        Some(Parts::Zoned(local, offset)) => offset
            .from_local_datetime(&local)
            .single()
            .map(|at| at.to_utc()),
        Some(Parts::Local(local)) => Some(resolve_local(local, zone).instant()),
        Some(Parts::Day(day)) => {
            let time = match bound {
                Bound::Start => NaiveTime::MIN,
                Bound::End => NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN),
            };
            Some(resolve_local(day.and_time(time), zone).instant())
        }
        None => None,
    };
    instant
        .filter(|at| (1..=9999).contains(&at.year()))
        .ok_or_else(|| {
            Violation::new(
                argument,
                "is not a date and time like 2026-01-31T08:00:00Z (W3C date-time with a time zone)",
            )
        })
}

/// What a W3C date-time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// With a zone.
    Zoned(NaiveDateTime, FixedOffset),
    /// A date and time without a zone.
    Local(NaiveDateTime),
    /// A date alone.
    Day(NaiveDate),
}

/// The parts of a W3C date-time, before a zone is assumed. `None` when it is not one.
pub fn split(text: &str) -> Option<Parts> {
    if !text.is_ascii() || text.len() > 40 {
        return None;
    }
    let day = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    // `%Y` also takes signs and blanks; a date is digits in fixed places.
    let digits = |range: std::ops::Range<usize>| text[range].bytes().all(|b| b.is_ascii_digit());
    if !(digits(0..4) && digits(5..7) && digits(8..10)) {
        return None;
    }
    let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else {
        return Some(Parts::Day(day));
    };
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) = split_zone(rest);
    let local = day.and_time(parse_clock(clock)?);
    match zone {
        None => Some(Parts::Local(local)),
        Some(zone) => Some(Parts::Zoned(local, parse_zone(zone)?)),
    }
}

/// Cuts `hh:mm:ss.fff` from the zone that follows it, if one does.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    match text.find(['Z', 'z', '+', '-', ' ']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`, one to nine digits of fraction.
fn parse_clock(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut fields = whole.split(':').map(two_digits);
    let hour = fields.next()??;
    let minute = fields.next()??;
    let second = match fields.next() {
        Some(second) => second?,
        None if fraction.is_none() => 0,
        None => return None,
    };
    if fields.next().is_some() {
        return None;
    }
    let nanos = match fraction {
        Some(digits) if digits.len() <= 9 && !digits.is_empty() => {
            if !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            format!("{digits:0<9}").parse().ok()?
        }
        Some(_) => return None,
        None => 0,
    };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

/// `Z`, `±hh:mm`, `±hhmm` or `±hh`; a blank stands for a plus that a query string swallowed.
fn parse_zone(text: &str) -> Option<FixedOffset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Utc.fix());
    }
    let (sign, rest) = text.split_at(1);
    let hours = two_digits(rest.get(..2)?)?;
    let minutes = match rest[2..].strip_prefix(':').unwrap_or(&rest[2..]) {
        "" if rest.len() == 2 => 0,
        minutes => two_digits(minutes)?,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
    match sign {
        "-" => FixedOffset::west_opt(seconds),
        "+" | " " => FixedOffset::east_opt(seconds),
        _ => None,
    }
}

fn two_digits(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// The instant without its fraction: nothing is stored that an answer could not show, so a client
/// that asks again with the time it was told finds the same service request.
pub fn to_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.with_nanosecond(0).unwrap_or(at)
}

/// `YYYY-MM-DDTHH:MM:SSZ`, without allocating.
pub fn format(at: DateTime<Utc>, buffer: &mut [u8; 20]) -> &str {
    *buffer = *b"0000-00-00T00:00:00Z";
    let year = at.year().clamp(0, 9999).unsigned_abs();
    let mut put = |offset: usize, width: usize, mut value: u32| {
        for place in (offset..offset + width).rev() {
            buffer[place] = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, at.month());
    put(8, 2, at.day());
    put(11, 2, at.hour());
    put(14, 2, at.minute());
    put(17, 2, at.second());
    std::str::from_utf8(buffer).unwrap_or_default()
}

/// [`format`] into a string of its own.
pub fn to_string(at: DateTime<Utc>) -> String {
    format(at, &mut [0; 20]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        parse(
            "start_date",
            text,
            chrono_tz::America::New_York,
            Bound::Start,
        )
        .ok()
        .map(to_string)
    }

    #[test]
    fn every_form_that_a_known_client_sends_is_read() {
        for (sent, meant) in [
            ("2026-11-20T21:56:08Z", "2026-11-20T21:56:08Z"),
            ("2026-11-20T21:56:08+00:00", "2026-11-20T21:56:08Z"),
            ("2026-11-20T21:56:08 00:00", "2026-11-20T21:56:08Z"),
            ("2026-11-20T21:56:08-05:00", "2026-11-21T02:56:08Z"),
            ("2026-11-20T21:56:08-0500", "2026-11-21T02:56:08Z"),
            ("2026-11-20T21:56-05", "2026-11-21T02:56:00Z"),
            ("2026-11-20T21:56:08.347Z", "2026-11-20T21:56:08Z"),
            ("2026-11-20T21:56:08.123456", "2026-11-21T02:56:08Z"),
            ("2026-11-20 21:56:08", "2026-11-21T02:56:08Z"),
            ("2026-11-20", "2026-11-20T05:00:00Z"),
        ] {
            assert_eq!(read(sent).as_deref(), Some(meant), "{sent}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for sent in [
            "",
            "yesterday",
            "2024-02-30T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-1-1",
            "2024-01-01T00:00:00+25:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00",
            "1e400",
            "2024-01-01T00:00:00Zjunk",
            "+024-01-01",
            "٢٠٢٤-01-01",
            "2024-01-01T",
            "0000-01-01",
        ] {
            assert_eq!(read(sent), None, "{sent}");
        }
    }

    #[test]
    fn a_date_alone_as_the_end_of_a_range_means_the_whole_day() {
        let at = parse("end_date", "2011-03-10", chrono_tz::UTC, Bound::End).unwrap();
        assert_eq!(to_string(at), "2011-03-10T23:59:59Z");
    }

    #[test]
    fn the_repeated_hour_is_taken_the_first_time_and_the_skipped_one_after_the_skip() {
        let zone = chrono_tz::America::New_York;
        let local = |text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let repeated = resolve_local(local("2011-11-06 01:30"), zone);
        assert!(matches!(repeated, LocalTime::Repeated(_)));
        assert_eq!(to_string(repeated.instant()), "2011-11-06T05:30:00Z");
        let skipped = resolve_local(local("2011-03-13 02:30"), zone);
        assert!(matches!(skipped, LocalTime::Skipped(_)));
        assert_eq!(to_string(skipped.instant()), "2011-03-13T07:30:00Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_135_596_800_i64..253_402_300_799) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(parse("t", &to_string(at), chrono_tz::UTC, Bound::Start).unwrap(), at);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}

//! W3C date-times, read to the letter: <https://www.w3.org/TR/NOTE-datetime>.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

/// The instant of a date-time with its time zone: `2024-05-01T08:15Z`,
/// `2024-05-01T08:15:30-05:00`, `2024-05-01T08:15:30.25Z`. Nothing for any other text.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    let shape = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(shape(4, b'-') && shape(7, b'-') && shape(10, b'T') && shape(13, b':')) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(
        digits(text, 0, 4)?.try_into().ok()?,
        digits(text, 5, 2)?,
        digits(text, 8, 2)?,
    )?;
    let (hour, minute) = (digits(text, 11, 2)?, digits(text, 14, 2)?);
    let mut rest = text.get(16..)?;
    let (mut second, mut nanoseconds) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        second = digits(after, 0, 2)?;
        rest = after.get(2..)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            nanoseconds = digits(&format!("{:0<9}", fraction.get(..length.min(9))?), 0, 9)?;
            rest = fraction.get(length..)?;
        }
    }
    let local = date.and_hms_nano_opt(hour, minute, second, nanoseconds)?;
    Some((local - offset(rest)?).and_utc())
}

/// `Z` or `±hh:mm`.
fn offset(text: &str) -> Option<TimeDelta> {
    if text == "Z" {
        return Some(TimeDelta::zero());
    }
    let bytes = text.as_bytes();
    if bytes.len() != 6 || bytes.get(3) != Some(&b':') {
        return None;
    }
    let (hours, minutes) = (digits(text, 1, 2)?, digits(text, 4, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let amount = TimeDelta::minutes(i64::from(hours * 60 + minutes));
    match bytes.first() {
        Some(b'+') => Some(amount),
        Some(b'-') => Some(-amount),
        _ => None,
    }
}

fn digits(text: &str, from: usize, length: usize) -> Option<u32> {
    let part = text.get(from..from + length)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| part.parse().ok())?
}

/// The instant as an argument, to the second: `2024-05-01T08:15:30Z`.
pub fn argument(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_w3c_date_time_with_its_zone_is_an_instant() {
        for text in [
            "2024-05-01T08:15:30Z",
            "2024-05-01T10:15:30+02:00",
            "2024-05-01T03:45:30.000-04:30",
        ] {
            assert_eq!(
                argument(instant(text).unwrap()),
                "2024-05-01T08:15:30Z",
                "{text}"
            );
        }
        assert_eq!(
            argument(instant("2024-05-01T08:15Z").unwrap()),
            "2024-05-01T08:15:00Z"
        );
    }

    #[test]
    fn what_is_not_to_the_letter_is_none() {
        for text in [
            "",
            "2024-05-01",
            "2024-05-01T08:15:30",
            "2024-05-01 08:15:30Z",
            "2024-02-30T08:15:30Z",
            "2024-05-01T08:15:30+0200",
            "2024-05-01T08:15:30+02",
            "2024-05-01T08:15:30.Z",
            "2024-05-01T25:15:30Z",
            "2024-05-01T08:15:30z",
            "２024-05-01T08:15:30Z",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}

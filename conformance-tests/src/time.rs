//! W3C date-times without a library: an instant is a number of seconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// The instant of the call, in whole seconds.
pub fn now() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    elapsed.as_secs().cast_signed()
}

/// `YYYY-MM-DDTHH:MM:SSZ`, the only form that every known client parses.
pub fn utc(instant: i64) -> String {
    let (year, month, day) = civil(instant.div_euclid(DAY));
    let second = instant.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// The instant of a date-time in exactly the form `YYYY-MM-DDTHH:MM:SSZ`; `None`
/// for every other form, also for one that is a legal W3C date-time.
pub fn parse_utc(text: &str) -> Option<i64> {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    if shape != "0000-00-00T00:00:00Z" {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = days_since_1970(year, month, day);
    let instant = days * DAY + hour * 3_600 + minute * 60 + second;
    // A date that does not exist, such as 30 February, does not come back as itself.
    (utc(instant) == text).then_some(instant)
}

/// Days of a proleptic Gregorian date; see Howard Hinnant, "chrono-compatible
/// low-level date algorithms".
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_since_1970`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_comes_back_from_its_text() {
        for instant in [0, 951_782_400, 1_709_164_799, 1_763_766_000, 4_102_444_800] {
            assert_eq!(parse_utc(&utc(instant)), Some(instant));
        }
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "2024-02-30T00:00:00Z",
            "2024-01-01T00:00:00.5Z",
            "2024-01-01T00:00:00+00:00",
        ] {
            assert_eq!(parse_utc(text), None, "{text}");
        }
    }
}

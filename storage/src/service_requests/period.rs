//! Periods of thirty days, by which the indexes of places and of words are divided: most questions are
//! about the last ninety days, and must not become slower with every year that a city files.

use domain::TimeRange;

/// A period in seconds.
const SECONDS: i64 = 30 * 24 * 60 * 60;
/// Of more periods than these each is not looked up on its own: three years.
const MANY: i32 = 36;

/// In which period a service request was filed, as the indexes have it.
pub(super) const PERIOD: &str =
    "floor(date_part('epoch', requested_datetime AT TIME ZONE 'UTC') / 2592000)::integer";

/// The periods of a time range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Periods {
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Periods {
    /// `None` for a range that is open at an end, or so long that periods narrow nothing.
    pub(super) fn of(range: &TimeRange) -> Option<Self> {
        let period = |at: chrono::DateTime<chrono::Utc>| {
            i32::try_from(at.timestamp().div_euclid(SECONDS)).ok()
        };
        let (first, last) = (period(range.start?)?, period(range.end?)?);
        (last - first < MANY).then_some(Self { first, last })
    }

    /// As the index of words names them, which has jurisdiction and period in one.
    pub(super) fn names(self, jurisdiction_id: &str) -> Vec<String> {
        let name = |period| format!("{jurisdiction_id} {period}");
        (self.first..=self.last).map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> TimeRange {
        let at = |text: &str| Some(text.parse().unwrap());
        TimeRange {
            start: at(start),
            end: at(end),
        }
    }

    #[test]
    fn ninety_days_are_four_periods() {
        let periods = Periods::of(&range("2026-03-01T00:00:00Z", "2026-05-30T00:00:00Z")).unwrap();
        assert_eq!((periods.first, periods.last), (683, 686));
        let names = periods.names("a.example");
        assert_eq!(names.first().unwrap(), "a.example 683");
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn what_was_before_1970_has_periods_too() {
        let periods = Periods::of(&range("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"));
        assert_eq!(periods, Some(Periods { first: -1, last: 0 }));
    }

    #[test]
    fn ranges_that_are_open_or_long_have_none() {
        assert_eq!(Periods::of(&TimeRange::default()), None);
        assert_eq!(
            Periods::of(&range("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z")),
            None
        );
    }
}

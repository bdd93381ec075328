use super::*;
use crate::datetime::to_string;
use chrono_tz::{
    America::{New_York, Sao_Paulo},
    Australia::Lord_Howe,
    Europe::Zurich,
};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Monday to Friday, 08:00-12:00 and 13:00-17:00.
fn office() -> WorkingHours {
    let hours = ["08:00-12:00", "13:00-17:00"].map(|text| Opening::parse(text).unwrap());
    let days = WorkingHours::WEEKDAYS.into_iter().take(5);
    WorkingHours::new(days.flat_map(|(_, day)| hours.map(|one| (day, one)))).unwrap()
}

/// Every day, at these times.
fn daily(text: &str) -> WorkingHours {
    let opening = Opening::parse(text).unwrap();
    WorkingHours::new(WorkingHours::WEEKDAYS.map(|(_, day)| (day, opening))).unwrap()
}

fn zurich(holidays: &[&str]) -> Calendar {
    let holidays = holidays.iter().map(|day| day.parse().unwrap());
    Calendar::new(Zurich, office(), holidays)
}

fn expected(amount: u32, unit: LevelUnit, from: &str, calendar: &Calendar) -> String {
    let level = ServiceLevel::new(amount, unit).unwrap();
    to_string(level.expected_datetime(at(from), calendar).unwrap())
}

#[test]
fn hours_run_day_and_night_and_do_not_care_for_the_clock() {
    // The clocks went forward in the night of 29 March 2026.
    let from = "2026-03-28T12:00:00Z";
    let done = expected(24, LevelUnit::Hours, from, &zurich(&["2026-03-29"]));
    assert_eq!(done, "2026-03-29T12:00:00Z");
}

#[test]
fn working_hours_run_while_the_city_works() {
    let calendar = zurich(&[]);
    for (from, hours, done) in [
        // Thursday 09:00 local; three hours are over when the morning is.
        ("2026-06-04T07:00:00Z", 3, "2026-06-04T10:00:00Z"),
        ("2026-06-04T07:00:01Z", 3, "2026-06-04T11:00:01Z"),
        ("2026-06-04T07:00:00Z", 8, "2026-06-05T07:00:00Z"),
        // Friday evening counts as Monday morning.
        ("2026-06-05T18:00:00Z", 1, "2026-06-08T07:00:00Z"),
        ("2026-06-06T03:12:45Z", 1, "2026-06-08T07:00:00Z"),
    ] {
        let found = expected(hours, LevelUnit::WorkingHours, from, &calendar);
        assert_eq!(found, done, "{from}");
    }
}

#[test]
fn working_days_end_when_the_city_closes_and_the_day_of_the_filing_does_not_count() {
    let calendar = zurich(&["2026-06-08"]);
    for (from, days, done) in [
        ("2026-06-04T07:00:00Z", 1, "2026-06-05T15:00:00Z"),
        // Monday is a holiday.
        ("2026-06-05T07:00:00Z", 1, "2026-06-09T15:00:00Z"),
        ("2026-06-06T07:00:00Z", 1, "2026-06-09T15:00:00Z"),
        ("2026-06-04T23:30:00Z", 2, "2026-06-10T15:00:00Z"),
        // It is Friday there already.
        ("2026-06-04T22:30:00Z", 1, "2026-06-09T15:00:00Z"),
    ] {
        let found = expected(days, LevelUnit::WorkingDays, from, &calendar);
        assert_eq!(found, done, "{from}");
    }
}

#[test]
fn closing_time_follows_the_clock_through_both_changes() {
    let calendar = zurich(&[]);
    for (from, done) in [
        // Friday before the clocks go forward: 17:00 is an hour earlier in UTC on Monday.
        ("2026-03-27T09:00:00Z", "2026-03-30T15:00:00Z"),
        // Friday before they go back.
        ("2026-10-23T09:00:00Z", "2026-10-26T16:00:00Z"),
    ] {
        assert_eq!(expected(1, LevelUnit::WorkingDays, from, &calendar), done);
    }
}

#[test]
fn the_night_on_which_clocks_go_forward_has_an_hour_less_to_work() {
    // In New York 02:00 became 03:00 on 8 March 2026.
    let night = Calendar::new(New_York, daily("00:00-06:00"), []);
    let from = "2026-03-08T05:00:00Z"; // 00:00 local
    let done = |hours| expected(hours, LevelUnit::WorkingHours, from, &night);
    assert_eq!(done(2), "2026-03-08T07:00:00Z");
    assert_eq!(done(5), "2026-03-08T10:00:00Z"); // 06:00 local
    assert_eq!(done(6), "2026-03-09T05:00:00Z"); // 01:00 local of the next day
}

#[test]
fn the_night_on_which_clocks_go_back_has_an_hour_more_to_work() {
    // In New York 02:00 became 01:00 on 1 November 2026.
    let night = Calendar::new(New_York, daily("00:00-06:00"), []);
    let from = "2026-11-01T04:00:00Z"; // 00:00 local
    let done = |hours| expected(hours, LevelUnit::WorkingHours, from, &night);
    assert_eq!(done(7), "2026-11-01T11:00:00Z"); // 06:00 local
    assert_eq!(done(8), "2026-11-02T06:00:00Z"); // 01:00 local of the next day
}

#[test]
fn hours_that_the_change_skips_are_not_worked_and_those_it_repeats_are_worked_twice() {
    let forward = Calendar::new(New_York, daily("02:00-02:30"), []);
    // 02:00 to 02:30 does not exist on 8 March; half an hour on each of the days around it.
    let from = "2026-03-07T05:00:00Z";
    let done = expected(1, LevelUnit::WorkingHours, from, &forward);
    assert_eq!(done, "2026-03-09T06:30:00Z");
    let day = expected(1, LevelUnit::WorkingDays, from, &forward);
    assert_eq!(day, "2026-03-09T06:30:00Z", "Sunday was no working day");
    let back = Calendar::new(New_York, daily("01:00-01:30"), []);
    let done = expected(1, LevelUnit::WorkingHours, "2026-11-01T04:00:00Z", &back);
    assert_eq!(done, "2026-11-01T06:30:00Z", "01:30 for the second time");
}

#[test]
fn a_city_that_never_works_promises_nothing() {
    let closed = Calendar::new(Zurich, WorkingHours::default(), []);
    for unit in [LevelUnit::WorkingHours, LevelUnit::WorkingDays] {
        let level = ServiceLevel::new(1, unit).unwrap();
        let from = at("2026-06-01T12:00:00Z");
        assert_eq!(level.expected_datetime(from, &closed), None);
    }
}

#[test]
fn a_level_is_at_least_one_and_at_most_about_a_year() {
    for unit in LevelUnit::ALL {
        assert_eq!(LevelUnit::parse(unit.as_str()), Ok(unit));
        let max = unit.max_amount();
        assert!(ServiceLevel::new(max, unit).is_ok());
        for odd in [0, max + 1] {
            assert_eq!(ServiceLevel::new(odd, unit).unwrap_err().argument, "amount");
        }
    }
    assert!(LevelUnit::parse("weeks").is_err());
}

#[test]
fn opening_hours_are_two_times_in_order() {
    for good in ["08:00-12:30", "00:00-24:00", " 08:00 - 12:30 "] {
        assert!(Opening::parse(good).is_ok(), "{good}");
    }
    for odd in [
        "",
        "8:00-12:00",
        "08:00",
        "12:00-08:00",
        "08:00-08:00",
        "08:00-24:01",
        "08:60-09:00",
        "+8:00-09:00",
        "08:00-12:00-13:00",
    ] {
        let fault = Opening::parse(odd).unwrap_err();
        assert_eq!(fault.argument, "working_hours", "{odd}");
    }
}

#[test]
fn opening_hours_of_a_day_do_not_overlap_and_every_such_day_is_named() {
    let one = |text| Opening::parse(text).unwrap();
    let touching = [one("12:00-17:00"), one("08:00-12:00")];
    let hours = WorkingHours::new(touching.map(|one| (Weekday::Mon, one))).unwrap();
    assert_eq!(hours.on(Weekday::Mon)[0].to_string(), "08:00-12:00");
    assert!(!hours.is_empty());
    let overlapping = [one("08:00-12:00"), one("11:59-17:00")];
    let days = [Weekday::Tue, Weekday::Sun];
    let both = days
        .into_iter()
        .flat_map(|day| overlapping.map(|one| (day, one)));
    let faults = WorkingHours::new(both).unwrap_err();
    let named: Vec<&str> = faults.0.iter().map(|one| one.argument.as_str()).collect();
    assert_eq!(named, ["tuesday", "sunday"]);
}

#[test]
fn a_holiday_is_a_day_with_a_name() {
    assert!(Holiday::parse("2026-12-25", " Christmas Day ").is_ok());
    for odd in [
        "2026-02-29",
        "25.12.2026",
        "2026-12-25 ",
        "12026-12-2",
        "0026-12-25",
        "",
    ] {
        let faults = Holiday::parse(odd, "").unwrap_err();
        assert_eq!(faults.0.len(), 2, "{odd}: both are wrong");
    }
}

/// Zones with changes of an hour, of half an hour, at midnight, and none.
fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![New_York, Zurich, Lord_Howe, Sao_Paulo, chrono_tz::UTC])
}

prop_compose! {
    fn hours()(days in prop::collection::vec(
        prop::collection::btree_set(0..=96_u32, 0..5), 7)) -> WorkingHours {
        // Quarters of an hour in order, taken in pairs.
        let openings = days.iter().zip(WorkingHours::WEEKDAYS).flat_map(|(quarters, (_, day))| {
            let quarters: Vec<u32> = quarters.iter().copied().collect();
            let pairs: Vec<_> = quarters
                .chunks_exact(2)
                .map(|pair| (day, Opening::new(pair[0] * 15, pair[1] * 15).unwrap()))
                .collect();
            pairs
        });
        WorkingHours::new(openings).unwrap()
    }
}

prop_compose! {
    fn calendars()(zone in zones(), hours in hours(),
        holidays in prop::collection::vec(0..400_i64, 0..20)) -> Calendar {
        let first: NaiveDate = "2015-01-01".parse().unwrap();
        let holidays = holidays.into_iter().map(|days| first + TimeDelta::days(days));
        Calendar::new(zone, hours, holidays)
    }
}

fn levels() -> impl Strategy<Value = ServiceLevel> {
    (1..60_u32, prop::sample::select(LevelUnit::ALL.to_vec()))
        .prop_map(|(amount, unit)| ServiceLevel::new(amount, unit).unwrap())
}

/// A moment of the year 2015, in which all of the zones but UTC changed their clocks twice.
fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    (0..365 * 86_400_i64).prop_map(|second| at("2015-01-01T00:00:00Z") + TimeDelta::seconds(second))
}

proptest! {
    #[test]
    fn what_is_asked_later_is_not_expected_earlier(
        calendar in calendars(), level in levels(), first in moments(), later in 0..200_000_i64,
    ) {
        let second = first + TimeDelta::seconds(later);
        let [first, second] = [first, second].map(|from| level.expected_datetime(from, &calendar));
        if let (Some(first), Some(second)) = (first, second) {
            prop_assert!(first <= second);
        }
    }

    #[test]
    fn more_is_not_expected_earlier_and_nothing_before_it_is_asked(
        calendar in calendars(), level in levels(), from in moments(),
    ) {
        let more = ServiceLevel::new(level.amount() + 1, level.unit()).unwrap();
        let both = [level, more].map(|one| one.expected_datetime(from, &calendar));
        if let [Some(one), Some(other)] = both {
            prop_assert!(from < one && one < other);
        }
    }

    #[test]
    fn nothing_is_expected_in_a_closed_hour(
        calendar in calendars(), level in levels(), from in moments(),
    ) {
        if let Some(done) = level.expected_datetime(from, &calendar) {
            prop_assert_eq!(done.timestamp_subsec_nanos(), 0);
            // The last second before it belongs to an opening: it is the end of a worked second.
            let before = done - TimeDelta::seconds(1);
            prop_assert!(level.unit() == LevelUnit::Hours || calendar.is_open(before));
        }
    }

    #[test]
    fn as_many_hours_are_worked_as_were_asked_for(
        calendar in calendars(), amount in 1..12_u32, from in moments(),
    ) {
        let level = ServiceLevel::new(amount, LevelUnit::WorkingHours).unwrap();
        if let Some(done) = level.expected_datetime(from, &calendar)
            && done - from < TimeDelta::days(30)
        {
            // Counted the slow way: minute by minute from the second at which it was asked.
            let mut worked = TimeDelta::zero();
            let mut second = from;
            while second < done {
                let step = TimeDelta::seconds(60 - second.timestamp().rem_euclid(60)).min(done - second);
                if calendar.is_open(second) {
                    worked += step;
                }
                second += step;
            }
            prop_assert_eq!(worked, TimeDelta::hours(amount.into()));
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,20}") {
        let _ = Opening::parse(&text);
        let _ = Holiday::parse(&text, &text);
    }
}

//! GET requests: `start_date` and `end_date`, ninety days, time zones.

use std::process::Command;

use conformance_tests::demo::{BOSTON, Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::server::Server;
use conformance_tests::time::{DAY, now, parse_utc, utc};
use serde_json::Value;

fn find(parameters: &[(&str, &str)]) -> Vec<Value> {
    Demo::boston().endpoint.find(parameters)
}

fn requested(row: &Value) -> i64 {
    parse_utc(text(row, "requested_datetime")).unwrap_or_default()
}

/// A request of the demo some way in the past, so that no other test adds one beside it.
fn landmark() -> Value {
    find(&[("end_date", &utc(now() - 20 * DAY)), ("page_size", "1")]).remove(0)
}

fn finds_landmark(start: &str, end: &str) -> bool {
    let rows = find(&[("start_date", start), ("end_date", end)]);
    rows.contains(&landmark())
}

/// An instant on a wall clock: GNU date knows the zones.
fn local(instant: i64, zone: &str, format: &str) -> String {
    let mut date = Command::new("date");
    date.env("TZ", zone)
        .args(["-d", &format!("@{instant}"), format]);
    String::from_utf8_lossy(
        &date
            .output()
            .map(|output| output.stdout)
            .unwrap_or_default(),
    )
    .trim()
    .to_owned()
}

#[test]
fn every_row_lies_inside_of_the_range_asked_for() {
    let (start, end) = (now() - 30 * DAY, now() - 20 * DAY);
    let rows = find(&[("start_date", &utc(start)), ("end_date", &utc(end))]);
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|row| (start..=end).contains(&requested(row)))
    );
}

#[test]
fn both_bounds_are_inclusive() {
    let at = requested(&landmark());
    assert!(finds_landmark(&utc(at), &utc(at)));
    assert!(!finds_landmark(&utc(at + 1), &utc(at + 2)));
    assert!(!finds_landmark(&utc(at - 2), &utc(at - 1)));
}

#[test]
fn a_date_is_understood_in_every_form_that_clients_send() {
    let at = requested(&landmark());
    let in_utc = utc(at).trim_end_matches('Z').to_owned();
    let eastward = utc(at + 5_400).trim_end_matches('Z').to_owned();
    let westward = utc(at - 18_000).trim_end_matches('Z').to_owned();
    let forms = [
        format!("{in_utc}Z"),
        format!("{in_utc}+00:00"),
        format!("{in_utc}-00:00"),
        format!("{eastward}+01:30"),
        format!("{westward}-05:00"),
        format!("{in_utc}.0Z"),
        format!("{in_utc}.000Z"),
        format!("{in_utc}.000000000+00:00"),
        // What is left of an unescaped plus.
        format!("{eastward} 01:30"),
        format!("{in_utc} 00:00"),
    ];
    for form in forms {
        assert!(finds_landmark(&form, &form), "{form}");
    }
}

#[test]
fn a_raw_plus_in_the_query_reads_as_a_plus() {
    let at = requested(&landmark());
    let eastward = utc(at + 5_400).trim_end_matches('Z').to_owned();
    let query = format!("start_date={eastward}+01:30&end_date={eastward}+01:30");
    let call = Demo::boston()
        .endpoint
        .call("GET", "requests", Format::Json)
        .raw_query(&query);
    assert!(call.send().expect(200).rows().contains(&landmark()));
}

#[test]
fn a_time_without_zone_is_local_to_the_jurisdiction() {
    let at = requested(&landmark());
    let form = local(at, "America/New_York", "+%Y-%m-%dT%H:%M:%S");
    assert!(
        finds_landmark(&form, &form),
        "{form} in Boston is {}",
        utc(at)
    );
    let zurich = Endpoint::standard(Server::shared(), ZURICH);
    let row = zurich.find(&[("page_size", "1")]).remove(0);
    let form = local(requested(&row), "Europe/Zurich", "+%Y-%m-%dT%H:%M:%S");
    assert!(
        zurich
            .find(&[("start_date", &form), ("end_date", &form)])
            .contains(&row),
        "{form}"
    );
}

#[test]
fn a_day_without_a_time_is_the_whole_local_day() {
    let at = requested(&landmark());
    let day = local(at, "America/New_York", "+%Y-%m-%d");
    assert!(
        finds_landmark(&day, &day),
        "{day} in Boston holds {}",
        utc(at)
    );
    let rows = find(&[
        ("start_date", &day),
        ("end_date", &day),
        ("page_size", "1000"),
    ]);
    for row in &rows {
        assert_eq!(
            local(requested(row), "America/New_York", "+%Y-%m-%d"),
            day,
            "{row}"
        );
    }
}

#[test]
fn a_start_alone_reaches_ninety_days_ahead_and_no_further_than_now() {
    let start = now() - 10 * DAY;
    let rows = find(&[("start_date", &utc(start)), ("page_size", "1000")]);
    assert!(!rows.is_empty() && rows.iter().all(|row| requested(row) >= start));
    let long_ago = now() - 200 * DAY;
    let rows = find(&[("start_date", &utc(long_ago)), ("page_size", "1000")]);
    assert!(
        rows.iter()
            .all(|row| (long_ago..=long_ago + 90 * DAY + 3_600).contains(&requested(row)))
    );
}

#[test]
fn an_end_alone_reaches_ninety_days_back() {
    let end = now() - 30 * DAY;
    let rows = find(&[("end_date", &utc(end)), ("page_size", "1000")]);
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|row| (end - 90 * DAY - 3_600..=end).contains(&requested(row)))
    );
}

#[test]
fn ninety_days_are_allowed_and_more_are_400() {
    let end = now();
    let start = utc(end - 90 * DAY);
    Demo::boston()
        .endpoint
        .get(
            "requests",
            Format::Json,
            &[("start_date", &start), ("end_date", &utc(end))],
        )
        .expect(200);
    let start = utc(end - 91 * DAY);
    for format in Format::BOTH {
        let parameters = [("start_date", start.as_str()), ("end_date", &utc(end))];
        let faults = Demo::boston()
            .endpoint
            .get("requests", format, &parameters)
            .faults(format, 400);
        assert!(
            faults.iter().any(|fault| fault.description.contains("90")),
            "{faults:?}"
        );
    }
}

#[test]
fn ninety_local_days_over_a_clock_change_are_allowed() {
    // From 1 September to 29 November New York's clocks gain an hour.
    let days = [("start_date", "2024-09-01"), ("end_date", "2024-11-29")];
    Demo::boston()
        .endpoint
        .get("requests", Format::Json, &days)
        .expect(200);
}

#[test]
fn an_end_before_its_start_finds_nothing_or_is_400() {
    let parameters = [
        ("start_date", "2024-03-02T00:00:00Z"),
        ("end_date", "2024-03-01T00:00:00Z"),
    ];
    let answer = Demo::boston()
        .endpoint
        .get("requests", Format::Json, &parameters);
    if answer.status == 200 {
        assert_eq!(answer.rows().len(), 0);
    } else {
        answer.faults(Format::Json, 400);
    }
}

#[test]
fn what_is_no_date_is_400_under_the_name_of_its_parameter() {
    let wrong = [
        "yesterday",
        "2024-02-30T00:00:00Z",
        "2024-13-01",
        "2024-01-01T25:00:00Z",
        "2024-01-01T00:61:00Z",
        "01/02/2024",
        "1700000000",
        "2024-01-01T00:00:00+25:00",
        "20240101T000000Z",
        "2024-01-01T00:00:00ZZ",
        "٢٠٢٤-٠١-٠١",
        "0000-00-00",
        "2024-01-01T00:00:00.1234567891234Z;--",
        "-1",
        "1e400",
    ];
    for parameter in ["start_date", "end_date", "updated_after", "updated_before"] {
        for format in Format::BOTH {
            for date in wrong {
                let answer = Demo::boston()
                    .endpoint
                    .get("requests", format, &[(parameter, date)]);
                answer.blames(format, 400, parameter);
            }
        }
    }
}

#[test]
fn dates_at_the_ends_of_the_calendar_do_no_harm() {
    for date in [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
    ] {
        for parameter in ["start_date", "end_date", "updated_after", "updated_before"] {
            let answer =
                Demo::boston()
                    .endpoint
                    .get("requests", Format::Json, &[(parameter, date)]);
            assert!(
                [200, 400].contains(&answer.status),
                "{parameter}={date}: {}",
                answer.shown()
            );
        }
    }
}

#[test]
fn updated_after_and_before_bound_the_last_change_and_lift_the_default_window() {
    let (after, before) = (now() - 40 * DAY, now() - 5 * DAY);
    let rows = find(&[
        ("updated_after", &utc(after)),
        ("updated_before", &utc(before)),
        ("page_size", "1000"),
    ]);
    assert!(!rows.is_empty(), "{BOSTON} has changes in this time");
    for row in &rows {
        let updated = parse_utc(text(row, "updated_datetime"));
        assert!(
            updated.is_some_and(|at| (after..=before).contains(&at)),
            "{row}"
        );
    }
}

#[test]
fn a_closed_request_is_never_updated_before_it_was_requested() {
    let rows = find(&[("status", "closed"), ("page_size", "500")]);
    assert!(!rows.is_empty());
    for row in rows {
        let updated = parse_utc(text(&row, "updated_datetime"));
        assert!(
            updated.is_some_and(|updated| updated >= requested(&row)),
            "{row}"
        );
    }
}

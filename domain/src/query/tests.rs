//! What is asked, and what is meant by it.

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn parse(query: &[(&str, &str)]) -> Result<ServiceRequestQuery, Violations> {
    let arguments = query
        .iter()
        .map(|(n, v)| ((*n).into(), (*v).into()))
        .collect();
    ServiceRequestQuery::parse(&QueryParameters::new(arguments), now(), chrono_tz::UTC)
}

fn window_of(query: &[(&str, &str)]) -> (Option<String>, Option<String>) {
    let range = parse(query).unwrap().requested;
    (
        range.start.map(datetime::to_string),
        range.end.map(datetime::to_string),
    )
}

#[test]
fn without_dates_the_last_ninety_days_are_meant() {
    assert_eq!(
        window_of(&[]),
        (
            Some("2026-08-23T12:00:00Z".into()),
            Some("2026-11-22T12:00:00Z".into())
        ),
        "and what a clock that is ahead dates"
    );
}

#[test]
fn one_date_alone_opens_ninety_days() {
    assert_eq!(
        window_of(&[("start_date", "2026-01-01T00:00:00Z")]),
        (
            Some("2026-01-01T00:00:00Z".into()),
            Some("2026-04-01T00:00:00Z".into())
        )
    );
    assert_eq!(
        window_of(&[("end_date", "2026-04-01T00:00:00Z")]),
        (
            Some("2026-01-01T00:00:00Z".into()),
            Some("2026-04-01T00:00:00Z".into())
        )
    );
}

#[test]
fn more_than_ninety_days_are_refused() {
    let asked = [
        ("start_date", "2026-01-01T00:00:00Z"),
        ("end_date", "2026-04-02T00:00:00Z"),
    ];
    assert!(
        parse(&asked)
            .unwrap_err()
            .to_string()
            .starts_with("end_date is more than 90 days")
    );
}

#[test]
fn a_range_on_updates_lifts_the_default_window() {
    assert_eq!(
        window_of(&[("updated_after", "2020-01-01T00:00:00Z")]),
        (None, None)
    );
}

#[test]
fn empty_is_absent() {
    let names = [
        "service_request_id",
        "service_code",
        "start_date",
        "end_date",
        "status",
        "page",
        "page_size",
        "updated_after",
        "updated_before",
        "lat",
        "long",
        "radius",
        "bbox",
        "q",
        "sort",
    ];
    assert_eq!(parse(&names.map(|name| (name, ""))), parse(&[]));
}

#[test]
fn lists_split_on_commas_and_merge_repeats() {
    let query = parse(&[
        ("service_code", "b, a"),
        ("service_code", "a,,c"),
        ("status", "open,closed"),
    ])
    .unwrap();
    let codes: Vec<_> = query
        .service_codes
        .iter()
        .map(ServiceCode::as_str)
        .collect();
    assert_eq!(codes, ["a", "b", "c"]);
    assert_eq!(query.status, None);
}

#[test]
fn ids_override_all_other_arguments_right_or_wrong() {
    let wrong = [
        ("service_request_id", "b,a"),
        ("status", "done"),
        ("start_date", "soon"),
        ("page", "2"),
        ("bbox", "x"),
    ];
    assert_eq!(parse(&wrong), parse(&[("service_request_id", "a,b")]));
}

#[test]
fn a_place_that_is_half_given_is_checked_all_the_same() {
    let faults = parse(&[("lat", "north")]).unwrap_err();
    let named: Vec<&str> = faults
        .0
        .iter()
        .map(|fault| fault.argument.as_str())
        .collect();
    assert_eq!(named, ["long", "radius", "lat"]);
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = parse(&[
        ("status", "done"),
        ("start_date", "soon"),
        ("lat", "91"),
        ("page", "-1"),
        ("page_size", "0"),
        ("sort", "name"),
        ("q", "a"),
        ("q", "b"),
    ])
    .unwrap_err();
    let named: Vec<&str> = faults
        .0
        .iter()
        .map(|fault| fault.argument.as_str())
        .collect();
    for argument in [
        "status",
        "start_date",
        "long",
        "radius",
        "page",
        "page_size",
        "sort",
        "q",
    ] {
        assert!(named.contains(&argument), "{argument} not in {named:?}");
    }
}

#[test]
fn a_page_is_counted_from_one_and_zero_means_one() {
    assert_eq!(parse(&[("page", "0")]).unwrap().page, 1);
    assert_eq!(parse(&[("page_size", "5000")]).unwrap().page_size, MAX_ROWS);
}

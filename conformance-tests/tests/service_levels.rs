//! What a city promises is what a resident is told: `expected_datetime`, from the service level.

use conformance_tests::city::{self, CITY, City, soon};
use conformance_tests::demo;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Form;
use conformance_tests::time::parse_utc;

#[test]
fn what_is_filed_says_when_it_should_be_done() {
    let city = City::found();
    city::import_services(&city.home);
    soon("the services", || city.endpoint.services().len() == 2);
    let key = city.home.new_key(CITY);
    let report = Form::of(&[
        ("api_key", &key),
        ("service_code", "001"),
        ("lat", demo::INSIDE.0),
        ("long", demo::INSIDE.1),
    ]);
    let file = || {
        let answer = city.endpoint.post(Format::Json, &report).expect(200);
        let id = text(&answer.row(), "service_request_id").to_owned();
        city.endpoint.request(&id)
    };
    assert!(file()["expected_datetime"].is_null(), "nothing is promised");
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--jurisdiction", CITY]).collect();
        city.home.run_ok(&words)
    };
    run("service-level set 001 48 hours");
    let filed = file();
    let at = |field| parse_utc(text(&filed, field)).expect("a time");
    let hours = (at("expected_datetime") - at("requested_datetime")) / 3_600;
    assert_eq!(hours, 48, "{filed}");
    // A city that works on one minute of the week only.
    run("service-level set 001 2 working_days");
    run("working-hours set sunday 12:00-12:01");
    run("holiday add 2026-12-25 Christmas");
    let filed = file();
    // 12:01 in New York.
    let utc = &text(&filed, "expected_datetime")[11..];
    assert!(["16:01:00Z", "17:01:00Z"].contains(&utc), "{filed}");
}

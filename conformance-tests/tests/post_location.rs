//! POST requests: one of `lat` and `long`, `address_string`, `address_id` says where.

use conformance_tests::demo::{Demo, INSIDE, OUTSIDE};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Form;

fn report_without_place() -> Form {
    let demo = Demo::boston();
    demo.report(&demo.plain).without("lat").without("long")
}

#[track_caller]
fn is_refused(form: &Form, argument: &str) {
    for format in Format::BOTH {
        Demo::boston()
            .endpoint
            .post(format, form)
            .blames(format, 400, argument);
    }
}

#[test]
fn a_point_alone_is_enough() {
    let demo = Demo::boston();
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    let request = demo.endpoint.request(&id);
    let far = |field: &str, sent: &str| {
        (request[field].as_f64().unwrap() - sent.parse::<f64>().unwrap()).abs()
    };
    assert!(
        far("lat", INSIDE.0) < 1e-5 && far("long", INSIDE.1) < 1e-5,
        "{request}"
    );
}

#[test]
fn an_address_alone_is_enough() {
    let form = report_without_place().and("address_string", "1 City Hall Square");
    let endpoint = &Demo::boston().endpoint;
    assert_eq!(
        text(&endpoint.request(&endpoint.file(&form)), "address"),
        "1 City Hall Square"
    );
}

#[test]
fn an_address_id_alone_is_enough() {
    let form = report_without_place().and("address_id", "148295");
    let endpoint = &Demo::boston().endpoint;
    assert_eq!(
        text(&endpoint.request(&endpoint.file(&form)), "address_id"),
        "148295"
    );
}

#[test]
fn no_place_at_all_is_400() {
    is_refused(&report_without_place(), "lat");
    is_refused(
        &report_without_place()
            .and("address_string", "")
            .and("address_id", ""),
        "lat",
    );
}

#[test]
fn half_a_point_is_400_even_beside_an_address() {
    let form = report_without_place().and("address_string", "1 City Hall Square");
    is_refused(&report_without_place().and("lat", INSIDE.0), "long");
    is_refused(&report_without_place().and("long", INSIDE.1), "lat");
    is_refused(&form.clone().and("lat", INSIDE.0), "long");
    is_refused(&form.and("long", INSIDE.1).and("lat", ""), "lat");
}

#[test]
fn a_latitude_or_longitude_that_is_no_decimal_of_the_earth_is_400() {
    for bad in [
        "abc", "42,36", "NaN", "inf", "-inf", "1e400", "0x2A", "91", "-90.0001", "42.3 N", "٤٢",
    ] {
        is_refused(
            &report_without_place().and("lat", bad).and("long", INSIDE.1),
            "lat",
        );
    }
    for bad in [
        "abc",
        "-71,05",
        "NaN",
        "infinity",
        "1e400",
        "181",
        "-180.0001",
        "-71.05W",
    ] {
        is_refused(
            &report_without_place().and("lat", INSIDE.0).and("long", bad),
            "long",
        );
    }
}

#[test]
fn a_point_outside_of_the_boundary_is_400_and_says_so() {
    let form = report_without_place()
        .and("lat", OUTSIDE.0)
        .and("long", OUTSIDE.1);
    for format in Format::BOTH {
        let faults = Demo::boston()
            .endpoint
            .post(format, &form)
            .faults(format, 400);
        assert!(
            faults
                .iter()
                .any(|fault| fault.description.contains("bound")),
            "{faults:?}"
        );
    }
    is_refused(
        &report_without_place().and("lat", "0").and("long", "0"),
        "lat",
    );
}

#[test]
fn swapped_coordinates_are_400() {
    is_refused(
        &report_without_place()
            .and("lat", INSIDE.1)
            .and("long", INSIDE.0),
        "lat",
    );
}

#[test]
fn six_decimals_survive_and_come_out_in_plain_notation() {
    let demo = Demo::boston();
    let form = report_without_place()
        .and("lat", "42.360123")
        .and("long", "-71.058901");
    let id = demo.endpoint.file(&form);
    let request = demo.endpoint.request(&id);
    assert_eq!(request["lat"].as_f64(), Some(42.360_123));
    assert_eq!(request["long"].as_f64(), Some(-71.058_901));
    let root = demo
        .endpoint
        .get(&format!("requests/{id}"), Format::Xml, &[])
        .expect(200)
        .xml();
    assert_eq!(root.children[0].text_of("lat"), "42.360123");
    assert_eq!(root.children[0].text_of("long"), "-71.058901");
}

#[test]
fn a_whole_number_keeps_its_decimal_point_in_xml() {
    let demo = Demo::boston();
    // Klarschiff's validator wants "38.0", not "38".
    let form = report_without_place()
        .and("lat", "42.35")
        .and("long", "-71.0600000");
    let id = demo.endpoint.file(&form);
    let root = demo
        .endpoint
        .get(&format!("requests/{id}"), Format::Xml, &[])
        .expect(200)
        .xml();
    for field in ["lat", "long"] {
        let shown = root.children[0].text_of(field);
        assert!(
            shown.contains('.') && !shown.contains(['e', 'E']),
            "{shown}"
        );
    }
}

//! GET requests: <http://wiki.open311.org/GeoReport_v2/#get-service-requests>
//!
//! Dates, and what servers have added to the standard, have tests of their own:
//! `request_dates.rs`, `request_search.rs`.

use std::collections::HashSet;

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::{Format, list, text};
use conformance_tests::time;
use serde_json::Value;

const FIELDS: [&str; 17] = [
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
];

fn find(parameters: &[(&str, &str)]) -> Vec<Value> {
    Demo::boston().endpoint.find(parameters)
}

fn values(rows: &[Value], field: &str) -> HashSet<String> {
    rows.iter().map(|row| text(row, field).to_owned()).collect()
}

#[test]
fn a_request_has_the_seventeen_fields_of_the_standard_and_no_other() {
    let names_of = |row: &Value| {
        row.as_object()
            .map(|row| row.keys().cloned().collect::<HashSet<_>>())
    };
    let all: HashSet<_> = FIELDS.map(str::to_owned).into();
    let rows = find(&[("page_size", "200")]);
    assert!(
        !rows.is_empty(),
        "the demo is not empty in the default window"
    );
    for row in &rows {
        assert_eq!(names_of(row).as_ref(), Some(&all), "{row}");
    }
    let answer = Demo::boston()
        .endpoint
        .get("requests", Format::Xml, &[("page_size", "200")]);
    let root = answer.expect(200).xml();
    assert_eq!(root.name, "service_requests");
    for request in &root.children {
        assert_eq!(request.name, "request");
        assert_eq!(
            request.names().into_iter().collect::<HashSet<_>>(),
            HashSet::from(FIELDS)
        );
    }
}

#[test]
fn fields_have_their_json_types() {
    for row in find(&[("page_size", "500")]) {
        for field in ["service_request_id", "service_name", "service_code"] {
            assert!(!text(&row, field).is_empty(), "{field}: {row}");
        }
        assert!(["open", "closed"].contains(&text(&row, "status")), "{row}");
        for field in [
            "status_notes",
            "description",
            "address",
            "address_id",
            "zipcode",
            "media_url",
        ] {
            assert!(
                row[field].is_string() || row[field].is_null(),
                "{field}: {row}"
            );
            assert_ne!(row[field], "", "{field} is null when unknown: {row}");
        }
        for field in ["lat", "long"] {
            assert!(
                row[field].is_number() || row[field].is_null(),
                "{field}: {row}"
            );
        }
        for field in [
            "requested_datetime",
            "updated_datetime",
            "expected_datetime",
        ] {
            let is_date = row[field]
                .as_str()
                .is_some_and(|date| time::parse_utc(date).is_some());
            assert!(is_date || row[field].is_null(), "{field}: {row}");
        }
        assert!(row["requested_datetime"].is_string(), "{row}");
        let places = ["lat", "address", "address_id"];
        let placed = places.iter().any(|field| !row[*field].is_null());
        assert!(placed, "somewhere: {row}");
    }
}

#[test]
fn without_parameters_come_the_newest_of_ninety_days_and_at_most_a_thousand() {
    let rows = find(&[]);
    assert!(!rows.is_empty() && rows.len() <= 1000, "{}", rows.len());
    let dates: Vec<_> = rows
        .iter()
        .map(|row| text(row, "requested_datetime"))
        .collect();
    assert!(
        dates.is_sorted_by(|left, right| left >= right),
        "newest first"
    );
    let oldest = time::parse_utc(dates[dates.len() - 1]).unwrap();
    assert!(oldest >= time::now() - 91 * time::DAY, "{oldest}");
}

#[test]
fn one_status_gives_only_that_status_and_both_give_all() {
    for status in ["open", "closed"] {
        let rows = find(&[("status", status), ("page_size", "100")]);
        assert_eq!(values(&rows, "status"), HashSet::from([status.to_owned()]));
    }
    // Other tests file new requests meanwhile: compare what lies in the past.
    let past = time::utc(time::now() - time::DAY);
    let window = [("end_date", past.as_str()), ("page_size", "100")];
    let all = find(&window);
    for both in [("status", "open,closed"), ("status", "closed, open")] {
        assert_eq!(find(&[window[0], window[1], both]), all);
    }
    let repeated = [
        window[0],
        window[1],
        ("status", "open"),
        ("status", "closed"),
    ];
    assert_eq!(find(&repeated), all, "repeats are merged");
}

#[test]
fn an_unknown_status_is_400() {
    for format in Format::BOTH {
        for status in ["pending", "open,pending", "openclosed", "offen"] {
            Demo::boston()
                .endpoint
                .get("requests", format, &[("status", status)])
                .blames(format, 400, "status");
        }
    }
}

#[test]
fn service_codes_filter_as_a_list_or_repeated() {
    let codes: Vec<_> = values(&find(&[("page_size", "200")]), "service_code")
        .into_iter()
        .take(2)
        .collect();
    let [one, two] = codes.as_slice() else {
        panic!("the demo lists two services")
    };
    let wanted: HashSet<_> = codes.iter().cloned().collect();
    let past = time::utc(time::now() - time::DAY);
    let window = [("end_date", past.as_str()), ("page_size", "500")];
    let listed = find(&[
        ("service_code", &format!("{one},{two}")),
        window[0],
        window[1],
    ]);
    assert_eq!(values(&listed, "service_code"), wanted);
    assert_eq!(
        find(&[
            ("service_code", one),
            ("service_code", two),
            window[0],
            window[1]
        ]),
        listed
    );
    assert_eq!(
        find(&[
            ("service_code", &format!("{one}, {two}")),
            window[0],
            window[1]
        ]),
        listed
    );
    let single = find(&[("service_code", one), window[0], window[1]]);
    assert_eq!(
        values(&single, "service_code"),
        HashSet::from([one.clone()])
    );
}

#[test]
fn an_unknown_service_code_in_the_filter_finds_nothing() {
    assert_eq!(
        find(&[("service_code", "no-such-service")]),
        Vec::<Value>::new()
    );
}

#[test]
fn an_empty_result_is_an_empty_list_in_both_formats() {
    let endpoint = &Demo::boston().endpoint;
    let nothing = [("service_code", "no-such-service")];
    assert_eq!(
        endpoint
            .get("requests", Format::Json, &nothing)
            .expect(200)
            .text()
            .trim(),
        "[]"
    );
    let root = endpoint
        .get("requests", Format::Xml, &nothing)
        .expect(200)
        .xml();
    assert_eq!(root.name, "service_requests");
    assert!(
        root.children.is_empty() && root.text.trim().is_empty(),
        "{root:?}"
    );
}

#[test]
fn ids_give_exactly_those_requests_whatever_else_is_asked() {
    let ids: Vec<_> = find(&[("page_size", "5")])
        .iter()
        .map(|row| text(row, "service_request_id").to_owned())
        .collect();
    let wanted: HashSet<_> = ids.iter().cloned().collect();
    let joined = ids.join(",");
    let contradictions = [
        vec![],
        vec![("status", "closed")],
        vec![
            ("start_date", "2001-01-01T00:00:00Z"),
            ("end_date", "2001-01-02T00:00:00Z"),
        ],
        vec![("service_code", "no-such-service")],
        vec![("q", "nothing-like-this"), ("bbox", "0,0,1,1")],
    ];
    for contradiction in contradictions {
        let parameters: Vec<_> = [("service_request_id", joined.as_str())]
            .into_iter()
            .chain(contradiction)
            .collect();
        assert_eq!(
            values(&find(&parameters), "service_request_id"),
            wanted,
            "{parameters:?}"
        );
    }
    let repeated: Vec<_> = ids
        .iter()
        .map(|id| ("service_request_id", id.as_str()))
        .collect();
    assert_eq!(values(&find(&repeated), "service_request_id"), wanted);
}

#[test]
fn unknown_ids_are_left_out_and_known_ones_come_once() {
    let rows = find(&[("page_size", "1")]);
    let id = text(&rows[0], "service_request_id");
    let asked = format!("nope,{id},,{id}, also-not");
    assert_eq!(find(&[("service_request_id", &asked)]).len(), 1);
    assert_eq!(find(&[("service_request_id", "nope")]).len(), 0);
}

#[test]
fn an_empty_parameter_is_as_good_as_none() {
    let past = time::utc(time::now() - time::DAY);
    let end = ("end_date", past.as_str());
    let plain = find(&[end, ("page_size", "20")]);
    let optional = [
        "service_request_id",
        "service_code",
        "start_date",
        "status",
        "page",
        "updated_after",
        "updated_before",
        "lat",
        "long",
        "radius",
        "bbox",
        "q",
        "sort",
        "extensions",
        "api_key",
    ];
    for name in optional {
        assert_eq!(
            find(&[end, ("page_size", "20"), (name, "")]),
            plain,
            "{name}"
        );
    }
    assert!(!find(&[("end_date", ""), ("page_size", "")]).is_empty());
}

#[test]
fn unknown_parameters_are_ignored() {
    let past = time::utc(time::now() - time::DAY);
    let end = ("end_date", past.as_str());
    let plain = find(&[end]);
    for name in ["callback", "has_photo", "x[y][]", "-", "STATUS", "ünknown"] {
        assert_eq!(find(&[end, (name, "1")]), plain, "{name}");
    }
}

#[test]
fn extensions_come_only_when_asked_for() {
    let asked = find(&[("extensions", "true"), ("page_size", "50")]);
    assert!(!asked.is_empty());
    for row in asked {
        list(&row, "attributes");
        assert!(row["extended_attributes"].is_object(), "{row}");
        for note in list(&row, "notes") {
            assert!(time::parse_utc(text(note, "datetime")).is_some(), "{note}");
            assert!(
                note["type"].is_string() && note.get("description").is_some(),
                "{note}"
            );
        }
    }
    let root = Demo::boston().endpoint.get(
        "requests",
        Format::Xml,
        &[("extensions", "true"), ("page_size", "50")],
    );
    for request in root.expect(200).xml().children {
        for name in ["attributes", "extended_attributes", "notes"] {
            assert!(request.child(name).is_some(), "{name}");
        }
    }
}

#[test]
fn extensions_that_are_neither_true_nor_false_do_no_harm() {
    for value in ["false", "maybe", "1"] {
        let answer = Demo::boston().endpoint.get(
            "requests",
            Format::Json,
            &[("extensions", value), ("page_size", "1")],
        );
        assert!(
            [200, 400].contains(&answer.status),
            "{value}: {}",
            answer.shown()
        );
    }
    let rows = find(&[("extensions", "false"), ("page_size", "1")]);
    assert!(rows[0].get("notes").is_none());
}

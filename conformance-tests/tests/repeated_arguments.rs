//! An argument that is sent more than once: the one rule of README.md, requirement H5. Lists are
//! joined; of everything else the same value counts once and two different values are refused. Query
//! string and body are one set of arguments.

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::Format;
use conformance_tests::hostile::ask;
use conformance_tests::http::Form;
use conformance_tests::time;

/// Two different good values of an argument that has one.
const SINGLE: [(&str, &str, &str); 14] = [
    ("start_date", "2026-01-01", "2026-01-02"),
    ("end_date", "2026-01-01", "2026-01-02"),
    ("updated_after", "2026-01-01", "2026-01-02"),
    ("updated_before", "2026-01-01", "2026-01-02"),
    ("lat", "42.36", "42.37"),
    ("long", "-71.05", "-71.06"),
    ("radius", "100", "200"),
    ("bbox", "-71.2,42.2,-71.0,42.4", "-71.3,42.2,-71.0,42.4"),
    ("q", "tree", "hole"),
    ("sort", "requested_datetime", "-requested_datetime"),
    ("page", "1", "2"),
    ("page_size", "1", "2"),
    ("extensions", "true", "false"),
    ("jurisdiction_id", "boston.demo", "zurich.demo"),
];

/// Two different good values of a field of a report that has one.
const FIELDS: [(&str, &str, &str); 13] = [
    ("api_key", "demo-key", "other-key"),
    ("jurisdiction_id", "boston.demo", "zurich.demo"),
    ("lat", "42.3601", "42.3602"),
    ("long", "-71.0589", "-71.0588"),
    ("address_string", "1 Main Street", "2 Main Street"),
    ("address_id", "1", "2"),
    ("email", "a@example.org", "b@example.org"),
    ("device_id", "1", "2"),
    ("account_id", "1", "2"),
    ("first_name", "Ada", "Bea"),
    ("last_name", "Ada", "Bea"),
    ("phone", "1", "2"),
    ("description", "a hole", "a tree"),
];

#[test]
fn two_different_values_of_a_query_argument_are_refused_and_the_same_twice_is_not() {
    for (name, one, other) in SINGLE {
        let beside = match name {
            "lat" => "&long=-71.05&radius=100",
            "long" => "&lat=42.36&radius=100",
            "radius" => "&lat=42.36&long=-71.05",
            _ => "",
        };
        let status = |query: String| {
            let answer = ask(|format| {
                let endpoint = &Demo::boston().endpoint;
                let call = endpoint.call("GET", "requests", format);
                call.raw_query(&format!("{query}{beside}"))
            });
            if answer.status != 200 {
                answer.blames(
                    Format::Json,
                    400,
                    &format!("{name} was sent more than once"),
                );
            }
            answer.status
        };
        assert_eq!(status(format!("{name}={one}&{name}={one}")), 200, "{name}");
        assert_eq!(
            status(format!("{name}={one}&{name}={other}")),
            400,
            "{name}"
        );
        assert_eq!(
            status(format!("{name}={other}&{name}=&{name}={one}")),
            400,
            "{name}"
        );
    }
}

#[test]
fn lists_are_joined() {
    let endpoint = &Demo::boston().endpoint;
    let ids = endpoint.find_ids(&[("page_size", "3")]);
    let joined = ids.join(",");
    let repeated: Vec<_> = ids
        .iter()
        .map(|id| ("service_request_id", id.as_str()))
        .collect();
    assert_eq!(
        endpoint.find_ids(&repeated),
        endpoint.find_ids(&[("service_request_id", &joined)])
    );
    // Other tests file meanwhile: what is a day old stays as it is.
    let yesterday = time::utc(time::now() - 86_400);
    let old = [("end_date", yesterday.as_str()), ("page_size", "50")];
    let both = [("status", "open"), ("status", "closed"), old[0], old[1]];
    assert_eq!(endpoint.find_ids(&both), endpoint.find_ids(&old));
}

#[test]
fn two_different_values_of_a_field_are_refused_wherever_they_stand_and_the_same_twice_is_not() {
    let demo = Demo::boston();
    for (name, one, other) in FIELDS {
        let twice = |first: &str, second: &str| {
            let form = demo.report(&demo.plain).with(name, first);
            let [in_body, in_query] = [true, false].map(|in_body| {
                ask(|format| {
                    let call = demo.endpoint.call("POST", "requests", format);
                    if in_body {
                        call.form(&form.clone().and(name, second))
                    } else {
                        call.query(&Form::of(&[(name, second)])).form(&form)
                    }
                })
            });
            assert_eq!(in_body.status, in_query.status, "{}", in_query.shown());
            in_body
        };
        twice(one, one).expect(200);
        let refused = twice(one, other);
        refused.blames(
            Format::Json,
            400,
            &format!("{name} was sent more than once"),
        );
    }
}

#[test]
fn of_attributes_only_the_multivaluelist_is_a_list() {
    let demo = Demo::boston();
    let service = &demo.detailed;
    let twice = |datatype: &str, first: &str, second: &str| {
        let name = format!("attribute[{}]", service.code_of(datatype));
        let form = demo.report(service).with(&name, first).and(&name, second);
        let answer = ask(|format| demo.endpoint.call("POST", "requests", format).form(&form));
        if answer.status != 200 {
            answer.blames(Format::Json, 400, &name);
        }
        answer.status
    };
    let keys = service.keys_of("multivaluelist");
    assert_eq!(twice("multivaluelist", keys[0], keys[1]), 200);
    let keys = service.keys_of("singlevaluelist");
    assert_eq!(twice("singlevaluelist", keys[0], keys[1]), 400);
    assert_eq!(twice("singlevaluelist", keys[0], keys[0]), 200);
    for (datatype, one, other) in [
        ("string", "a", "b"),
        ("text", "a", "b"),
        ("number", "1", "2"),
        ("datetime", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ] {
        assert_eq!(twice(datatype, one, one), 200, "{datatype}");
        assert_eq!(twice(datatype, one, other), 400, "{datatype}");
    }
}

//! Staff of one agency work on what is theirs; staff of one city do not see another's.

use conformance_tests::city::CITY;
use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Form;
use conformance_tests::staff::{Staff, blamed};
use conformance_tests::time;
use serde_json::{Value, json};

/// A token of a client that works for an agency of the city.
fn token(staff: &Staff, agency: &str) -> String {
    let line = [
        "client",
        "create",
        "--jurisdiction",
        CITY,
        "--label",
        agency,
    ];
    let more = ["--role", "staff", "--agency", agency];
    let output = staff.city.home.run(&[line.as_slice(), &more].concat());
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = |name: &str| {
        let mut lines = stdout.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    let form = Form::of(&[
        ("grant_type", "client_credentials"),
        ("client_id", &told("client_id")),
        ("client_secret", &told("client_secret")),
    ]);
    let call = staff.city.server.call("POST", "/api/v1/oauth/token");
    let answer = call.form(&form).send().expect(200).json();
    text(&answer, "access_token").to_owned()
}

#[test]
fn staff_of_an_agency_see_and_change_what_is_theirs() {
    let staff = Staff::hired();
    let works = token(&staff, "Works");
    let [theirs, other] = [staff.file(&[]), staff.file(&[])];
    for (id, agency) in [(&theirs, "Works"), (&other, "Parks")] {
        let change = json!({"agency_responsible": agency});
        staff.patch(id, &change).expect(200);
    }
    let found = |query: &[(&str, &str)]| {
        let call = staff.call_as(&works, "GET", "service-requests");
        let found = call.query(&Form::of(query)).send().expect(200).json();
        let found = found["service_requests"].as_array().cloned();
        let found = found.unwrap_or_default().into_iter();
        let ids = found.map(|one| text(&one, "service_request_id").to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), std::slice::from_ref(&theirs));
    let both = format!("{theirs},{other}");
    assert_eq!(
        found(&[("service_request_id", &both)]),
        std::slice::from_ref(&theirs)
    );
    assert!(found(&[("agency_responsible", "Parks")]).is_empty());
    let send = |method: &str, path: &str, body: Value| {
        let call = staff.call_as(&works, method, &format!("service-requests/{path}"));
        let call = call.header("if-match", "\"2\"");
        call.body("application/json", body.to_string()).send()
    };
    for path in [other.clone(), format!("{other}/updates")] {
        let call = staff.call_as(&works, "GET", &format!("service-requests/{path}"));
        assert_eq!(blamed(&call.send(), 404).len(), 1, "{path}");
    }
    let note = json!({"description": "x", "is_public": true});
    let link = |id: &str| json!({"service_request_id": id});
    for (method, path, body) in [
        (
            "PATCH",
            other.clone(),
            json!({"agency_responsible": "Works"}),
        ),
        ("POST", format!("{other}/notes"), note.clone()),
        ("PUT", format!("{other}/duplicate-of"), link(&theirs)),
        ("DELETE", format!("{other}/duplicate-of"), json!({})),
    ] {
        let refused = send(method, &path, body);
        assert_eq!(blamed(&refused, 404).len(), 1, "{method} {path}");
    }
    let refused = send("PUT", &format!("{theirs}/duplicate-of"), link(&other));
    assert_eq!(blamed(&refused, 422), ["duplicate_of"]);
    let item = json!({"service_request_id": other, "version": 2});
    let body = json!({"change": {"assignee": "x"}, "service_requests": [item]});
    let bulk = send("POST", "bulk", body).expect(200).json();
    assert_eq!(bulk["results"][0]["status"], 404);
    // Nor by the ways that are not the staff's own.
    let forwards = format!("service-requests/{other}/forwards");
    let call = staff.call_as(&works, "GET", &forwards);
    assert_eq!(blamed(&call.send(), 404).len(), 1);
    let route = json!({"remote": "x", "remote_service_code": "x"});
    let refused = send("POST", &format!("{other}/forwards"), route);
    assert_eq!(blamed(&refused, 404).len(), 1);
    for status in ["FIXED", "UNCHANGED"] {
        let form = Form::of(&[
            ("service_request_id", &other),
            ("update_id", status),
            ("updated_datetime", &time::utc(time::now())),
            ("status", status),
            ("description", "x"),
        ]);
        let endpoint = &staff.city.endpoint;
        let call = endpoint.call("POST", "servicerequestupdates", Format::Json);
        let call = call.header("authorization", &format!("Bearer {works}"));
        call.form(&form).send().faults(Format::Json, 404);
    }
    assert_eq!(staff.find(&other)["version"], 2, "nothing of it was done");

    send("POST", &format!("{theirs}/notes"), note).expect(200);
    let call = staff.call_as(&works, "PATCH", &format!("service-requests/{theirs}"));
    let call = call.header("if-match", "\"3\"");
    let handed = call.body("application/json", r#"{"agency_responsible": "Parks"}"#);
    let handed = handed.send().expect(200).json();
    assert_eq!(handed["agency_responsible"], "Parks");
    assert!(found(&[]).is_empty(), "it is theirs no more");
}

#[test]
fn staff_of_one_city_do_not_see_another() {
    let staff = Staff::hired();
    let id = staff.file(&[("email", "canary@example.org")]);
    for other in [BOSTON, ZURICH] {
        let whose = ["--jurisdiction", other, "--label", "x"];
        let command = ["key", "create", "--scope", "administrator"];
        let stranger = staff
            .city
            .home
            .run_ok(&[command.as_slice(), &whose].concat());
        let server = &staff.city.server;
        let bearer = format!("Bearer {stranger}");
        let call = |jurisdiction: &str, method: &str, path: &str| {
            let path = format!("/api/v1/jurisdictions/{jurisdiction}/{path}");
            let call = server.call(method, &path).header("authorization", &bearer);
            let call = call.header("if-match", "\"1\"");
            call.body("application/json", "{}").send()
        };
        for (method, path) in [
            ("GET", "service-requests".to_owned()),
            ("GET", format!("service-requests/{id}")),
            ("PATCH", format!("service-requests/{id}")),
            ("DELETE", format!("service-requests/{id}")),
            ("POST", format!("service-requests/{id}/redact")),
            ("GET", "response-templates".to_owned()),
            ("PUT", "working-hours".to_owned()),
        ] {
            assert_eq!(call(CITY, method, &path).status, 401, "{method} {path}");
        }
        // In the jurisdiction that is his own there is none of that id.
        let own = format!("service-requests/{id}");
        assert_eq!(call(other, "GET", &own).status, 404);
        let path = format!("/api/v1/jurisdictions/{other}/service-requests");
        let search = server.call("GET", &path).header("authorization", &bearer);
        let search = search.query(&Form::of(&[("email", "canary@example.org")]));
        assert!(!search.send().expect(200).text().contains("canary"));
    }
    assert_eq!(staff.find(&id)["version"], 1);
}

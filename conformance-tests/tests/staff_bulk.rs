//! The same change for many service requests: each by itself, and once however often it is sent.

use conformance_tests::answer::Answer;
use conformance_tests::staff::{Staff, blamed};
use serde_json::{Value, json};

fn bulk(staff: &Staff, change: &Value, of: &[(&str, i32)], key: Option<&str>) -> Answer {
    let items: Vec<Value> = of
        .iter()
        .map(|(id, version)| json!({"service_request_id": id, "version": version}))
        .collect();
    let body = json!({"change": change, "service_requests": items}).to_string();
    let call = staff.call("POST", "service-requests/bulk");
    let call = key
        .iter()
        .fold(call, |call, key| call.header("idempotency-key", key));
    call.body("application/json", body).send()
}

fn statuses(answer: &Answer) -> Vec<u64> {
    let results = answer.json()["results"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let each = results.iter().map(|one| one["status"].as_u64());
    each.map(Option::unwrap_or_default).collect()
}

#[test]
fn each_is_changed_or_not_and_the_answer_says_which() {
    let staff = Staff::hired();
    let [a, b, c, d] = [(); 4].map(|()| staff.file(&[]));
    staff.link(&d, &c).expect(200);
    let change = json!({"status": "duplicate", "duplicate_of": a});
    let of = [(&b[..], 1), (&a[..], 1), ("no-such", 1), (&c[..], 7)];
    let answer = bulk(&staff, &change, &of, None).expect(200);
    assert_eq!(statuses(&answer), [200, 409, 404, 412]);
    let results = answer.json()["results"].clone();
    assert_eq!(results[0]["version"], 2);
    assert!(results[0]["problem"].is_null());
    assert_eq!(results[3]["problem"]["status"], 412);
    assert!(results[3]["version"].is_null());
    assert_eq!(staff.find(&b)["duplicate_of"], a.as_str());
    let change = json!({"service_code": "no-such"});
    let answer = bulk(&staff, &change, &[(&a, 1)], None).expect(200);
    assert_eq!(statuses(&answer), [422]);
    let problem = &answer.json()["results"][0]["problem"];
    assert_eq!(problem["errors"][0]["argument"], "service_code");
}

#[test]
fn what_is_sent_again_with_the_same_key_is_changed_once() {
    let staff = Staff::hired();
    let [a, b] = [(); 2].map(|()| staff.file(&[]));
    let change = json!({"description": "We come on Monday."});
    let first = bulk(&staff, &change, &[(&a, 1), (&b, 9)], Some("k1")).expect(200);
    assert_eq!(statuses(&first), [200, 412]);
    staff.note(&a, "x", false).expect(200);
    let again = bulk(&staff, &change, &[(&a, 1), (&b, 9)], Some("k1")).expect(200);
    assert_eq!(again.json(), first.json());
    let told = |id: &str| {
        let history = staff.history(id).into_iter();
        history
            .filter(|one| one["description"] == "We come on Monday.")
            .count()
    };
    assert_eq!((told(&a), told(&b)), (1, 0));
    let other = bulk(&staff, &change, &[(&b, 1)], Some("k1"));
    assert_eq!(blamed(&other, 422).len(), 1);
    assert_eq!(told(&b), 0);
    let without = bulk(&staff, &change, &[(&a, 1)], None).expect(200);
    assert_eq!(statuses(&without), [412]);
}

#[test]
fn a_list_that_cannot_be_is_refused_whole_and_every_fault_is_named() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let post = |body: Value| {
        let call = staff.call("POST", "service-requests/bulk");
        call.body("application/json", body.to_string()).send()
    };
    assert_eq!(
        blamed(&post(json!({})), 400),
        ["change", "service_requests"]
    );
    let body = json!({
        "change": {"status": "closed"}, "dry_run": true,
        "service_requests": [
            {"service_request_id": id, "version": 1},
            {"service_request_id": id, "version": 1},
            {"service_request_id": "x"},
            {"service_request_id": "y", "version": -1, "status": "fixed"},
            7,
        ]
    });
    let expected = [
        "dry_run",
        "closing_reason",
        "service_requests[1]",
        "service_requests[2].version",
        "service_requests[3].status",
        "service_requests[3].version",
        "service_requests[4]",
    ];
    assert_eq!(blamed(&post(body), 400), expected);
    let change = json!({"assignee": "jane"});
    let many: Vec<Value> = (0..1_001)
        .map(|number| json!({"service_request_id": number.to_string(), "version": 1}))
        .collect();
    for items in [json!([]), json!(many), json!({}), json!("x")] {
        let body = json!({"change": change, "service_requests": items});
        assert_eq!(blamed(&post(body), 400), ["service_requests"]);
    }
    assert_eq!(staff.history(&id).len(), 1);
}

#[test]
fn a_thousand_are_changed_in_one_call() {
    let staff = Staff::hired();
    let database = staff.city.home.database();
    database.sql(
        "INSERT INTO service_request (jurisdiction_id, service_request_id, status, service_name,
            service_code, requested_datetime, updated_datetime, is_public)
        SELECT 'test.city', 'T' || n, 'open', 'x', '001', '2026-06-01Z', '2026-06-01Z', true
        FROM generate_series(1, 1000) AS n",
    );
    // A background job may have begun some histories meanwhile.
    let ids: Vec<String> = (1..=1_000).map(|number| format!("T{number}")).collect();
    let begun = "SELECT count(*) FROM service_request WHERE version IS NULL";
    conformance_tests::city::soon("the histories", || database.sql(begun) == "0");
    let of: Vec<(&str, i32)> = ids.iter().map(|id| (&id[..], 1)).collect();
    let change = json!({"agency_responsible": "Works"});
    let answer = bulk(&staff, &change, &of, Some("k1")).expect(200);
    assert!(statuses(&answer).iter().all(|status| *status == 200));
    let moved = "SELECT count(*) FROM service_request WHERE agency_responsible = 'Works'";
    assert_eq!(database.sql(moved), "1000");
}

#[test]
fn whoever_may_not_change_service_requests_changes_none_of_them() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let body = json!({"change": {"assignee": "x"}, "service_requests": [{"service_request_id": id, "version": 1}]});
    for key in [&staff.app, &staff.moderator] {
        let call = staff.call_as(key, "POST", "service-requests/bulk");
        let answer = call.body("application/json", body.to_string()).send();
        assert_eq!(blamed(&answer, 403).len(), 1);
    }
    assert_eq!(staff.history(&id).len(), 1);
}

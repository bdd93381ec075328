//! What staff find: everything that the public finds, what it may not, and who reported.

use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Form;
use conformance_tests::staff::{Staff, blamed};
use serde_json::json;

#[test]
fn staff_find_by_what_only_they_know() {
    let staff = Staff::hired();
    let first = staff.file(&[("email", "Ada@Example.org"), ("phone", "+1 617 555 0100")]);
    let second = staff.file(&[]);
    let pending = staff.city.endpoint.post(
        Format::Json,
        &Form::of(&[
            ("api_key", &staff.app),
            ("service_code", "RATS"),
            ("address_string", "1 City Hall Square"),
        ]),
    );
    pending.expect(200);
    let change = json!({
        "status": "in_progress", "assignee": "jane", "priority": "urgent",
        "agency_responsible": "Works, Streets", "expected_datetime": "2001-01-01T00:00:00Z"
    });
    staff.patch(&first, &change).expect(200);
    for query in [
        ("detailed_status", "in_progress,planned"),
        ("assignee", "jane"),
        ("is_assigned", "true"),
        ("priority", "urgent"),
        ("agency_responsible", "Works, Streets"),
        ("overdue", "true"),
        ("expected_before", "2001-01-02"),
        ("email", "ada@example.ORG"),
        ("phone", "+1 617 555 0100"),
        ("has_reporter", "true"),
    ] {
        assert_eq!(
            staff.search(&[query]),
            std::slice::from_ref(&first),
            "{query:?}"
        );
    }
    assert_eq!(staff.search(&[("is_public", "true")]).len(), 2);
    assert_eq!(
        staff.search(&[("is_public", "false")]).len(),
        1,
        "the pending one"
    );
    assert_eq!(staff.search(&[]).len(), 3);
    assert_eq!(
        staff.search(&[("service_request_id", &second)]),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        staff
            .search(&[("status", "open"), ("service_code", "001")])
            .len(),
        2
    );
    assert_eq!(staff.search(&[("closing_reason", "fixed")]).len(), 0);
}

#[test]
fn pages_lead_to_each_other_and_are_counted_on_request() {
    let staff = Staff::hired();
    let filed: Vec<String> = (0..3).map(|_| staff.file(&[])).collect();
    let get = |query: &[(&str, &str)]| {
        let call = staff.call("GET", "service-requests");
        call.query(&Form::of(query)).send().expect(200)
    };
    let page = get(&[
        ("page_size", "2"),
        ("total", "true"),
        ("sort", "requested_datetime"),
    ]);
    let document = page.json();
    assert_eq!(document["total"], 3);
    assert_eq!(document["total_is_exact"], true);
    assert_eq!(document["has_more"], true);
    assert!(
        page.header("link")
            .is_some_and(|links| links.contains("rel=\"next\""))
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let last = get(&[("page_size", "2"), ("page", "2")]).json();
    assert_eq!(last["has_more"], false);
    assert!(last["total"].is_null(), "nobody asked");
    assert_eq!(last["service_requests"].as_array().map(Vec::len), Some(1));
    let mut found = staff.search(&[("service_request_id", &filed.join(","))]);
    found.sort();
    let mut expected = filed;
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_fault_is_named_and_so_is_an_argument_that_there_is_not() {
    let staff = Staff::hired();
    let call = staff.call("GET", "service-requests");
    let query = [
        ("asignee", "jane"),
        ("detailed_status", "done"),
        ("priority", "asap"),
        ("overdue", "perhaps"),
        ("status", "shut"),
        ("bbox", "1,2,3"),
    ];
    let mut named = blamed(&call.query(&Form::of(&query)).send(), 400);
    named.sort();
    let expected = [
        "asignee",
        "bbox",
        "detailed_status",
        "overdue",
        "priority",
        "status",
    ];
    assert_eq!(named, expected);
}

#[test]
fn what_staff_see_of_one_is_everything_and_nobody_keeps_it() {
    let staff = Staff::hired();
    let id = staff.file(&[("email", "ada@example.org"), ("first_name", "Ada")]);
    let answer = staff.about(&id, "GET", "").send().expect(200);
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let found = answer.json();
    assert_eq!(found["version"], 1);
    assert_eq!(found["reporter"]["email"], "ada@example.org");
    assert_eq!(found["reporter"]["phone"], json!(null));
    assert_eq!(found["is_public"], true);
    assert_eq!(found["is_overdue"], false);
    let public = staff.public(&id).unwrap_or_default();
    for field in [
        "service_request_id",
        "status",
        "description",
        "lat",
        "requested_datetime",
    ] {
        assert_eq!(found[field], public[field], "{field}");
    }
    for resource in ["x", "%00", "a%2Fb", "%FF"] {
        let path = format!("service-requests/{resource}");
        assert_eq!(blamed(&staff.call("GET", &path).send(), 404).len(), 1);
    }
}

#[test]
fn who_may_not_read_reporters_finds_nothing_at_all() {
    let staff = Staff::hired();
    let id = staff.file(&[("email", "canary@example.org")]);
    for path in [
        "service-requests".to_owned(),
        format!("service-requests/{id}"),
        format!("service-requests/{id}/updates"),
    ] {
        let refused = staff.call_as(&staff.app, "GET", &path).send();
        assert_eq!(refused.status, 403, "{path}");
        assert!(!refused.text().contains("canary"));
        let moderator = staff.call_as(&staff.moderator, "GET", &path).send();
        assert_eq!(moderator.status, 200, "{path}");
    }
    let public = staff.public(&id).unwrap_or_default().to_string();
    assert!(!public.contains("canary"));
    assert!(!staff.city.server.log().contains("canary"));
}

#[test]
fn the_history_of_the_staff_has_what_the_public_one_has_not() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    staff.note(&id, "He shouts", false).expect(200);
    staff.note(&id, "We come on Monday", true).expect(200);
    let history = staff.history(&id);
    let told: Vec<(&str, bool)> = history
        .iter()
        .map(|one| (text(one, "type"), one["is_public"] == true))
        .collect();
    assert_eq!(
        told,
        [
            ("service_request.opened", true),
            ("service_request.updated", false),
            ("service_request.updated", true)
        ]
    );
    assert_eq!(history[1]["description"], "He shouts");
    assert!(text(&history[1], "author").starts_with("key:"));
    let public = staff.public(&id).unwrap_or_default().to_string();
    assert!(public.contains("We come on Monday") && !public.contains("He shouts"));
    let events = staff
        .city
        .server
        .call("GET", "/api/v1/events?jurisdiction_id=test.city");
    assert!(!events.send().expect(200).text().contains("He shouts"));
}

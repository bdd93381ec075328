//! What a city promises and when it works, which texts it answers with, and what becomes of what it
//! did not keep.

use conformance_tests::answer::Answer;
use conformance_tests::city::soon;
use conformance_tests::endpoint::text;
use conformance_tests::http::Form;
use conformance_tests::staff::{Staff, blamed};
use conformance_tests::time::{parse_utc, utc};
use serde_json::{Value, json};

fn put(staff: &Staff, path: &str, body: &Value) -> Answer {
    let call = staff.call_as(&staff.administrator, "PUT", path);
    call.body("application/json", body.to_string()).send()
}

#[test]
fn what_is_promised_is_what_is_expected() {
    let staff = Staff::hired();
    let levels = json!({
        "normal": {"amount": 48, "unit": "hours"}, "urgent": {"amount": 4, "unit": "hours"}
    });
    let told = put(&staff, "services/001/service-level", &levels)
        .expect(200)
        .json();
    assert_eq!(told["urgent"]["amount"], 4);
    assert!(told["low"].is_null());
    let get = staff
        .call("GET", "services/001/service-level")
        .send()
        .expect(200);
    assert_eq!(get.json(), told);
    let id = staff.file(&[]);
    let hours = |document: &Value| {
        let at = |field| parse_utc(text(document, field)).unwrap_or_default();
        (at("expected_datetime") - at("requested_datetime")) / 3_600
    };
    assert_eq!(hours(&staff.find(&id)), 48);
    let urgent = staff.patch(&id, &json!({"priority": "urgent"})).expect(200);
    assert_eq!(hours(&urgent.json()), 4);
    assert_eq!(hours(&staff.public(&id).unwrap_or_default()), 4);
    let said = json!({"priority": "low", "expected_datetime": "2030-01-01T00:00:00Z"});
    let said = staff.patch(&id, &said).expect(200).json();
    assert_eq!(said["expected_datetime"], "2030-01-01T00:00:00Z");
    let delete = staff.call_as(&staff.administrator, "DELETE", "services/001/service-level");
    delete.send().expect(204);
    assert!(staff.find(&staff.file(&[]))["expected_datetime"].is_null());
}

#[test]
fn what_was_promised_and_is_not_done_is_listed_and_told_once() {
    let staff = Staff::hired();
    let [first, second] = [staff.file(&[]), staff.file(&[])];
    let late = json!({"expected_datetime": "2001-01-01T00:00:00Z"});
    staff.patch(&first, &late).expect(200);
    staff
        .patch(&second, &json!({"expected_datetime": "2030-01-01"}))
        .expect(200);
    assert_eq!(
        staff.search(&[("overdue", "true")]),
        std::slice::from_ref(&first)
    );
    assert_eq!(staff.find(&first)["is_overdue"], true);
    let told = || {
        let call = staff.city.server.call("GET", "/api/v1/events");
        let call = call.query(&Form::of(&[("jurisdiction_id", "test.city")]));
        let events = call.send().expect(200).json()["events"].take();
        let events = events.as_array().cloned().unwrap_or_default();
        let overdue = events
            .into_iter()
            .filter(|one| one["type"] == "service_request.overdue");
        overdue
            .map(|one| text(&one, "service_request_id").to_owned())
            .collect::<Vec<_>>()
    };
    soon("the breach", || told() == [first.clone()]);
    let updated = staff.public(&first).unwrap_or_default()["updated_datetime"].clone();
    let history = staff.history(&first);
    assert_eq!(history.len(), 3);
    // It was promised for a time before it was filed; nothing happens before that.
    assert_eq!(
        history[2]["updated_datetime"],
        history[0]["updated_datetime"]
    );
    assert_eq!(
        history[1]["updated_datetime"], updated,
        "a breach is no change"
    );
    // Another time that was expected, and is over too.
    let again = json!({"expected_datetime": "2002-01-01T00:00:00Z"});
    staff.patch(&first, &again).expect(200);
    soon("the second breach", || told().len() == 2);
    staff.patch(&first, &json!({"status": "fixed"})).expect(200);
    assert!(staff.search(&[("overdue", "true")]).is_empty());
}

#[test]
fn a_calendar_is_told_as_it_was_sent_and_counts() {
    let staff = Staff::hired();
    let hours = json!({"monday": ["13:00-17:00", "08:00-12:00"], "sunday": []});
    let told = put(&staff, "working-hours", &hours).expect(200).json();
    assert_eq!(told["monday"], json!(["08:00-12:00", "13:00-17:00"]));
    assert_eq!(told["friday"], json!([]));
    assert_eq!(
        staff.call("GET", "working-hours").send().expect(200).json(),
        told
    );
    let holidays = json!({"holidays": [
        {"day": "2026-12-25", "name": "Christmas"}, {"day": "2026-01-01", "name": "New Year"}
    ]});
    let told = put(&staff, "holidays", &holidays).expect(200).json();
    assert_eq!(told["holidays"][0]["day"], "2026-01-01");
    assert_eq!(
        staff.call("GET", "holidays").send().expect(200).json(),
        told
    );
    let levels = json!({"normal": {"amount": 1, "unit": "working_days"}});
    put(&staff, "services/001/service-level", &levels).expect(200);
    let expected = staff.find(&staff.file(&[]))["expected_datetime"].clone();
    let at = parse_utc(expected.as_str().unwrap_or_default()).unwrap_or_default();
    // 17:00 in New York, on a Monday.
    let clock = &utc(at)[11..];
    assert!(["21:00:00Z", "22:00:00Z"].contains(&clock), "{expected}");
    assert_eq!(
        at.div_euclid(86_400).rem_euclid(7),
        4,
        "1970 began on a Thursday"
    );
}

#[test]
fn every_fault_of_a_calendar_and_of_a_promise_is_named() {
    let staff = Staff::hired();
    for (path, body, named) in [
        (
            "services/001/service-level",
            json!({"normal": {"amount": 0, "unit": "hours"}, "urgent": {"unit": "weeks", "x": 1}, "low": 3, "asap": null}),
            vec!["asap", "low", "normal.amount", "urgent.x", "urgent.unit"],
        ),
        (
            "services/001/service-level",
            json!({"normal": {}}),
            vec!["normal.amount", "normal.unit"],
        ),
        (
            "working-hours",
            json!({"monday": ["25:00-26:00"], "tuesday": 8, "wednesday": ["08:00-12:00", "11:00-13:00"], "someday": []}),
            vec!["someday", "monday", "tuesday", "wednesday"],
        ),
        ("holidays", json!({}), vec!["holidays"]),
        (
            "holidays",
            json!({"holidays": [{"day": "2026-02-30", "name": ""}, {"day": "2026-01-01", "name": "x", "y": 1}, 7]}),
            vec![
                "holidays[0].day",
                "holidays[0].name",
                "holidays[1].y",
                "holidays[2].day",
                "holidays[2].name",
            ],
        ),
        (
            "holidays",
            json!({"holidays": [{"day": "2026-01-01", "name": "x"}, {"day": "2026-01-01", "name": "y"}]}),
            vec!["holidays[1].day"],
        ),
        ("response-templates/x", json!({}), vec!["text"]),
        (
            "response-templates/x",
            json!({"text": "Dear {first_name}", "status": "done", "is_public": true}),
            vec!["is_public", "text", "status"],
        ),
    ] {
        assert_eq!(
            blamed(&put(&staff, path, &body), 400),
            named,
            "{path} {body}"
        );
    }
    let levels = json!({"normal": {"amount": 1, "unit": "hours"}});
    assert_eq!(
        blamed(&put(&staff, "services/no-such/service-level", &levels), 404).len(),
        1
    );
    let get = staff.call("GET", "services/no-such/service-level").send();
    assert_eq!(blamed(&get, 404).len(), 1);
}

#[test]
fn people_are_told_a_text_with_its_places_filled() {
    let staff = Staff::hired();
    let template = json!({
        "text": "{service_name} {service_request_id} was filled by {agency_responsible}.",
        "service_code": "001", "status": "fixed"
    });
    let told = put(&staff, "response-templates/Hole%20filled", &template)
        .expect(200)
        .json();
    assert_eq!(told["name"], "Hole filled");
    let listed = staff
        .call("GET", "response-templates")
        .send()
        .expect(200)
        .json();
    assert_eq!(listed["response_templates"], json!([told]));
    let id = staff.file(&[]);
    let named = |status: &str| json!({"status": status, "response_template": "Hole filled"});
    let refused = staff.patch(&id, &named("in_progress"));
    assert_eq!(
        blamed(&refused, 422),
        ["response_template"],
        "it is meant for fixed"
    );
    let refused = staff.patch(&id, &named("fixed"));
    assert_eq!(
        blamed(&refused, 422),
        ["response_template"],
        "nobody is responsible"
    );
    let mut change = named("fixed");
    change["agency_responsible"] = json!("Works");
    staff.patch(&id, &change).expect(200);
    let expected = format!("Pothole & crack {id} was filled by Works.");
    let public = staff.public(&id).unwrap_or_default();
    assert_eq!(public["status_notes"], expected.as_str());
    // In the same change of many, each is told its own text.
    let [first, second] = [staff.file(&[]), staff.file(&[])];
    let many = json!({"change": change, "service_requests": [
        {"service_request_id": first, "version": 1}, {"service_request_id": second, "version": 1}
    ]});
    let bulk = staff.call("POST", "service-requests/bulk");
    let bulk = bulk.body("application/json", many.to_string());
    let results = bulk.send().expect(200).json()["results"].take();
    for (number, id) in [&first, &second].into_iter().enumerate() {
        assert_eq!(results[number]["status"], 200, "{results}");
        let expected = format!("Pothole & crack {id} was filled by Works.");
        let public = staff.public(id).unwrap_or_default();
        assert_eq!(public["status_notes"], expected.as_str());
    }
    // A note may be a text too, if that is not meant for a change.
    let listed = json!({"text": "{service_name} is on our list."});
    put(&staff, "response-templates/Listed", &listed).expect(200);
    let id = staff.file(&[]);
    let note = |name: &str| {
        let note = json!({"response_template": name, "is_public": true});
        let call = staff.about(&id, "POST", "notes");
        call.body("application/json", note.to_string()).send()
    };
    note("Listed").expect(200);
    let public = staff.public(&id).unwrap_or_default();
    assert_eq!(public["status_notes"], "Pothole & crack is on our list.");
    for other in ["Hole filled", "no-such"] {
        assert_eq!(blamed(&note(other), 422), ["response_template"], "{other}");
    }
    let unknown = json!({"text": "x", "service_code": "no-such"});
    let refused = put(&staff, "response-templates/x", &unknown);
    assert_eq!(blamed(&refused, 422), ["service_code"]);
    let delete = || {
        let path = "response-templates/Hole%20filled";
        staff.call_as(&staff.administrator, "DELETE", path).send()
    };
    delete().expect(204);
    assert_eq!(blamed(&delete(), 404).len(), 1);
}

#[test]
fn staff_read_what_is_promised_and_change_nothing_of_it() {
    let staff = Staff::hired();
    for (path, body) in [
        (
            "services/001/service-level",
            json!({"normal": {"amount": 1, "unit": "hours"}}),
        ),
        ("working-hours", json!({})),
        ("holidays", json!({"holidays": []})),
        ("response-templates/x", json!({"text": "x"})),
    ] {
        let call = staff
            .call("PUT", path)
            .body("application/json", body.to_string());
        assert_eq!(blamed(&call.send(), 403).len(), 1, "{path}");
        let read = path.trim_end_matches("/x");
        staff.call("GET", read).send().expect(200);
        assert_eq!(
            staff.call_as(&staff.app, "GET", read).send().status,
            403,
            "{read}"
        );
    }
}

//! Whatever staff write is in the audit log: who, what and when, and no word that somebody wrote.

use conformance_tests::documented::paths;
use conformance_tests::endpoint::text;
use conformance_tests::http::Form;
use conformance_tests::staff::Staff;
use conformance_tests::time::{now, utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What it needs to be called here: the others are the webhooks' and the federation's.
const PERMISSIONS: [&str; 3] = ["change-service-requests", "moderate", "manage-services"];

/// The operations that write, by the OpenAPI document.
fn written() -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (path, item) in paths() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let permission = &operation["security"][0]["bearer"][0];
            let is_ours = PERMISSIONS.iter().any(|one| permission == one);
            if is_ours && method != "get" && !path.ends_with("/forwards") {
                found.insert(operation["operationId"].as_str().unwrap_or_default());
            }
        }
    }
    found
}

/// What keys have done, the oldest first.
fn entries(staff: &Staff) -> Vec<Value> {
    let call = staff.call_as(&staff.administrator, "GET", "audit-entries?limit=1000");
    let mut answer = call.send().expect(200).json();
    let entries = answer["audit_entries"].as_array_mut().map(std::mem::take);
    let entries = entries.unwrap_or_default().into_iter();
    let by_key = |one: &Value| text(one, "actor").starts_with("key:");
    entries.filter(by_key).collect()
}

#[test]
fn every_write_of_the_staff_is_in_the_audit_log_without_what_was_written() {
    let staff = Staff::hired();
    let filed = || staff.file(&[("description", "canary"), ("email", "canary@example.org")]);
    let [first, second] = [filed(), filed()];
    let (by_staff, by_moderator, by_administrator) =
        (&staff.staff, &staff.moderator, &staff.administrator);
    let of = |id: &str, path: &str| format!("service-requests/{id}{path}");
    let closing = json!({
        "status": "closed", "closing_reason": "handed_to", "closing_detail": "canary",
        "description": "canary", "assignee": "canary", "priority": "high",
        "media_url": "https://example.org/canary"
    });
    let many = json!({
        "change": {"description": "canary"},
        "service_requests": [{"service_request_id": second, "version": 1}]
    });
    let steps: [(&str, &String, &str, String, Value); 13] = [
        (
            "post_service_request_changes",
            by_staff,
            "POST",
            "service-requests/bulk".to_owned(),
            many,
        ),
        (
            "patch_service_request",
            by_staff,
            "PATCH",
            of(&first, ""),
            closing,
        ),
        (
            "post_service_request_note",
            by_staff,
            "POST",
            of(&first, "/notes"),
            json!({"description": "canary", "is_public": false}),
        ),
        (
            "put_duplicate_of",
            by_staff,
            "PUT",
            of(&second, "/duplicate-of"),
            json!({"service_request_id": first}),
        ),
        (
            "delete_duplicate_of",
            by_staff,
            "DELETE",
            of(&second, "/duplicate-of"),
            json!({}),
        ),
        (
            "post_redaction",
            by_moderator,
            "POST",
            of(&first, "/redact"),
            json!({"fields": ["description", "reporter"]}),
        ),
        (
            "delete_service_request",
            by_moderator,
            "DELETE",
            of(&first, ""),
            json!({}),
        ),
        (
            "put_holidays",
            by_administrator,
            "PUT",
            "holidays".to_owned(),
            json!({"holidays": [{"day": "2026-12-25", "name": "canary"}]}),
        ),
        (
            "put_working_hours",
            by_administrator,
            "PUT",
            "working-hours".to_owned(),
            json!({"monday": ["08:00-12:00"]}),
        ),
        (
            "put_service_level",
            by_administrator,
            "PUT",
            "services/001/service-level".to_owned(),
            json!({"normal": {"amount": 48, "unit": "hours"}}),
        ),
        (
            "delete_service_level",
            by_administrator,
            "DELETE",
            "services/001/service-level".to_owned(),
            json!({}),
        ),
        (
            "put_response_template",
            by_administrator,
            "PUT",
            "response-templates/Done".to_owned(),
            json!({"text": "canary", "service_code": "001", "status": "fixed"}),
        ),
        (
            "delete_response_template",
            by_administrator,
            "DELETE",
            "response-templates/Done".to_owned(),
            json!({}),
        ),
    ];
    let named: BTreeSet<&str> = steps.iter().map(|step| step.0).collect();
    assert_eq!(named, written(), "an operation is missing here");
    let mut known = entries(&staff).len();
    for (operation, key, method, path, body) in steps {
        let call = staff.call_as(key, method, &path);
        let call = match method {
            "PATCH" => call.header("if-match", &staff.tag(&first)),
            _ => call,
        };
        let sent = call.body("application/json", body.to_string()).send();
        assert!(sent.status < 300, "{operation}: {}", sent.shown());
        let all = entries(&staff);
        assert!(all.len() > known, "{operation} is not in the audit log");
        for one in &all[known..] {
            assert_eq!(one["operation"], operation);
            assert!(!text(one, "object_id").is_empty(), "{one}");
            assert!(
                one["before"].is_object() || one["after"].is_object(),
                "{one}"
            );
        }
        known = all.len();
    }
    // The standard's extension too.
    let update = Form::of(&[
        ("service_request_id", &second),
        ("update_id", "u1"),
        ("updated_datetime", &utc(now())),
        ("status", "FIXED"),
        ("description", "canary"),
    ]);
    let path = "/open311/v2/servicerequestupdates.json?jurisdiction_id=test.city";
    let call = staff.city.server.call("POST", path);
    let call = call.header("authorization", &format!("Bearer {}", staff.staff));
    call.form(&update).send().expect(200);
    let all = entries(&staff);
    assert_eq!(all.len(), known + 1);
    let last = &all[known];
    assert_eq!(last["operation"], "post_service_request_update");
    assert_eq!(last["before"]["detailed_status"], "open");
    assert_eq!(last["after"]["detailed_status"], "fixed");
    let told = json!(all).to_string();
    assert!(!told.contains("canary"), "{told}");
    // One line for each, and the command says the same.
    let exported = staff
        .city
        .home
        .run_ok(&["audit", "export", "--jurisdiction", "test.city"]);
    assert!(!exported.contains("canary"), "{exported}");
}

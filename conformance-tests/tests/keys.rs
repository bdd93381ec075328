//! Administrators make, list and revoke API keys over HTTP.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use conformance_tests::city::soon;
use conformance_tests::demo::{BOSTON, Demo, ZURICH};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::Call;
use conformance_tests::server::Server;
use conformance_tests::token::Client;
use serde_json::{Value, json};

fn call(server: &Server, credential: &str, method: &str, path: &str) -> Call {
    let path = format!("/api/v1/jurisdictions/{BOSTON}/{path}");
    let call = server.call(method, &path);
    call.header("authorization", &format!("Bearer {credential}"))
}

fn make(server: &Server, credential: &str, key: &Value) -> Call {
    call(server, credential, "POST", "keys").body("application/json", key.to_string())
}

fn listed(server: &Server, credential: &str, key_id: &str) -> Value {
    let all = call(server, credential, "GET", "keys").send().expect(200);
    let all = all.json();
    let keys = all["keys"].as_array().expect("a list").iter();
    let mut found = keys.filter(|key| key["key_id"] == key_id);
    found.next().cloned().unwrap_or_default()
}

#[test]
fn a_key_is_made_used_listed_and_revoked_and_the_log_tells_who_did_it() {
    let home = Home::new();
    let server = home.serve_demo();
    let administrator = Client::create(&home, BOSTON, "administrator");
    let token = administrator.token(&server);
    let made = make(
        &server,
        &token,
        &json!({"label": "Fix It", "requests_per_minute": 100}),
    );
    let made = made.send().expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let (key_id, key) = (text(&made, "key_id"), text(&made, "api_key"));
    assert!(key.starts_with(key_id) && key.len() >= 36, "{made}");
    assert!(
        !home.database().dump().contains(key),
        "only its hash is stored"
    );
    let before = listed(&server, &token, key_id);
    assert_eq!(
        (
            &before["label"],
            &before["scopes"],
            &before["requests_per_minute"]
        ),
        (&json!("Fix It"), &Value::Null, &json!(100))
    );
    assert_eq!(before["last_used_datetime"], Value::Null);

    let demo = Demo::boston_on(&server);
    let report = demo.report(&demo.plain).with("api_key", key);
    demo.endpoint.post(Format::Json, &report).expect(200);
    assert!(listed(&server, &token, key_id)["last_used_datetime"].is_string());

    let revoke = call(&server, &token, "DELETE", &format!("keys/{key_id}"));
    revoke.send().expect(204);
    soon("the revocation", || {
        demo.endpoint.post(Format::Json, &report).status == 403
    });
    revoke.send().expect(404);
    assert!(listed(&server, &token, key_id)["revoked_datetime"].is_string());

    let log = call(&server, &token, "GET", "audit-entries");
    let log = log.raw_query("limit=1000").send().expect(200).json();
    let entries = log["audit_entries"].as_array().expect("a list").iter();
    let of_key: Vec<(&str, &str)> = entries
        .filter(|entry| entry["object_id"] == key_id || entry["actor"] == format!("key:{key_id}"))
        .map(|entry| (text(entry, "operation"), text(entry, "actor")))
        .collect();
    let (by, app) = (
        format!("client:{}", administrator.id),
        format!("key:{key_id}"),
    );
    assert_eq!(
        of_key,
        [
            ("post_key", &by[..]),
            ("post_service_request", &app),
            ("delete_key", &by)
        ]
    );
}

#[test]
fn nobody_makes_a_key_that_may_more_than_he_or_for_another_city() {
    let home = Home::new();
    let server = home.serve_demo();
    let create = |scope: &str, jurisdiction: &str| {
        let whose = ["--jurisdiction", jurisdiction, "--label", "x"];
        home.run_ok(&[&["key", "create", "--scope", scope], &whose[..]].concat())
    };
    let clerk = create("manage-keys,staff", BOSTON);
    let status = |key: &str, scopes: &Value| {
        let form = json!({"label": "x", "scopes": scopes});
        make(&server, key, &form).send().status
    };
    assert_eq!(status(&clerk, &json!(["staff"])), 201);
    assert_eq!(status(&clerk, &json!(["file-service-requests"])), 201);
    for beyond in ["administrator", "moderator", "read-audit", "integration"] {
        assert_eq!(status(&clerk, &json!([beyond])), 403, "{beyond}");
    }
    let lonely = create("manage-keys", BOSTON);
    assert_eq!(status(&lonely, &Value::Null), 403, "a plain key may file");
    let elsewhere = create("administrator", ZURICH);
    assert_eq!(status(&elsewhere, &Value::Null), 401);
    let theirs = home.listed_keys(ZURICH);
    let key_id = theirs.split('\t').next().expect("a key");
    let administrator = create("administrator", BOSTON);
    let revoke = call(&server, &administrator, "DELETE", &format!("keys/{key_id}"));
    revoke.send().expect(404);
    assert_eq!(home.listed_keys(ZURICH), theirs);
}

#[test]
fn every_fault_of_a_key_is_told_at_once() {
    let home = Home::new();
    let server = home.serve_demo();
    let administrator = Client::create(&home, BOSTON, "administrator");
    let form = json!({
        "scopes": ["root"], "requests_per_minute": 0, "expires_datetime": "2001-01-01", "key": "x"
    });
    let told = make(&server, &administrator.token(&server), &form).send();
    let told = told.expect(400).json();
    let faults = told["errors"].as_array().expect("a list").iter();
    let mut blamed: Vec<&str> = faults.map(|fault| text(fault, "argument")).collect();
    blamed.sort_unstable();
    let all = [
        "expires_datetime",
        "key",
        "label",
        "requests_per_minute",
        "scopes",
    ];
    assert_eq!(blamed, all);
}

//! Who makes and changes webhooks, and what they are told.

use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::endpoint::text;
use serde_json::{Value, json};

use crate::hooks::{Hooks, content, key, soon};

#[test]
fn a_webhook_is_made_seen_changed_and_deleted_and_its_secret_is_shown_once() {
    let hooks = Hooks::new();
    let receiver = content();
    let settings = json!({"url": receiver.url(), "label": "Our CRM",
        "filter": {"service_code": ["a", "b"], "lat": 42.36, "long": -71.06, "radius": 500.0}});
    let made = hooks.call("POST", "/webhooks", Some(&settings)).expect(201);
    let location = made.header("location").unwrap_or_default().to_owned();
    let made = made.json();
    let secret = text(&made, "secret").to_owned();
    assert!(secret.starts_with("whsec_"));
    let webhook = &made["webhook"];
    assert!(location.ends_with(text(webhook, "webhook_id")));
    assert_eq!(webhook["filter"], settings["filter"]);
    assert_eq!(webhook["state"], "active");
    let path = format!("/webhooks/{}", text(webhook, "webhook_id"));
    let found = hooks.call("GET", &path, None).expect(200);
    assert!(!found.text().contains(&secret));
    assert_eq!(&found.json(), webhook);
    let listed = hooks.call("GET", "/webhooks", None).expect(200);
    assert!(!listed.text().contains(&secret));
    assert_eq!(listed.json()["webhooks"], json!([webhook]));
    let change = json!({"label": "Their CRM", "filter": {"status": "closed"}, "state": "disabled"});
    let changed = hooks.call("PATCH", &path, Some(&change)).expect(200).json();
    assert_eq!(changed["label"], "Their CRM");
    assert_eq!(changed["filter"], json!({"status": ["closed"]}));
    assert_eq!(changed["disabled_reason"], "by_hand");
    assert_eq!(changed["url"], webhook["url"]);
    hooks.call("DELETE", &path, None).expect(204);
    for method in ["GET", "DELETE"] {
        hooks.call(method, &path, None).expect(404);
    }
    hooks.call("PATCH", &path, Some(&change)).expect(404);
    let audit = hooks
        .call("GET", "/audit-entries", None)
        .expect(200)
        .text()
        .to_owned();
    for operation in ["post_webhook", "patch_webhook", "delete_webhook"] {
        assert!(audit.contains(operation), "{operation}: {audit}");
    }
    assert!(!audit.contains(&secret) && !audit.contains(&receiver.url()));
}

#[test]
fn every_fault_of_a_webhook_is_told_at_once() {
    let hooks = Hooks::new();
    let told = |body: &Value| {
        let refused = hooks.call("POST", "/webhooks", Some(body)).expect(400);
        assert_eq!(
            refused.header("content-type"),
            Some("application/problem+json")
        );
        let errors = refused.json()["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut named: Vec<String> = errors
            .iter()
            .map(|one| text(one, "argument").to_owned())
            .collect();
        named.sort_unstable();
        named
    };
    let faults = json!({"label": "a\nb", "filter": {"status": "done", "colour": "red", "lat": 42},
        "is_internal": "yes", "after": "x", "secret": "mine"});
    let named = told(&faults);
    for argument in [
        "after",
        "colour",
        "is_internal",
        "label",
        "long",
        "radius",
        "secret",
        "status",
        "url",
    ] {
        assert!(
            named.contains(&argument.to_owned()),
            "{argument}: {named:?}"
        );
    }
    assert_eq!(told(&json!([])), ["the body"]);
    let form = hooks
        .server
        .call("POST", &format!("/api/v1/jurisdictions/{BOSTON}/webhooks"));
    let form = form.header("Authorization", &format!("Bearer {}", hooks.key));
    assert_eq!(form.raw_form("url=x").send().status, 415);
}

/// H2: a webhook of one city is nothing to another.
#[test]
fn another_city_neither_sees_nor_changes_a_webhook() {
    let hooks = Hooks::new();
    let hook = hooks.hook(&content().url());
    let other = key(&hooks.home, ZURICH, "administrator");
    let paths = ["", "/deliveries", "/deliveries/x"].map(|rest| format!("{}{rest}", hook.id));
    for path in paths {
        let elsewhere = format!("/api/v1/jurisdictions/{ZURICH}/webhooks/{path}");
        let call = hooks.server.call("GET", &elsewhere);
        let call = call.header("Authorization", &format!("Bearer {other}"));
        assert_eq!(call.send().status, 404, "{path}");
        let here = format!("/webhooks/{path}");
        assert_eq!(
            hooks.call_as(&other, "GET", &here, None).status,
            401,
            "{path}"
        );
    }
}

/// D7: replay by range.
#[test]
fn a_part_of_the_feed_is_sent_again_and_so_is_what_was_before_the_webhook() {
    let hooks = Hooks::new();
    let receiver = content();
    let before = hooks.file();
    hooks.update(&before, "IN_PROGRESS", "Before the webhook");
    hooks.settle();
    let hook = hooks.hook(&receiver.url());
    let after = hooks.file();
    soon("the event", || receiver.seen().len() == 1);
    let cursor = |number: i64| {
        let last: i64 = text(&hooks.get(&hook), "cursor").parse().unwrap_or(0);
        (last - number).to_string()
    };
    let path = format!("/webhooks/{}/replay", hook.id);
    let body = json!({"after": cursor(3)});
    let begun = hooks.call("POST", &path, Some(&body)).expect(202).json();
    assert_eq!(begun["until"], cursor(0));
    soon("three more", || receiver.seen().len() == 4);
    let told: Vec<String> = receiver
        .seen()
        .iter()
        .map(|seen| text(&crate::hooks::event(seen)["data"], "service_request_id").to_owned())
        .collect();
    assert_eq!(told.iter().filter(|id| **id == before).count(), 2);
    assert_eq!(told.iter().filter(|id| **id == after).count(), 2);
    soon("the end of the replay", || {
        hooks.get(&hook)["replay"].is_null()
    });
    let dead = json!({"dead_only": true});
    hooks.call("POST", &path, Some(&dead)).expect(202);
    soon("the end of the replay", || {
        hooks.get(&hook)["replay"].is_null()
    });
    assert_eq!(receiver.seen().len(), 4);
    let wrong = json!({"after": "9", "until": "8"});
    hooks.call("POST", &path, Some(&wrong)).expect(400);
}

#[test]
fn a_webhook_that_begins_at_zero_is_sent_everything_that_ever_happened() {
    let hooks = Hooks::new();
    let sql = |statement: &str| hooks.home.database().sql(statement);
    // A service of which enough has happened for several pages, and not too much for a test.
    let service = sql(
        "SELECT service_code || ' ' || count(*) FROM service_request_update \
        JOIN service_request USING (jurisdiction_id, service_request_id) \
        WHERE jurisdiction_id = 'boston.demo' AND service_request_update.is_public \
        GROUP BY service_code HAVING count(*) > 200 ORDER BY count(*) LIMIT 1",
    );
    let (code, count) = service.rsplit_once(' ').unwrap_or_default();
    let expected: usize = count.parse().unwrap_or(0);
    let receiver = content();
    let filter = json!({"service_code": [code]});
    let hook = hooks.hook_with(&json!({"url": receiver.url(), "after": "0", "filter": filter}));
    let delivered = "SELECT count(*) FROM webhook_delivery WHERE state = 'delivered'";
    soon("everything", || sql(delivered) == count);
    assert_eq!(receiver.seen().len(), expected);
    // A page holds a hundred; the last one says so.
    let path = format!("/webhooks/{}/deliveries", hook.id);
    let (mut seen, mut before) = (0, String::new());
    loop {
        let page = format!("{path}?before={before}");
        let page = hooks.call("GET", &page, None).expect(200).json();
        seen += page["deliveries"].as_array().map_or(0, Vec::len);
        match page["before"].as_str() {
            Some(next) => before = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, expected);
}

//! What is sent.

use conformance_tests::demo::BOSTON;
use conformance_tests::endpoint::text;
use serde_json::json;

use crate::hooks::{Hooks, content, event, soon, verified, webhook_id};

/// D3: the other library is that of npm.
#[test]
fn an_event_is_sent_as_the_feed_tells_it_and_its_signature_is_good_to_another_library() {
    let hooks = Hooks::new();
    let receiver = content();
    let hook = hooks.hook(&format!("{}/hooks?token=canary", receiver.url()));
    let begin = text(&hooks.get(&hook), "cursor").to_owned();
    let id = hooks.file();
    hooks.update(&id, "IN_PROGRESS", "A crew is on its way – bald.");
    soon("both events", || receiver.seen().len() == 2);
    let seen = receiver.seen();
    assert_eq!(verified(&hook.secret, &seen), ["PASS", "PASS"]);
    let call = hooks.server.call("GET", "/api/v1/events");
    let query = [("jurisdiction_id", BOSTON), ("after", &begin[..])];
    let feed = call.query(&conformance_tests::http::Form::of(&query));
    let feed = feed.send().expect(200).json();
    let told: Vec<_> = feed["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["service_request_id"] == *id)
        .collect();
    for (sent, told) in seen.iter().zip(&told) {
        assert_eq!(
            (&sent.method[..], &sent.target[..]),
            ("POST", "/hooks?token=canary")
        );
        assert_eq!(sent.header("content-type"), Some("application/json"));
        assert_eq!(webhook_id(sent), text(told, "event_id"));
        let event = event(sent);
        assert_eq!(event["type"], told["type"]);
        assert_eq!(event["timestamp"], told["recorded_datetime"]);
        assert_eq!(event["data"]["event_id"], told["event_id"]);
        assert_eq!(event["data"]["update"], told["update"]);
    }
    assert_eq!(text(told[0], "type"), "service_request.opened");
    // The service request is shown as it is when it is sent.
    assert_eq!(
        event(&seen[1])["data"]["service_request"],
        told[1]["service_request"]
    );
    let log = hooks.server.log();
    assert!(!log.contains("canary") && !log.contains(&hook.secret));
}

#[test]
fn what_was_changed_on_the_way_has_no_good_signature() {
    let hooks = Hooks::new();
    let receiver = content();
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    soon("the event", || receiver.seen().len() == 1);
    let good = receiver.seen().remove(0);
    let mut body = good.clone();
    body.body.push(b' ');
    let mut id = good.clone();
    let mut time = good.clone();
    for (seen, name) in [(&mut id, "webhook-id"), (&mut time, "webhook-timestamp")] {
        for (header, value) in &mut seen.headers {
            if header == name {
                value.replace_range(..1, "9");
            }
        }
    }
    for verdict in verified(&hook.secret, &[body, id, time]) {
        assert!(verdict.starts_with("FAIL"), "{verdict}");
    }
    assert_eq!(verified(&hook.secret, &[good]), ["PASS"]);
}

/// D4.
#[test]
fn while_a_secret_is_replaced_both_sign_and_afterwards_only_the_new_one() {
    let hooks = Hooks::new();
    let receiver = content();
    let hook = hooks.hook(&receiver.url());
    let rotate = |overlap_hours: u32| {
        let path = format!("/webhooks/{}/rotate-secret", hook.id);
        let body = json!({ "overlap_hours": overlap_hours });
        let made = hooks.call("POST", &path, Some(&body)).expect(200).json();
        text(&made, "secret").to_owned()
    };
    let second = rotate(1);
    assert!(hooks.get(&hook)["previous_secret_until"].is_string());
    hooks.file();
    soon("the event", || receiver.seen().len() == 1);
    let seen = receiver.seen();
    assert_eq!(verified(&hook.secret, &seen), ["PASS"]);
    assert_eq!(verified(&second, &seen), ["PASS"]);
    let third = rotate(0);
    hooks.file();
    soon("the next event", || receiver.seen().len() == 2);
    let seen = &receiver.seen()[1..];
    assert!(verified(&second, seen)[0].starts_with("FAIL"));
    assert_eq!(verified(&third, seen), ["PASS"]);
}

#[test]
fn a_webhook_hears_of_what_its_filter_lets_pass_and_of_nothing_else() {
    let hooks = Hooks::new();
    let (closed, elsewhere, all) = (content(), content(), content());
    hooks.hook_with(
        &json!({"url": closed.url(), "filter": {"status": ["closed"], "kind": ["updated"]}}),
    );
    hooks.hook_with(&json!({"url": elsewhere.url(), "filter": {"bbox": "8.5,47.3,8.6,47.4"}}));
    hooks.hook(&all.url());
    let id = hooks.file();
    hooks.update(&id, "INVESTIGATING", "Seen");
    hooks.update(&id, "FIXED", "Mended");
    soon("every event", || all.seen().len() == 3);
    soon("the closing", || !closed.seen().is_empty());
    let closings = closed.seen();
    assert_eq!(closings.len(), 1);
    assert_eq!(event(&closings[0])["data"]["update"]["status"], "fixed");
    assert_eq!(elsewhere.seen().len(), 0);
}

#[test]
fn events_of_one_service_request_come_in_order_although_the_first_attempts_fail() {
    let hooks = Hooks::new();
    let receiver = crate::hooks::failing_first(2, || {
        conformance_tests::peers::answer(500, "text/plain", "not now")
    });
    let hook = hooks.hook(&receiver.url());
    let id = hooks.file();
    for text in ["first", "second", "third"] {
        hooks.update(&id, "IN_PROGRESS", text);
    }
    soon("a failed attempt", || receiver.seen().len() == 1);
    hooks.make_due();
    soon("another", || receiver.seen().len() >= 2);
    hooks.make_due();
    soon("all four", || {
        hooks.deliveries(&hook, "delivered").len() == 4
    });
    let versions: Vec<_> = receiver
        .seen()
        .iter()
        .map(|seen| event(seen)["data"]["version"].as_i64())
        .collect();
    assert_eq!(versions, [1, 1, 1, 2, 3, 4].map(Some));
    let ids: Vec<_> = receiver.seen().iter().map(webhook_id).collect();
    assert_eq!([&ids[0], &ids[0]], [&ids[1], &ids[2]]);
}

#[test]
fn an_internal_webhook_needs_the_right_to_read_what_is_internal() {
    let hooks = Hooks::new();
    let integration = crate::hooks::key(&hooks.home, BOSTON, "integration");
    let internal = json!({"url": content().url(), "is_internal": true});
    let made = |key: &str, body| hooks.call_as(key, "POST", "/webhooks", Some(body)).status;
    assert_eq!(made(&integration, &internal), 403);
    assert_eq!(made(&integration, &json!({"url": content().url()})), 201);
    let hook = hooks.hook_with(&internal);
    let path = format!("/webhooks/{}", hook.id);
    let hijack = json!({"url": content().url()});
    let hijacked = hooks.call_as(&integration, "PATCH", &path, Some(&hijack));
    assert_eq!(hijacked.status, 403);
    let rotate = format!("{path}/rotate-secret");
    assert_eq!(
        hooks.call_as(&integration, "POST", &rotate, None).status,
        403
    );
    assert_eq!(hooks.call("PATCH", &path, Some(&hijack)).status, 200);
}

/// H4: who reported is nobody's business.
#[test]
fn nothing_of_the_reporter_is_sent() {
    let hooks = Hooks::new();
    let receiver = content();
    let internal = hooks.hook_with(&json!({"url": receiver.url(), "is_internal": true}));
    hooks.hook(&receiver.url());
    let report = hooks.demo.report(&hooks.demo.plain);
    let canaries = [
        ("email", "canary@example.org"),
        ("phone", "canary-617-555-0100"),
        ("first_name", "canary-first"),
        ("last_name", "canary-last"),
        ("device_id", "canary-device"),
        ("account_id", "canary-account"),
    ];
    let report = canaries
        .iter()
        .fold(report, |report, (name, value)| report.with(name, value));
    hooks.demo.endpoint.file(&report);
    soon("both events", || receiver.seen().len() == 2);
    soon("both successes", || {
        hooks.deliveries(&internal, "delivered").len() == 1
    });
    for seen in receiver.seen() {
        assert!(
            !seen.everything().contains("canary"),
            "{}",
            seen.everything()
        );
    }
    assert!(!hooks.server.log().contains("canary"));
}

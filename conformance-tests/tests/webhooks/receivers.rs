//! Receivers that misbehave.

use std::time::Duration;

use conformance_tests::peers::{Peer, Reply, answer};
use serde_json::{Value, json};

use crate::hooks::{Hooks, content, failing_first, soon, webhook_id};

/// How a receiver answers.
type Answering = Box<dyn Fn() -> Reply + Send + Sync>;

/// The status and the error of the newest attempt.
fn newest(attempts: &[Value]) -> (Option<i64>, Option<String>) {
    let attempt = attempts.first().cloned().unwrap_or_default();
    let error = attempt["error"].as_str().map(str::to_owned);
    (attempt["status"].as_i64(), error)
}

/// D1 and D6: a redirect is one of them.
#[test]
fn what_is_no_2xx_is_a_failure_and_is_sent_again_under_the_same_id() {
    let hooks = Hooks::new();
    let trap = content();
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n",
        trap.url()
    );
    let redirecting: Answering = Box::new(move || Reply::Bytes(redirect.clone().into_bytes()));
    let cases: Vec<(Answering, Option<i64>, Option<&str>)> = vec![
        (redirecting, Some(302), None),
        (
            Box::new(|| answer(500, "text/plain", "no")),
            Some(500),
            None,
        ),
        (
            Box::new(|| answer(404, "text/html", "<p>no")),
            Some(404),
            None,
        ),
        (Box::new(|| answer(304, "text/plain", "")), Some(304), None),
        (Box::new(|| Reply::Nothing), None, Some("broken")),
        (
            Box::new(|| Reply::Bytes(b"220 mail.example ESMTP\r\n".to_vec())),
            None,
            Some("broken"),
        ),
    ];
    for (reply, status, error) in cases {
        let receiver = failing_first(1, reply);
        let hook = hooks.hook(&receiver.url());
        hooks.file();
        soon("the failure", || {
            hooks.get(&hook)["failing_since"].is_string()
        });
        let (delivery, attempts) = hooks.oldest_attempts(&hook);
        assert_eq!(newest(&attempts), (status, error.map(str::to_owned)));
        assert_eq!(
            (&delivery["state"], &delivery["attempts"]),
            (&json!("pending"), &json!(1))
        );
        hooks.make_due();
        soon("the success", || {
            hooks.deliveries(&hook, "delivered").len() == 1
        });
        assert!(hooks.get(&hook)["failing_since"].is_null());
        let seen = receiver.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(webhook_id(&seen[0]), webhook_id(&seen[1]));
        let path = format!("/webhooks/{}", hook.id);
        hooks.call("DELETE", &path, None).expect(204);
    }
    assert_eq!(trap.seen().len(), 0, "a redirect was followed");
}

/// D7.
#[test]
fn who_answers_410_is_sent_nothing_more_until_somebody_enables_him() {
    let hooks = Hooks::new();
    let receiver = failing_first(1, || answer(410, "text/plain", "moved out"));
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    soon("the end", || hooks.get(&hook)["state"] == "disabled");
    let disabled = hooks.get(&hook);
    assert_eq!(disabled["disabled_reason"], "gone");
    assert!(disabled["disabled_datetime"].is_string());
    hooks.make_due();
    hooks.file();
    assert!(hooks.server.log().contains("a webhook is disabled"));
    assert_eq!(receiver.seen().len(), 1);
    let path = format!("/webhooks/{}", hook.id);
    let enable = json!({"state": "active"});
    let enabled = hooks.call("PATCH", &path, Some(&enable)).expect(200).json();
    assert_eq!(enabled["disabled_reason"], Value::Null);
    soon("what waited", || {
        hooks.deliveries(&hook, "delivered").len() == 2
    });
}

/// D5: the schedule itself is in `domain/src/delivery.rs`.
#[test]
fn who_asks_for_time_gets_it() {
    let hooks = Hooks::new();
    let receiver = failing_first(1, || {
        let head =
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
        Reply::Bytes(head.as_bytes().to_vec())
    });
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    soon("the pause", || hooks.get(&hook)["paused_until"].is_string());
    let (delivery, attempts) = hooks.oldest_attempts(&hook);
    assert_eq!(newest(&attempts).0, Some(429));
    let wait = "SELECT count(*) FROM webhook_delivery WHERE next_attempt_datetime \
        BETWEEN now() + interval '50 minutes' AND now() + interval '80 minutes'";
    assert_eq!(hooks.home.database().sql(wait), "1", "{delivery}");
    // Nor is he sent anything else meanwhile.
    hooks.file();
    soon("the next delivery", || {
        hooks.deliveries(&hook, "pending").len() == 2
    });
    assert_eq!(receiver.seen().len(), 1);
    hooks.make_due();
    soon("both", || hooks.deliveries(&hook, "delivered").len() == 2);
}

/// D8: neither slowness nor endlessness of one concerns another.
#[test]
fn slow_and_endless_receivers_are_cut_off_and_hold_up_nobody() {
    let hooks = Hooks::new();
    let ok = b"HTTP/1.1 200 OK\r\n\r\n";
    let slow: Vec<Peer> = (0..4)
        .map(|number| match number {
            0 => Peer::answering(|_| Reply::Silence),
            1 => Peer::answering(|_| Reply::Endless(ok.to_vec(), Duration::from_millis(50))),
            2 => Peer::answering(|_| {
                Reply::Endless(
                    b"HTTP/1.1 200 OK\r\nX: ".to_vec(),
                    Duration::from_millis(50),
                )
            }),
            _ => Peer::answering(|_| Reply::Endless(ok.to_vec(), Duration::ZERO)),
        })
        .collect();
    let slow_hooks: Vec<_> = slow.iter().map(|peer| hooks.hook(&peer.url())).collect();
    let healthy = content();
    let hook = hooks.hook(&healthy.url());
    for count in 1..=10 {
        hooks.file();
        soon("the healthy one's event", || healthy.seen().len() == count);
    }
    soon("its success", || {
        hooks.deliveries(&hook, "delivered").len() == 10
    });
    let expected = [
        (None, "timeout"),
        (Some(200), "timeout"),
        (None, "timeout"),
        (Some(200), "too_large"),
    ];
    for (hook, (status, error)) in slow_hooks.iter().zip(expected) {
        let told = || newest(&hooks.oldest_attempts(hook).1);
        soon("the end of its patience", || told().1.is_some());
        assert_eq!(told(), (status, Some(error.to_owned())));
    }
    assert!(hooks.server.peak_mib() < 400, "{}", hooks.server.peak_mib());
}

/// E6: what a receiver answers is told in part, as text, and only when it is text.
#[test]
fn little_of_what_a_receiver_answers_is_told() {
    let hooks = Hooks::new();
    let long = format!("\u{1b}[31mno\r\n{}", "x".repeat(50_000));
    let receiver = Peer::answering(move |_| answer(400, "text/plain", &long));
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    soon("the failure", || {
        hooks.get(&hook)["failing_since"].is_string()
    });
    let (_, attempts) = hooks.oldest_attempts(&hook);
    let note = attempts[0]["note"].as_str().unwrap_or_default().to_owned();
    assert!(
        note.starts_with("[31mno xxx") && note.chars().count() <= 200,
        "{note}"
    );
    let html = Peer::answering(|_| answer(400, "text/html", "secret-page"));
    let hook = hooks.hook(&html.url());
    hooks.file();
    soon("the failure", || {
        hooks.get(&hook)["failing_since"].is_string()
    });
    let (_, attempts) = hooks.oldest_attempts(&hook);
    assert_eq!(attempts[0]["note"], Value::Null);
    assert!(!hooks.server.log().contains("secret-page"));
}

/// D5 and D7.
#[test]
fn what_failed_for_days_is_a_dead_letter_that_can_be_sent_again() {
    let hooks = Hooks::new();
    let receiver = failing_first(10, || answer(503, "text/plain", "no"));
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    for attempt in 1..=10 {
        soon("an attempt", || receiver.seen().len() == attempt);
        let written = || hooks.oldest_attempts(&hook).1.len() == attempt;
        soon("its end", written);
        hooks.make_due();
    }
    let dead = hooks.deliveries(&hook, "dead");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["attempts"], 10);
    let event_id = dead[0]["event_id"].as_str().unwrap_or_default();
    let path = format!("/webhooks/{}/deliveries/{event_id}/replay", hook.id);
    hooks.call("POST", &path, None).expect(202);
    soon("the dead letter", || {
        hooks.deliveries(&hook, "delivered").len() == 1
    });
    let ids: Vec<_> = receiver.seen().iter().map(webhook_id).collect();
    assert!(ids.iter().all(|id| id == event_id) && ids.len() == 11);
}

/// D7.
#[test]
fn after_five_days_of_nothing_but_failures_a_webhook_is_disabled_and_its_owner_sees_why() {
    let hooks = Hooks::new();
    let receiver = failing_first(2, || answer(500, "text/plain", "no"));
    let hook = hooks.hook(&receiver.url());
    hooks.file();
    soon("the failure", || {
        hooks.get(&hook)["failing_since"].is_string()
    });
    assert_eq!(hooks.get(&hook)["state"], "active");
    hooks
        .home
        .database()
        .sql("UPDATE webhook SET failing_since = failing_since - interval '120 hours'");
    hooks.make_due();
    soon("the end", || hooks.get(&hook)["state"] == "disabled");
    assert_eq!(hooks.get(&hook)["disabled_reason"], "failing");
    let audit = hooks
        .call("GET", "/audit-entries", None)
        .expect(200)
        .text()
        .to_owned();
    assert!(audit.contains("job:deliver-webhooks"), "{audit}");
    assert!(hooks.server.log().contains("a webhook is disabled"));
}

//! Who reported is nobody else's business, and a key is nobody's: requirements G2, G4,
//! H4 and M2.

use std::thread;
use std::time::Duration;

use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::http::{Form, Multipart};

/// Fields about the reporter with values that stand nowhere else.
const CANARIES: [(&str, &str); 6] = [
    ("email", "canary.wren@example.org"),
    ("first_name", "Canaryfirstname"),
    ("last_name", "Canarylastname"),
    ("phone", "+1 617 555 0142"),
    ("device_id", "canary-device-7f3a"),
    ("account_id", "canary-account-91c2"),
];

fn with_canaries(form: Form) -> Form {
    CANARIES
        .iter()
        .fold(form, |form, (field, value)| form.with(field, value))
}

#[track_caller]
fn is_silent(what: &str, text: &str) {
    for (field, value) in CANARIES {
        // Form encoding would hide a blank and a plus.
        let digits = value.trim_start_matches('+');
        for spelling in [
            digits.to_owned(),
            digits.replace(' ', "+"),
            digits.replace(' ', "%20"),
        ] {
            assert!(!text.contains(&spelling), "{what} shows {field}");
        }
    }
}

#[test]
fn nobody_else_ever_sees_who_reported() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let word = demo::unique();
    let form = with_canaries(demo.report(&demo.detailed)).with("description", &word);
    let id = demo.endpoint.file(&form);
    let call = demo.endpoint.call("POST", "requests", Format::Json);
    call.multipart(&Multipart::of(&form)).send().expect(200);
    demo.endpoint
        .post(Format::Xml, &with_canaries(demo.report(&demo.batch)))
        .expect(200);
    demo.endpoint
        .post(Format::Xml, &with_canaries(demo.report(&demo.blackbox)))
        .expect(200);

    for format in Format::BOTH {
        for (resource, parameters) in [
            (format!("requests/{id}"), vec![]),
            (format!("requests/{id}"), vec![("extensions", "true")]),
            (
                "requests".into(),
                vec![("q", word.as_str()), ("extensions", "true")],
            ),
            (
                "requests".into(),
                vec![("extensions", "true"), ("page_size", "100")],
            ),
        ] {
            let answer = demo
                .endpoint
                .get(&resource, format, &parameters)
                .expect(200);
            assert!(answer.text().contains(&id), "{}", answer.asked);
            is_silent(&answer.asked, answer.text());
        }
        for (_, value) in CANARIES {
            let found = demo
                .endpoint
                .get("requests", format, &[("q", value)])
                .expect(200);
            assert!(
                !found.text().contains(&id),
                "a search for {value} must not tell"
            );
        }
        for wrong in [
            ("lat", "91"),
            ("service_code", "nope"),
            ("api_key", "wrong"),
            ("description", "a\0"),
        ] {
            let refused = demo
                .endpoint
                .post(format, &form.clone().with(wrong.0, wrong.1));
            assert!(refused.status >= 400);
            is_silent(&refused.asked, refused.text());
        }
    }
    for path in ["/", "/metrics", "/health/ready", "/discovery.xml"] {
        is_silent(path, server.call("GET", path).send().expect(200).text());
    }
    let (_, log) = server.stop();
    is_silent("the log", &log);
}

#[test]
fn a_key_is_never_logged_wherever_it_was_sent() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let key = home.new_key(demo::BOSTON);
    let form = demo.report(&demo.plain).without("api_key");
    let post = demo.endpoint.call("POST", "requests", Format::Json);
    let read = demo.endpoint.call("GET", "requests", Format::Json);
    let idempotency = "canary-idempotency-key";
    post.clone()
        .form(&form.clone().and("api_key", &key))
        .header("idempotency-key", idempotency)
        .send()
        .expect(200);
    post.clone()
        .form(&form)
        .query(&Form::of(&[("api_key", &key)]))
        .send()
        .expect(200);
    post.clone()
        .form(&form)
        .header("authorization", &format!("Bearer {key}"))
        .send()
        .expect(200);
    read.query(&Form::of(&[("api_key", &key), ("status", "wrong")]))
        .send()
        .expect(400);
    let mistyped = "canary-of-a-mistyped-key";
    post.clone()
        .form(&form)
        .query(&Form::of(&[("api_key", mistyped)]))
        .send()
        .expect(403);
    post.form(&form)
        .header("authorization", &format!("Bearer {mistyped}"))
        .send()
        .expect(403);
    let metrics = server
        .call("GET", "/metrics")
        .send()
        .expect(200)
        .text()
        .to_owned();
    let (_, log) = server.stop();
    for secret in [key.as_str(), mistyped, idempotency] {
        assert!(
            !log.contains(secret) && !metrics.contains(secret),
            "{secret} was written down"
        );
    }
}

#[test]
fn every_line_of_the_log_is_one_json_record_whatever_was_sent() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    for hostile in [
        "a\r\nb",
        "\u{1B}[31mred",
        "{\"level\":\"ERROR\"}",
        "\u{2028}",
        "\"\\",
    ] {
        let answer = demo
            .endpoint
            .get("requests", Format::Json, &[("q", hostile)]);
        assert!(answer.status < 500, "{hostile:?}: {}", answer.shown());
        let form = demo.report(&demo.plain).with("service_code", hostile);
        assert!(demo.endpoint.post(Format::Json, &form).status < 500);
        let agent = hostile.replace(|c: char| !c.is_ascii_graphic(), "");
        demo.endpoint
            .call("GET", "services", Format::Json)
            .header("user-agent", &agent)
            .send()
            .expect(200);
    }
    // The access line of the last answer may be written just after it.
    thread::sleep(Duration::from_millis(100));
    let log = server.log();
    for line in log.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        assert!(record.is_object(), "{line}");
    }
}

#[test]
fn a_wrong_an_unknown_and_a_revoked_key_get_the_same_answer() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let key = home.new_key(demo::BOSTON);
    let other_city = home.new_key(demo::ZURICH);
    let form = demo.report(&demo.plain);
    let ask = |format, key: &str| {
        demo.endpoint
            .post(format, &form.clone().with("api_key", key))
    };
    ask(Format::Json, &key).expect(200);
    home.revoke(demo::BOSTON, &key);
    // "Within 5 seconds on all nodes" is requirement G3.
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while ask(Format::Json, &key).status == 200 {
        assert!(
            std::time::Instant::now() < deadline,
            "a revoked key goes on working"
        );
        thread::sleep(Duration::from_millis(100));
    }
    for format in Format::BOTH {
        let unknown = ask(format, "never-seen").expect(403);
        // One character off: everything about it looks right.
        let mut near = key.clone();
        near.pop();
        near.push(if key.ends_with('a') { 'b' } else { 'a' });
        for refused in [&key, &near, &other_city] {
            let answer = ask(format, refused).expect(403);
            assert_eq!(answer.body, unknown.body);
            assert_eq!(answer.headers.len(), unknown.headers.len());
        }
        unknown.blames(format, 403, "api_key");
    }
}

#[test]
fn a_key_is_stored_as_a_hash_only() {
    let home = Home::new();
    let _server = home.serve_demo();
    let key = home.new_key(demo::BOSTON);
    assert!(
        key.len() >= 26,
        "128 bits take 26 characters of base 32: {key}"
    );
    assert!(!home.database().dump().contains(&key));
    assert_ne!(home.new_key(demo::BOSTON), key);
}

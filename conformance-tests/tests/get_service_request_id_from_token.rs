//! GET tokens/{token}: <http://wiki.open311.org/GeoReport_v2/#get-service_request_id-from-a-token>

use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::demo::{Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::http::percent;
use conformance_tests::server::Server;
use serde_json::Value;

/// The demo resolves its tokens within about two seconds.
const PATIENCE: Duration = Duration::from_secs(15);

fn submit() -> String {
    let demo = Demo::boston();
    let row = demo
        .endpoint
        .post(Format::Json, &demo.report(&demo.batch))
        .expect(200)
        .row();
    text(&row, "token").to_owned()
}

fn ask(token: &str) -> Value {
    let resource = format!("tokens/{}", percent(token));
    Demo::boston()
        .endpoint
        .get(&resource, Format::Json, &[])
        .expect(200)
        .row()
}

fn resolve(token: &str) -> String {
    let started = Instant::now();
    loop {
        let row = ask(token);
        assert_eq!(text(&row, "token"), token);
        if let Some(id) = row["service_request_id"].as_str() {
            return id.to_owned();
        }
        assert!(
            started.elapsed() < PATIENCE,
            "the token never resolves: {row}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_token_becomes_an_id_and_keeps_it() {
    let token = submit();
    let id = resolve(&token);
    assert!(!id.is_empty());
    assert_eq!(resolve(&token), id, "tokens are no one-shot");
}

#[test]
fn the_id_of_a_resolved_token_leads_to_the_service_request() {
    let demo = Demo::boston();
    let id = resolve(&submit());
    let request = demo.endpoint.request(&id);
    assert_eq!(text(&request, "service_request_id"), id);
    assert_eq!(text(&request, "service_code"), demo.batch.code);
}

#[test]
fn a_pending_token_answers_200_with_the_token_alone() {
    let token = submit();
    let resource = format!("tokens/{}", percent(&token));
    let root = Demo::boston()
        .endpoint
        .get(&resource, Format::Xml, &[])
        .expect(200)
        .xml();
    assert_eq!(root.name, "service_requests");
    assert_eq!(root.children.len(), 1);
    let request = &root.children[0];
    assert_eq!(request.name, "request");
    assert_eq!(request.text_of("token"), token);
    let other: Vec<_> = request
        .names()
        .into_iter()
        .filter(|name| *name != "token")
        .collect();
    // By now it may be resolved already.
    assert!(
        other.is_empty() || other == ["service_request_id"],
        "{request:?}"
    );
}

#[test]
fn a_resolved_token_answers_the_same_in_both_formats() {
    let token = submit();
    let id = resolve(&token);
    let resource = format!("tokens/{}", percent(&token));
    let root = Demo::boston()
        .endpoint
        .get(&resource, Format::Xml, &[])
        .expect(200)
        .xml();
    assert_eq!(root.children[0].text_of("service_request_id"), id);
    assert_eq!(root.children[0].text_of("token"), token);
    let fields = ask(&token).as_object().map(|row| row.len());
    assert_eq!(
        fields,
        Some(2),
        "an answer has the token and the id, no more"
    );
}

#[test]
fn an_unknown_token_is_404_in_both_formats() {
    let endpoint = &Demo::boston().endpoint;
    for format in Format::BOTH {
        for token in [
            "nope",
            "123456",
            "%27%20or%201=1",
            "00000000-0000-0000-0000-000000000000",
        ] {
            endpoint
                .get(&format!("tokens/{token}"), format, &[])
                .blames(format, 404, "token");
        }
    }
}

#[test]
fn a_token_is_unknown_in_another_jurisdiction() {
    let resource = format!("tokens/{}", percent(&submit()));
    let zurich = Endpoint::standard(Server::shared(), ZURICH);
    zurich
        .get(&resource, Format::Json, &[])
        .faults(Format::Json, 404);
}

#[test]
fn a_token_is_too_long_to_be_guessed() {
    let token = submit();
    assert!(token.len() >= 16, "{token}");
}

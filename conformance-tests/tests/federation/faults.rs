//! Over a network that loses, repeats and garbles.

use crate::towns::{OURS, Town, soon};
use conformance_tests::city::CITY;
use conformance_tests::endpoint::text;
use conformance_tests::peers::{Between, Fault, Peer, answer};
use std::thread;
use std::time::Duration;

/// A server that carries a repeated POST out twice, as most do: keys are taken away on the way.
const PLAIN: &str = "format=json,poll_seconds=1,lists_at_once=true";

/// F1.
#[test]
fn whatever_befalls_the_posts_the_report_is_there_once() {
    let (here, there) = (Town::here(), Town::there());
    let proxy = Between::in_front_of(&there.server);
    here.forward("S10", &proxy.url(), &there.key, OURS, &[]);
    for faults in [
        &[Fault::CutAfter][..],
        &[Fault::CutBefore],
        &[Fault::Half],
        &[Fault::Twice],
        &[Fault::Status(500)],
        &[Fault::StatusAfter(502)],
        &[Fault::Status(429)],
        &[Fault::Delay(Duration::from_secs(2))],
        &[Fault::StatusAfter(500), Fault::CutBefore, Fault::Twice],
    ] {
        let before = there.filed("S10").len();
        proxy.befall(faults);
        let id = here.file("S10");
        let forward = here.await_state(&id, "confirmed");
        assert_eq!(proxy.faults_left(), 0, "{faults:?}");
        let theirs = there.filed("S10");
        assert_eq!(theirs.len(), before + 1, "{faults:?}");
        let remote_id = text(&forward, "remote_service_request_id");
        let found = there.endpoint.request(remote_id);
        assert_eq!(
            found["description"],
            here.endpoint.request(&id)["description"]
        );
    }
}

/// F1, where a POST that is repeated is carried out twice.
#[test]
fn without_idempotency_a_lost_answer_is_looked_for_and_nothing_is_posted_twice() {
    let (here, there) = (Town::here(), Town::there());
    let proxy = Between::in_front_of(&there.server);
    here.forward("S11", &proxy.url(), &there.key, PLAIN, &[]);
    for faults in [
        &[Fault::CutAfter][..],
        &[Fault::StatusAfter(503)],
        &[Fault::Half],
    ] {
        let before = proxy.posts().len();
        proxy.befall(faults);
        let id = here.file("S11");
        let forward = here.await_state(&id, "confirmed");
        assert_eq!(proxy.posts().len(), before + 1, "{faults:?}");
        let found = there
            .endpoint
            .request(text(&forward, "remote_service_request_id"));
        assert_eq!(
            found["description"],
            here.endpoint.request(&id)["description"]
        );
    }
    assert_eq!(there.filed("S11").len(), 3);
}

#[test]
fn without_words_to_find_it_by_a_lost_answer_is_left_to_people() {
    let (here, there) = (Town::here(), Town::there());
    let proxy = Between::in_front_of(&there.server);
    here.forward("S12", &proxy.url(), &there.key, PLAIN, &[]);
    proxy.befall(&[Fault::CutAfter]);
    let id = here
        .endpoint
        .file(&here.report("S12").without("description"));
    let forward = here.await_state(&id, "uncertain");
    assert_eq!(there.filed("S12").len(), 1);
    assert_eq!(proxy.posts().len(), 1);

    let forward_id = text(&forward, "forward_id");
    let theirs = there.filed("S12").remove(0);
    let remote_id = text(&theirs, "service_request_id");
    let found = ["--jurisdiction", CITY, "--remote-id", remote_id];
    here.home
        .run_ok(&[&["forward", "replay", forward_id], found.as_slice()].concat());
    let forward = here.await_state(&id, "confirmed");
    assert_eq!(text(&forward, "remote_service_request_id"), remote_id);
    assert_eq!(proxy.posts().len(), 1);
}

/// F7: what follows from a whole day is in `domain/src/forward/tests.rs`.
#[test]
fn while_an_endpoint_is_away_everything_here_goes_on_and_then_the_backlog_drains() {
    let (here, there) = (Town::here(), Town::there());
    let proxy = Between::in_front_of(&there.server);
    here.forward("S13", &proxy.url(), &there.key, OURS, &[]);
    here.forward("S14", there.server.url(), &there.key, OURS, &[]);
    proxy.set_down(true);
    let waiting: Vec<String> = (0..25).map(|_| here.file("S13")).collect();
    // What goes elsewhere is not held up.
    here.await_state(&here.file("S14"), "confirmed");
    soon("all of them have been tried", || {
        let tried = |id: &String| here.forward_of(id)["attempts"] != 0;
        tried(&waiting[0])
    });
    assert!(there.filed("S13").is_empty());
    proxy.set_down(false);
    for id in &waiting {
        here.await_state(id, "confirmed");
    }
    assert_eq!(there.filed("S13").len(), waiting.len());
}

#[test]
fn a_server_that_is_killed_while_it_forwards_loses_and_repeats_nothing() {
    let there = Town::there();
    let mut here = Town::found();
    let proxy = Between::in_front_of(&there.server);
    here.forward("S15", &proxy.url(), &there.key, OURS, &[]);
    let mut ids = Vec::new();
    for _ in 0..3 {
        proxy.befall(&[Fault::Delay(Duration::from_secs(2))]);
        ids.push(here.file("S15"));
        ids.push(here.file("S15"));
        soon("a POST is under way", || proxy.faults_left() == 0);
        here = here.killed_and_started_again();
    }
    for id in &ids {
        here.await_state(id, "confirmed");
    }
    assert_eq!(there.filed("S15").len(), ids.len());
}

#[test]
fn a_server_that_is_asked_to_stop_hears_the_answer_to_what_it_has_posted() {
    let here = Town::found();
    // What it has not heard it will never hear: nothing is listed.
    let slow = Peer::answering(|request| match &request.method[..] {
        "POST" => {
            thread::sleep(Duration::from_secs(3));
            let id = r#"[{"service_request_id":"there-1"}]"#;
            answer(200, "application/json", id)
        }
        _ => answer(200, "application/json", "[]"),
    });
    here.forward("S17", &slow.url(), "a key", PLAIN, &[]);
    let id = here.file("S17");
    soon("the POST is under way", || !slow.posts().is_empty());
    let here = here.stopped_and_started_again();
    let forward = here.forward_of(&id);
    assert_eq!(forward["state"], "confirmed", "{forward}");
    assert_eq!(slow.posts().len(), 1);
}

#[test]
fn what_was_refused_is_listed_and_goes_when_its_cause_is_mended() {
    let (here, there) = (Town::here(), Town::there());
    here.forward("S16", there.server.url(), "grk_wrong", OURS, &[]);
    let id = here.file("S16");
    let forward = here.await_state(&id, "dead");
    let answer = text(&forward, "last_answer");
    assert!(answer.starts_with("it answered 403"), "{answer}");
    let listed = here
        .home
        .run(&["forward", "list", "--state", "dead", "--jurisdiction", CITY]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let forward_id = text(&forward, "forward_id");
    assert!(
        listed.contains(forward_id) && listed.contains("403"),
        "{listed}"
    );

    here.forward("S16", there.server.url(), &there.key, OURS, &[]);
    here.home
        .run_ok(&["forward", "replay", forward_id, "--jurisdiction", CITY]);
    here.await_state(&id, "confirmed");
}

//! Between servers that are as they should be.

use crate::towns::{OURS, Town, soon};
use conformance_tests::city::CITY;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::peers::{Between, Peer, answer};
use conformance_tests::time;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn a_report_goes_there_and_what_becomes_of_it_there_comes_back() {
    let (here, there) = (Town::here(), Town::there());
    here.forward("S01", there.server.url(), &there.key, OURS, &[]);
    let id = here.file("S01");
    let forward = here.await_state(&id, "confirmed");
    let remote_id = text(&forward, "remote_service_request_id").to_owned();

    let (ours, theirs) = (
        here.endpoint.request(&id),
        there.endpoint.request(&remote_id),
    );
    for field in ["description", "lat", "long", "service_code"] {
        assert_eq!(ours[field], theirs[field], "{field}");
    }
    assert_eq!(
        text(&ours, "status_notes"),
        format!("Forwarded to S01, where it is {remote_id}.")
    );

    there.say(&remote_id, "s01-a", "IN_PROGRESS", "Crew sent");
    soon("the crew is sent here too", || {
        here.endpoint.request(&id)["status_notes"] == "Crew sent"
    });
    there.say(&remote_id, "s01-b", "FIXED", "Filled");
    soon("it is closed here too", || {
        here.endpoint.request(&id)["status"] == "closed"
    });
    let updates = here.endpoint.get(
        "servicerequestupdates",
        Format::Json,
        &[("service_request_id", &id), ("extensions", "true")],
    );
    let updates = updates.expect(200).rows();
    let last = updates.last().expect("an update");
    assert_eq!(text(last, "status"), "fixed");
    assert_eq!(text(last, "said_by"), "S01");
    let told = updates
        .iter()
        .filter(|one| one["description"] == "Filled")
        .count();
    assert_eq!(told, 1, "{updates:?}");

    let extended = here.endpoint.get(
        &format!("requests/{id}"),
        Format::Json,
        &[("extensions", "true")],
    );
    let extended = extended.expect(200).row()["extended_attributes"].clone();
    assert_eq!(
        extended["forwarded_to.S01.service_request_id"],
        remote_id.as_str()
    );
    assert_eq!(extended["forwarded_to.S01.status"], "fixed");
}

#[test]
fn an_endpoint_without_the_updates_extension_is_asked_for_what_became_of_ids() {
    let (here, there) = (Town::here(), Town::there());
    for (service, dialect) in [
        ("S02", "poll_seconds=1,idempotency=true"),
        (
            "S03",
            "poll_seconds=1,idempotency=true,id_list=false,format=json,key=header",
        ),
    ] {
        here.forward(service, there.server.url(), &there.key, dialect, &[]);
        let ids = [here.file(service), here.file(service)];
        for id in &ids {
            let forward = here.await_state(id, "confirmed");
            let remote_id = text(&forward, "remote_service_request_id").to_owned();
            there.say(
                &remote_id,
                &format!("{service}-{id}"),
                "FIXED",
                "Filled at last",
            );
        }
        for id in &ids {
            soon("it is closed here too", || {
                let ours = here.endpoint.request(id);
                ours["status"] == "closed" && ours["status_notes"] == "Filled at last"
            });
        }
    }
}

/// A city that has closed every service request at once, and tells of it first in the service request
/// and then, perhaps, in an update.
fn closing(update: Option<Value>) -> Peer {
    let was_asked = AtomicBool::new(false);
    Peer::answering(move |request| {
        let json = |body: Value| answer(200, "application/json", body.to_string());
        let now = time::utc(time::now());
        if request.method == "POST" {
            // Long enough for what is noted here of it to be later than what is told there.
            thread::sleep(Duration::from_millis(1_500));
            return json(json!([{"service_request_id": "there-1"}]));
        }
        if request.target.contains("servicerequestupdates") {
            let told = update.clone().filter(|_| was_asked.load(Ordering::SeqCst));
            return json(told.into_iter().collect());
        }
        if request.target.contains("there-1") {
            was_asked.store(true, Ordering::SeqCst);
        }
        json(json!([{
            "service_request_id": "there-1", "status": "closed",
            "requested_datetime": now, "updated_datetime": now,
        }]))
    })
}

#[test]
fn why_it_was_closed_is_read_in_the_updates_before_the_bare_word_is_believed() {
    let here = Town::here();
    let fixed = json!({
        "update_id": "u1", "service_request_id": "there-1", "status": "FIXED",
        "updated_datetime": time::utc(time::now()), "description": "Filled",
    });
    for (service, update, word, reason) in [
        ("S17", Some(fixed), "fixed", "fixed"),
        ("S18", None, "closed", "not_told"),
    ] {
        here.forward(service, &closing(update).url(), "a key", OURS, &[]);
        let id = here.file(service);
        soon("it is closed here too", || {
            here.endpoint.request(&id)["status"] == "closed"
        });
        let query = [("service_request_id", &id[..])];
        let updates = here
            .endpoint
            .get("servicerequestupdates", Format::Json, &query);
        let updates = updates.expect(200).rows();
        let told: Vec<&str> = updates.iter().map(|one| text(one, "status")).collect();
        let closings: Vec<&str> = told.into_iter().filter(|one| *one != "open").collect();
        assert_eq!(closings, [word], "{updates:?}");
        let extended = here.endpoint.get(
            &format!("requests/{id}"),
            Format::Json,
            &[("extensions", "true")],
        );
        let extended = extended.expect(200).row()["extended_attributes"].clone();
        assert_eq!(extended["closing_reason"], reason, "{extended}");
    }
}

/// F4: a day of waiting is in `domain/src/forward/tests.rs`.
#[test]
fn a_token_becomes_an_id() {
    let (here, there) = (Town::here(), Town::there());
    here.forward("T01", there.server.url(), &there.key, OURS, &[]);
    let command = ["forward", "rule", "add", "S04", "--jurisdiction", CITY];
    here.home.run_ok(
        &[
            command.as_slice(),
            &["--remote", "T01", "--remote-service", "T01"],
        ]
        .concat(),
    );
    let id = here.file("S04");
    let forward = here.await_state(&id, "confirmed");
    let remote_id = text(&forward, "remote_service_request_id");
    assert!(forward["token"].is_string(), "{forward}");
    assert_eq!(
        text(&there.endpoint.request(remote_id), "service_code"),
        "T01"
    );
}

/// F2.
#[test]
fn a_report_does_not_come_back_to_where_it_was() {
    let (here, there) = (Town::here(), Town::there());
    here.forward("S05", there.server.url(), &there.key, OURS, &[]);
    there.forward("S05", here.server.url(), &here.key, OURS, &[]);
    let id = here.file("S05");
    let forward = here.await_state(&id, "confirmed");
    let remote_id = text(&forward, "remote_service_request_id");
    let back = there.await_state(remote_id, "dead");
    let answer = text(&back, "last_answer");
    assert!(
        answer.contains("400") && answer.contains("here before"),
        "{answer}"
    );
    assert_eq!(here.filed("S05").len(), 1);
    assert_eq!(there.filed("S05").len(), 1);

    let listed = there
        .api("GET", "forwards?state=dead")
        .send()
        .expect(200)
        .json();
    let dead = listed["forwards"].as_array().expect("a list");
    assert!(
        dead.iter()
            .any(|one| one["service_request_id"] == remote_id),
        "{listed}"
    );
}

/// F2, with a server in between.
#[test]
fn three_servers_pass_a_report_on_and_an_update_comes_all_the_way_back() {
    let (here, there, beyond) = (Town::here(), Town::there(), Town::found());
    here.forward("S06", there.server.url(), &there.key, OURS, &[]);
    let proxy = Between::in_front_of(&beyond.server);
    there.forward("S06", &proxy.url(), &beyond.key, OURS, &[]);
    beyond.forward("S06", here.server.url(), &here.key, OURS, &[]);
    let id = here.file("S06");
    let second = here.await_state(&id, "confirmed");
    let second = text(&second, "remote_service_request_id").to_owned();
    let third = there.await_state(&second, "confirmed");
    let third = text(&third, "remote_service_request_id").to_owned();
    let hops = proxy.posts()[0]
        .header("georeport-hops")
        .expect("hops")
        .to_owned();
    let hops: Vec<&str> = hops.split(", ").collect();
    assert_eq!(hops.len(), 2, "{hops:?}");
    assert!(hops[0].ends_with(&format!("/{CITY}/{id}")), "{hops:?}");
    assert!(hops[1].ends_with(&format!("/{CITY}/{second}")), "{hops:?}");
    // The circle is closed at the fourth hop.
    beyond.await_state(&third, "dead");
    assert_eq!(here.filed("S06").len(), 1);

    beyond.say(&third, "s06", "FIXED", "Filled beyond");
    soon("it is closed here too", || {
        let ours = here.endpoint.request(&id);
        ours["status"] == "closed" && ours["status_notes"] == "Filled beyond"
    });
}

#[test]
fn a_report_may_be_closed_here_once_it_is_there() {
    let (here, there) = (Town::here(), Town::there());
    here.forward("S07", there.server.url(), &there.key, OURS, &[]);
    let command = ["forward", "rule", "add", "S07", "--jurisdiction", CITY];
    here.home
        .run_ok(&[command.as_slice(), &["--remote", "S07", "--closes"]].concat());
    let id = here.file("S07");
    let forward = here.await_state(&id, "confirmed");
    let ours = here.endpoint.request(&id);
    assert_eq!(text(&ours, "status"), "closed");
    let remote_id = text(&forward, "remote_service_request_id");
    assert_eq!(text(&there.endpoint.request(remote_id), "status"), "open");
    let extended = here.endpoint.get(
        &format!("requests/{id}"),
        Format::Json,
        &[("extensions", "true")],
    );
    let extended = extended.expect(200).row()["extended_attributes"].clone();
    assert_eq!(extended["closing_reason"], "handed_to");
    assert_eq!(extended["closing_detail"], "S07");
}

/// F6.
#[test]
fn only_what_the_operator_lets_out_leaves() {
    let (here, there) = (Town::here(), Town::there());
    let proxy = Between::in_front_of(&there.server);
    let canary = |form: conformance_tests::http::Form| {
        form.and("email", "canary-mail@a.example")
            .and("phone", "canary-phone")
            .and("first_name", "canary-first")
            .and("last_name", "canary-last")
            .and("device_id", "canary-device")
            .and("account_id", "canary-account")
            .and("media_url", "https://pictures.example/hole.jpg")
    };
    let told = |service: &str, fields: &[&str]| {
        here.forward(service, &proxy.url(), &there.key, OURS, fields);
        let before = proxy.posts().len();
        let id = here.endpoint.file(&canary(here.report(service)));
        here.await_state(&id, "confirmed");
        let posts = proxy.posts();
        posts[before..]
            .iter()
            .map(|one| one.everything())
            .collect::<String>()
    };
    let nobody = told("S08", &[]);
    assert!(!nobody.contains("canary"), "{nobody}");
    assert!(
        nobody.contains("description=Report") && nobody.contains("media_url="),
        "{nobody}"
    );
    let phone = told("S09", &["--fields", "position,phone"]);
    assert_eq!(phone.matches("canary").count(), 1, "{phone}");
    assert!(
        phone.contains("phone=canary-phone") && !phone.contains("description="),
        "{phone}"
    );
    let log = here.server.log();
    assert!(
        !log.contains("canary") && !log.contains(&there.key),
        "the log tells a secret"
    );
}

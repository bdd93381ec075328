//! `Idempotency-Key` on POST requests: requirements A1 to A5 and A9.
//!
//! What a crash must not break (A6 to A8) is in `idempotency_crash.rs`.

use std::collections::HashSet;
use std::thread;

use conformance_tests::demo::{self, Demo, KEY, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form};
use conformance_tests::server::Server;

fn keyed(endpoint: &Endpoint, format: Format, key: &str, form: &Form) -> Call {
    endpoint
        .call("POST", "requests", format)
        .header("idempotency-key", key)
        .form(form)
}

#[test]
fn a_replay_gives_the_same_answer_and_writes_nothing() {
    let demo = Demo::boston();
    for round in 0..30 {
        let word = demo::unique();
        let form = demo.report(&demo.plain).with("description", &word);
        let format = Format::BOTH[round % 2];
        let call = keyed(&demo.endpoint, format, &demo::unique(), &form);
        let first = call.send().expect(200);
        for _ in 0..3 {
            let again = call.send().expect(200);
            assert_eq!(again.body, first.body);
            assert_eq!(again.header("content-type"), first.header("content-type"));
        }
        assert_eq!(demo.endpoint.find(&[("q", &word)]).len(), 1);
    }
}

#[test]
fn a_replayed_token_is_the_same_token() {
    let demo = Demo::boston();
    let call = keyed(
        &demo.endpoint,
        Format::Json,
        &demo::unique(),
        &demo.report(&demo.batch),
    );
    let first = call.send().expect(200).row();
    assert_eq!(
        text(&call.send().expect(200).row(), "token"),
        text(&first, "token")
    );
}

#[test]
fn the_same_key_with_another_body_is_422_and_writes_nothing() {
    let demo = Demo::boston();
    let key = demo::unique();
    let form = demo.report(&demo.plain);
    keyed(&demo.endpoint, Format::Json, &key, &form)
        .send()
        .expect(200);
    let word = demo::unique();
    let changes = [
        form.clone().with("description", &word),
        form.clone().with("lat", "42.3602"),
        form.clone().and("email", "someone@example.org"),
        form.clone().and("address_string", &word),
        form.clone().without("description"),
    ];
    for format in Format::BOTH {
        for changed in &changes {
            let answer = keyed(&demo.endpoint, Format::Json, &key, changed).send();
            answer.faults(Format::Json, 422);
        }
        let own = demo::unique();
        keyed(&demo.endpoint, format, &own, &form)
            .send()
            .expect(200);
        keyed(&demo.endpoint, format, &own, &changes[0])
            .send()
            .faults(format, 422);
    }
    assert_eq!(demo.endpoint.find(&[("q", &word)]).len(), 0);
    keyed(&demo.endpoint, Format::Json, &key, &form)
        .send()
        .expect(200);
}

#[test]
fn while_the_first_still_runs_a_second_gets_409_or_the_same_answer() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    // Half a second between the first statement and the end of each report.
    home.database().sql(
        "create function slow() returns trigger language plpgsql as \
         'begin perform pg_sleep(0.5); return new; end'; \
         create trigger slow before insert on service_request for each row execute function slow()",
    );
    let word = demo::unique();
    let call = keyed(
        &demo.endpoint,
        Format::Json,
        &demo::unique(),
        &demo.report(&demo.plain).with("description", &word),
    );
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let call = call.clone();
            thread::spawn(move || call.send())
        })
        .collect();
    let mut ids = HashSet::new();
    for thread in threads {
        let answer = thread.join().expect("every request is answered");
        if answer.status == 200 {
            ids.insert(text(&answer.row(), "service_request_id").to_owned());
        } else {
            answer.faults(Format::Json, 409);
        }
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    let found = demo.endpoint.find_ids(&[("q", &word)]);
    assert_eq!(found.into_iter().collect::<HashSet<_>>(), ids);
    assert_eq!(
        text(&call.send().expect(200).row(), "service_request_id"),
        ids.iter().next().unwrap()
    );
}

#[test]
fn a_key_belongs_to_the_holder_of_the_api_key_and_to_the_path() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let other_key = home.new_key(demo::BOSTON);
    let key = demo::unique();
    let form = demo.report(&demo.plain);
    let id_by = |endpoint: &Endpoint, api_key: &str| {
        let answer = keyed(
            endpoint,
            Format::Json,
            &key,
            &form.clone().with("api_key", api_key),
        )
        .send();
        text(&answer.expect(200).row(), "service_request_id").to_owned()
    };
    let mine = id_by(&demo.endpoint, KEY);
    assert_ne!(
        id_by(&demo.endpoint, &other_key),
        mine,
        "another holder never gets my answer"
    );
    assert_eq!(id_by(&demo.endpoint, KEY), mine);
    let zurich = Endpoint::standard(&server, ZURICH);
    let answer = keyed(&zurich, Format::Json, &key, &form).send();
    assert_ne!(answer.status, 200, "another city: {}", answer.shown());
    assert!(!answer.text().contains(&mine));
}

#[test]
fn a_wrong_api_key_never_gets_a_stored_answer() {
    let demo = Demo::boston();
    let key = demo::unique();
    let form = demo.report(&demo.plain);
    keyed(&demo.endpoint, Format::Json, &key, &form)
        .send()
        .expect(200);
    let forged = keyed(
        &demo.endpoint,
        Format::Json,
        &key,
        &form.with("api_key", "wrong"),
    )
    .send();
    forged.faults(Format::Json, 403);
}

#[test]
fn a_refused_report_is_not_stored_and_its_correction_may_use_the_key() {
    let demo = Demo::boston();
    let key = demo::unique();
    let form = demo.report(&demo.plain);
    let wrong = form.clone().with("lat", "91");
    keyed(&demo.endpoint, Format::Json, &key, &wrong)
        .send()
        .blames(Format::Json, 400, "lat");
    keyed(
        &demo.endpoint,
        Format::Json,
        &key,
        &form.clone().with("service_code", "nope"),
    )
    .send()
    .expect(404);
    let id = text(
        &keyed(&demo.endpoint, Format::Json, &key, &form)
            .send()
            .expect(200)
            .row(),
        "service_request_id",
    )
    .to_owned();
    assert_eq!(text(&demo.endpoint.request(&id), "service_request_id"), id);
}

#[test]
fn a_key_is_one_to_255_visible_ascii_characters() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain);
    for good in [
        "x",
        "8e03978e-40d5-43dd-bc93-6894a57f9324",
        "!~",
        &"k".repeat(255),
    ] {
        let unique_form = form.clone().and("account_id", &demo::unique());
        // The same short key may live on from an earlier run against the same server.
        let answer = keyed(&demo.endpoint, Format::Json, good, &unique_form).send();
        assert!(
            [200, 422].contains(&answer.status),
            "{good}: {}",
            answer.shown()
        );
    }
    for format in Format::BOTH {
        for bad in ["", " ", &"k".repeat(256), "a b", "a\tb", "ü"] {
            let answer = keyed(&demo.endpoint, format, bad, &form).send();
            answer.blames(format, 400, "Idempotency-Key");
        }
    }
}

#[test]
fn without_a_key_two_equal_reports_are_two_citizens() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain);
    assert_ne!(demo.endpoint.file(&form), demo.endpoint.file(&form));
}

#[test]
fn a_key_does_no_harm_on_a_read() {
    let server = Server::shared();
    let call = server
        .call("GET", "/discovery.json")
        .header("idempotency-key", "x");
    assert_eq!(call.send().expect(200).body, call.send().expect(200).body);
}

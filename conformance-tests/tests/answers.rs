//! Answers are kept in memory, and nobody ever notices but by the speed: who writes reads what he
//! wrote, others a moment later, whatever gets lost on the way.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use conformance_tests::chaos::Proxy;
use conformance_tests::city::soon;
use conformance_tests::demo::{BOSTON, Demo};
use conformance_tests::endpoint::text;
use conformance_tests::home::Home;
use conformance_tests::http::Call;
use conformance_tests::server::Server;

const LIST: &str = "/open311/v2/requests.json";

/// The newest, more than a test files within a second, in which their order is that of their ids.
fn newest(server: &Server) -> Call {
    let query = format!("jurisdiction_id={BOSTON}&page_size=100");
    server.call("GET", LIST).raw_query(&query)
}

fn ids(call: &Call) -> Vec<String> {
    let rows = call.send().expect(200).rows();
    let ids = rows.iter().map(|row| text(row, "service_request_id"));
    ids.map(str::to_owned).collect()
}

/// How many answers were found in memory, and how many were made.
fn counted(server: &Server) -> (u64, u64) {
    let metrics = server.call("GET", "/metrics").send().expect(200);
    let of = |result: &str| {
        let name = format!("georeport_answer_cache_requests_total{{result=\"{result}\"}} ");
        let line = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(&name));
        line.expect("a counter").parse().expect("a number")
    };
    (of("hit"), of("miss"))
}

/// Asks until an answer comes from memory: at the very beginning none is kept.
fn warm(server: &Server, call: &Call) {
    soon("an answer from memory", || {
        let (before, _) = counted(server);
        call.send().expect(200);
        counted(server).0 > before
    });
}

/// As an operator with psql would, whom nobody taught to tell others.
fn change_behind_the_back(home: &Home, id: &str, words: &str) {
    home.database().sql(&format!(
        "BEGIN;
         UPDATE service_request SET description = '{words}', version = version + 1
             WHERE jurisdiction_id = '{BOSTON}' AND service_request_id = '{id}';
         INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id,
                 kind, is_public, recorded_datetime, updated_datetime, status, author)
             SELECT jurisdiction_id, service_request_id, version, gen_random_uuid(), 'updated', true,
                 now(), now(), status, 'operator'
             FROM service_request
             WHERE jurisdiction_id = '{BOSTON}' AND service_request_id = '{id}';
         COMMIT;"
    ));
}

#[test]
fn who_writes_reads_what_he_wrote() {
    let home = Home::new();
    let server = home.serve_demo();
    let boston = Demo::boston_on(&server);
    let list = newest(&server);
    warm(&server, &list);
    for _ in 0..20 {
        ids(&list);
        let id = boston.endpoint.file(&boston.report(&boston.plain));
        assert!(ids(&list).contains(&id), "{id} is missing");
        boston.endpoint.request(&id);
    }
}

#[test]
fn others_hear_of_it_and_who_cannot_wait_asks_for_a_new_answer() {
    let home = Home::new();
    let first = home.serve_demo();
    let url = Proxy::in_front_of(&home.database()).url();
    let elsewhere = Home::new();
    let second = elsewhere.serve(&["--database-url", &url]);
    let boston = Demo::boston_on(&first);
    let list = newest(&second);
    warm(&second, &list);
    for _ in 0..5 {
        let id = boston.endpoint.file(&boston.report(&boston.plain));
        let anew = list.clone().header("cache-control", "no-cache");
        assert!(ids(&anew).contains(&id), "{id} is missing");
        soon("the other server knows it", || ids(&list).contains(&id));
    }
}

#[test]
fn what_nobody_tells_is_seen_nevertheless() {
    let home = Home::new();
    let server = home.serve_demo();
    let list = newest(&server);
    warm(&server, &list);
    let id = ids(&list).remove(0);
    change_behind_the_back(&home, &id, "Told to nobody");
    soon("the new words", || {
        let rows = list.send().expect(200).rows();
        rows.iter()
            .any(|row| row["description"] == "Told to nobody")
    });
}

#[test]
fn what_many_ask_for_at_once_is_made_once() {
    let home = Home::new();
    let server = home.serve_demo();
    warm(&server, &newest(&server));
    // While the demo is new, its feed is still being numbered, which counts as a change.
    let mut page_size = 1_000;
    soon("forty who ask at once are answered with one answer", || {
        page_size -= 1;
        let query = format!("jurisdiction_id={BOSTON}&page_size={page_size}&q=the");
        let call = server.call("GET", LIST).raw_query(&query);
        let (found, made) = counted(&server);
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| call.send().expect(200));
            }
        });
        let (found, made) = (counted(&server).0 - found, counted(&server).1 - made);
        (found, made) == (39, 1)
    });
}

#[test]
fn a_key_in_an_address_is_told_to_nobody_else() {
    let home = Home::new();
    let server = home.serve_demo();
    let list = newest(&server);
    warm(&server, &list);
    let query = format!("jurisdiction_id={BOSTON}&page_size=4");
    let with_key = format!("{query}&api_key=SECRET-OF-AN-APP");
    server
        .call("GET", LIST)
        .raw_query(&with_key)
        .send()
        .expect(200);
    for _ in 0..2 {
        let answer = server
            .call("GET", LIST)
            .raw_query(&query)
            .send()
            .expect(200);
        let link = answer.header("link").expect("a next page");
        assert!(!link.contains("SECRET"), "{link}");
    }
}

#[test]
fn who_has_a_list_already_is_told_so_until_something_in_it_changes() {
    let home = Home::new();
    let server = home.serve_demo();
    let boston = Demo::boston_on(&server);
    let list = newest(&server);
    let tag = |call: &Call| {
        let answer = call.send().expect(200);
        answer.header("etag").expect("an entity tag").to_owned()
    };
    let first = tag(&list);
    let known = list.clone().header("if-none-match", &first);
    for _ in 0..3 {
        let answer = known.send().expect(304);
        assert!(answer.body.is_empty());
    }
    boston.endpoint.file(&boston.report(&boston.plain));
    known.send().expect(200);
    assert_ne!(tag(&list), first);
}

#[test]
fn what_is_kept_is_the_same_as_what_is_made_in_every_encoding() {
    let home = Home::new();
    let server = home.serve_demo();
    let query = format!("jurisdiction_id={BOSTON}&page_size=200");
    let call = server.call("GET", LIST).raw_query(&query);
    let made = call
        .clone()
        .header("cache-control", "no-cache")
        .send()
        .expect(200);
    warm(&server, &call);
    for _ in 0..4 {
        for encoding in ["identity", "gzip", "br, gzip;q=0.5", "gzip;q=0"] {
            let kept = call
                .clone()
                .header("accept-encoding", encoding)
                .send()
                .expect(200);
            let body = match kept.header("content-encoding") {
                Some("gzip") => kept.gunzipped(),
                None => kept.body.clone(),
                Some(_) => continue,
            };
            assert!(body == made.body, "{encoding}");
            assert_eq!(kept.header("etag"), made.header("etag"));
            assert_eq!(kept.header("link"), made.header("link"));
            assert_eq!(kept.header("vary"), Some("accept-encoding"));
        }
    }
}

//! D9: a long queue drains in order and starves nobody.
//!
//! `GEOREPORT_BACKLOG` says how long it is; in CI ten thousand, of a million deliveries otherwise.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use conformance_tests::demo::{BOSTON, KEY, ZURICH};
use conformance_tests::endpoint::{Endpoint, text};
use conformance_tests::http::Form;
use conformance_tests::peers::{Peer, answer};
use serde_json::json;

use crate::hooks::{ALLOW, Hooks, content, event, key, soon};

/// Events of each service request.
const EACH: usize = 4;

fn backlog() -> usize {
    let told = std::env::var("GEOREPORT_BACKLOG").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

#[test]
fn a_backlog_drains_in_order_and_holds_up_no_other_city() {
    let hooks = Hooks::with(&[&ALLOW[..], &["--no-work"]].concat());
    let database = hooks.home.database();
    let requests = backlog() / EACH;
    // Made by hand: to file them one by one would be another test.
    database.sql(&format!(
        "INSERT INTO service_request (jurisdiction_id, service_request_id, status, service_name, \
            service_code, requested_datetime, updated_datetime, is_public, version) \
         SELECT '{BOSTON}', 'backlog-' || n, 'open', service_name, service_code, \
            '2026-11-01Z', '2026-11-01Z', true, {EACH} \
         FROM generate_series(1, {requests}) AS n, \
            (SELECT * FROM service WHERE jurisdiction_id = '{BOSTON}' LIMIT 1) AS s; \
         INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id, \
            kind, is_public, recorded_datetime, updated_datetime, status, author) \
         SELECT '{BOSTON}', 'backlog-' || n, v, gen_random_uuid()::text, 'updated', true, \
            '2026-11-01Z'::timestamptz + v * interval '1 second', '2026-11-01Z', 'open', 'test' \
         FROM generate_series(1, {requests}) AS n, generate_series(1, {EACH}) AS v; \
         ANALYZE"
    ));
    // Only what is counted is kept: a million bodies are too many.
    let versions: Arc<Mutex<BTreeMap<String, Vec<i64>>>> = Arc::default();
    let (count, kept) = (Arc::new(AtomicUsize::new(0)), versions.clone());
    let counted = count.clone();
    let busy = Peer::forgetting(move |seen| {
        let data = event(seen)["data"].clone();
        let id = text(&data, "service_request_id").to_owned();
        let mut kept = kept.lock().expect("nobody panics here");
        let version = data["version"].as_i64().unwrap_or(0);
        kept.entry(id).or_default().push(version);
        counted.fetch_add(1, Ordering::SeqCst);
        answer(204, "text/plain", "")
    });
    hooks.hook_with(&json!({"url": busy.url(), "after": "0", "filter": {"kind": "updated"}}));
    let other = content();
    let zurich = key(&hooks.home, ZURICH, "administrator");
    let path = format!("/api/v1/jurisdictions/{ZURICH}/webhooks");
    let call = hooks.server.call("POST", &path);
    let call = call.header("Authorization", &format!("Bearer {zurich}"));
    let body = json!({"url": other.url()}).to_string();
    call.body("application/json", body).send().expect(201);

    let started = Instant::now();
    let _worker = hooks.home.work(&ALLOW);
    soon("the beginning", || count.load(Ordering::SeqCst) > 0);
    let zurich = Endpoint::standard(&hooks.server, ZURICH);
    let services = zurich.services();
    let mut plain = services
        .iter()
        .filter(|one| one["type"] == "realtime" && one["metadata"] == false);
    let service = plain.next().expect("Zurich has a plain service");
    let report = Form::of(&[
        ("api_key", KEY),
        ("service_code", text(service, "service_code")),
        ("lat", "47.3769"),
        ("long", "8.5417"),
        ("description", "Ein Loch"),
    ]);
    let mut waits = Vec::new();
    while count.load(Ordering::SeqCst) < backlog() * 9 / 10 {
        let (asked, before) = (Instant::now(), other.seen().len());
        zurich.file(&report);
        soon("the other city's event", || other.seen().len() > before);
        waits.push(asked.elapsed());
    }
    let drained =
        || database.sql("SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered'");
    let waiting = Instant::now();
    while drained() != "0" {
        assert!(
            waiting.elapsed() < Duration::from_secs(3_600),
            "{} left",
            drained()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    let took = started.elapsed();
    waits.sort_unstable();
    println!(
        "{} deliveries in {took:?}, {:.0} a second; the other city's {} events took at most {:?}",
        backlog(),
        backlog() as f64 / took.as_secs_f64(),
        waits.len(),
        waits.last(),
    );
    assert!(
        !waits.is_empty(),
        "the backlog was gone before the other city had its turn"
    );
    let versions = versions.lock().expect("nobody panics here");
    assert_eq!(versions.len(), requests);
    let in_order: Vec<i64> = (1..).take(EACH).collect();
    for (id, versions) in versions.iter() {
        assert_eq!(*versions, in_order, "{id}");
    }
}

//! How many events go through the feed and through webhooks, and how long one is on its way.
//!
//! `GEOREPORT_EVENTS` says of how many that is told; in CI of a few, and nothing depends on it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::demo::BOSTON;
use conformance_tests::endpoint::text;
use conformance_tests::http::Form;
use conformance_tests::peers::{Peer, answer};
use serde_json::Value;

use crate::hooks::{Hooks, post_update, soon, soon_or_later, webhook_id};

/// Says that it is over, even if it is because of a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

fn count() -> usize {
    let told = std::env::var("GEOREPORT_EVENTS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(200)
}

fn note(arrivals: &Arrivals, id: String) {
    let mut arrivals = arrivals.lock().expect("nobody panics here");
    arrivals.entry(id).or_insert_with(Instant::now);
}

/// A page of the feed.
fn page(hooks: &Hooks, after: &str, wait: &str) -> Value {
    let query = [
        ("jurisdiction_id", BOSTON),
        ("after", after),
        ("limit", "1000"),
        ("wait", wait),
    ];
    let call = hooks.server.call("GET", "/api/v1/events");
    call.query(&Form::of(&query)).send().expect(200).json()
}

fn events(page: &Value) -> &[Value] {
    page["events"].as_array().map_or(&[], Vec::as_slice)
}

/// The cursor behind everything.
fn end(hooks: &Hooks) -> String {
    let mut cursor = "0".to_owned();
    loop {
        let page = page(hooks, &cursor, "0");
        cursor = text(&page, "cursor").to_owned();
        if events(&page).is_empty() {
            return cursor;
        }
    }
}

/// Commits an event for each of so many service requests, at once.
fn commit(hooks: &Hooks, name: &str) {
    let count = count();
    hooks.home.database().sql(&format!(
        "BEGIN; INSERT INTO service_request (jurisdiction_id, service_request_id, status, \
            service_name, service_code, requested_datetime, updated_datetime, is_public, version) \
         SELECT '{BOSTON}', '{name}-' || n, 'open', service_name, service_code, \
            '2026-11-01Z', '2026-11-01Z', true, 1 FROM generate_series(1, {count}) AS n, \
            (SELECT * FROM service WHERE jurisdiction_id = '{BOSTON}' LIMIT 1) AS s; \
         INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, \
            update_id, kind, is_public, recorded_datetime, updated_datetime, status, author) \
         SELECT '{BOSTON}', '{name}-' || n, 1, gen_random_uuid()::text, 'updated', true, \
            '2026-11-01Z', '2026-11-01Z', 'open', 'test' FROM generate_series(1, {count}) AS n; \
         COMMIT"
    ));
}

fn print_rate(what: &str, count: usize, started: Instant) {
    let took = started.elapsed();
    let rate = count as f64 / took.as_secs_f64();
    println!("{what}: {count} in {took:.2?}, {rate:.0} a second");
}

fn print_waits(what: &str, committed: &HashMap<String, Instant>, arrivals: &Arrivals) {
    let arrivals = arrivals.lock().expect("nobody panics here");
    let mut waits: Vec<Duration> = committed
        .iter()
        .map(|(id, at)| arrivals[id].saturating_duration_since(*at))
        .collect();
    waits.sort_unstable();
    let quantile = |part: usize| waits[(waits.len() - 1) * part / 100];
    println!(
        "{what}: p50 {:.0?}, p99 {:.0?}, at most {:.0?}, of {}",
        quantile(50),
        quantile(99),
        quantile(100),
        waits.len()
    );
}

#[test]
fn a_burst_of_events_goes_through_the_feed_and_to_every_webhook_once() {
    let hooks = Hooks::new();
    let mut cursor = end(&hooks);
    commit(&hooks, "feed");
    let (started, mut told) = (Instant::now(), 0);
    while told < count() {
        let page = page(&hooks, &cursor, "10");
        told += events(&page).len();
        cursor = text(&page, "cursor").to_owned();
    }
    print_rate("the feed, from commit to GET", told, started);

    for webhooks in [1, 10] {
        let received = Arc::new(AtomicUsize::new(0));
        let counter = received.clone();
        let receiver = Peer::forgetting(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            answer(204, "text/plain", "")
        });
        let made: Vec<_> = (0..webhooks)
            .map(|number| hooks.hook(&format!("{}/{number}", receiver.url())))
            .collect();
        let all = webhooks * count();
        let started = Instant::now();
        commit(&hooks, &format!("to-{webhooks}"));
        let patience = Duration::from_secs(120 + u64::try_from(all / 10).unwrap_or(0));
        soon_or_later(patience, "every delivery", || {
            received.load(Ordering::SeqCst) >= all
        });
        print_rate(&format!("{webhooks} webhooks, from commit"), all, started);
        for hook in &made {
            let path = format!("/webhooks/{}", hook.id);
            let pending = || hooks.deliveries(hook, "pending").len();
            soon("the writing down of the last ones", || pending() == 0);
            hooks.call("DELETE", &path, None).expect(204);
        }
        assert_eq!(received.load(Ordering::SeqCst), all, "some were sent twice");
    }
}

#[test]
fn an_event_reaches_those_who_wait_for_it_and_a_webhook() {
    let hooks = Hooks::new();
    let (delivered, seen) = (Arrivals::default(), Arrivals::default());
    let kept = delivered.clone();
    let receiver = Peer::forgetting(move |one| {
        note(&kept, webhook_id(one));
        answer(204, "text/plain", "")
    });
    let ids: Vec<String> = (0..20).map(|_| hooks.file()).collect();
    hooks.settle();
    hooks.hook(&receiver.url());
    let mut cursor = end(&hooks);
    let is_over = AtomicBool::new(false);
    let mut committed = HashMap::new();
    thread::scope(|scope| {
        let _over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let page = page(&hooks, &cursor, "2");
                for event in events(&page) {
                    note(&seen, text(event, "event_id").to_owned());
                }
                cursor = text(&page, "cursor").to_owned();
            }
        });
        for number in 0..count() {
            let id = &ids[number % ids.len()];
            let text = format!("note {number}");
            let update_id = post_update(&hooks.server, &hooks.key, id, "IN_PROGRESS", &text);
            committed.insert(update_id, Instant::now());
            // Not all at once: it is told how long one is on its way, not how long a queue is.
            thread::sleep(Duration::from_millis(20));
        }
        let all = |arrivals: &Arrivals| {
            let arrivals = arrivals.lock().expect("nobody panics here");
            committed.keys().all(|id| arrivals.contains_key(id))
        };
        soon("all of them", || all(&delivered) && all(&seen));
    });
    print_waits(
        "from the answer to POST until GET tells it",
        &committed,
        &seen,
    );
    print_waits(
        "from the answer to POST until the webhook",
        &committed,
        &delivered,
    );
}

//! Workers that are killed, stopped and many: nothing is lost, and everything is in order.
//!
//! `GEOREPORT_KILLS` says how many are killed; in CI a few. A thousand take a quarter of an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use conformance_tests::database::kill;
use conformance_tests::endpoint::text;
use conformance_tests::peers::{Peer, Seen, answer};
use serde_json::Value;

use crate::hooks::{ALLOW, Hooks, event, post_update, soon, soon_or_later, webhook_id};

fn kills() -> usize {
    let told = std::env::var("GEOREPORT_KILLS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(10)
}

/// The order in which the events of each service request arrived for the first time.
fn first_arrivals(seen: &[Seen]) -> BTreeMap<String, Vec<i64>> {
    let mut known = BTreeSet::new();
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for one in seen {
        if known.insert(webhook_id(one)) {
            let data = event(one)["data"].clone();
            let id = text(&data, "service_request_id").to_owned();
            let version = data["version"].as_i64().unwrap_or(0);
            versions.entry(id).or_default().push(version);
        }
    }
    versions
}

/// What was acknowledged has arrived, each under the id that it was given, in order.
#[track_caller]
fn check(ledger: &BTreeSet<String>, seen: &[Seen]) {
    let arrived: BTreeSet<String> = seen.iter().map(webhook_id).collect();
    let lost: Vec<_> = ledger.difference(&arrived).collect();
    assert!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
    for (id, versions) in first_arrivals(seen) {
        assert!(versions.is_sorted(), "{id}: {versions:?}");
    }
    let repeated = seen.len() - arrived.len();
    println!(
        "{} events, {repeated} of them sent more than once",
        arrived.len()
    );
}

/// D1, and the order of each service request.
#[test]
fn whatever_is_killed_every_event_arrives_and_those_of_a_service_request_in_order() {
    let hooks = Hooks::with(&[&ALLOW[..], &["--no-work"]].concat());
    // A little slow, so that a worker is killed in the midst of something.
    let receiver = Peer::answering(|_| {
        thread::sleep(Duration::from_millis(5));
        answer(200, "text/plain", "")
    });
    let hook = hooks.hook(&receiver.url());
    // What a worker held when it was killed waits for the end of its lease. There are so many that
    // those that come after it have something to do, too.
    let ids: Vec<String> = (0..8 + kills().min(400)).map(|_| hooks.file()).collect();
    let ledger = Mutex::new(BTreeSet::new());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (server, key) = (&hooks.server, &hooks.key);
        for (writer, ids) in ids.chunks(ids.len().div_ceil(2)).enumerate() {
            let (ledger, is_over) = (&ledger, &is_over);
            scope.spawn(move || {
                let mut number = 0;
                while !is_over.load(Ordering::SeqCst) {
                    let id = &ids[number % ids.len()];
                    let note = format!("writer {writer}, note {number}");
                    let update_id = post_update(server, key, id, "IN_PROGRESS", &note);
                    let mut ledger = ledger.lock().expect("nobody panics here");
                    ledger.insert(update_id);
                    number += 1;
                    drop(ledger);
                    // As many as can be sent, and no more: the test is about kills, not about backlogs.
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        // Two at a time, each of which lives a little longer than the one before.
        let mut other = hooks.home.work(&ALLOW);
        for number in 0..kills() {
            let worker = hooks.home.work(&ALLOW);
            thread::sleep(Duration::from_millis(
                u64::try_from(number * 37 % 400).unwrap_or(0),
            ));
            std::mem::replace(&mut other, worker).kill();
        }
        is_over.store(true, Ordering::SeqCst);
        drop(other);
    });
    let _worker = hooks.home.work(&ALLOW);
    let ledger = ledger.into_inner().expect("nobody panics here");
    let pending = "SELECT (SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered') \
        + (SELECT count(*) FROM service_request_update WHERE position IS NULL) \
        + (SELECT count(*) FROM webhook JOIN feed USING (jurisdiction_id) \
            WHERE webhook.last_position < feed.last_position)";
    let patience = Duration::from_secs(120 + u64::try_from(kills()).unwrap_or(0));
    soon_or_later(patience, "the rest", || {
        hooks.home.database().sql(pending) == "0"
    });
    assert_eq!(hooks.get(&hook)["state"], "active");
    check(&ledger, &receiver.seen());
}

/// D1, where the database takes what is to be sent and not what came of it.
#[test]
fn what_was_sent_and_not_written_down_is_not_sent_again_before_its_lease_ends() {
    let hooks = Hooks::new();
    let receiver = crate::hooks::content();
    let hook = hooks.hook(&receiver.url());
    let sql = |statement: &str| hooks.home.database().sql(statement);
    sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$; \
         CREATE TRIGGER fail BEFORE INSERT ON webhook_attempt FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    hooks.file();
    soon("the end of its tries", || {
        let log = hooks.server.log();
        log.contains("the turn of a webhook failed")
    });
    let held = "SELECT count(*) FROM webhook_delivery \
        WHERE leased_by IS NOT NULL AND next_attempt_datetime = lease_until";
    assert_eq!(sql(held), "1", "the lease is given back");
    assert_eq!(receiver.seen().len(), 1);
    sql("DROP TRIGGER fail ON webhook_attempt; \
         UPDATE webhook_delivery SET next_attempt_datetime = now() WHERE leased_by IS NOT NULL");
    soon("the success", || {
        hooks.deliveries(&hook, "delivered").len() == 1
    });
    let ids: Vec<_> = receiver.seen().iter().map(webhook_id).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

/// D10: of eight workers one is stopped in the midst of its work.
#[test]
fn what_a_stopped_worker_holds_is_taken_over_when_its_lease_ends() {
    let hooks = Hooks::with(&[&ALLOW[..], &["--no-work"]].concat());
    let hanging = Peer::answering(|_| {
        thread::sleep(Duration::from_secs(2));
        answer(200, "text/plain", "")
    });
    let hook = hooks.hook(&hanging.url());
    let ledger: BTreeSet<String> = (0..3).map(|_| hooks.file()).collect();
    let first = hooks.home.work(&ALLOW);
    soon("attempts", || hanging.seen().len() == 3);
    first.signal("STOP");
    let others: Vec<_> = (0..7).map(|_| hooks.home.work(&ALLOW)).collect();
    let held = "SELECT count(DISTINCT leased_by) FROM webhook_delivery WHERE leased_by IS NOT NULL";
    assert_eq!(hooks.home.database().sql(held), "1");
    soon("the success", || {
        hooks.deliveries(&hook, "delivered").len() == 3
    });
    assert_eq!(
        hanging.seen().len(),
        6,
        "each twice: once by each of two workers"
    );
    kill("CONT", first.pid());
    let more: BTreeSet<String> = (0..20).map(|_| hooks.file()).collect();
    soon("all", || hooks.deliveries(&hook, "delivered").len() == 23);
    let mut by_request: BTreeMap<String, usize> = BTreeMap::new();
    for seen in hanging.seen() {
        let id = text(&event(&seen)["data"], "service_request_id").to_owned();
        *by_request.entry(id).or_default() += 1;
    }
    let count = |id: &String| by_request.get(id).copied().unwrap_or(0);
    assert!(ledger.iter().all(|id| count(id) == 2), "{by_request:?}");
    assert!(more.iter().all(|id| count(id) == 1), "{by_request:?}");
    drop(others);
}

/// L9 for workers: whoever is asked to stop ends what it has begun and gives back the rest.
#[test]
fn a_worker_that_is_asked_to_stop_leaves_no_lease_behind() {
    let hooks = Hooks::with(&[&ALLOW[..], &["--no-work"]].concat());
    let slow = Peer::answering(|_| {
        thread::sleep(Duration::from_millis(700));
        answer(200, "text/plain", "")
    });
    hooks.hook(&slow.url());
    for _ in 0..20 {
        hooks.file();
    }
    let worker = hooks.home.work(&ALLOW);
    soon("attempts", || slow.seen().len() >= 4);
    let (status, log) = worker.stop();
    assert!(status.success(), "{status}: {log}");
    let sql = |statement: &str| hooks.home.database().sql(statement);
    assert_eq!(
        sql("SELECT count(*) FROM webhook_delivery WHERE leased_by IS NOT NULL"),
        "0"
    );
    let delivered: usize = sql("SELECT count(*) FROM webhook_delivery WHERE state = 'delivered'")
        .parse()
        .unwrap_or(0);
    assert_eq!(
        delivered,
        slow.seen().len(),
        "what was sent is written down"
    );
    assert!(delivered < 20, "it went on");
    let worker = hooks
        .home
        .work(&["--outbound-allow", "127.0.0.1", "--shutdown-timeout", "1"]);
    soon("the rest", || slow.seen().len() >= delivered + 2);
    // One that may not wait gives back even what is in flight.
    drop(worker);
    assert_eq!(
        sql("SELECT count(*) FROM webhook_delivery WHERE leased_by IS NOT NULL"),
        "0"
    );
}

/// D2: what was rolled back was never there.
#[test]
fn a_report_that_was_refused_is_told_to_nobody() {
    let hooks = Hooks::new();
    let receiver = crate::hooks::content();
    hooks.hook(&receiver.url());
    hooks.home.database().sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$; \
         CREATE TRIGGER fail BEFORE INSERT ON reporter FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    let report = hooks.demo.report(&hooks.demo.plain);
    let report = report.with("email", "resident@example.org");
    let refused = hooks
        .demo
        .endpoint
        .post(conformance_tests::endpoint::Format::Json, &report);
    assert_eq!(refused.status, 500);
    hooks.home.database().sql("DROP TRIGGER fail ON reporter");
    let id = hooks.file();
    soon("the event", || !receiver.seen().is_empty());
    let told: Vec<Value> = receiver.seen().iter().map(event).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["data"]["service_request_id"], *id);
}

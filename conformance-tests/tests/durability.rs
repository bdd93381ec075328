//! What was acknowledged is there after every crash: requirements B1, B3 and L9.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::chaos::Proxy;
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::Call;
use conformance_tests::server::Server;

/// Requirement B1 asks for 100 rounds; ten fit into every run of CI.
const ROUNDS: usize = 10;
/// Requirement B1: a restart takes less than this.
const RESTART: Duration = Duration::from_secs(10);

/// Files reports until the server is gone and returns the acknowledged ids.
fn load(demo: Demo, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut ledger = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let report = demo.report(&demo.plain);
        let Ok(answer) = demo
            .endpoint
            .call("POST", "requests", Format::Json)
            .form(&report)
            .try_send()
        else {
            return ledger;
        };
        // While the database goes down before the server, 503 is an answer, too.
        if answer.status == 200 {
            ledger.push(text(&answer.row(), "service_request_id").to_owned());
        } else {
            answer.faults(Format::Json, 503);
        }
    }
    ledger
}

#[test]
fn no_acknowledged_request_is_lost_when_everything_is_killed() {
    let home = Home::new();
    let mut server = home.serve_demo();
    let mut ledger = Vec::new();
    for round in 0..ROUNDS {
        let demo = Demo::boston_on(&server);
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..3)
            .map(|_| {
                let (demo, stop) = (demo.clone(), Arc::clone(&stop));
                thread::spawn(move || load(demo, stop))
            })
            .collect();
        thread::sleep(Duration::from_millis(200 + 37 * round as u64));
        // Both orders: the database may outlive the server and the other way round.
        if round % 2 == 0 {
            home.database().kill();
            server.kill();
        } else {
            server.kill();
            home.database().kill();
        }
        stop.store(true, Ordering::SeqCst);
        let acknowledged = clients
            .into_iter()
            .flat_map(|client| client.join().expect("no client panics"));
        let before = ledger.len();
        ledger.extend(acknowledged);
        assert!(ledger.len() > before, "round {round} acknowledged nothing");
        let started = Instant::now();
        server = home.serve_demo();
        assert!(
            started.elapsed() < RESTART,
            "round {round}: {:?}",
            started.elapsed()
        );
        are_present(&server, &ledger[before..]);
    }
    are_present(&server, &ledger);
}

#[track_caller]
fn are_present(server: &Server, ledger: &[String]) {
    let endpoint = Demo::boston_on(server).endpoint;
    for ids in ledger.chunks(100) {
        let found = endpoint.find_ids(&[
            ("service_request_id", &ids.join(",")),
            ("page_size", "1000"),
        ]);
        let lost: Vec<_> = ids.iter().filter(|id| !found.contains(id)).collect();
        assert!(
            lost.is_empty(),
            "{} of {} lost: {lost:?}",
            lost.len(),
            ids.len()
        );
    }
}

#[test]
fn a_second_start_keeps_the_data_and_stopping_stops_the_cluster() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    let (status, log) = server.stop();
    assert!(status.success(), "{status}: {log}");
    assert_eq!(
        home.database().postmaster(),
        None,
        "the cluster outlives its server"
    );
    let server = home.serve_demo();
    let row = Demo::boston_on(&server).endpoint.request(&id);
    assert_eq!(text(&row, "service_request_id"), id);
}

#[test]
fn a_database_that_forgets_is_refused_by_name() {
    let home = Home::new();
    let _first = home.serve_demo();
    let database = home.database();
    let proxy = Proxy::in_front_of(&database);
    let start = || {
        Home::new()
            .try_serve(&["--database-url", &proxy.url()])
            .map(drop)
    };
    start().expect("a durable database is accepted");
    let settings = [
        (
            "synchronous_commit",
            "alter role postgres set synchronous_commit = off",
            "alter role postgres reset synchronous_commit",
        ),
        (
            "synchronous_commit",
            "alter database georeport set synchronous_commit = off",
            "alter database georeport reset synchronous_commit",
        ),
        (
            "fsync",
            "alter system set fsync = off",
            "alter system reset fsync",
        ),
        (
            "full_page_writes",
            "alter system set full_page_writes = off",
            "alter system reset full_page_writes",
        ),
    ];
    for (setting, forget, remember) in settings {
        change(&home, forget);
        let refusal = start().expect_err(forget);
        assert!(refusal.contains(setting), "{forget}: {refusal}");
        change(&home, remember);
    }
    start().expect("durable again");
}

/// `ALTER SYSTEM` cannot share a message with anything; the reload takes a moment.
fn change(home: &Home, statement: &str) {
    home.database().sql(statement);
    home.database().sql("select pg_reload_conf()");
    thread::sleep(Duration::from_millis(300));
}

/// Holds every report back for two seconds; they wait inside of the server.
fn slow_down(home: &Home) {
    home.database().sql(
        "create function slow() returns trigger language plpgsql as \
         'begin perform pg_sleep(2); return new; end'; \
         create trigger slow before insert on service_request for each row execute function slow()",
    );
}

#[test]
fn a_stop_finishes_the_requests_in_flight_and_takes_no_new_ones() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    slow_down(&home);
    let in_flight: Vec<_> = (0..3)
        .map(|_| {
            let call = demo
                .endpoint
                .call("POST", "requests", Format::Json)
                .form(&demo.report(&demo.plain));
            thread::spawn(move || call.send())
        })
        .collect();
    thread::sleep(Duration::from_millis(500));
    server.ask_to_stop();
    thread::sleep(Duration::from_millis(500));
    let late = Call::new("GET", format!("{}/health/live", server.url())).try_send();
    assert!(
        late.is_err() || late.is_ok_and(|answer| answer.status == 503),
        "a new request was taken"
    );
    let answers = in_flight
        .into_iter()
        .map(|thread| thread.join().expect("every client gets an answer"));
    let ids: Vec<_> = answers
        .map(|answer| text(&answer.expect(200).row(), "service_request_id").to_owned())
        .collect();
    let (status, log) = server.ended();
    assert!(status.success(), "{status}: {log}");
    let server = home.serve_demo();
    are_present(&server, &ids);
}

#[test]
fn stopping_an_idle_server_takes_seconds_also_with_open_connections() {
    let home = Home::new();
    let server = home.serve_demo();
    let _idle: Vec<_> = (0..5)
        .map(|_| std::net::TcpStream::connect(server.authority()))
        .collect();
    let word = demo::unique();
    Demo::boston_on(&server).endpoint.find(&[("q", &word)]);
    let started = Instant::now();
    let (status, _) = server.stop();
    assert!(
        status.success() && started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
}

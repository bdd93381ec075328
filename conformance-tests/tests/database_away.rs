//! The database fails, the server does not: requirements C1, C6 and C10.

use std::io::Cursor;
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::answer::Answer;
use conformance_tests::chaos::Proxy;
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::http::Multipart;
use conformance_tests::server::Server;

/// Requirement C1, with a margin for a busy machine.
const UNREACHABLE: Duration = Duration::from_millis(2_500);
/// Requirement C2 names no number: a request ends before an impatient client does.
const BLACK_HOLE: Duration = Duration::from_secs(20);
const RECOVERY: Duration = Duration::from_secs(10);

struct Pair {
    proxy: Proxy,
    second: Server,
    demo: Demo,
    _home_of_second: Home,
    _first: Server,
    _home: Home,
}

/// A server whose database is reached through the proxy. Its reports carry a key of its
/// own, because the demo's key exists in demo mode only.
fn pair() -> (Pair, String) {
    let home = Home::new();
    let first = home.serve_demo();
    let api_key = home.new_key(demo::BOSTON);
    let proxy = Proxy::in_front_of(&home.database());
    let home_of_second = Home::new();
    let second = home_of_second.serve(&["--database-url", &proxy.url()]);
    let demo = Demo::boston_on(&second);
    (
        Pair {
            proxy,
            second,
            demo,
            _home_of_second: home_of_second,
            _first: first,
            _home: home,
        },
        api_key,
    )
}

impl Pair {
    fn ready(&self) -> u16 {
        self.second.call("GET", "/health/ready").send().status
    }

    #[track_caller]
    fn recovers(&self) {
        let started = Instant::now();
        while self.ready() != 200 || self.read(Format::Json, "requests").status != 200 {
            assert!(
                started.elapsed() < RECOVERY,
                "no recovery without a restart"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn read(&self, format: Format, resource: &str) -> Answer {
        self.demo.endpoint.get(resource, format, &[])
    }
}

#[track_caller]
fn is_away(answer: &Answer, format: Format) {
    answer.faults(format, 503);
    let wait = answer
        .header("retry-after")
        .and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(
        wait.is_some_and(|seconds| (1..=120).contains(&seconds)),
        "{:?}",
        answer.headers
    );
}

#[test]
fn without_its_database_every_method_answers_503_soon_and_all_recovers_by_itself() {
    let (pair, api_key) = pair();
    let report = pair.demo.report(&pair.demo.plain).with("api_key", &api_key);
    pair.demo.endpoint.post(Format::Json, &report).expect(200);
    for _ in 0..2 {
        pair.proxy.refuse();
        for format in Format::BOTH {
            for resource in ["requests", "requests/x", "tokens/x"] {
                let started = Instant::now();
                is_away(&pair.read(format, resource), format);
                assert!(
                    started.elapsed() < UNREACHABLE,
                    "{resource}: {:?}",
                    started.elapsed()
                );
            }
            let started = Instant::now();
            is_away(&pair.demo.endpoint.post(format, &report), format);
            assert!(
                started.elapsed() < UNREACHABLE,
                "POST: {:?}",
                started.elapsed()
            );
        }
        pair.proxy.restore();
        pair.recovers();
        pair.demo.endpoint.post(Format::Json, &report).expect(200);
    }
}

#[test]
fn liveness_never_touches_the_database_and_readiness_does() {
    let (pair, _) = pair();
    assert_eq!(pair.ready(), 200);
    pair.proxy.refuse();
    let started = Instant::now();
    // Readiness may remember its last look for a moment.
    while pair.ready() != 503 {
        assert!(started.elapsed() < RECOVERY, "ready without a database");
        thread::sleep(Duration::from_millis(50));
    }
    for probe in ["/health/live", "/metrics"] {
        let started = Instant::now();
        pair.second.call("GET", probe).send().expect(200);
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{probe} waits for the database"
        );
    }
    pair.proxy.restore();
    pair.recovers();
}

#[test]
fn a_database_that_swallows_everything_holds_no_request_for_ever() {
    let (pair, api_key) = pair();
    let report = pair.demo.report(&pair.demo.plain).with("api_key", &api_key);
    pair.proxy.swallow();
    let demo = &pair.demo;
    thread::scope(|scope| {
        let reads =
            (0..8).map(|_| scope.spawn(|| demo.endpoint.get("requests", Format::Json, &[])));
        let reads: Vec<_> = reads.collect();
        let write = scope.spawn(|| demo.endpoint.post(Format::Json, &report));
        let started = Instant::now();
        for thread in reads.into_iter().chain([write]) {
            is_away(
                &thread.join().expect("every request is answered"),
                Format::Json,
            );
        }
        assert!(started.elapsed() < BLACK_HOLE, "{:?}", started.elapsed());
        pair.second.call("GET", "/health/live").send().expect(200);
    });
    pair.proxy.restore();
    pair.recovers();
}

#[test]
fn one_failing_statement_rolls_the_whole_report_back() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let database = home.database();
    database.sql(
        "create function fail() returns trigger language plpgsql as \
         'begin raise exception ''a fault on purpose''; end'",
    );
    // With a picture the table of files is written to as well.
    let mut picture = Cursor::new(Vec::new());
    image::GrayImage::new(8, 8)
        .write_to(&mut picture, image::ImageFormat::Png)
        .unwrap();
    let mut failing = Vec::new();
    for table in database.tables() {
        let word = demo::unique();
        let form = demo
            .report(&demo.detailed)
            .with("description", &word)
            .and("email", "someone@example.org")
            .and("first_name", "Someone");
        let parts = Multipart::of(&form).file("media", "p.png", "image/png", picture.get_ref());
        let call = demo
            .endpoint
            .call("POST", "requests", Format::Json)
            .multipart(&parts);
        let call = call.header("idempotency-key", &word);
        let before = database.row_counts();
        database.sql(&format!(
            "create trigger fail before insert on {table} for each row execute function fail()"
        ));
        let answer = call.send();
        let after = database.row_counts();
        database.sql(&format!("drop trigger fail on {table}"));
        if answer.status == 200 {
            continue;
        }
        assert!(
            [500, 503].contains(&answer.status),
            "{table}: {} {}",
            answer.status,
            answer.shown()
        );
        answer.faults(Format::Json, answer.status);
        assert_eq!(
            after, before,
            "{table} failed and something else was written"
        );
        call.send().expect(200);
        assert_eq!(demo.endpoint.find(&[("q", &word)]).len(), 1, "{table}");
        failing.push(table);
    }
    assert!(
        failing.len() >= 4,
        "a report writes itself, its reporter, its answers, its key: {failing:?}"
    );
}

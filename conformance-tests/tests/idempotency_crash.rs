//! `Idempotency-Key` and crashes: requirements A6 to A8.
//!
//! A first server keeps the database running. The second reaches it through a proxy
//! that kills it at one side of the COMMIT of the report under test.

use std::thread;
use std::time::Duration;

use conformance_tests::chaos::{Moment, Proxy, Trap};
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form};
use conformance_tests::server::Server;

/// How often each crash is repeated: it is the same moment every time, and a restart
/// takes half a second.
const ROUNDS: usize = 5;

/// Old keys are taken away beside the first requests of a new start.
const PURGE: Duration = Duration::from_secs(1);

struct Pair {
    proxy: Proxy,
    home_of_second: Home,
    home: Home,
    _first: Server,
    api_key: String,
}

impl Pair {
    fn start() -> Self {
        let home = Home::new();
        let first = home.serve_demo();
        let api_key = home.new_key(demo::BOSTON);
        let proxy = Proxy::in_front_of(&home.database());
        Self {
            proxy,
            home_of_second: Home::new(),
            home,
            _first: first,
            api_key,
        }
    }

    fn second(&self) -> Server {
        self.home_of_second
            .serve(&["--database-url", &self.proxy.url()])
    }
}

fn keyed(demo: &Demo, key: &str, form: &Form) -> Call {
    demo.endpoint
        .call("POST", "requests", Format::Json)
        .header("idempotency-key", key)
        .form(form)
}

/// Kills the second server at `moment` of a report and returns what its retry answers
/// and how many requests there were before and after the retry.
fn crash_and_retry(pair: &Pair, moment: Moment) -> (String, usize, usize) {
    let victim = pair.second();
    let demo = Demo::boston_on(&victim);
    let (key, word) = (demo::unique(), demo::unique());
    let form = demo
        .report(&demo.plain)
        .with("description", &word)
        .with("api_key", &pair.api_key);
    pair.proxy.set(Trap {
        marker: word.clone(),
        moment,
        victim: victim.pid(),
    });
    let answer = keyed(&demo, &key, &form).try_send();
    assert!(
        pair.proxy.has_sprung(),
        "the report was never committed: {answer:?}"
    );
    assert!(answer.is_err(), "a dead server answers nothing: {answer:?}");
    drop(victim.ended());
    let again = pair.second();
    let demo = Demo::boston_on(&again);
    let before = demo.endpoint.find(&[("q", &word)]).len();
    let retry = keyed(&demo, &key, &form).send().expect(200).row();
    let found = demo.endpoint.find_ids(&[("q", &word)]);
    let id = text(&retry, "service_request_id").to_owned();
    assert!(found.contains(&id), "{found:?} {id}");
    assert_eq!(
        text(
            &keyed(&demo, &key, &form).send().expect(200).row(),
            "service_request_id"
        ),
        id
    );
    (id, before, found.len())
}

#[test]
fn killed_between_commit_and_answer_the_retry_gets_the_stored_answer() {
    let pair = Pair::start();
    for _ in 0..ROUNDS {
        let (id, before, after) = crash_and_retry(&pair, Moment::AfterCommit);
        assert_eq!((before, after), (1, 1), "{id}");
    }
}

#[test]
fn killed_before_the_commit_the_retry_runs_as_if_nothing_had_been() {
    let pair = Pair::start();
    for _ in 0..ROUNDS {
        let (id, before, after) = crash_and_retry(&pair, Moment::BeforeCommit);
        assert_eq!((before, after), (0, 1), "{id}");
    }
    // Of the first server, which does its work all the time, there is now and then a young one.
    let open = "select count(*) from pg_stat_activity where state like 'idle in transaction%' \
        and xact_start < now() - interval '1 second'";
    assert_eq!(pair.home.database().sql(open), "0");
}

/// Moves every idempotency key into the past: the clock of a server cannot be moved, its
/// rows can. Then starts the server again, which is when old keys are taken away.
fn restart_later(home: &Home, server: Server, interval: &str) -> Server {
    let columns = home.database().sql(
        "select format('update %I set %I = %I - interval ', table_name, column_name, column_name) \
         from information_schema.columns where table_schema = 'public' \
         and table_name ~ 'idempot' and data_type like 'timestamp%'",
    );
    assert!(!columns.is_empty(), "the table of keys knows their age");
    for update in columns.lines() {
        home.database().sql(&format!("{update} '{interval}'"));
    }
    server.stop();
    home.serve_demo()
}

#[test]
fn a_key_lives_for_a_day_and_not_for_ever() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let (key, form) = (demo::unique(), demo.report(&demo.plain));
    let id_on = |server: &Server| {
        let answer = keyed(&Demo::boston_on(server), &key, &form).send();
        text(&answer.expect(200).row(), "service_request_id").to_owned()
    };
    let first = id_on(&server);
    let server = restart_later(&home, server, "23 hours 50 minutes");
    thread::sleep(PURGE);
    assert_eq!(id_on(&server), first, "a key that is a day old must hold");
    let server = restart_later(&home, server, "30 days");
    thread::sleep(PURGE);
    assert_ne!(
        id_on(&server),
        first,
        "a key that is a month old is free again"
    );
}

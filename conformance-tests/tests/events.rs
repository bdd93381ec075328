//! The change feed: everything once, in order, whatever happens to the server.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what goes wrong fails the test"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::city::{self, CITY, City, soon};
use conformance_tests::demo::{self, BOSTON, Demo};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::http::{Call, Form};
use conformance_tests::server::Server;
use conformance_tests::time;
use serde_json::Value;

/// Crashes that the replay survives; `GEOREPORT_CRASHES` asks for more.
const CRASHES: usize = 6;
/// A client that waits for a minute has missed something.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn events(server: &Server, jurisdiction: &str, after: &str, more: &[(&str, &str)]) -> Value {
    let query = Form::of(&[&[("jurisdiction_id", jurisdiction), ("after", after)], more].concat());
    server
        .call("GET", "/api/v1/events")
        .query(&query)
        .send()
        .expect(200)
        .json()
}

/// The cursor behind everything that has happened.
#[track_caller]
fn end_of(server: &Server, jurisdiction: &str) -> String {
    let mut cursor = "0".to_owned();
    loop {
        let page = events(server, jurisdiction, &cursor, &[("limit", "1000")]);
        if page["events"].as_array().is_some_and(Vec::is_empty) {
            return text(&page, "cursor").to_owned();
        }
        cursor = text(&page, "cursor").to_owned();
    }
}

fn update_of(id: &str, update_id: &str, status: &str) -> Form {
    Form::of(&[
        ("api_key", demo::KEY),
        ("service_request_id", id),
        ("update_id", update_id),
        ("updated_datetime", &time::utc(time::now())),
        ("status", status),
        ("description", "Told by the tests of the feed"),
    ])
}

#[test]
fn whoever_waits_hears_of_what_is_filed_and_of_what_becomes_of_it() {
    let boston = Demo::boston();
    let server = Server::shared();
    let cursor = end_of(server, BOSTON);
    let waiting = {
        let cursor = cursor.clone();
        thread::spawn(move || events(Server::shared(), BOSTON, &cursor, &[("wait", "30")]))
    };
    let id = boston.endpoint.file(&boston.report(&boston.plain));
    assert!(
        !waiting.join().unwrap()["events"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let update = update_of(&id, "feed-1", "FIXED");
    let call = boston
        .endpoint
        .call("POST", "servicerequestupdates", Format::Json);
    call.form(&update).send().expect(200);

    let mut about = Vec::new();
    let mut after = cursor;
    let started = Instant::now();
    while about.len() < 2 {
        assert!(started.elapsed() < PATIENCE, "only {about:?}");
        let page = events(server, BOSTON, &after, &[("wait", "5")]);
        after = text(&page, "cursor").to_owned();
        let found = page["events"].as_array().unwrap().iter();
        about.extend(
            found
                .filter(|one| one["service_request_id"] == id[..])
                .cloned(),
        );
    }
    let types: Vec<&str> = about.iter().map(|one| text(one, "type")).collect();
    assert_eq!(types, ["service_request.opened", "service_request.updated"]);
    assert_eq!(about[1]["update"]["closing_reason"], "fixed");
    assert_eq!(about[1]["service_request"]["status"], "closed");
    assert_eq!(about[1]["version"], 2);
}

#[test]
fn a_stream_tells_events_and_goes_on_where_its_listener_left() {
    let boston = Demo::boston();
    let server = Server::shared();
    let cursor = end_of(server, BOSTON);
    let mut listener = Listener::new(server, &cursor);
    let first = boston.endpoint.file(&boston.report(&boston.plain));
    let (last_id, event) = listener.next_about(&first);
    assert_eq!(text(&event, "type"), "service_request.opened");
    drop(listener);
    let second = boston.endpoint.file(&boston.report(&boston.plain));
    let mut listener = Listener::new(server, &last_id);
    let (_, event) = listener.next_about(&second);
    assert_eq!(text(&event, "service_request_id"), second);
}

struct Listener(BufReader<TcpStream>);

impl Listener {
    fn new(server: &Server, last_event_id: &str) -> Self {
        let mut stream = TcpStream::connect(server.authority()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET /api/v1/events?jurisdiction_id={BOSTON} HTTP/1.1\r\nHost: x\r\n\
             Accept: text/event-stream\r\nLast-Event-ID: {last_event_id}\r\n\r\n"
        )
        .unwrap();
        Self(BufReader::new(stream))
    }

    /// The id and the data of the next event about a service request.
    fn next_about(&mut self, service_request_id: &str) -> (String, Value) {
        let mut id = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(sent) = line.strip_prefix("id: ") {
                id = sent.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let event: Value = serde_json::from_str(data).unwrap();
                if event["service_request_id"] == service_request_id {
                    return (id, event);
                }
            }
        }
    }
}

#[test]
fn what_is_asked_wrongly_is_told_as_a_problem() {
    let query = [
        ("jurisdiction_id", BOSTON),
        ("after", "x"),
        ("limit", "0"),
        ("wait", "61"),
    ];
    let refused = Server::shared()
        .call("GET", "/api/v1/events")
        .query(&Form::of(&query))
        .send()
        .expect(400);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    let problem = refused.json();
    let blamed: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "argument"))
        .collect();
    assert_eq!(blamed, ["after", "limit", "wait"]);
}

#[test]
fn a_cursor_of_another_database_is_refused_and_waits_for_nothing() {
    let server = Server::shared();
    let end: u64 = end_of(server, BOSTON).parse().expect("a number");
    // Others file at the same time.
    let beyond = (end + 1_000_000).to_string();
    let call = server.call("GET", "/api/v1/events");
    let ask = |call: Call, pairs: &[(&str, &str)]| {
        let query = Form::of(&[&[("jurisdiction_id", BOSTON)], pairs].concat());
        let problem = call.query(&query).send().expect(400).json();
        text(&problem["errors"][0], "argument").to_owned()
    };
    let waits = [("after", &beyond[..]), ("wait", "20")];
    assert_eq!(ask(call.clone(), &waits), "after");
    let stream = call.header("accept", "text/event-stream");
    let stream = stream.header("last-event-id", &beyond);
    assert_eq!(ask(stream, &[]), "Last-Event-ID");
}

/// What a consumer of the feed keeps: the newest of each service request that is public.
#[derive(Default)]
struct Mirror {
    cursor: String,
    positions: Vec<i64>,
    known: BTreeMap<String, Value>,
}

impl Mirror {
    /// Reads on for as long as the server answers; `false`: there was nothing more.
    fn read(&mut self, url: &str) -> Result<bool, String> {
        let query = [
            ("jurisdiction_id", CITY),
            ("after", &self.cursor),
            ("limit", "7"),
        ];
        let call = conformance_tests::http::Call::new("GET", format!("{url}/api/v1/events"));
        let answer = call.query(&Form::of(&query)).try_send()?;
        if answer.status != 200 {
            return Err(answer.status.to_string());
        }
        let page = answer.json();
        let events = page["events"].as_array().unwrap();
        for event in events {
            self.positions.push(text(event, "cursor").parse().unwrap());
            let id = text(event, "service_request_id").to_owned();
            match &event["service_request"] {
                Value::Null => self.known.remove(&id),
                document => self.known.insert(id, document.clone()),
            };
        }
        self.cursor = text(&page, "cursor").to_owned();
        Ok(!events.is_empty())
    }
}

/// Files service requests and updates them until the server is gone.
fn write(endpoint: &Endpoint, key: &str, stop: &AtomicBool) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        let code = if number % 3 == 0 { "RATS" } else { "001" };
        let report = Form::of(&[
            ("api_key", key),
            ("service_code", code),
            ("lat", demo::INSIDE.0),
            ("long", demo::INSIDE.1),
            ("description", &demo::unique()),
        ]);
        let filed = endpoint
            .call("POST", "requests", Format::Json)
            .form(&report)
            .try_send();
        let Ok(filed) = filed else { return };
        let row = filed.json()[0].clone();
        let Some(id) = row["service_request_id"].as_str() else {
            continue;
        };
        for (status, part) in [("IN_PROGRESS", "a"), ("FIXED", "b"), ("REOPEN", "c")] {
            let update = update_of(id, &format!("{id}{part}"), status).with("api_key", key);
            let call = endpoint.call("POST", "servicerequestupdates", Format::Json);
            if call.form(&update).try_send().is_err() {
                return;
            }
        }
    }
}

/// The public state as GET requests tells it.
#[track_caller]
fn public_state(endpoint: &Endpoint) -> BTreeMap<String, Value> {
    let mut state = BTreeMap::new();
    for page in 1.. {
        let rows = endpoint.find(&[
            ("updated_after", "2000-01-01T00:00:00Z"),
            ("sort", "requested_datetime"),
            ("page_size", "1000"),
            ("page", &page.to_string()),
        ]);
        if rows.is_empty() {
            break;
        }
        for row in rows {
            state.insert(text(&row, "service_request_id").to_owned(), row);
        }
    }
    state
}

#[test]
fn a_replay_from_zero_is_the_public_state_although_everything_was_killed_again_and_again() {
    let crashes = std::env::var("GEOREPORT_CRASHES").map_or(CRASHES, |text| text.parse().unwrap());
    let City {
        server,
        home,
        endpoint: _,
    } = City::found();
    city::import_services(&home);
    city::import_requests(&home, &[]);
    let key = home.new_key(CITY);
    let mut server = server;
    let mut following = Mirror::default();
    for round in 0..crashes {
        let endpoint = Endpoint::standard(&server, CITY);
        soon("the services", || endpoint.services().len() == 2);
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let (endpoint, key, stop) = (endpoint.clone(), key.clone(), Arc::clone(&stop));
                thread::spawn(move || write(&endpoint, &key, &stop))
            })
            .collect();
        let url = server.url().to_owned();
        let until = Instant::now() + Duration::from_millis(400 + 61 * (round as u64 % 9));
        while Instant::now() < until {
            following.read(&url).unwrap();
        }
        home.database().kill();
        server.kill();
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().unwrap();
        }
        server = home.serve_demo();
    }
    let endpoint = Endpoint::standard(&server, CITY);
    // Tokens resolve and the last changes get their place.
    let mut state = public_state(&endpoint);
    let mut replayed = Mirror::default();
    soon("the whole feed", || {
        state = public_state(&endpoint);
        replayed = Mirror::default();
        while replayed.read(server.url()).unwrap() {}
        let waiting = home.database().sql(
            "select count(*) from submission_token where resolved_datetime is null \
             union all select count(*) from service_request_update where position is null",
        );
        waiting.lines().all(|count| count == "0") && replayed.known.len() == state.len()
    });
    while following.read(server.url()).unwrap() {}
    assert!(state.len() > 10, "{}", state.len());
    for mirror in [&mut replayed, &mut following] {
        let ordered = mirror.positions.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(ordered, "in order, nothing twice");
        for document in mirror.known.values_mut() {
            let fields = document.as_object_mut().unwrap();
            fields.remove("attributes");
            fields.remove("extended_attributes");
        }
        assert_eq!(mirror.known, state);
    }
}

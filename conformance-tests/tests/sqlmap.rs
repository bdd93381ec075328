//! sqlmap finds no way from a request to the database's own language, in any place where a client
//! can put text. `SQLMAP_LEVEL` (1 to 5; 2 by default) makes it try harder; `make scan` takes 3.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use conformance_tests::demo::{Demo, KEY};
use conformance_tests::home::Home;
use conformance_tests::http::{Form, percent};
use conformance_tests::server::Server;

/// What sqlmap says at the end when it found nothing.
const NOTHING: &str = "all tested parameters do not appear to be injectable";

/// Runs sqlmap on an address; a `*` marks a place that is no argument. Returns what it said.
fn sqlmap(url: &str, arguments: &[&str]) -> String {
    let home = Home::new();
    let level = std::env::var("SQLMAP_LEVEL").unwrap_or_else(|_| "2".to_owned());
    // The risk goes up with the level: 3 tries OR conditions, which would change rows by the score.
    let risk = if level == "5" { "3" } else { "1" };
    let output = Command::new("sqlmap")
        .args([
            "--batch",
            "--disable-coloring",
            "--flush-session",
            "--dbms=PostgreSQL",
        ])
        .args(["--level", &level, "--risk", risk, "--skip-waf"])
        // In a batch it would leave out a place whose number seems to be cast: a guess, which the ids
        // in our answers now and then lead to.
        .arg("--answers=skip those kind of cases=N")
        .args(["--time-sec", "2", "--output-dir"])
        .arg(home.path("found"))
        .args(["--url", url])
        .args(arguments)
        // It keeps files in the user's home.
        .env("HOME", home.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("sqlmap can be executed: .ci/packages test installs it");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// Holds that sqlmap tried at least this many places, found nothing, and saw no fault of the server.
#[track_caller]
fn finds_nothing(url: &str, arguments: &[&str], places: usize) {
    let said = sqlmap(url, arguments);
    assert!(said.contains(NOTHING), "{url}: {said}");
    let tried = said.matches("does not seem to be injectable").count();
    assert!(
        tried >= places,
        "{url}: it tried {tried} of {places} places: {said}"
    );
    let statuses = said.split("HTTP error codes detected during run:").nth(1);
    let statuses = statuses.and_then(|rest| rest.trim_start().lines().next());
    let faults = statuses.unwrap_or_default().split(", ");
    let faults: Vec<&str> = faults.filter(|status| status.starts_with('5')).collect();
    assert!(faults.is_empty(), "{url}: the server answered {faults:?}");
}

/// The same for arguments in the query.
#[track_caller]
fn finds_nothing_in_query(resource: &str, arguments: &[(&str, &str)]) {
    let demo = Demo::boston();
    let query = Form::of(&[("jurisdiction_id", "boston.demo")]);
    let query = arguments
        .iter()
        .fold(query, |query, (name, value)| query.and(name, value));
    let url = format!("{}/{resource}?{}", Server::shared().url(), query.encoded());
    let hits = demo.endpoint.find(arguments);
    assert!(!hits.is_empty(), "{url} gives nothing that could change");
    finds_nothing(&url, &[], arguments.len() + 1);
}

#[test]
fn nothing_is_found_in_the_filters_of_the_standard() {
    let demo = Demo::boston();
    let filed = demo
        .endpoint
        .request(&demo.endpoint.file(&demo.report(&demo.plain)));
    let day = filed["requested_datetime"]
        .as_str()
        .expect("a time")
        .get(..10)
        .expect("a day");
    finds_nothing_in_query(
        "open311/v2/requests.json",
        &[
            ("service_code", &demo.plain.code),
            ("status", "open"),
            ("start_date", &format!("{day}T00:00:00Z")),
            ("end_date", &format!("{day}T23:59:59Z")),
        ],
    );
    let id = filed["service_request_id"].as_str().expect("an id");
    finds_nothing_in_query("open311/v2/requests.xml", &[("service_request_id", id)]);
}

#[test]
fn nothing_is_found_in_the_filters_that_are_ours() {
    finds_nothing_in_query(
        "open311/v2/requests.json",
        &[
            ("updated_after", "2026-01-01T00:00:00Z"),
            ("updated_before", "2099-01-01T00:00:00Z"),
            ("lat", "42.3601"),
            ("long", "-71.0589"),
            ("radius", "5000"),
            ("q", "street"),
            ("sort", "requested_datetime"),
            ("page", "1"),
            ("page_size", "3"),
            ("extensions", "true"),
        ],
    );
    finds_nothing_in_query(
        "open311/v2/requests.json",
        &[("bbox", "-71.2,42.2,-70.9,42.4"), ("page_size", "3")],
    );
}

#[test]
fn nothing_is_found_in_the_paths() {
    let demo = Demo::boston();
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    let url = Server::shared().url();
    let code = &demo.detailed.code;
    for path in [
        format!("open311/v2/requests/{id}*.json?jurisdiction_id=boston.demo"),
        format!("open311/v2/services/{code}*.xml?jurisdiction_id=boston.demo"),
        "open311/v2/tokens/no-such-token*.json?jurisdiction_id=boston.demo".to_owned(),
        "jurisdictions/boston.demo*/open311/v2/services.json".to_owned(),
    ] {
        // An answer of 404 is as good as another to compare with.
        finds_nothing(&format!("{url}/{path}"), &["--ignore-code=404"], 1);
    }
}

#[test]
fn nothing_is_found_in_the_fields_of_a_report() {
    let demo = Demo::boston();
    let mut form = demo.report(&demo.detailed);
    for (name, value) in [
        ("jurisdiction_id", "boston.demo"),
        ("address_string", "1 Main Street"),
        ("address_id", "1"),
        ("email", "ada@example.org"),
        ("device_id", "d"),
        ("account_id", "a"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("phone", "555-5555"),
        ("media_url", "http://127.0.0.1/a.jpg"),
    ] {
        form = form.with(name, value);
    }
    let url = format!("{}/open311/v2/requests.json", Server::shared().url());
    let fields = form.encoded().split('&').count();
    finds_nothing(&url, &["--data", &form.encoded()], fields);
}

#[test]
fn nothing_is_found_in_the_idempotency_key() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .with("jurisdiction_id", "boston.demo")
        .encoded();
    let url = format!("{}/open311/v2/requests.json", Server::shared().url());
    let header = format!("Idempotency-Key: {}*", percent(KEY));
    finds_nothing(&url, &["--data", &form, "--headers", &header], 1);
}

/// Answers `GET /?id=…` with what `answer` makes of the id: an answer, or none for a fault.
fn answer_with(answer: &impl Fn(String) -> Option<String>, mut stream: &TcpStream) {
    // All of it: what is closed with a request half read is reset, which the scanner repeats.
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let id = head.first().and_then(|line| line.split("id=").nth(1));
    let id = id.and_then(|rest| rest.split(' ').next());
    let (status, body) = match answer(decoded(id.unwrap_or_default())) {
        Some(body) => ("200 OK", body),
        None => ("500 Internal Server Error", "refused".to_owned()),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    // The scanner connects ahead of its need, and leaves some of that.
    _ = stream.write_all(answer.as_bytes());
}

/// Serves that on loopback and returns the address.
fn serve(answer: impl Fn(String) -> Option<String> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer_with(&*answer, &stream));
        }
    });
    format!("http://{address}")
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        let pair =
            (byte == b'%').then(|| [bytes.next(), bytes.next()].map(Option::unwrap_or_default));
        let pair = pair.map(|pair| String::from_utf8_lossy(&pair).into_owned());
        plain.push(pair.map_or(byte, |hex| {
            u8::from_str_radix(&hex, 16).expect("two digits")
        }));
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[test]
fn a_planted_injection_is_found() {
    let home = Home::new();
    let _server = home.serve_demo();
    let database = home.database();
    let careless = serve(move |id| {
        let statement = format!("select service_name from service where service_code = '{id}'");
        let asked = database.clone();
        thread::spawn(move || asked.sql(&statement)).join().ok()
    });
    let said = sqlmap(&format!("{careless}/?id=abandoned-bicycle"), &[]);
    assert!(
        said.contains("sqlmap identified the following injection point"),
        "{said}"
    );
    assert!(!said.contains(NOTHING), "{said}");
}

#[test]
fn a_place_that_seems_to_cast_its_number_is_tried_too() {
    let casting = serve(|id| {
        let digits = id.find(|digit: char| !digit.is_ascii_digit());
        let number: Option<usize> = id[..digits.unwrap_or(id.len())].parse().ok();
        let row = |number| format!("row {number}: {}", "and so on ".repeat(number % 1000));
        Some(number.map_or_else(|| "no row".to_owned(), row))
    });
    finds_nothing(&format!("{casting}/?id=7"), &[], 1);
}

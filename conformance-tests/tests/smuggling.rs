//! Requests that two parsers could read in two ways: requirement L5. They are refused in the format
//! asked for and the connection is closed, so that nothing behind them counts as a request.

use std::time::Duration;

use conformance_tests::answer::Answer;
use conformance_tests::endpoint::Format;
use conformance_tests::raw;
use conformance_tests::server::Server;

const PATIENCE: Duration = Duration::from_secs(15);
/// Stands behind each request: if it is answered, it was not taken for a part of it.
const NEXT: &str = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

const GET: &str = "GET /open311/v2/services.json?jurisdiction_id=boston.demo HTTP/1.1\r\n";
const POST: &str = "POST /open311/v2/requests.json?jurisdiction_id=boston.demo HTTP/1.1\r\nHost: a\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n";

/// Sends a request with [`NEXT`] behind it; the answers, which must end with the connection.
#[track_caller]
fn send(request: &[u8]) -> Vec<Answer> {
    let bytes = [request, NEXT.as_bytes()].concat();
    let shown = String::from_utf8_lossy(&request[..request.len().min(300)]).into_owned();
    let (received, closed) = raw::exchange(Server::shared().authority(), &bytes, PATIENCE);
    assert!(closed, "still open: {shown:?}");
    raw::answers(&shown, &received)
}

/// Demands one refusal, and that the connection is closed.
#[track_caller]
fn is_refused(request: &[u8], status: u16) {
    let answers = send(request);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers[0].faults(Format::Json, status);
    assert_eq!(
        answers[0].header("connection"),
        Some("close"),
        "{:?}",
        answers[0]
    );
}

#[test]
fn a_head_whose_body_has_no_clear_length_is_refused() {
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: five",
        "Content-Length: 5 5",
        "Content-Length:",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding:\r\nContent-Length: 5",
    ] {
        is_refused(format!("{POST}{headers}\r\n\r\n0\r\n\r\n").as_bytes(), 400);
    }
    let in_http_1_0 =
        POST.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    is_refused(in_http_1_0.as_bytes(), 400);
}

#[test]
fn a_chunk_without_a_clear_end_is_refused() {
    for chunks in [
        "-3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n",
        "3\nabc\n0\n\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
        "3;a\rb\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    ] {
        is_refused(
            format!("{POST}Transfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes(),
            400,
        );
    }
}

#[test]
fn a_head_that_is_not_http_1_1_is_refused() {
    let long = "y".repeat(140_000);
    for (head, status) in [
        ("Host: a\r\nX: b\rY: c\r\n\r\n", 400),
        ("Host: a\r\nX: b\r\n c\r\n\r\n", 400),
        (" X: b\r\nHost: a\r\n\r\n", 400),
        ("Host: a\r\nX\r\n\r\n", 400),
        ("Host: a\r\n: b\r\n\r\n", 400),
        ("Host: a\r\nX: a\0b\r\n\r\n", 400),
        ("Host: a\r\nHost: b\r\n\r\n", 400),
        ("\r\n", 400),
        (&format!("Host: a\r\n{}\r\n", "X: y\r\n".repeat(200)), 431),
        (&format!("Host: a\r\nX: {long}\r\n\r\n"), 431),
    ] {
        is_refused(format!("{GET}{head}").as_bytes(), status);
    }
    for line in [
        "GET  /a.json HTTP/1.1",
        "GET\t/a.json HTTP/1.1",
        "GET /a.json b HTTP/1.1",
        "GET /a.json HTTP/1.2",
        "GET /a.json HTTP/2.0",
        "GET /a.json http/1.1",
        "G(T /a.json HTTP/1.1",
        "GET /a.json?q=\u{1} HTTP/1.1",
        "GET /sch\u{f6}n.json HTTP/1.1",
        &format!("GET /a.json?q={} HTTP/1.1", "x".repeat(70_000)),
    ] {
        is_refused(format!("{line}\r\nHost: a\r\n\r\n").as_bytes(), 400);
    }
    is_refused(b"GET /a.json?q=sch\xF6n HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

#[test]
fn what_is_no_http_at_all_is_refused_in_xml() {
    let tls = [
        b"\x16\x03\x01\x00\xC8\x01\x00\x00\xC4\x03\x03".as_slice(),
        &[7; 180],
    ]
    .concat();
    for bytes in [
        tls.as_slice(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"GET /health/live\r\n",
        b"\0\x01\x02\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let answers = send(bytes);
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers[0].faults(Format::Xml, 400);
    }
}

#[test]
fn an_upgrade_takes_no_other_request_for_its_body() {
    // actix takes what follows such a head for one stream without an end.
    is_refused(
        format!("{POST}Upgrade: websocket\r\nContent-Length: 5\r\n\r\nabcde").as_bytes(),
        400,
    );
    let answers = send(
        format!("{GET}Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").as_bytes(),
    );
    assert_eq!(answers.len(), 1, "{answers:?}");
    // What a client offers on its first request, and need not be accepted.
    let offer =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    let answers = send(format!("{POST}{offer}Content-Length: 5\r\n\r\nabcde").as_bytes());
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [403, 200]);
}

#[test]
fn what_is_odd_but_clear_is_one_request() {
    for (request, status) in [
        (format!("{GET}Host: a\r\nContent-Length: 3\r\n\r\nabc"), 200),
        (
            format!("{GET}Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            200,
        ),
        (
            format!("{POST}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n"),
            403,
        ),
        (
            format!(
                "{POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n"
            ),
            403,
        ),
        (format!("\r\n{GET}Host:\r\n\r\n"), 200),
        // RFC 9112, 2.2: a line may end in LF alone.
        (format!("{GET}Host: a\r\n\r\n").replace("\r\n", "\n"), 200),
        (
            GET.replace("GET /", "GET http://evil.example/") + "Host: a\r\n\r\n",
            200,
        ),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n".into(), 404),
        (
            "CONNECT evil:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".into(),
            404,
        ),
        (
            format!(
                "{} /health/live HTTP/1.1\r\nHost: a\r\n\r\n",
                "A".repeat(5_000)
            ),
            405,
        ),
    ] {
        let answers = send(request.as_bytes());
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(
            statuses,
            [status, 200],
            "{}",
            &request[..request.len().min(200)]
        );
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let mut requests = String::new();
    for number in 0..50 {
        let path = ["/health/live", "/discovery.json", "/nothing.json"][number % 3];
        requests +=
            &format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: number-{number}\r\n\r\n");
    }
    let answers = send(requests.as_bytes());
    assert_eq!(answers.len(), 51);
    for (number, answer) in answers.iter().take(50).enumerate() {
        assert_eq!(answer.status, [200, 200, 404][number % 3], "{answer:?}");
        assert_eq!(
            answer.header("x-request-id"),
            Some(&*format!("number-{number}"))
        );
    }
}

#[test]
fn a_body_that_is_shorter_than_announced_is_no_report() {
    let head = format!("{POST}Content-Length: 500\r\n\r\napi_key=demo-key");
    let mut stream = raw::connect(Server::shared().authority());
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let (received, closed) = raw::read_until_closed(&mut stream, PATIENCE);
    assert!(closed);
    for answer in raw::answers("a short body", &received) {
        answer.faults(Format::Json, 400);
    }
}

#[test]
fn http_1_0_is_answered_without_chunks_and_the_connection_is_closed() {
    let request = GET.replace("HTTP/1.1", "HTTP/1.0") + "Accept-Encoding: br, gzip\r\n\r\n";
    let (received, closed) =
        raw::exchange(Server::shared().authority(), request.as_bytes(), PATIENCE);
    assert!(closed);
    let answers = raw::answers("HTTP/1.0", &received);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].header("content-encoding"), None);
    assert_eq!(answers[0].json().as_array().map(Vec::is_empty), Some(false));
}

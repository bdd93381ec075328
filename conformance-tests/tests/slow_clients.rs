//! Clients that send slowly, or nothing, cost the others nothing: requirement L1.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::raw::{self, read_until_closed};
use conformance_tests::server::Server;

/// Requirement L1 says five seconds for the head; the rest is for a busy machine.
const HEAD: Duration = Duration::from_secs(10);
/// No requirement says how long a body may take; nobody waits half a minute for a form.
const BODY: Duration = Duration::from_secs(30);

/// No requirement says how long a later head may take, or the reading of an answer.
const LATER: Duration = Duration::from_secs(60);
/// Answers of this size, none of which is read, are more than the kernel takes for a client.
const UNREAD: usize = 8 << 20;

fn connect() -> TcpStream {
    raw::connect(Server::shared().authority())
}

/// Sends a beginning, then one byte at a time, until the server ends it.
fn drip(beginning: &str, patience: Duration) -> (String, bool) {
    let mut stream = connect();
    let mut dripping = stream.try_clone().ok();
    let _begun = stream.write_all(beginning.as_bytes());
    thread::spawn(move || {
        while dripping
            .as_mut()
            .is_some_and(|stream| stream.write_all(b"x").is_ok())
        {
            thread::sleep(Duration::from_millis(400));
        }
    });
    let (answer, closed) = read_until_closed(&mut stream, patience);
    (String::from_utf8_lossy(&answer).into_owned(), closed)
}

#[test]
fn a_head_that_never_ends_is_cut_off() {
    let started = Instant::now();
    let (answer, closed) = drip(
        "GET /open311/v2/services.json HTTP/1.1\r\nHost: test\r\nX-Slow: ",
        HEAD,
    );
    assert!(closed, "still open after {:?}", started.elapsed());
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
}

#[test]
fn a_second_head_that_never_ends_is_cut_off() {
    let first = "GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n";
    let second = "GET /health/live HTTP/1.1\r\nHost: test\r\nX-Slow: ";
    let (answer, closed) = drip(&format!("{first}{second}"), LATER);
    assert!(closed, "still open: {answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[test]
fn a_client_that_never_reads_its_answers_is_cut_off_and_the_others_are_answered() {
    let server = Server::shared();
    let path = "/jurisdictions/boston.demo/open311/v2/services.json";
    let size = server.call("GET", path).send().expect(200).body.len();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
    let requests = request.repeat(UNREAD.div_ceil(size));
    let before = server.resident_mib();
    let started = Instant::now();
    let mut unreading: Vec<_> = (0..2).map(|_| connect()).collect();
    for stream in &mut unreading {
        let _sent = stream.write_all(requests.as_bytes());
    }
    let mut answered = 0;
    // A line end between requests is passed over; to a connection that was cut off it cannot be sent.
    while unreading
        .iter_mut()
        .any(|stream| stream.write_all(b"\r\n").is_ok())
    {
        let waited = started.elapsed();
        assert!(
            waited < LATER,
            "still open after {waited:?} and {answered} answers to others"
        );
        let grown = server.resident_mib().saturating_sub(before);
        assert!(grown < 100, "{grown} MiB for answers that nobody reads");
        server.call("GET", "/health/ready").send().expect(200);
        answered += 1;
        thread::sleep(Duration::from_millis(200));
    }
    assert!(answered > 10, "{answered} answers to others");
}

#[test]
fn a_silent_connection_is_cut_off() {
    let (answer, closed) = read_until_closed(&mut connect(), HEAD);
    assert!(closed && !String::from_utf8_lossy(&answer).contains(" 500 "));
}

#[test]
fn a_body_that_never_ends_is_cut_off() {
    let head = "POST /open311/v2/requests.json?jurisdiction_id=boston.demo HTTP/1.1\r\nHost: test\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\ndescription=";
    let started = Instant::now();
    let (answer, closed) = drip(head, BODY);
    assert!(closed, "still open after {:?}: {answer}", started.elapsed());
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
}

#[test]
fn a_multipart_body_that_never_ends_is_cut_off() {
    let head = "POST /open311/v2/requests.xml?jurisdiction_id=boston.demo HTTP/1.1\r\nHost: test\r\n\
        Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n\
        3e8\r\n--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n";
    let (answer, closed) = drip(head, BODY);
    assert!(closed, "still open: {answer}");
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
}

#[test]
fn two_hundred_stalled_clients_do_not_stop_the_others() {
    let server = Server::shared();
    let stalled: Vec<_> = (0..200)
        .map(|number| {
            let mut stream = connect();
            let beginning = if number % 2 == 0 {
                "GET /open311/v2/services.json HTTP/1.1\r\nHost: "
            } else {
                "POST /open311/v2/requests.json HTTP/1.1\r\nHost: a\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\na="
            };
            stream
                .write_all(beginning.as_bytes())
                .expect("an open connection takes bytes");
            stream
        })
        .collect();
    for path in [
        "/health/live",
        "/jurisdictions/boston.demo/open311/v2/requests.json?page_size=1",
    ] {
        for _ in 0..10 {
            server.call("GET", path).send().expect(200);
        }
    }
    assert_eq!(stalled.len(), 200);
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_the_server_well() {
    let head = "POST /open311/v2/requests.json HTTP/1.1\r\nHost: a\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\napi_key=demo-key&";
    for length in (1..head.len()).step_by(7) {
        let mut stream = connect();
        stream
            .write_all(&head.as_bytes()[..length])
            .expect("an open connection takes bytes");
    }
    Server::shared()
        .call("GET", "/health/ready")
        .send()
        .expect(200);
}

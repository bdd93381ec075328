//! Memory and open files under attack: requirements L8 and I10. Each test has a server of its own,
//! whose process it measures.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::http::{Form, Multipart};
use conformance_tests::raw;
use conformance_tests::server::Server;
use flate2::{Compression, write::ZlibEncoder};

const PATIENCE: Duration = Duration::from_secs(60);
const REPORT: &str = "POST /open311/v2/requests.json HTTP/1.1\r\nHost: a\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\ndescription=x";

fn open() -> (Home, Server) {
    let home = Home::new();
    let server = home.serve_demo();
    (home, server)
}

/// Waits until the server is as the test wants it.
#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Connections of every kind, most of them broken off.
fn connections(server: &Server, number: usize) {
    for n in 0..number {
        let mut stream = raw::connect(server.authority());
        let bytes = match n % 4 {
            0 => "",
            1 => "GET /health/live HTTP/1.1\r\nHost: ",
            2 => REPORT,
            _ => "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        };
        // A server that is busy may have closed what is left of its backlog.
        let _sent = stream.write_all(bytes.as_bytes());
        if n % 4 == 3 {
            let _answer = raw::read_until_closed(&mut stream, PATIENCE);
        }
    }
}

#[test]
fn thousands_of_connections_leave_no_file_open_and_no_memory_taken() {
    let (_home, server) = open();
    connections(&server, 400);
    server
        .call(
            "GET",
            "/open311/v2/services.json?jurisdiction_id=boston.demo",
        )
        .send()
        .expect(200);
    until("the first connections end", || server.open_files() < 100);
    let (files, memory) = (server.open_files(), server.resident_mib());
    connections(&server, 2_000);
    until("every file is closed again", || {
        server.open_files() <= files + 4
    });
    let grown = server.resident_mib().saturating_sub(memory);
    assert!(grown < 30, "{grown} MiB more");
    server.call("GET", "/health/ready").send().expect(200);
}

#[test]
fn a_server_that_may_open_no_more_files_recovers() {
    let (_home, server) = open();
    let ready = || server.call("GET", "/health/ready").send();
    ready().expect(200);
    let pid = server.pid().to_string();
    let limit = format!("--nofile={0}:{0}", server.open_files() + 20);
    let limited = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(limited.is_ok_and(|status| status.success()));
    let idle: Vec<_> = (0..100).map(|_| raw::connect(server.authority())).collect();
    thread::sleep(Duration::from_secs(1));
    drop(idle);
    until("the server answers again", || {
        let call = server.call("GET", "/health/ready");
        call.try_send().is_ok_and(|answer| answer.status == 200)
    });
    let demo = Demo::boston_on(&server);
    demo.endpoint.file(&demo.report(&demo.plain));
}

#[test]
fn a_compressed_body_is_415_and_never_inflated() {
    let (_home, server) = open();
    let demo = Demo::boston_on(&server);
    demo.endpoint.file(&demo.report(&demo.plain));
    let before = server.resident_mib();
    // The beginning of a gzip member, and zeros, of which each megabyte may become a gigabyte.
    let body = [&b"\x1F\x8B\x08\0\0\0\0\0\0\x03"[..], &vec![0; 900_000]].concat();
    for format in Format::BOTH {
        for encoding in ["gzip", "br", "deflate", "zstd", "gzip, gzip", "nonsense"] {
            let call = demo.endpoint.call("POST", "requests", format);
            let call = call.body("application/x-www-form-urlencoded", body.clone());
            let answer = call.header("content-encoding", encoding).send();
            answer.blames(format, 415, "the body must not be compressed");
        }
    }
    let grown = server.resident_mib().saturating_sub(before);
    assert!(grown < 50, "{grown} MiB more");
}

#[test]
fn thousands_of_fields_and_parts_are_refused_within_memory() {
    let (_home, server) = open();
    let demo = Demo::boston_on(&server);
    let before = server.resident_mib();
    let fields = (0..20_000).fold(Form::default(), |form, n| form.and(&format!("f{n}"), "x"));
    let attributes = (0..999).fold(demo.report(&demo.plain), |form, n| {
        form.and(&format!("attribute[{n}]"), "x")
    });
    let parts = (0..20_000).fold(Multipart::default(), |parts, n| {
        parts.text(&format!("f{n}"), "x")
    });
    let endings = "[][]".repeat(20_000);
    for format in Format::BOTH {
        let call = || demo.endpoint.call("POST", "requests", format);
        call()
            .form(&fields)
            .send()
            .blames(format, 400, "arguments are more than 1000");
        call()
            .form(&attributes)
            .send()
            .blames(format, 400, "arguments are more than 1000");
        call()
            .multipart(&parts)
            .send()
            .blames(format, 400, "the body has more than 200 parts");
        let nested = Form::of(&[
            ("api_key", "demo-key"),
            (&format!("attribute{endings}"), "x"),
        ]);
        call()
            .form(&nested)
            .send()
            .blames(format, 400, "service_code");
        let query = (0..2_000)
            .map(|n| format!("service_code={n}&"))
            .collect::<String>();
        let call = demo
            .endpoint
            .call("GET", "requests", format)
            .raw_query(&query);
        call.send()
            .blames(format, 400, "arguments are more than 1000");
    }
    let grown = server.resident_mib().saturating_sub(before);
    assert!(grown < 50, "{grown} MiB more");
}

/// A chunk of a PNG; the server does not mind its checksum.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], kind, content, &[0; 4]].concat()
}

fn deflated(mebibytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..mebibytes {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_picture_whose_profile_or_text_inflates_is_taken_without_it() {
    let (_home, server) = open();
    let demo = Demo::boston_on(&server);
    demo.endpoint.file(&demo.report(&demo.plain));
    let before = server.peak_mib();
    let bomb = deflated(300);
    let header = [&[0, 0, 0, 4, 0, 0, 0, 4][..], &[8, 0, 0, 0, 0]].concat();
    for (kind, start) in [
        (b"iCCP", &b"a\0\0"[..]),
        (b"zTXt", b"a\0\0"),
        (b"iTXt", b"a\0\x01\0\0\0"),
    ] {
        let picture = [
            b"\x89PNG\r\n\x1A\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(kind, &[start, &bomb].concat()),
            chunk(b"IDAT", &deflated(1)),
            chunk(b"IEND", &[]),
        ];
        let form = demo.report(&demo.plain);
        let parts = Multipart::of(&form).file("media", "a.png", "image/png", &picture.concat());
        let call = demo.endpoint.call("POST", "requests", Format::Json);
        call.multipart(&parts).send().expect(200);
    }
    let grown = server.peak_mib().saturating_sub(before);
    assert!(grown < 100, "{grown} MiB more");
}

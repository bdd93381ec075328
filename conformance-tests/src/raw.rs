//! Bytes on a socket: what no HTTP library would send, and everything that comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use crate::answer::Answer;

/// Sends bytes over a new connection and reads until the server closes it or
/// `patience` is over. The second value says whether it was closed.
pub fn exchange(authority: &str, bytes: &[u8], patience: Duration) -> (Vec<u8>, bool) {
    let mut stream = connect(authority);
    // A server that refuses early may close before all was sent.
    let _refused_early = stream.write_all(bytes);
    read_until_closed(&mut stream, patience)
}

/// A new connection.
pub fn connect(authority: &str) -> TcpStream {
    TcpStream::connect(authority).expect("the server accepts connections")
}

/// Reads until the other side closes the connection or `patience` is over.
pub fn read_until_closed(stream: &mut TcpStream, patience: Duration) -> (Vec<u8>, bool) {
    let deadline = Instant::now() + patience;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return (received, false);
        }
        stream
            .set_read_timeout(Some(left))
            .expect("a timeout above zero is accepted");
        match stream.read(&mut buffer) {
            Ok(0) => return (received, true),
            Ok(length) => received.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_reset) => return (received, true),
        }
    }
}

/// The answers in what came over one connection, in order. `asked` is for messages.
#[track_caller]
pub fn answers(asked: &str, mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        let blank = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let head = blank.and_then(|at| std::str::from_utf8(&bytes[..at]).ok());
        let Some((status, headers)) = head.and_then(parse_head) else {
            panic!("{asked}: no answer: {shown:?}");
        };
        let length = headers.get("content-length");
        let length = length.map_or(Some(0), |length| length.to_str().ok()?.parse().ok());
        bytes = &bytes[blank.unwrap_or_default() + 4..];
        let Some(body) = length.and_then(|length: usize| bytes.get(..length)) else {
            panic!("{asked}: the body is not as long as announced: {shown:?}");
        };
        bytes = &bytes[body.len()..];
        answers.push(Answer {
            asked: asked.to_owned(),
            status,
            headers,
            body: body.to_vec(),
        });
    }
    answers
}

fn parse_head(head: &str) -> Option<(u16, HeaderMap)> {
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    Some((status.parse().ok()?, headers.collect::<Option<_>>()?))
}

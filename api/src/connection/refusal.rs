//! What actix refuses before there is a request: it answers with a head alone; here the errors
//! document is added.

use crate::error::{self, ErrorFormat};
use actix_web::http::StatusCode;
use bytes::Bytes;
use uuid::Uuid;

/// No path of ours is longer.
const MAX_FIRST_LINE: usize = 2_048;
/// actix' refusals are shorter.
const MAX_HEAD: usize = 256;

/// The beginning of what came since the last answer: of a broken request it tells the format.
#[derive(Default)]
pub struct FirstLine(Vec<u8>);

impl FirstLine {
    /// Takes what belongs to the line.
    pub fn read(&mut self, bytes: &[u8]) {
        if self.0.len() < MAX_FIRST_LINE && !self.0.contains(&b'\n') {
            let room = MAX_FIRST_LINE - self.0.len();
            self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// The request was understood.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The format that the path asks for, as far as there is one.
    pub fn format(&self) -> ErrorFormat {
        let line = String::from_utf8_lossy(&self.0);
        let target = line.split_ascii_whitespace().nth(1).unwrap_or_default();
        ErrorFormat::of_path(target.split(['?', '#']).next().unwrap_or_default())
    }
}

/// Where in `bytes`, which are about to be sent, a refusal of actix begins; it is always the last.
/// Ours have a body.
pub fn find(bytes: &[u8]) -> Option<usize> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let end = &bytes[bytes.len().saturating_sub(MAX_HEAD)..];
    let start = b"HTTP/1.1 4";
    let at = end
        .windows(start.len())
        .rposition(|window| window == start)?;
    let head = std::str::from_utf8(&end[at..]).ok()?;
    let is_bodiless = head.contains("\r\ncontent-length: 0\r\n");
    is_bodiless.then(|| bytes.len() - end.len() + at)
}

/// The refusal with a document in `format`.
pub fn told(head: &[u8], format: ErrorFormat) -> Bytes {
    let head = String::from_utf8_lossy(head);
    let status = head.get(9..12).and_then(|digits| digits.parse().ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.unwrap_or(StatusCode::BAD_REQUEST);
    let request_id = Uuid::now_v7();
    tracing::info!(%request_id, status = status.as_u16(), "refused before it was a request");
    let body = error::document_of(format, status, sentence(status));
    let headers = format!(
        "\r\ncontent-length: {}\r\ncontent-type: {}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nx-request-id: {request_id}\r\n",
        body.len(),
        format.content_type(),
    );
    let mut told = head
        .replacen("\r\ncontent-length: 0\r\n", &headers, 1)
        .into_bytes();
    told.extend_from_slice(&body);
    told.into()
}

fn sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::REQUEST_TIMEOUT => "the head came too slowly",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "the head is too large: at most 96 headers and 128 KiB are accepted"
        }
        _ => {
            "this is not HTTP/1.1 as RFC 9112 has it; in an address, what is not ASCII is \
             percent-encoded, and at most 64 KiB are accepted"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    const REFUSED: &[u8] =
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";

    #[test]
    fn a_refusal_is_found_behind_another_answer_and_nothing_else_is_taken_for_one() {
        let behind = [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", REFUSED].concat();
        assert_eq!(find(REFUSED), Some(0));
        assert_eq!(find(&behind), Some(behind.len() - REFUSED.len()));
        for answer in [
            &b"HTTP/1.1 404 Not Found\r\ncontent-length: 20\r\n\r\n"[..],
            b"HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n",
            b"",
        ] {
            assert_eq!(find(answer), None);
        }
    }

    #[test]
    fn it_is_told_in_the_format_of_the_path() {
        let mut line = FirstLine::default();
        line.read(b"GET /a/sch\xF6n.js");
        line.read(b"on?q=1.xml HTTP/1.1\r\nHost: a\r\n");
        let told = told(REFUSED, line.format());
        let told = String::from_utf8(told.to_vec()).unwrap();
        assert!(
            told.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-length: "),
            "{told}"
        );
        assert!(told.contains("\r\n\r\n[{\"code\":400,"), "{told}");
        line.forget();
        assert_eq!(line.format(), ErrorFormat::Errors(Format::Xml));
    }
}

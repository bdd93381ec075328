//! One keep-alive connection with one request in flight, and as little work as possible about it.

use std::io;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// No head of an answer is longer.
const BUFFER: usize = 256 * 1024;

/// A GET as it goes over the wire.
pub fn get(address: &str, path: &str, headers: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: georeport-bench\r\n{headers}\r\n"
    )
    .into_bytes()
}

/// A form as it goes over the wire.
pub fn post(address: &str, path: &str, form: &str) -> Vec<u8> {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: georeport-bench\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// The value of a header in the head of an answer.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// How the end of an answer's body is known.
#[derive(Debug, PartialEq)]
enum Body {
    Length(usize),
    Chunked,
}

impl Body {
    fn of(status: u16, head: &str) -> io::Result<Self> {
        let chunked = header(head, "transfer-encoding");
        if status == 304 || status == 204 {
            Ok(Self::Length(0))
        } else if chunked.is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            Ok(Self::Chunked)
        } else {
            let length = header(head, "content-length").and_then(|value| value.parse().ok());
            length
                .map(Self::Length)
                .ok_or_else(|| fault("the answer has no length"))
        }
    }
}

fn fault(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// Opens one.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER],
            filled: 0,
        })
    }

    /// Sends a request, reads the answer to its end and answers its status.
    ///
    /// # Errors
    /// When the connection ends, or what comes is no answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.exchange_into(request, None).await
    }

    /// The same; head and body, as they came, are added to `kept`.
    ///
    /// # Errors
    /// As for [`Self::exchange`].
    pub async fn exchange_into(
        &mut self,
        request: &[u8],
        mut kept: Option<&mut Vec<u8>>,
    ) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let end = loop {
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            if read == 0 {
                return Err(fault("the connection or the buffer ended within the head"));
            }
            self.filled += read;
            if let Some(at) = find(&self.buffer[..self.filled], b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end - 2])
            .map_err(|_not_text| fault("the head is no text"))?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| fault("the answer has no status"))?;
        let body = Body::of(status, head)?;
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&self.buffer[..end]);
        }
        match body {
            Body::Length(length) => self.read_length(end, length, kept).await?,
            Body::Chunked => self.read_chunks(end, kept).await?,
        }
        Ok(status)
    }

    async fn read_length(
        &mut self,
        end: usize,
        length: usize,
        mut kept: Option<&mut Vec<u8>>,
    ) -> io::Result<()> {
        let first = &self.buffer[end..self.filled];
        let mut missing = length
            .checked_sub(first.len())
            .ok_or_else(|| fault("more was sent than announced"))?;
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(first);
        }
        while missing > 0 {
            let read = self.stream.read(&mut self.buffer).await?;
            if read == 0 || read > missing {
                return Err(fault("the body has another length than announced"));
            }
            missing -= read;
            if let Some(kept) = &mut kept {
                kept.extend_from_slice(&self.buffer[..read]);
            }
        }
        Ok(())
    }

    /// Chunks are few and kept as they come: only their sizes are looked at.
    async fn read_chunks(&mut self, end: usize, kept: Option<&mut Vec<u8>>) -> io::Result<()> {
        let mut rest = self.buffer[end..self.filled].to_vec();
        let mut body = Vec::new();
        loop {
            while let Some(at) = find(&rest, b"\r\n") {
                let size = std::str::from_utf8(&rest[..at])
                    .ok()
                    .and_then(|digits| usize::from_str_radix(digits, 16).ok())
                    .ok_or_else(|| fault("a chunk has no size"))?;
                if rest.len() < at + 4 + size {
                    break;
                }
                body.extend_from_slice(&rest[at + 2..at + 2 + size]);
                rest.drain(..at + 4 + size);
                if size == 0 {
                    if let Some(kept) = kept {
                        kept.extend_from_slice(&body);
                    }
                    return Ok(());
                }
            }
            let read = self.stream.read(&mut self.buffer).await?;
            if read == 0 {
                return Err(fault("the connection ended within the body"));
            }
            rest.extend_from_slice(&self.buffer[..read]);
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_body_is_told_by_its_head() {
        let length = "HTTP/1.1 200 OK\r\ncontent-LENGTH: 12\r\n";
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
        assert_eq!(Body::of(200, length).unwrap(), Body::Length(12));
        assert_eq!(Body::of(200, chunked).unwrap(), Body::Chunked);
        assert_eq!(Body::of(304, length).unwrap(), Body::Length(0));
        assert!(Body::of(200, "HTTP/1.1 200 OK\r\n").is_err());
    }
}

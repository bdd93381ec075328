//! The yardstick of what is answered again and again: actix-web, as the server uses it, which gives
//! the same answer to everybody.

use crate::{Failure, program};
use actix_web::{
    App, HttpResponse, HttpServer,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    rt::net::TcpStream,
    web::{self, Bytes},
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

/// An answer that never changes.
#[derive(Clone)]
struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Reply {
    fn parse(answer: &[u8]) -> Result<Self, Failure> {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.ok_or("the answer has no head")?;
        let head = std::str::from_utf8(&answer[..end])?;
        let status: u16 = head.get(9..12).ok_or("the answer has no status")?.parse()?;
        let mut headers = Vec::new();
        for line in head.split("\r\n").skip(1) {
            let (name, value) = line.split_once(':').ok_or("a header has no name")?;
            let name: HeaderName = name.to_ascii_lowercase().parse()?;
            // These the library writes by itself, as it does for the server.
            if !["content-length", "date", "transfer-encoding", "connection"]
                .contains(&name.as_str())
            {
                headers.push((name, value.trim().parse()?));
            }
        }
        Ok(Self {
            status: StatusCode::from_u16(status)?,
            headers,
            body: Bytes::copy_from_slice(&answer[end + 4..]),
        })
    }

    fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.append_header((name.clone(), value.clone()));
        }
        match self.status {
            StatusCode::NOT_MODIFIED => response.finish(),
            _ => response.body(self.body.clone()),
        }
    }
}

/// Serves until it is told to end.
///
/// # Errors
/// When the answer cannot be read, or nothing can be listened on.
pub fn serve(answer: &Path) -> Result<(), Failure> {
    let reply = Reply::parse(&fs::read(answer)?)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let server = HttpServer::new(move || {
        let reply = reply.clone();
        App::new().default_service(web::to(move || {
            let response = reply.response();
            async move { response }
        }))
    })
    .workers(std::thread::available_parallelism().map_or(2, usize::from))
    .on_connect(|io, _| {
        if let Some(stream) = io.downcast_ref::<TcpStream>() {
            let _ = stream.set_nodelay(true);
        }
    })
    .listen(listener)?;
    actix_web::rt::System::new().block_on(server.run())?;
    Ok(())
}

/// A running static reply: this binary, as a process of its own. It is stopped when dropped.
pub struct StaticReply {
    child: Child,
    /// Address and port.
    pub address: String,
}

impl StaticReply {
    /// Starts one that answers `answer`, which is kept in `file`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(answer: &[u8], file: &Path) -> Result<Self, Failure> {
        fs::write(file, answer)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("static-reply")
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut said)?;
        }
        let address = said.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_default().to_owned();
        let reply = Self { child, address };
        if reply.address.is_empty() {
            return Err("the static reply did not start".into());
        }
        Ok(reply)
    }
}

impl Drop for StaticReply {
    fn drop(&mut self) {
        program::terminate(self.child.id());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_the_headers_of_the_answer_but_those_that_the_library_writes() {
        let answer =
            b"HTTP/1.1 304 Not Modified\r\nETag: W/\"a\"\r\nDate: x\r\ncontent-length: 2\r\n\r\nab";
        let reply = Reply::parse(answer).unwrap();
        assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
        assert_eq!(reply.headers.len(), 1);
        assert_eq!(&reply.body[..], b"ab");
    }
}

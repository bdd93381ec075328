//! HTTP/1.1 on a loopback socket, a thread for each connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What came over the wire.
pub struct Message {
    pub verb: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What goes over the wire.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The connection ends in the middle of the body.
    pub breaks_off: bool,
}

impl Response {
    pub fn set_header(&mut self, name: &str, value: &str) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(other, _)| other != name);
    }

    /// Compresses the body, unless it is said to be.
    pub fn gzip(&mut self) {
        if self
            .headers
            .iter()
            .any(|(name, _)| name == "Content-Encoding")
        {
            return;
        }
        let mut encoder = GzEncoder::new(vec![], Compression::fast());
        encoder.write_all(&self.body).unwrap();
        self.body = encoder.finish().unwrap();
        self.set_header("Content-Encoding", "gzip");
    }
}

/// Answers on a port of its own until it is dropped.
pub struct Listener {
    pub port: u16,
    stopped: Arc<AtomicBool>,
}

impl Listener {
    /// `answer` is made once the port is known.
    pub fn start<A>(answer: impl FnOnce(u16) -> A) -> Self
    where
        A: Fn(&Message) -> Response + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(answer(port));
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, &*answer)));
            }
        });
        Self { port, stopped }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Answers what comes on one connection until it is closed or idle.
fn serve(stream: TcpStream, answer: &dyn Fn(&Message) -> Response) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(message) = read(&mut reader)? {
        let closes = message.header("Connection") == Some("close");
        let response = answer(&message);
        write(&stream, &response, message.verb == "HEAD")?;
        if closes || response.breaks_off {
            break;
        }
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Message>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(verb), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut message = Message {
        verb,
        target,
        headers: vec![],
        body: vec![],
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        message
            .headers
            .push((name.to_owned(), value.trim().to_owned()));
    }
    let length = message.header("Content-Length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    message.body = vec![0; length];
    reader.read_exact(&mut message.body)?;
    Ok(Some(message))
}

fn write(mut stream: &TcpStream, response: &Response, without_body: bool) -> std::io::Result<()> {
    let Response { status, body, .. } = response;
    let mut message = format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\n", body.len());
    for (name, value) in &response.headers {
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    message.push_str("\r\n");
    let mut message = message.into_bytes();
    let sent = if response.breaks_off {
        body.len() / 2
    } else {
        body.len()
    };
    if !without_body {
        message.extend(&body[..sent]);
    }
    stream.write_all(&message)
}

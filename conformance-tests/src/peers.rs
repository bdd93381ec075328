//! Other endpoints, and the network between: a server that answers as a test wants, and a proxy in
//! front of a server that loses, repeats and garbles what passes.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::server::Server;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names as they came.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// As it came over the wire, to be passed on.
    raw: Vec<u8>,
}

impl Seen {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn form(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Everything that came, as text.
    pub fn everything(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

/// What is done with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These bytes, and then the connection ends.
    Bytes(Vec<u8>),
    /// Nothing, and the connection ends.
    Nothing,
    /// Nothing, and the connection stays.
    Silence,
    /// These bytes, and then others without end: each of them after that pause.
    Endless(Vec<u8>, Duration),
}

/// A whole HTTP answer.
pub fn answer(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

/// Answers on a port of its own for as long as the test process lives, and remembers what came.
#[derive(Clone, Debug)]
pub struct Peer {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Peer {
    /// A peer that answers like this.
    pub fn answering(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(reply, true)
    }

    /// The same, for so many requests that it would be too much to remember them.
    pub fn forgetting(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(reply, false)
    }

    fn new(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static, remembers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let peer = Self {
            port: address.port(),
            seen: Arc::clone(&seen),
        };
        let reply = Arc::new(reply);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, seen) = (Arc::clone(&reply), Arc::clone(&seen));
                thread::spawn(move || serve(stream, &*reply, remembers.then_some(&*seen)));
            }
        });
        peer
    }

    /// `http://host:port`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What has come.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// The POSTs that have come.
    pub fn posts(&self) -> Vec<Seen> {
        let seen = self.seen().into_iter();
        seen.filter(|one| one.method == "POST").collect()
    }
}

fn serve(
    stream: TcpStream,
    reply: &dyn Fn(&Seen) -> Reply,
    seen: Option<&Mutex<Vec<Seen>>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(request) = read(&mut reader)? else {
        return Ok(());
    };
    if let Some(seen) = seen {
        lock(seen).push(request.clone());
    }
    match reply(&request) {
        Reply::Bytes(bytes) => (&stream).write_all(&bytes)?,
        Reply::Nothing => {}
        Reply::Silence => thread::sleep(Duration::from_secs(600)),
        Reply::Endless(bytes, pause) => {
            (&stream).write_all(&bytes)?;
            loop {
                // Without a pause the network is as fast as it can be.
                let more: &[u8] = if pause.is_zero() {
                    &[b'x'; 8_192]
                } else {
                    b"x"
                };
                (&stream).write_all(more)?;
                thread::sleep(pause);
            }
        }
    }
    stream.shutdown(Shutdown::Both)
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Seen>> {
    let mut raw = Vec::new();
    if reader.read_until(b'\n', &mut raw)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&raw).into_owned();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let from = raw.len();
        reader.read_until(b'\n', &mut raw)?;
        let line = String::from_utf8_lossy(&raw[from..]).into_owned();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut seen = Seen {
        method,
        target,
        headers,
        body: Vec::new(),
        raw,
    };
    let length = seen
        .header("content-length")
        .and_then(|text| text.parse().ok());
    seen.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut seen.body)?;
    seen.raw.extend_from_slice(&seen.body);
    Ok(Some(seen))
}

/// What befalls one POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It arrives after this long.
    Delay(Duration),
    /// The connection ends before it arrives.
    CutBefore,
    /// It arrives, and the answer is lost.
    CutAfter,
    /// It arrives, and half of the answer comes.
    Half,
    /// It arrives twice, and the second answer comes.
    Twice,
    /// It does not arrive; this status comes from somebody on the way.
    Status(u16),
    /// It arrives, and this status comes from somebody on the way.
    StatusAfter(u16),
}

/// A proxy in front of a server.
#[derive(Clone, Debug)]
pub struct Between {
    peer: Peer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    faults: VecDeque<Fault>,
    is_down: bool,
}

impl Between {
    /// A proxy that passes everything on.
    pub fn in_front_of(server: &Server) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (authority, shared) = (server.authority().to_owned(), Arc::clone(&state));
        let peer = Peer::answering(move |request| {
            let fault = {
                let mut state = lock(&shared);
                if state.is_down {
                    return Reply::Nothing;
                }
                match &request.method[..] {
                    "POST" => state.faults.pop_front(),
                    _ => None,
                }
            };
            befall(&authority, request, fault)
        });
        Self { peer, state }
    }

    /// `http://host:port`
    pub fn url(&self) -> String {
        self.peer.url()
    }

    /// What befalls the next POSTs, one after the other; those after them pass.
    pub fn befall(&self, faults: &[Fault]) {
        lock(&self.state).faults.extend(faults);
    }

    /// Every connection ends without an answer, or none any more.
    pub fn set_down(&self, is_down: bool) {
        lock(&self.state).is_down = is_down;
    }

    /// The faults that have befallen nothing yet.
    pub fn faults_left(&self) -> usize {
        lock(&self.state).faults.len()
    }

    /// The POSTs that have come to the proxy.
    pub fn posts(&self) -> Vec<Seen> {
        self.peer.posts()
    }
}

fn befall(authority: &str, request: &Seen, fault: Option<Fault>) -> Reply {
    let pass = || pass_on(authority, &request.raw).map_or(Reply::Nothing, Reply::Bytes);
    let from_the_way = |status| answer(status, "text/html", "<html>gateway</html>");
    match fault {
        None => pass(),
        Some(Fault::Delay(time)) => {
            thread::sleep(time);
            pass()
        }
        Some(Fault::CutBefore) => Reply::Nothing,
        Some(Fault::CutAfter) => {
            let _lost = pass();
            Reply::Nothing
        }
        Some(Fault::Half) => match pass() {
            Reply::Bytes(bytes) => Reply::Bytes(bytes[..bytes.len() - 10].to_vec()),
            other => other,
        },
        Some(Fault::Twice) => {
            let _first = pass();
            pass()
        }
        Some(Fault::Status(status)) => from_the_way(status),
        Some(Fault::StatusAfter(status)) => {
            let _lost = pass();
            from_the_way(status)
        }
    }
}

/// The whole answer to these bytes.
fn pass_on(authority: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let end_of_line = request.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    stream.write_all(&request[..=end_of_line])?;
    // One request for each connection: the end of the answer is the end of the connection.
    stream.write_all(b"Connection: close\r\n")?;
    stream.write_all(&request[end_of_line + 1..])?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// A test that panicked while it held a lock must not hide its own message.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

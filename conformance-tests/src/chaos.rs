//! A proxy in front of PostgreSQL that fails on demand.
//!
//! It listens on TCP, speaks to the cluster's unix socket, and knows just enough of
//! the wire protocol (type byte, length, payload) to act at one message: the COMMIT
//! of one transaction, recognised by a marker that one of its statements carries.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::database::{Database, kill};

/// A request for encryption, in place of the first message; both are answered "no".
const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
const GSS_REQUEST: [u8; 4] = 80_877_104_u32.to_be_bytes();

/// What happens to connections and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Connections are closed at once.
    Refuse,
    /// Connections are accepted, and nothing is ever answered.
    Swallow,
}

/// When a [`Trap`] springs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The server asked for COMMIT, the database has not heard of it.
    BeforeCommit,
    /// The database has committed, the server has not heard of it.
    AfterCommit,
}

/// Kills a process at the COMMIT of the transaction that mentions `marker`.
#[derive(Clone, Debug)]
pub struct Trap {
    /// Bytes that one statement or parameter of the transaction holds.
    pub marker: String,
    /// The side of the COMMIT.
    pub moment: Moment,
    /// The process that ends.
    pub victim: u32,
}

/// The proxy. It lives as long as the test process.
#[derive(Clone, Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    socket: PathBuf,
    mode: Mutex<Mode>,
    trap: Mutex<Option<Trap>>,
    /// Clones of the clients' ends, to break them.
    clients: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Starts a proxy that forwards to this cluster.
    pub fn in_front_of(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener
            .local_addr()
            .expect("a bound listener has an address")
            .port();
        let state = Arc::new(State {
            socket: database.socket(),
            mode: Mutex::new(Mode::Forward),
            trap: Mutex::new(None),
            clients: Mutex::new(Vec::new()),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.accept(client);
            }
        });
        Self { port, state }
    }

    /// The value of `--database-url`.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/georeport", self.port)
    }

    /// The database is gone: connections end, new ones are closed at once.
    pub fn refuse(&self) {
        self.state.change(Mode::Refuse);
        self.state.close_all();
    }

    /// The network swallows everything: nothing ends, nothing is answered.
    pub fn swallow(&self) {
        self.state.change(Mode::Swallow);
    }

    /// All is well again. Connections that lost messages end.
    pub fn restore(&self) {
        self.state.close_all();
        self.state.change(Mode::Forward);
    }

    /// Sets a trap, which springs once.
    pub fn set(&self, trap: Trap) {
        *lock(&self.state.trap) = Some(trap);
    }

    /// Whether the trap that was set has sprung.
    pub fn has_sprung(&self) -> bool {
        lock(&self.state.trap).is_none()
    }
}

impl State {
    fn change(&self, mode: Mode) {
        *lock(&self.mode) = mode;
    }

    fn mode(&self) -> Mode {
        *lock(&self.mode)
    }

    fn close_all(&self) {
        for client in lock(&self.clients).drain(..) {
            // It may be closed already.
            let _closed_before = client.shutdown(Shutdown::Both);
        }
    }

    fn accept(self: &Arc<Self>, client: TcpStream) {
        if self.mode() == Mode::Refuse {
            return;
        }
        let (Ok(known), Ok(backend)) = (client.try_clone(), UnixStream::connect(&self.socket))
        else {
            return;
        };
        lock(&self.clients).push(known);
        // Small messages in turns: without this, Nagle's algorithm adds 40 ms to each.
        client
            .set_nodelay(true)
            .expect("an open socket takes options");
        let connection = Arc::new(Connection {
            state: Arc::clone(self),
            marked: AtomicBool::new(false),
        });
        let (Ok(client_writer), Ok(backend_writer)) = (client.try_clone(), backend.try_clone())
        else {
            return;
        };
        let asking = Arc::clone(&connection);
        thread::spawn(move || {
            // Either side's end is the end of the connection.
            let _ended = asking.forward_questions(&client, &backend);
            let _closed = backend.shutdown(Shutdown::Both);
        });
        thread::spawn(move || {
            let _ended = connection.forward_answers(&backend_writer, &client_writer);
            let _closed = client_writer.shutdown(Shutdown::Both);
        });
    }

    /// Springs the trap if it waits for this moment; true when the victim is dead.
    fn spring(&self, moment: Moment) -> bool {
        let mut trap = lock(&self.trap);
        let Some(set) = trap.take_if(|trap| trap.moment == moment) else {
            return false;
        };
        kill("KILL", set.victim);
        true
    }

    fn is_marked(&self, message: &[u8]) -> bool {
        lock(&self.trap)
            .as_ref()
            .is_some_and(|trap| holds(message, trap.marker.as_bytes()))
    }
}

struct Connection {
    state: Arc<State>,
    /// Whether the open transaction mentions the trap's marker.
    marked: AtomicBool,
}

impl Connection {
    fn forward_questions(
        &self,
        mut client: &TcpStream,
        mut backend: &UnixStream,
    ) -> io::Result<()> {
        let start = loop {
            let message = read_message(&mut client, 0)?;
            if message[4..] != SSL_REQUEST && message[4..] != GSS_REQUEST {
                break message;
            }
            client.write_all(b"N")?;
        };
        self.pass(&mut backend, &start)?;
        loop {
            let message = read_message(&mut client, 1)?;
            if self.state.is_marked(&message) {
                self.marked.store(true, Ordering::SeqCst);
            }
            let is_statement = matches!(message[0], b'Q' | b'P');
            let commits = is_statement && holds(&message.to_ascii_uppercase(), b"COMMIT");
            if commits && self.springs(Moment::BeforeCommit) {
                return Ok(());
            }
            self.pass(&mut backend, &message)?;
        }
    }

    fn forward_answers(&self, mut backend: &UnixStream, mut client: &TcpStream) -> io::Result<()> {
        loop {
            let message = read_message(&mut backend, 1)?;
            let is_complete = message[0] == b'C';
            if is_complete && holds(&message, b"COMMIT") && self.springs(Moment::AfterCommit) {
                return Ok(());
            }
            if is_complete && (holds(&message, b"COMMIT") || holds(&message, b"ROLLBACK")) {
                self.marked.store(false, Ordering::SeqCst);
            }
            self.pass(&mut client, &message)?;
        }
    }

    fn springs(&self, moment: Moment) -> bool {
        self.marked.load(Ordering::SeqCst) && self.state.spring(moment)
    }

    fn pass(&self, to: &mut impl Write, message: &[u8]) -> io::Result<()> {
        match self.state.mode() {
            Mode::Swallow => Ok(()),
            Mode::Forward | Mode::Refuse => to.write_all(message),
        }
    }
}

/// Reads one message: `type_length` bytes of type, four of length (which count
/// themselves), the payload.
fn read_message(from: &mut impl Read, type_length: usize) -> io::Result<Vec<u8>> {
    let mut message = vec![0; type_length + 4];
    from.read_exact(&mut message)?;
    let mut length = [0; 4];
    length.copy_from_slice(&message[type_length..]);
    let payload = u64::from(u32::from_be_bytes(length)).saturating_sub(4);
    let read = from.take(payload).read_to_end(&mut message)?;
    if read as u64 == payload {
        Ok(message)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// A test that panicked while it held a lock must not hide its own message.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

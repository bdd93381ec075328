//! A client's connection, below HTTP: every wait for a client has an end, and what is refused before
//! there is a request is refused with the standard's errors document.
//!
//! actix waits five seconds for the first head of a connection, but for ever for every later one and
//! for a client that does not read its answer; and what it refuses itself has no body.

mod listen;
mod refusal;

pub use listen::listen;

use bytes::{Buf, Bytes};
use refusal::FirstLine;
use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

/// What a client has for its next head, and for taking the part of an answer that is being written,
/// once nothing is left for us to do.
const PATIENCE: Duration = Duration::from_secs(10);
/// For each of these bytes that it takes a client has a second more: a bad mobile connection.
const MIN_BYTES_PER_SECOND: usize = 8 * 1024;

/// A connection whose client is waited for with patience, but not for ever.
pub struct Connection {
    io: TcpStream,
    answering: Answering,
    /// Since when there is nothing to do but to wait for the client, and what it took since.
    waiting_since: Option<Instant>,
    taken: usize,
    timer: Pin<Box<Sleep>>,
    first_line: FirstLine,
    /// What is left to write of an errors document that stands in for actix' own answer.
    refusal: Option<Bytes>,
}

/// Whether a request of the connection is being answered: then the client waits for us. It goes with
/// each request as connection data; the edge sets it.
#[derive(Clone, Default)]
pub struct Answering(Rc<Cell<bool>>);

/// Ends the answering when it is dropped.
pub struct Answered(Answering);

impl Answering {
    /// A request came.
    pub fn begin(&self) -> Answered {
        self.0.set(true);
        Answered(self.clone())
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.0.set(false);
    }
}

impl Connection {
    fn new(io: TcpStream) -> Self {
        Self {
            io,
            answering: Answering::default(),
            waiting_since: None,
            taken: 0,
            timer: Box::pin(tokio::time::sleep(PATIENCE)),
            first_line: FirstLine::default(),
            refusal: None,
        }
    }

    /// Pending for as long as the client may still be waited for.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.answering.0.get() {
            self.restart();
            return Poll::Pending;
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let earned = Duration::from_secs((self.taken / MIN_BYTES_PER_SECOND) as u64);
        let deadline = since + PATIENCE + earned;
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        ready!(self.timer.as_mut().poll(cx));
        // Unread answers would stay in the kernel for minutes; nobody waits for them.
        let _ = self.io.set_zero_linger();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn restart(&mut self) {
        self.waiting_since = None;
        self.taken = 0;
    }

    fn poll_write_part(&mut self, cx: &mut Context<'_>, part: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_write(cx, part)? {
            Poll::Ready(length) if length == part.len() => {
                self.restart();
                Poll::Ready(Ok(length))
            }
            Poll::Ready(length) => {
                self.taken += length;
                Poll::Ready(Ok(length))
            }
            Poll::Pending => self.poll_patience(cx).map_ok(|()| 0),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buffer)? {
            Poll::Ready(()) => {
                if this.answering.0.get() {
                    this.first_line.forget();
                } else {
                    this.first_line.read(&buffer.filled()[before..]);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Pending => this.poll_patience(cx),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.refusal.is_none() {
            match refusal::find(bytes) {
                None => {
                    this.first_line.forget();
                    return this.poll_write_part(cx, bytes);
                }
                // First what belongs to earlier answers.
                Some(at) if at > 0 => return this.poll_write_part(cx, &bytes[..at]),
                Some(_) => this.refusal = Some(refusal::told(bytes, this.first_line.format())),
            }
        }
        while let Some(mut rest) = this.refusal.take() {
            let written = this.poll_write_part(cx, &rest);
            if let Poll::Ready(Ok(length)) = written {
                rest.advance(length);
            }
            if !rest.is_empty() {
                this.refusal = Some(rest);
            }
            ready!(written)?;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

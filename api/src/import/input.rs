//! The bytes of a file: unpacked, counted and bounded.

use std::{
    io::{self, BufRead, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// No service request is larger than this. A quote that is never closed would otherwise read the
/// rest of the file into memory, and a small gzip file can hold a very large one.
const MAX_RECORD_BYTES: u64 = 16 << 20;

/// What makes a file unreadable from here on.
#[derive(Debug)]
pub(super) struct Fault {
    pub line: Option<u64>,
    pub problem: String,
}

impl Fault {
    pub(super) fn new(line: u64, problem: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            problem: problem.into(),
        }
    }

    pub(super) fn io(error: &io::Error, line: u64) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::new(line, "the file breaks off here (gzip)"),
            _ => Self::new(line, error.to_string()),
        }
    }
}

/// Unpacked bytes that know their line.
pub(super) struct Input {
    reader: BufReader<Box<dyn Read + Send>>,
    line: u64,
    /// Bytes since [`Input::begin_record`].
    record: u64,
}

impl Input {
    /// Unpacks a file if it is gzip; `bytes_read` counts what is read of the file itself.
    pub(super) fn unpack(
        file: impl Read + Send + 'static,
        bytes_read: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let mut packed = BufReader::with_capacity(1 << 16, Counted { file, bytes_read });
        let is_gzip = packed.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(Self::new(if is_gzip {
            Box::new(flate2::bufread::MultiGzDecoder::new(packed))
        } else {
            Box::new(packed)
        }))
    }

    fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            line: 1,
            record: 0,
        }
    }

    /// The same input with every byte that is not UTF-8 turned into [`SUBSTITUTE`].
    pub(super) fn substituting(self) -> Self {
        let line = self.line;
        let reader = Substituting {
            inner: self.reader,
            rest: Vec::new(),
        };
        Self {
            line,
            ..Self::new(Box::new(reader))
        }
    }

    /// The line of the next byte, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next bytes belong to another record, which may be as large as the last.
    pub(super) fn begin_record(&mut self) {
        self.record = 0;
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.record > MAX_RECORD_BYTES {
            return Err(io::Error::other(
                "a record of more than 16 MiB ends here: is a quote or a bracket not closed?",
            ));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let taken = &self.reader.buffer()[..amount];
        self.line += taken.iter().map(|b| u64::from(*b == b'\n')).sum::<u64>();
        self.record += amount as u64;
        self.reader.consume(amount);
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let amount = available.read(out)?;
        self.consume(amount);
        Ok(amount)
    }
}

/// The file, telling how far it has been read.
struct Counted<F> {
    file: F,
    bytes_read: Arc<AtomicU64>,
}

impl<F: Read> Read for Counted<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let amount = self.file.read(out)?;
        self.bytes_read.fetch_add(amount as u64, Ordering::Relaxed);
        Ok(amount)
    }
}

/// Stands where a byte was not UTF-8. ASCII made the character for this, and XML forbids it, so no
/// sound document holds it.
pub(super) const SUBSTITUTE: char = '\u{1a}';

/// The XML reader gives up at the first byte that is not UTF-8; this lets it go on, so that one
/// bad request does not cost the rest.
struct Substituting<R> {
    inner: R,
    /// The beginning of a character whose end has not been read yet.
    rest: Vec<u8>,
}

impl<R: Read> Read for Substituting<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(space) = out.get_mut(self.rest.len()..) else {
            return Err(io::Error::other("the buffer is smaller than a character"));
        };
        let read = self.inner.read(space)?;
        let begun = self.rest.len();
        out[..begun].copy_from_slice(&self.rest);
        self.rest.clear();
        let bytes = &mut out[..begun + read];
        let mut sound = 0;
        while let Err(error) = std::str::from_utf8(&bytes[sound..]) {
            sound += error.valid_up_to();
            match error.error_len() {
                // Cut in two by the buffer; the end of the file does not cut.
                None if read > 0 => {
                    self.rest.extend_from_slice(&bytes[sound..]);
                    return if sound > 0 { Ok(sound) } else { self.read(out) };
                }
                length => {
                    let end = length.map_or(bytes.len(), |length| sound + length);
                    bytes[sound..end].fill(SUBSTITUTE as u8);
                    sound = end;
                }
            }
        }
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_the_buffer_cuts_in_two_is_kept() {
        let text = "aä€🕳".repeat(10);
        for size in 1..9 {
            let input: Box<dyn Read + Send> = Box::new(Slow(text.clone().into_bytes(), size));
            let mut read = String::new();
            Input::new(input)
                .substituting()
                .read_to_string(&mut read)
                .unwrap();
            assert_eq!(read, text, "{size}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_substituted() {
        for (bytes, expected) in [(&b"a\xffb"[..], "a\u{1a}b"), (b"a\xc3", "a\u{1a}")] {
            let input: Box<dyn Read + Send> = Box::new(Slow(bytes.to_vec(), 2));
            let mut read = String::new();
            Input::new(input)
                .substituting()
                .read_to_string(&mut read)
                .unwrap();
            assert_eq!(read, expected);
        }
    }

    /// Gives at most so many bytes at a time.
    struct Slow(Vec<u8>, usize);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let amount = self.1.min(out.len()).min(self.0.len());
            out[..amount].copy_from_slice(&self.0[..amount]);
            self.0.drain(..amount);
            Ok(amount)
        }
    }
}

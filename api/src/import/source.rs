//! A file of service requests, whatever its format.

use super::{
    csv,
    input::{Fault, Input},
    json,
    record::{Record, Value},
    refusal::Refusal,
    xml,
};
use std::{
    fs::File,
    io::{BufRead, Read},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

/// What takes the records one by one, and may stop them.
pub(super) type Each<'a> = &'a mut dyn FnMut(Result<Record, Refusal>) -> ControlFlow<()>;

/// An open file, plain or gzip.
pub struct Source {
    path: PathBuf,
    input: Input,
    format: Format,
    bytes_total: u64,
    bytes_read: Arc<AtomicU64>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values between commas, semicolons or tabs; the first line names them.
    Csv,
    /// An array of objects, bare or inside an object; one object; or one object after the other.
    Json,
    /// Elements called `request` or `service_request`, under any root.
    Xml,
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct SourceError {
    /// Which file.
    pub path: PathBuf,
    /// Where in it, unpacked, from 1.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: String,
}

impl SourceError {
    pub(super) fn new(path: &Path, fault: Fault) -> Self {
        Self {
            path: path.to_owned(),
            line: fault.line,
            problem: fault.problem,
        }
    }
}

impl Source {
    /// Opens a file; its first bytes tell whether it is gzip, and what format it has.
    ///
    /// # Errors
    /// When it cannot be opened or read, is empty or is UTF-16.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (bytes_total, file) = opened.map_err(|error| whole(path, error.to_string()))?;
        Self::new(path, file, bytes_total)
    }

    /// The content of a file of `bytes_total` bytes; faults call it `path`.
    ///
    /// # Errors
    /// When it cannot be read, is empty or is UTF-16.
    pub fn new(
        path: &Path,
        file: impl Read + Send + 'static,
        bytes_total: u64,
    ) -> Result<Self, SourceError> {
        let fail = |problem: String| whole(path, problem);
        let bytes_read = Arc::new(AtomicU64::new(0));
        let mut input =
            Input::unpack(file, bytes_read.clone()).map_err(|error| fail(error.to_string()))?;
        let first = first_byte(&mut input)
            .map_err(|error| SourceError::new(path, Fault::io(&error, input.line())))?;
        let format = match first {
            None => return Err(fail("is empty".into())),
            Some(0xfe | 0xff) => return Err(fail("is UTF-16; save it as UTF-8".into())),
            Some(b'{' | b'[') => Format::Json,
            Some(b'<') => Format::Xml,
            Some(_) => Format::Csv,
        };
        Ok(Self {
            path: path.to_owned(),
            input,
            format,
            bytes_total,
            bytes_read,
        })
    }

    /// How the file is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The size of the file as it lies on disk: what [`Source::bytes_read`] reaches at the end.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    /// How many bytes of the file have been read, kept up to date while records are told.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.bytes_read.clone()
    }

    /// Tells every record, or the refusal of one that is unreadable, until `each` stops it. One
    /// record is in memory at a time.
    ///
    /// # Errors
    /// When the file as a whole is faulty; the records before the fault have been told.
    pub fn for_each(
        self,
        mut each: impl FnMut(Result<Record, Refusal>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let done = match self.format {
            Format::Csv => csv::for_each(self.input, &mut each),
            Format::Json => json::for_each(self.input, &mut each),
            Format::Xml => xml::for_each(self.input, &mut each),
        };
        done.map_err(|fault| SourceError::new(&self.path, fault))
    }

    /// The whole document, for those that are small: an XML root is the one name of an object, as JSON
    /// has it where the root's name is not left out.
    ///
    /// # Errors
    /// When it is no XML or JSON.
    pub fn into_tree(self) -> Result<Value, SourceError> {
        let fail = |fault| SourceError::new(&self.path, fault);
        match self.format {
            Format::Xml => {
                let (root, value) = xml::tree(self.input).map_err(fail)?;
                Ok(Value::Object(vec![(root, value)]))
            }
            Format::Json => serde_json::from_reader(self.input).map_err(|error| {
                let line = u64::try_from(error.line()).unwrap_or_default();
                fail(Fault::new(line, format!("is not JSON: {error}")))
            }),
            Format::Csv => Err(whole(&self.path, "is neither XML nor JSON".into())),
        }
    }

    /// What faults call the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A fault of the file, not of one of its lines.
fn whole(path: &Path, problem: String) -> SourceError {
    let line = None;
    SourceError::new(path, Fault { line, problem })
}

/// The first byte that is neither part of a byte order mark nor blank; it remains to be read.
fn first_byte(input: &mut Input) -> std::io::Result<Option<u8>> {
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    loop {
        let bytes = input.fill_buf()?;
        let blanks = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let first = bytes.get(blanks).copied();
        if first.is_some() || bytes.is_empty() {
            input.consume(blanks);
            return Ok(first);
        }
        input.consume(blanks);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::import::{Cause, record::Value};
    use std::io::Write;

    /// What a file with these bytes tells: texts by name per record, or `line: cause`.
    pub(in crate::import) fn read(
        bytes: &[u8],
    ) -> Result<Vec<Result<String, String>>, SourceError> {
        let mut told = Vec::new();
        each_record(bytes, |record| {
            told.push(match record {
                Ok(record) => Ok(format!("{}: {}", record.line, outline(&record))),
                Err(refusal) => Err(format!("{}: {}", refusal.line, refusal.cause)),
            });
        })?;
        Ok(told)
    }

    pub(in crate::import) fn each_record(
        bytes: &[u8],
        mut each: impl FnMut(Result<Record, Refusal>),
    ) -> Result<(), SourceError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Source::open(file.path())?.for_each(|record| {
            each(record);
            ControlFlow::Continue(())
        })
    }

    fn outline(record: &Record) -> String {
        let names = ["a", "b", "c"].map(|name| match record.get(name) {
            None => "-".to_owned(),
            Some(Value::Null) => "null".to_owned(),
            Some(Value::Text(text)) => text.clone(),
            Some(nested) => format!("{nested:?}"),
        });
        names.join("|")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn three_formats_plain_or_packed_tell_the_same() {
        for bytes in [
            &b"\xef\xbb\xbfa,b,c\n1,x,\n"[..],
            br#" [{"a":1,"b":"x","c":""}]"#,
            b"\n<r><request><a>1</a><b>x</b><c><![CDATA[]]></c></request></r>",
        ] {
            for bytes in [bytes.to_vec(), gzip(bytes)] {
                let told = read(&bytes).unwrap();
                let first = told[0].as_ref().unwrap();
                let (_, values) = first.split_once(": ").unwrap();
                assert_eq!(values.trim_end_matches("null"), "1|x|");
            }
        }
    }

    #[test]
    fn a_gzip_file_that_breaks_off_tells_what_it_has_and_then_where() {
        let rows: String = (0..20_000).map(|n| format!("{n},{}\n", n * 7919)).collect();
        let mut packed = gzip(format!("a,b\n{rows}").as_bytes());
        packed.truncate(packed.len() / 2);
        let mut told = 0;
        let error = each_record(&packed, |_| told += 1).unwrap_err();
        assert!(told > 1_000);
        assert!(error.line.unwrap() > 1_000);
        assert!(error.problem.contains("breaks off"), "{error}");
    }

    #[test]
    fn what_is_no_such_file_is_said_of_the_whole() {
        for (bytes, said) in [
            (&b""[..], "is empty"),
            (b" \n ", "is empty"),
            (b"\xff\xfea\0,\0", "UTF-16"),
            (b"PK\x03\x04\xc3\x28,b", "is not text in UTF-8"),
            (b"just one column\n1\n", "one column only"),
            (b"[1] x", "line 1"),
            (b"<!DOCTYPE html><html></html>", "DOCTYPE"),
        ] {
            let error = read(bytes).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(Source::open(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn a_record_that_never_ends_is_not_read_into_memory() {
        let mut bytes = b"a,b\n1,\"".to_vec();
        bytes.resize(40 << 20, b'x');
        let error = read(&gzip(&bytes)).unwrap_err().to_string();
        assert!(error.contains("16 MiB"), "{error}");
    }

    #[test]
    fn the_caller_may_stop_and_sees_how_far_the_file_was_read() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"a,b\n1,2\n3,4\n").unwrap();
        let source = Source::open(file.path()).unwrap();
        let (total, bytes_read) = (source.bytes_total(), source.bytes_read());
        let mut told = 0;
        source
            .for_each(|_| {
                told += 1;
                ControlFlow::Break(())
            })
            .unwrap();
        assert_eq!((told, total), (1, 12));
        assert_eq!(bytes_read.load(std::sync::atomic::Ordering::Relaxed), 12);
    }

    #[test]
    fn a_bad_record_does_not_stop_the_rest() {
        for bytes in [
            &b"a,b\n1,2\n1,2,3\n\xff,2\n5,6\n"[..],
            b"[{\"a\":1},\n\n{\"a\":1,,},{\"a\":\"\xff\"},7,{\"a\":5}]",
            b"<r><request><a>1</a></request><request><a>&nbsp;</a></request>\
              <request><a>\xff</a></request><request><a>5</a></request></r>",
        ] {
            let told = read(bytes).unwrap();
            assert!(told.first().unwrap().is_ok() && told.last().unwrap().is_ok());
            assert!(
                told[1..told.len() - 1].iter().all(Result::is_err),
                "{told:?}"
            );
            assert!(told.len() >= 4);
        }
    }

    #[test]
    fn refusals_of_unreadable_records_are_of_one_kind() {
        each_record(b"a,b\n1\n", |told| {
            assert!(matches!(told.unwrap_err().cause, Cause::Unreadable(_)));
        })
        .unwrap();
    }
}

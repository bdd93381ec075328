//! CSV as a stream of records: RFC 4180, and the semicolons and tabs of spreadsheets.

use super::{
    input::{Fault, Input},
    record::{Record, Value},
    refusal::Refusal,
    source::Each,
};
use csv::{ByteRecord, ErrorKind, ReaderBuilder, StringRecord};
use std::{io::BufRead, sync::Arc};

/// Tells every row under the headings of the first line.
pub(super) fn for_each(mut input: Input, each: Each<'_>) -> Result<(), Fault> {
    let mut lines_before = input.line() - 1;
    let first_line = first_line(&mut input).map_err(|error| Fault::io(&error, 1))?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&first_line))
        .has_headers(false)
        .from_reader(input);
    let mut row = ByteRecord::new();
    let mut names: Option<Arc<[String]>> = None;
    loop {
        reader.get_mut().begin_record();
        let line = reader.position().line();
        let read = reader.read_byte_record(&mut row);
        let line = lines_before + row.position().map_or(line, csv::Position::line);
        let told = match (read, &names) {
            (Ok(false), _) => return Ok(()),
            (Ok(true), None) => {
                names = Some(headings(&row, line)?);
                // Of CR LF the reader leaves the LF, which ends the line, to the next row.
                lines_before += u64::from(first_line.ends_with(b"\r"));
                continue;
            }
            (Ok(true), Some(names)) => record(std::mem::take(&mut row), line, names.clone()),
            (Err(error), _) => Err(refusal(error, line)?),
        };
        if each(told).is_break() {
            return Ok(());
        }
    }
}

/// The first line, without its line feed, or as much as is at hand; it remains to be read.
fn first_line(input: &mut Input) -> std::io::Result<Vec<u8>> {
    let line = input.fill_buf()?.split(|b| *b == b'\n').next();
    Ok(line.unwrap_or_default().to_vec())
}

/// The delimiter that the line has most of.
fn delimiter(line: &[u8]) -> u8 {
    let count = |wanted: u8| line.iter().filter(|b| **b == wanted).count();
    // Of equals the last is taken: the comma, if there is none at all.
    let known = [b'\t', b';', b','].into_iter();
    known.max_by_key(|known| count(*known)).unwrap_or(b',')
}

fn headings(row: &ByteRecord, line: u64) -> Result<Arc<[String]>, Fault> {
    let names = row
        .iter()
        .map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned()))
        .collect::<Result<Vec<String>, _>>();
    match names {
        Err(error) => Err(Fault::new(line, format!("is not text in UTF-8: {error}"))),
        Ok(names) if names.iter().any(|name| name.contains('\0')) => {
            Err(Fault::new(line, "is not text: it holds a NUL character"))
        }
        Ok(names) if names.len() < 2 => Err(Fault::new(
            line,
            "is neither JSON nor XML, and as CSV its first line names one column only",
        )),
        Ok(names) => Ok(names.into()),
    }
}

fn record(row: ByteRecord, line: u64, names: Arc<[String]>) -> Result<Record, Refusal> {
    let row = StringRecord::from_byte_record(row).map_err(|error| {
        let column = names.get(error.utf8_error().field());
        let column = column.map(String::as_str).unwrap_or_default();
        Refusal::unreadable(line, format!("{column} is not UTF-8"))
    })?;
    let values = row
        .iter()
        .map(|value| Value::Text(value.to_owned()))
        .collect();
    Ok(Record::row(line, names, values))
}

/// A fault of one row is its refusal; any other is the file's.
fn refusal(error: csv::Error, line: u64) -> Result<Refusal, Fault> {
    match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            let problem = format!("it has {len} values instead of {expected_len}");
            Ok(Refusal::unreadable(line, problem))
        }
        ErrorKind::Io(error) => Err(Fault::io(error, line)),
        _ => Err(Fault::new(line, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::read;

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let told = read(b"\n\na,b,c\r\n1,\"two\r\nlines\",3\r\n4,5\r\n7,8,9\r\n").unwrap();
        assert_eq!(told[0].as_deref(), Ok("4: 1|two\r\nlines|3"));
        assert_eq!(
            told[1].as_deref(),
            Err(&"6: it cannot be read: it has 2 values instead of 3".to_owned())
        );
        assert_eq!(told[2].as_deref(), Ok("7: 7|8|9"));
    }

    #[test]
    fn semicolons_and_tabs_separate_too() {
        for bytes in [&b"a;b;c\n1,5;2;3\n"[..], b"a\tb\tc\n1,5\t2\t3\n"] {
            assert_eq!(read(bytes).unwrap()[0].as_deref(), Ok("2: 1,5|2|3"));
        }
    }

    #[test]
    fn a_value_that_is_not_utf8_is_named_by_its_column() {
        let told = read(b"a,b\n1,\xe4\n").unwrap();
        assert!(told[0].as_ref().unwrap_err().contains("b is not UTF-8"));
    }
}

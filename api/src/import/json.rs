//! JSON as a stream of records.
//!
//! A scanner finds where each object begins and ends, and serde reads it: so one object is in memory
//! at a time, its line is known, and a fault inside of it costs that one only.

use super::{
    input::{Fault, Input},
    record::{Record, Value},
    refusal::Refusal,
    source::Each,
};
use std::{
    io::BufRead,
    ops::ControlFlow::{self, Break, Continue},
};

/// What the list is called where an object holds it; any other array of objects will do.
const LISTS: [&str; 3] = ["service_requests", "requests", "services"];

/// Arrays that belong to one service request and are not the list of them.
const NESTED: [&str; 4] = ["attributes", "extended_attributes", "notes", "media_url"];

/// Tells every object of the array, of the array that an object holds, or of the sequence.
pub(super) fn for_each(input: Input, each: Each<'_>) -> Result<(), Fault> {
    let mut scanner = Scanner { input };
    while let Some(first) = scanner.peek()? {
        let flow = match first {
            b'[' => {
                scanner.take(b'[')?;
                scanner.elements(each)?
            }
            b'{' => scanner.document(each)?,
            _ => return Err(scanner.fault("is not JSON: an object or an array is expected")),
        };
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// Bytes of which it is known where lines and values end.
trait Bytes: BufRead {
    fn line(&self) -> u64;
    fn begin_record(&mut self) {}
}

impl Bytes for Input {
    fn line(&self) -> u64 {
        Input::line(self)
    }

    fn begin_record(&mut self) {
        Input::begin_record(self);
    }
}

/// One object: its lines are those of its beginning.
impl Bytes for &[u8] {
    fn line(&self) -> u64 {
        1
    }
}

struct Scanner<B> {
    input: B,
}

impl<B: Bytes> Scanner<B> {
    /// An object outside of any array: the one that holds the array, or a record itself.
    fn document(&mut self, each: Each<'_>) -> Result<ControlFlow<()>, Fault> {
        let line = self.input.line();
        let mut fields = Vec::new();
        let mut is_list = false;
        let flow = self.object(|scanner, name| {
            let name_is = |names: &[&str]| names.contains(&name.as_str());
            if scanner.peek()? == Some(b'[') && !name_is(&NESTED) {
                scanner.take(b'[')?;
                let of_objects = scanner.peek()? == Some(b'{');
                if name_is(&LISTS) || (of_objects && !is_list) {
                    is_list = true;
                    return scanner.elements(each);
                }
                return scanner.elements(&mut |_| Continue(()));
            }
            let value = scanner.value()?;
            fields.push((name, value));
            Ok(Continue(()))
        })?;
        if flow.is_break() || is_list {
            return Ok(flow);
        }
        Ok(each(read_fields(fields).map_or_else(
            |problem| Err(Refusal::unreadable(line, problem)),
            |fields| Ok(Record::entry(line, fields)),
        )))
    }

    /// The records of an array whose bracket has been taken.
    fn elements(&mut self, each: Each<'_>) -> Result<ControlFlow<()>, Fault> {
        if self.peek()? == Some(b']') {
            self.take(b']')?;
            return Ok(Continue(()));
        }
        loop {
            self.peek()?;
            let line = self.input.line();
            self.input.begin_record();
            let bytes = self.value()?;
            let record = read_object(&bytes)
                .map(|fields| Record::entry(line, fields))
                .map_err(|problem| Refusal::unreadable(line, problem));
            if each(record).is_break() {
                return Ok(Break(()));
            }
            if self.peek()? != Some(b',') {
                self.take(b']')?;
                return Ok(Continue(()));
            }
            self.take(b',')?;
        }
    }

    /// Calls `member` with every name of an object; it reads the value.
    fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, String) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<ControlFlow<()>, Fault> {
        self.take(b'{')?;
        if self.peek()? == Some(b'}') {
            self.take(b'}')?;
            return Ok(Continue(()));
        }
        loop {
            self.peek()?;
            let name = self.value()?;
            let name = serde_json::from_slice(&name)
                .map_err(|error| self.fault(format!("is not JSON: {error} in a name")))?;
            self.take(b':')?;
            self.peek()?;
            if member(self, name)?.is_break() {
                return Ok(Break(()));
            }
            if self.peek()? != Some(b',') {
                self.take(b'}')?;
                return Ok(Continue(()));
            }
            self.take(b',')?;
        }
    }

    /// The bytes of the value that begins here, up to where its brackets and quotes close.
    fn value(&mut self) -> Result<Vec<u8>, Fault> {
        let mut value = Vec::new();
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        loop {
            let line = self.input.line();
            let bytes = self.input.fill_buf().map_err(|e| Fault::io(&e, line))?;
            if bytes.is_empty() {
                return Err(self.fault("the JSON breaks off here"));
            }
            let mut end = None;
            for (at, byte) in bytes.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    _ if quoted => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth > 0 => depth -= 1,
                    b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                        end = Some(at);
                        break;
                    }
                    _ => continue,
                }
                if depth == 0 && !quoted {
                    end = Some(at + 1);
                    break;
                }
            }
            let taken = end.unwrap_or(bytes.len());
            value.extend_from_slice(&bytes[..taken]);
            self.input.consume(taken);
            match end {
                Some(_) if value.is_empty() => return Err(self.fault("is not JSON: no value here")),
                Some(_) => return Ok(value),
                None => {}
            }
        }
    }

    /// The next byte that is not blank; it remains to be read.
    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let line = self.input.line();
            let bytes = self.input.fill_buf().map_err(|e| Fault::io(&e, line))?;
            let blanks = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let next = bytes.get(blanks).copied();
            let at_end = bytes.is_empty();
            self.input.consume(blanks);
            if next.is_some() || at_end {
                return Ok(next);
            }
        }
    }

    fn take(&mut self, expected: u8) -> Result<(), Fault> {
        match self.peek()? {
            Some(found) if found == expected => {
                self.input.consume(1);
                Ok(())
            }
            Some(_) => Err(self.fault(format!(
                "is not JSON: '{}' is expected here",
                char::from(expected)
            ))),
            None => Err(self.fault("the JSON breaks off here")),
        }
    }

    fn fault(&self, problem: impl Into<String>) -> Fault {
        Fault::new(self.input.line(), problem)
    }
}

/// The fields of one object.
fn read_object(bytes: &[u8]) -> Result<Vec<(String, Value)>, String> {
    if bytes.first() != Some(&b'{') {
        return Err("it is no JSON object".into());
    }
    let mut fields = Vec::new();
    let mut scanner = Scanner { input: bytes };
    let read = scanner.object(|scanner, name| {
        let value = scanner.value()?;
        fields.push((name, value));
        Ok(Continue(()))
    });
    match read {
        Ok(_) => read_fields(fields),
        Err(fault) => Err(fault.problem),
    }
}

fn read_fields(fields: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, Value)>, String> {
    fields
        .into_iter()
        .map(|(name, bytes)| Ok((name, read_value(bytes)?)))
        .collect()
}

/// A value; a number keeps its digits, because ids are sent as numbers.
fn read_value(bytes: Vec<u8>) -> Result<Value, String> {
    let value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    match bytes.first() {
        Some(b'-' | b'0'..=b'9') => String::from_utf8(bytes)
            .map(Value::Text)
            .map_err(|error| error.to_string()),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::read;

    fn told(text: &str) -> Vec<String> {
        read(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|told| told.unwrap_or_else(|cause| cause))
            .collect()
    }

    #[test]
    fn the_list_is_found_bare_or_wrapped_or_as_lines() {
        for text in [
            r#"[{"a":1},{"a":2}]"#,
            r#"{"count":2,"service_requests":[{"a":1},{"a":2}],"next":null}"#,
            r#"{"results":[{"a":1},{"a":2}]}"#,
            r#"{"tags":["x"],"links":[],"requests":[{"a":1},{"a":2}],"more":[{}]}"#,
            r#"{"a":1} {"a":2}"#,
        ] {
            assert_eq!(told(text), ["1: 1|-|-", "1: 2|-|-"], "{text}");
        }
        assert!(told("[]").is_empty());
        assert!(told(r#"{"service_requests":[]}"#).is_empty());
    }

    #[test]
    fn a_single_object_is_a_record_even_with_arrays_of_its_own() {
        assert_eq!(told(r#"{"a":1,"notes":[{"a":2}],"b":"x"}"#), ["1: 1|x|-"]);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"[{"a":101005555801,"b":1.50,"c":123456789012345678901234567890}]"#;
        assert_eq!(
            told(text),
            ["1: 101005555801|1.50|123456789012345678901234567890"]
        );
    }

    #[test]
    fn each_record_knows_its_line() {
        assert_eq!(
            told("[\n{\"a\":\n1},\n\n {\"a\":\"]}\\\"\"}\n]"),
            ["2: 1|-|-", "5: ]}\"|-|-"]
        );
    }

    #[test]
    fn a_file_that_is_cut_off_is_a_fault_with_a_line() {
        for text in [
            "[{\"a\":1}",
            "[{\"a\":1},\n{\"a\"",
            "[",
            "{\"a\"",
            "{\"x\":[{}",
            "[{\"a\":1} {\"a\":2}]",
            "{\"a\" 1}",
            "[,]",
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.line.is_some(), "{text} {error}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_a_stack_overflow() {
        let deep = format!(
            "[{{\"a\":{}{}}},{{\"a\":1}}]",
            "[".repeat(9_999),
            "]".repeat(9_999)
        );
        let told = told(&deep);
        assert!(told[0].contains("recursion"), "{}", told[0]);
        assert_eq!(told[1], "1: 1|-|-");
    }
}

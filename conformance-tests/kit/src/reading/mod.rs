//! From the bytes of an answer to what it says, with a complaint for each way in which the bytes
//! are not to the letter. Reading goes on inside what is wrapped, misnamed or half broken, so that
//! one defect does not hide the others.

mod json;
mod xml;

use crate::{
    client::Answer,
    document::{Document, Field},
    format::Format,
    record::Record,
    time,
};

/// Something that is not to the letter.
#[derive(Debug, PartialEq)]
pub struct Complaint {
    /// The rule that is broken.
    pub rule: &'static str,
    /// What it is broken in, where one rule can be broken for several reasons; else empty.
    pub subject: String,
    /// What is wrong, as a sentence.
    pub problem: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The entries of a list, or the one object of another document. Nothing when the document
    /// could not be made out.
    pub records: Option<Vec<Record>>,
    /// What is wrong.
    pub complaints: Vec<Complaint>,
    /// The rules that were looked at.
    pub rules: Vec<&'static str>,
}

impl Reading {
    fn complain(&mut self, rule: &'static str, subject: &str, problem: impl Into<String>) {
        self.complaints.push(Complaint {
            rule,
            subject: subject.to_owned(),
            problem: problem.into(),
        });
    }

    /// Complains of names that the standard does not know.
    fn tell_foreign(&mut self, document: Document, mut names: Vec<String>) {
        names.sort();
        names.dedup();
        if !names.is_empty() {
            let problem = format!("the {} also has {}", document.name(), names.join(", "));
            self.complain("foreign-names", document.root(), problem);
        }
    }

    /// Complains of a text that is no W3C date-time with its zone.
    fn check_time(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() && time::instant(text.trim()).is_none() {
            let problem = format!(
                "{name} is \"{}\", no W3C date-time with a time zone",
                text.trim()
            );
            self.complain("datetime", "", problem);
        }
    }
}

const BOTH: [&str; 4] = ["utf-8", "charset", "one-value", "foreign-names"];
const XML: [&str; 5] = [
    "xml-well-formed",
    "xml-declaration",
    "xml-namespace",
    "xml-names",
    "xml-content-type",
];
const JSON: [&str; 5] = [
    "json-well-formed",
    "json-no-wrapper",
    "json-lists",
    "json-scalars",
    "json-content-type",
];

/// Reads an answer that should hold this document in this format.
pub fn read(document: Document, format: Format, answer: &Answer) -> Reading {
    let mut reading = Reading::default();
    let text = decode(answer, &mut reading);
    check_content_type(format, answer, &mut reading);
    reading.rules.extend(BOTH);
    reading.rules.extend(match format {
        Format::Xml => XML,
        Format::Json => JSON,
    });
    if document.fields().iter().any(Field::is_time) {
        reading.rules.push("datetime");
    }
    reading.records = parse(document, format, &text, &mut reading);
    reading
}

/// Reads the answer to something that failed: an errors document, best in the format asked for.
pub fn read_errors(format: Format, answer: &Answer) -> Reading {
    let mut reading = Reading::default();
    let text = decode(answer, &mut reading);
    let came = match text.trim_start().chars().next() {
        Some('<') => Format::Xml,
        Some('[' | '{') => Format::Json,
        _ => format,
    };
    let records = parse(Document::Errors, came, &text, &mut reading).unwrap_or_default();
    // Whatever else is wrong with names and structure, it is no errors document.
    let structural = |complaint: &Complaint| {
        ["xml-well-formed", "xml-names", "one-value"].contains(&complaint.rule)
    };
    let told = records
        .iter()
        .all(|error| error.has("code") && error.has("description"));
    reading.rules = vec!["errors-document"];
    if records.is_empty() || !told || reading.complaints.iter().any(structural) {
        reading.complaints.clear();
        let problem = format!(
            "the answer with status {} is no errors document with code and description",
            answer.status
        );
        reading.complain("errors-document", "", problem);
        return reading;
    }
    reading
        .complaints
        .retain(|complaint| complaint.rule != "foreign-names");
    check_content_type(came, answer, &mut reading);
    reading.rules.push("errors-in-format");
    if came != format {
        let problem = format!("{format} was asked for, the errors document is {came}");
        reading.complain("errors-in-format", "", problem);
    }
    reading.records = Some(records);
    reading
}

fn parse(
    document: Document,
    format: Format,
    text: &str,
    reading: &mut Reading,
) -> Option<Vec<Record>> {
    match format {
        Format::Xml => xml::parse(document, text, reading),
        Format::Json => json::parse(document, text, reading),
    }
}

fn decode<'a>(answer: &'a Answer, reading: &mut Reading) -> std::borrow::Cow<'a, str> {
    let text = String::from_utf8_lossy(&answer.body);
    if std::str::from_utf8(&answer.body).is_err() {
        reading.complain("utf-8", "", "the answer holds bytes that are not UTF-8");
    }
    text
}

fn check_content_type(format: Format, answer: &Answer, reading: &mut Reading) {
    let mut parts = answer.content_type.split(';').map(str::trim);
    let came = parts.next().unwrap_or_default().to_ascii_lowercase();
    if came != format.media_type() {
        let rule = match format {
            Format::Xml => "xml-content-type",
            Format::Json => "json-content-type",
        };
        let problem = match came.as_str() {
            "" => format!("{format} comes without a Content-Type"),
            came => format!("{format} comes as {came}, not as {}", format.media_type()),
        };
        reading.complain(rule, "", problem);
    }
    let names_utf_8 = parts.any(|part| {
        let part = part.to_ascii_lowercase().replace(['"', ' '], "");
        part == "charset=utf-8"
    });
    if !names_utf_8 {
        let problem = format!(
            "Content-Type is \"{}\", without charset=utf-8",
            answer.content_type
        );
        reading.complain("charset", "", problem);
    }
}

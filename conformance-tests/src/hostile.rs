//! What strangers send, and what must hold for every answer to it: a 2xx with a readable document, or
//! a clear 4xx in the format asked for; the same in both formats.

use crate::answer::Answer;
use crate::endpoint::Format;
use crate::http::{Call, percent};

/// Values that belong into no parameter, or into few, percent-encoded; some are no UTF-8, some no
/// percent-encoding.
pub fn values() -> Vec<String> {
    let encoded = TEXTS
        .iter()
        .chain(NUMBERS)
        .chain(DATES)
        .map(|text| percent(text));
    let oversized = [
        "x".repeat(5_000),
        percent(&"ü".repeat(3_000)),
        "1".repeat(400),
        ",".repeat(3_000),
        "a,".repeat(1_500),
        percent(&"(\"".repeat(1_000)),
    ];
    encoded
        .chain(RAW.map(str::to_owned))
        .chain(oversized)
        .collect()
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "true",
    "null",
    "[]",
    "{}",
    "abc",
    ",",
    "a,b,,c",
    "a\0b",
    "\0",
    "\\ud800",
    "\"\\uDC00\\u0000\"",
    "\u{202E}\u{5D0}\u{5D1}",
    "\u{200F}1",
    "🕳",
    "\u{7}\u{1B}[31m",
    "' or 1=1; --",
    "\"><script>alert(1)</script>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;",
    "../../etc/passwd",
    "%",
    "&a=b",
    "\r\nX-Injected: 1",
    "\u{FEFF}",
    "\u{FFFF}",
    "${jndi:ldap://a}",
    "e\u{301}\u{301}\u{301}",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "+1",
    "1.5",
    "1,5",
    "1e400",
    "1e-400",
    "1e2",
    "NaN",
    "Infinity",
    "-inf",
    "0x10",
    "１２",
    "٤٢",
    "1_000",
    ".",
    "99999999999999999999",
    "4294967296",
    "9223372036854775807",
    "-91",
    "181",
    "-71.0589",
    "42.3601;SRID=0",
    "1,2,3,4",
    "-71.2,42.2,-71.0,NaN",
    "42.2,-71.2,42.4,-71.0",
];

const DATES: &[&str] = &[
    "2024-02-30",
    "2023-02-29T00:00:00Z",
    "2024-02-30T25:61:61Z",
    "2024-01-01T24:60:00Z",
    "2016-12-31T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "10000-01-01T00:00:00Z",
    "-001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-23:59",
    "2024-01-01T00:00:00+99:99",
    "2024-01-01T00:00:00Europe/Zurich",
    "２０２４-01-01",
    "1700000000",
    "now()",
];

const RAW: [&str; 12] = [
    "%FF",
    "%FC",
    "%C3%28",
    "%C0%80",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%",
    "%ZZ",
    "%00",
    "%u0041",
    "a=b",
    "+",
];

/// Sends the same in both formats; returns the JSON answer. Both have one status and the same faults.
#[track_caller]
pub fn ask(call: impl Fn(Format) -> Call) -> Answer {
    let [xml, json] = Format::BOTH.map(|format| call(format).send());
    if clear_faults(&xml, Format::Xml) != clear_faults(&json, Format::Json)
        || xml.status != json.status
    {
        panic!(
            "{}: two answers: {} {}",
            xml.asked,
            xml.shown(),
            json.shown()
        );
    }
    json
}

/// The descriptions of the faults of a 4xx, none of a 2xx; anything else is a failed test.
#[track_caller]
pub fn clear_faults(answer: &Answer, format: Format) -> Vec<String> {
    assert_eq!(answer.header("x-injected"), None, "{}", answer.asked);
    if (200..300).contains(&answer.status) {
        let media_type = answer.header("content-type");
        assert_eq!(media_type, Some(format.media_type()), "{}", answer.asked);
        match format {
            Format::Xml => drop(answer.xml()),
            Format::Json => drop(answer.json()),
        }
        return Vec::new();
    }
    assert!(
        (400..500).contains(&answer.status),
        "{} {}: {}",
        answer.status,
        answer.asked,
        answer.shown()
    );
    let faults = answer.faults(format, answer.status);
    faults.into_iter().map(|fault| fault.description).collect()
}

/// Demands that a refusal names the argument as the standard spells it, `long` also behind `lat`,
/// because a place takes both.
#[track_caller]
pub fn names(answer: &Answer, argument: &str) {
    if answer.status < 400 {
        return;
    }
    let faults = answer.faults(Format::Json, answer.status);
    let descriptions = faults.iter().map(|fault| {
        let description = fault.description.as_str();
        description
            .strip_prefix("lat and ")
            .filter(|_| argument == "long")
            .unwrap_or(description)
    });
    assert!(
        descriptions
            .into_iter()
            .any(|description| description.starts_with(argument)),
        "{}: no description begins with {argument}: {faults:?}",
        answer.asked
    );
}

//! Answers that real cities gave, served again. What the kit must say of them was worked out by
//! reading them beside the letter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use georeport_conformance::client::Answer;
use georeport_conformance::document::Document;
use georeport_conformance::reading::{self, Reading};
use georeport_conformance::requirements::rule;
use georeport_conformance::{Format, Options};

use crate::endpoint::describe;
use crate::endpoint::document;
use crate::endpoint::http::{Listener, Message, Response};
use crate::endpoint::request::BASE;
use crate::runs;

/// What a city answered under some of its paths.
struct Recording {
    /// Path and file; the file is one of the shared folder's, or text that begins with `<` or `[`.
    files: &'static [(&'static str, &'static str)],
    /// The base of the methods as it was then; here it is the replay's.
    url: &'static str,
    /// The checks whose rules are looked at: the others ask for what was not recorded.
    checks: &'static [&'static str],
    /// Rules of these checks that time or a missing recording breaks, not the city.
    not_its_fault: &'static [&'static str],
    /// The rules that the city broke.
    broken: &'static [&'static str],
}

/// Recordings are old, and do not change with the arguments.
const OLD: &[&str] = &["default-90-days"];

#[track_caller]
fn assert_broken(recording: &Recording) {
    let listener = Listener::start(|port| {
        let url = format!("http://127.0.0.1:{port}{BASE}");
        let files = recording.files.iter().map(|(path, file)| {
            let text = String::from_utf8(bytes(file)).unwrap();
            let text = if recording.url.is_empty() {
                text
            } else {
                text.replace(recording.url, &url)
            };
            (format!("{BASE}/{path}"), text.into_bytes())
        });
        let files: BTreeMap<_, _> = files.collect();
        move |message: &Message| replay(&files, message)
    });
    let report = runs::check(&Options {
        api_key: None,
        ..runs::options(&format!("http://127.0.0.1:{}{BASE}", listener.port))
    });
    let judged = |name: &&str| {
        recording.checks.contains(&rule(name).unwrap().check)
            && !recording.not_its_fault.contains(name)
    };
    let named: Vec<&str> = runs::named(&report).into_iter().filter(judged).collect();
    assert_eq!(named, recording.broken, "{}", runs::told(&report));
}

/// What was recorded, with the headers of the letter; what was not is 404.
fn replay(files: &BTreeMap<String, Vec<u8>>, message: &Message) -> Response {
    let path = message.target.split('?').next().unwrap_or_default();
    let format = match path.ends_with(".json") {
        true => document::Format::Json,
        false => document::Format::Xml,
    };
    let (status, body) = match files.get(path) {
        Some(body) => (200, body.clone()),
        None => (
            404,
            describe::errors(404, "not recorded")
                .write(format)
                .into_bytes(),
        ),
    };
    let media_type = match format {
        document::Format::Xml => "text/xml; charset=utf-8",
        document::Format::Json => "application/json; charset=utf-8",
    };
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), media_type.to_owned())],
        body,
        breaks_off: false,
    }
}

#[track_caller]
fn bytes(file: &str) -> Vec<u8> {
    if file.starts_with(['<', '[']) {
        return file.as_bytes().to_vec();
    }
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("GEOREPORT_SHARED").map_or_else(beside, Into::into);
    let path = folder.join("data").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Both service requests lack updated_datetime; all else is to the letter.
#[test]
fn toronto_in_xml_tells_no_updates() {
    assert_broken(&Recording {
        files: &[
            ("requests.xml", "georeport/toronto_requests_many.xml"),
            (
                "requests/101005420892.xml",
                "georeport/toronto_requests_single.xml",
            ),
        ],
        url: "",
        checks: &["reading", "requests", "single-request"],
        not_its_fault: OLD,
        broken: &["request-usual-fields"],
    });
}

/// 756 service requests within `{"service_requests": …}`, 6 without updated_datetime, 4 without a
/// place. Ids and a service_code are numbers, which the letter leaves open.
#[test]
fn toronto_in_json_keeps_the_root_element() {
    assert_broken(&Recording {
        files: &[
            (
                "requests.json",
                "georeport/toronto_requests_201809_201810.json",
            ),
            ("services.json", "services/toronto_services_2018.json"),
        ],
        url: "",
        checks: &["reading", "requests", "services", "tokens"],
        not_its_fault: OLD,
        broken: &["json-no-wrapper", "request-usual-fields"],
    });
}

/// Times have neither T nor zone, statuses are Open and Closed, most have no updated_datetime. The
/// namespaces are declared and not used, and xsi:nil is an attribute: neither concerns elements.
#[test]
fn san_francisco_writes_times_and_statuses_of_its_own() {
    assert_broken(&Recording {
        files: &[
            ("requests.xml", "georeport/sf_requests_20120522.xml"),
            ("services.xml", "services/sf_services_2012.xml"),
        ],
        url: "",
        checks: &["reading", "requests", "services"],
        not_its_fault: OLD,
        broken: &["datetime", "request-status", "request-usual-fields"],
    });
}

/// Two of 21 service requests have no place.
#[test]
fn bloomington_tells_no_place_of_some() {
    assert_broken(&Recording {
        files: &[
            (
                "requests.json",
                "georeport/bloomington_requests_201205.json",
            ),
            ("services.json", "services/bloomington_services_2012.json"),
        ],
        url: "",
        checks: &["reading", "requests", "services"],
        not_its_fault: OLD,
        broken: &["request-usual-fields"],
    });
}

/// Asked for with extensions=true: attributes, extended_attributes and notes are not the letter's.
#[test]
fn chicago_has_fields_of_its_own() {
    assert_broken(&Recording {
        files: &[(
            "requests.json",
            "georeport/chicago_requests_2014_extensions.json",
        )],
        url: "",
        checks: &["reading", "requests"],
        not_its_fault: OLD,
        broken: &["foreign-names"],
    });
}

/// XML attributes, a declaration in lower case and codes with leading zeros are all allowed.
#[test]
fn giessens_service_list_is_to_the_letter() {
    assert_broken(&Recording {
        files: &[("services.xml", "services/giessen_services.xml")],
        url: "",
        checks: &["reading", "services"],
        not_its_fault: &[],
        broken: &[],
    });
}

/// Line breaks at the ends of descriptions are text.
#[test]
fn san_franciscos_first_service_list_is_to_the_letter() {
    assert_broken(&Recording {
        files: &[("services.xml", "services/sf_services_2010.xml")],
        url: "",
        checks: &["reading", "services"],
        not_its_fault: &[],
        broken: &[],
    });
}

/// A second endpoint of another specification is no fault, nor is markup that is escaped.
#[test]
fn washingtons_discovery_and_service_list_are_to_the_letter() {
    assert_broken(&Recording {
        files: &[
            ("discovery.xml", "services/dc_discovery_2012.xml"),
            ("services.xml", "services/dc_services_2012.xml"),
        ],
        url: "http://app.311.dc.gov/cwi/Open311/v2",
        checks: &["reading", "discovery", "services"],
        not_its_fault: &["discovery-formats"],
        broken: &[],
    });
}

/// The order of attributes is told by numbers, not by their places; one is not used.
#[test]
fn washingtons_definition_is_to_the_letter() {
    const SERVICES: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service>\
        <service_code>S0301</service_code><service_name>Pothole</service_name>\
        <metadata>true</metadata><type>realtime</type></service></services>";
    assert_broken(&Recording {
        files: &[
            ("services.xml", SERVICES),
            ("services/S0301.xml", "services/dc_definition_S0301.xml"),
        ],
        url: "",
        checks: &["reading", "services", "definitions"],
        not_its_fault: &[],
        broken: &[],
    });
}

/// The changeset `2011-09-1 17:35` does not sort.
#[test]
fn bostons_changeset_does_not_sort() {
    assert_broken(&Recording {
        files: &[
            ("discovery.json", "services/boston_discovery_2011.json"),
            ("services.json", "[]"),
        ],
        url: "https://mayors24.cityofboston.gov/open311/v2",
        checks: &["reading", "discovery"],
        not_its_fault: &["discovery-formats"],
        broken: &["discovery-changeset"],
    });
}

fn recorded(status: u16, file: &str) -> Answer {
    Answer {
        status,
        content_type: "text/xml; charset=utf-8".to_owned(),
        allowed_origin: None,
        body: bytes(file),
    }
}

fn broken(reading: &Reading) -> BTreeSet<&'static str> {
    reading
        .complaints
        .iter()
        .map(|complaint| complaint.rule)
        .collect()
}

#[test]
fn bostons_token_is_read_to_the_letter() {
    let answer = recorded(200, "georeport/boston_submitrequest-token.xml");
    let reading = reading::read(Document::Posted, Format::Xml, &answer);
    assert_eq!(broken(&reading), BTreeSet::new());
    let records = reading.records.unwrap();
    assert_eq!(records[0].text("token"), Some("503fc045901932078800163c"));
    assert_eq!(records[0].text("service_request_id"), None);
}

#[test]
fn bostons_errors_are_read_to_the_letter() {
    let answer = recorded(
        400,
        "georeport/boston_err-submitrequest-base_is_duplicate.xml",
    );
    let reading = reading::read_errors(Format::Xml, &answer);
    assert_eq!(broken(&reading), BTreeSet::new());
    let records = reading.records.unwrap();
    let description = records[0].text("description");
    assert_eq!(
        description,
        Some("Invalid service request: base is a duplicate.")
    );
}

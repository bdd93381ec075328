//! The writers: a service request whose every text is the input, and whose place is its first bytes.

use crate::now;
use actix_web::{HttpResponse, body::MessageBody};
use api::{
    fuzzing::{ApiError, Document, ErrorFormat, Format, Value},
    georeport::documents::{RequestDocument, ServiceRequests},
};
use domain::{
    AttributeAnswer, Closing, ClosingReason, DetailedStatus, Note, Position, ServiceCode,
    ServiceRequest, ServiceRequestId, ServiceRequestUpdate, Status, UpdateKind, Violation,
};
use roxmltree::Node;
use std::borrow::Cow;

/// Whatever text goes in, a strict reader of XML reads the text that JSON tells.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    same_in_both_formats(&service_request(&text, bytes));
    let error = ApiError::from(Violation::new(text.clone(), text));
    let [json, xml] = [Format::Json, Format::Xml]
        .map(|format| body(error.in_format_response(ErrorFormat::Errors(format))));
    compare(&json, &xml);
}

/// A service request with everything that one may have.
pub(crate) fn same_in_both_formats(request: &ServiceRequest) {
    let document = RequestDocument::extended(request, "https://city.example");
    alike(&ServiceRequests(vec![document]));
}

/// XML and JSON tell the same.
pub(crate) fn alike(document: &impl Document) {
    let [json, xml] = [Format::Json, Format::Xml].map(|format| format.render(document).unwrap());
    compare(&json, &xml);
}

fn body(response: HttpResponse) -> Vec<u8> {
    let body = response.into_body().try_into_bytes();
    body.unwrap_or_default().to_vec()
}

fn compare(json: &[u8], xml: &[u8]) {
    let json: Value = serde_json::from_slice(json).unwrap();
    let xml = str::from_utf8(xml).unwrap();
    let xml = roxmltree::Document::parse(xml).unwrap();
    compare_node(&json, xml.root_element());
}

fn compare_node(json: &Value, xml: Node<'_, '_>) {
    let children: Vec<Node<'_, '_>> = xml.children().filter(Node::is_element).collect();
    match json {
        Value::Null => assert!(!xml.has_children()),
        Value::Text(told) => {
            let read: String = xml.children().filter_map(|node| node.text()).collect();
            let same = carried(told) == read || is_same_decimal(told, &read);
            assert!(same && children.is_empty(), "JSON {told:?}, XML {read:?}");
        }
        Value::List(entries) => {
            assert_eq!(entries.len(), children.len());
            for (entry, child) in entries.iter().zip(children) {
                compare_node(entry, child);
            }
        }
        Value::Object(members) => {
            assert_eq!(members.len(), children.len());
            for (at, ((name, value), child)) in members.iter().zip(children).enumerate() {
                let repeated = members[..at].iter().any(|(earlier, _)| earlier == name);
                assert!(!repeated, "{name:?} is there twice");
                assert_eq!(child.tag_name().name(), element_name(name));
                compare_node(value, child);
            }
        }
    }
}

/// JSON is read here by a reader that may miss a decimal by its last bits.
fn is_same_decimal(told: &str, read: &str) -> bool {
    match (told.parse::<f64>(), read.parse::<f64>()) {
        (Ok(told), Ok(read)) => (told - read).abs() <= 1e-12 * read.abs(),
        _ => false,
    }
}

/// A name of XML instead of one that may hold anything.
fn element_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let plain = name.replace(|c| !is_plain(c), "_");
    if plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        plain
    } else {
        format!("_{plain}")
    }
}

/// What XML 1.0 can carry of a text: <https://www.w3.org/TR/xml/#charsets>.
fn carried(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(forbidden) {
        Cow::Owned(text.replace(forbidden, ""))
    } else {
        Cow::Borrowed(text)
    }
}

fn service_request(text: &str, bytes: &[u8]) -> ServiceRequest {
    let some = || Some(text.to_owned());
    let code = ServiceCode::parse(text).or_else(|_| ServiceCode::parse("001"));
    let id = ServiceRequestId::parse(text).or_else(|_| ServiceRequestId::parse("1"));
    ServiceRequest {
        service_request_id: id.unwrap(),
        status: Status::Open,
        status_notes: some(),
        service_name: text.into(),
        service_code: code.unwrap(),
        description: some(),
        agency_responsible: some(),
        service_notice: some(),
        requested_datetime: now(),
        updated_datetime: now(),
        expected_datetime: None,
        address: some(),
        address_id: some(),
        zipcode: some(),
        position: position(bytes),
        media_url: some(),
        attributes: vec![AttributeAnswer {
            code: text.into(),
            label: text.into(),
            values: vec![text.into(), text.into()],
            names: vec![text.into()],
        }],
        extended_attributes: vec![(text.into(), text.into())],
        notes: vec![Note {
            datetime: now(),
            note_type: text.into(),
            description: text.into(),
        }],
        detailed_status: DetailedStatus::Duplicate,
        closing: Some(Closing {
            reason: ClosingReason::DuplicateOf,
            detail: some(),
        }),
        closed_datetime: Some(now()),
        updates: vec![ServiceRequestUpdate {
            service_request_id: ServiceRequestId::parse("1").unwrap(),
            version: 2,
            update_id: text.into(),
            kind: UpdateKind::Updated,
            is_public: true,
            recorded_datetime: now(),
            updated_datetime: now(),
            status: DetailedStatus::Duplicate,
            closing: None,
            description: some(),
            media_urls: vec![text.into()],
            changed: vec![],
            author: text.into(),
            author_name: some(),
        }],
    }
}

/// Any two numbers that are degrees.
fn position(bytes: &[u8]) -> Option<Position> {
    let (lat, rest) = bytes.split_first_chunk()?;
    let (long, _) = rest.split_first_chunk()?;
    Position::new(f64::from_le_bytes(*lat), f64::from_le_bytes(*long))
}

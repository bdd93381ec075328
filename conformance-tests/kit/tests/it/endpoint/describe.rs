//! The standard's documents about a city.

use chrono::{DateTime, FixedOffset, Utc};

use super::city::{Attribute, Service, ServiceRequest};
use super::document::{Content, Element};

pub fn service(service: &Service) -> Element {
    let fields = vec![
        Element::text("service_code", &service.code),
        Element::text("service_name", service.name),
        Element::text("description", service.description),
        Element::bare("metadata", !service.attributes.is_empty()),
        Element::text("type", service.kind.name()),
        Element::text("keywords", service.keywords),
        Element::text("group", service.group),
    ];
    Element::new("service", Content::Object(fields))
}

pub fn definition(service: &Service) -> Element {
    let attributes = service.attributes.iter().zip(1..);
    let attributes = attributes.map(|(attribute, order)| described(attribute, order));
    let fields = vec![
        Element::text("service_code", &service.code),
        Element::new("attributes", Content::List(attributes.collect())),
    ];
    Element::new("service_definition", Content::Object(fields))
}

fn described(attribute: &Attribute, order: usize) -> Element {
    let value = |(key, name): &(&str, &str)| {
        let fields = vec![Element::text("key", *key), Element::text("name", *name)];
        Element::new("value", Content::Object(fields))
    };
    let values = attribute.values.iter().map(value).collect();
    let fields = vec![
        Element::bare("variable", attribute.variable),
        Element::text("code", attribute.code),
        Element::text("datatype", attribute.datatype),
        Element::bare("required", attribute.required),
        Element::new("datatype_description", Content::Empty),
        Element::bare("order", order),
        Element::text("description", attribute.question),
        Element::new("values", Content::List(values)),
    ];
    Element::new("attribute", Content::Object(fields))
}

pub fn service_request(request: &ServiceRequest, service_name: &str) -> Element {
    let optional = |name, value: &Option<String>| Element::new(name, value.clone().into());
    let coordinate = |name, value: Option<f64>| match value {
        Some(degrees) => Element::bare(name, degrees),
        None => Element::new(name, Content::Empty),
    };
    let status = if request.is_open { "open" } else { "closed" };
    let fields = vec![
        Element::text("service_request_id", &request.id),
        Element::text("status", status),
        optional("status_notes", &request.status_notes),
        Element::text("service_name", service_name),
        Element::text("service_code", &request.service_code),
        optional("description", &request.description),
        optional("agency_responsible", &request.agency_responsible),
        optional("service_notice", &request.service_notice),
        Element::text("requested_datetime", written(request.requested)),
        Element::text("updated_datetime", written(request.updated)),
        optional("expected_datetime", &request.expected.map(written)),
        optional("address", &request.address),
        optional("address_id", &request.address_id),
        optional("zipcode", &request.zipcode),
        coordinate("lat", request.position.map(|(lat, _)| lat)),
        coordinate("long", request.position.map(|(_, long)| long)),
        optional("media_url", &request.media_url),
    ];
    Element::new("request", Content::Object(fields))
}

pub fn service_requests(requests: Vec<Element>) -> Element {
    Element::new("service_requests", Content::List(requests))
}

pub fn errors(status: u16, description: &str) -> Element {
    let fields = vec![
        Element::bare("code", status),
        Element::text("description", description),
    ];
    let error = Element::new("error", Content::Object(fields));
    Element::new("errors", Content::List(vec![error]))
}

/// `url` is the base of the methods.
pub fn discovery(url: &str, kind: &str, formats: &[&str]) -> Element {
    let changeset = written(Utc::now().into());
    let formats = formats
        .iter()
        .map(|format| Element::text("format", *format));
    let endpoint = vec![
        Element::text("specification", "http://wiki.open311.org/GeoReport_v2"),
        Element::text("url", url),
        Element::text("changeset", &changeset),
        Element::text("type", kind),
        Element::new("formats", Content::List(formats.collect())),
    ];
    let endpoint = Element::new("endpoint", Content::Object(endpoint));
    let fields = vec![
        Element::text("changeset", changeset),
        Element::text("contact", "open311@example.org"),
        Element::text("key_service", "Ask open311@example.org"),
        Element::new("endpoints", Content::List(vec![endpoint])),
    ];
    Element::new("discovery", Content::Object(fields))
}

fn written(time: DateTime<FixedOffset>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

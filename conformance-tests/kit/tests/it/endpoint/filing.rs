//! POST service request: what is refused, what is kept, what is answered.

use chrono::{DateTime, TimeDelta, Utc};

use super::city::{Attribute, City, Service, ServiceRequest, Type};
use super::document::Content;
use super::document::Element;
use super::request::Arguments;
use super::site::Failure;

/// The key that may file.
pub const KEY: &str = "a good key";

/// Keeps the service request and answers the element `request` of the answer.
pub fn file(city: &mut City, arguments: &Arguments) -> Result<Element, Failure> {
    if arguments.get("api_key") != Some(KEY) {
        return Err(Failure::new(403, "api_key is missing or wrong"));
    }
    let code = arguments.get("service_code");
    let code = code.ok_or_else(|| Failure::new(400, "service_code is missing"))?;
    let service = city.service(code);
    let service = service.ok_or_else(|| Failure::new(404, "service_code is unknown"))?;
    let position = position(arguments)?;
    let place = arguments
        .get("address_string")
        .or(arguments.get("address_id"));
    if position.is_none() && place.is_none() {
        return Err(Failure::new(400, "the location is missing"));
    }
    let description = arguments.get("description");
    if description.is_some_and(|text| text.chars().count() > 4000) {
        return Err(Failure::new(
            400,
            "description is longer than 4,000 characters",
        ));
    }
    for attribute in &service.attributes {
        check(attribute, arguments)?;
    }
    let request = accepted(city, service, position, arguments);
    let answer = answer(service.kind, &request);
    city.requests.push(request);
    Ok(answer)
}

/// Both of `lat` and `long`, or neither.
fn position(arguments: &Arguments) -> Result<Option<(f64, f64)>, Failure> {
    let degrees = |name, most: f64| {
        let value = arguments.get(name).map(str::parse::<f64>).transpose();
        let value = value
            .ok()
            .filter(|value| value.is_none_or(|value| value.abs() <= most));
        value.ok_or_else(|| Failure::new(400, &format!("{name} is not in decimal degrees")))
    };
    match (degrees("lat", 90.0)?, degrees("long", 180.0)?) {
        (Some(lat), Some(long)) => Ok(Some((lat, long))),
        (None, None) => Ok(None),
        _ => Err(Failure::new(400, "lat and long are both required")),
    }
}

fn check(attribute: &Attribute, arguments: &Arguments) -> Result<(), Failure> {
    let code = attribute.code;
    let (one, several) = (format!("attribute[{code}]"), format!("attribute[{code}][]"));
    let mut answers = arguments
        .all(&one)
        .chain(arguments.all(&several))
        .peekable();
    let fault = |what| Err(Failure::new(400, &format!("attribute[{code}] {what}")));
    if attribute.required && answers.peek().is_none() {
        return fault("is required");
    }
    let listed = |answer: &str| attribute.values.iter().any(|(key, _)| *key == answer);
    if !attribute.values.is_empty() && !answers.all(listed) {
        return fault("is none of its values");
    }
    Ok(())
}

fn accepted(
    city: &City,
    service: &Service,
    position: Option<(f64, f64)>,
    arguments: &Arguments,
) -> ServiceRequest {
    let now = Utc::now();
    let text = |name| {
        let text = arguments.get(name)?;
        let kept = text
            .chars()
            .filter(|char| !city.cleans_text || in_xml(*char));
        Some(kept.collect::<String>())
    };
    let reporter = ["first_name", "last_name", "email", "phone"].map(text);
    let reporter = reporter.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let number = city.requests.len();
    ServiceRequest {
        id: format!("new-{number}"),
        token: (service.kind == Type::Batch).then(|| format!("t{number}")),
        public_from: match service.kind {
            Type::Realtime => now,
            Type::Batch => now + TimeDelta::milliseconds((city.token_seconds * 1e3) as i64),
            Type::Blackbox => DateTime::<Utc>::MAX_UTC,
        },
        is_open: true,
        status_notes: None,
        service_code: service.code.clone(),
        description: text("description"),
        agency_responsible: None,
        service_notice: None,
        requested: now.into(),
        updated: now.into(),
        expected: None,
        address: text("address_string"),
        address_id: text("address_id"),
        zipcode: None,
        position,
        media_url: text("media_url"),
        reporter: Some(reporter).filter(|reporter| !reporter.is_empty()),
    }
}

fn answer(kind: Type, request: &ServiceRequest) -> Element {
    let identity = match kind {
        Type::Realtime => Some(Element::text("service_request_id", &request.id)),
        Type::Batch => Some(Element::new("token", request.token.clone().into())),
        Type::Blackbox => None,
    };
    let mut fields: Vec<Element> = identity.into_iter().collect();
    fields.push(Element::text("service_notice", "Thank you"));
    fields.push(Element::new("account_id", Content::Empty));
    Element::new("request", Content::Object(fields))
}

/// Whether XML 1.0 can carry it.
fn in_xml(char: char) -> bool {
    !matches!(char, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

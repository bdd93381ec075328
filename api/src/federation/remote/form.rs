//! What is posted to an endpoint, in its dialect.
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{AttributeStyle, DateStyle, Dialect, Report, datetime};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 calls unreserved needs no escaping: everything else gets it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Names and values, in the order in which they are sent.
pub type Pairs = Vec<(String, String)>;

/// The arguments of a POST: nothing but what the report holds and the dialect wants. `origin` is what
/// the service request is called here, for who looks for it there; endpoints pass over arguments that
/// they do not know.
pub fn report(report: &Report, dialect: &Dialect, origin: &str) -> Pairs {
    let Report {
        service_code,
        description,
        position,
        address,
        address_id,
        media_urls,
        attributes,
        reporter,
    } = report;
    let mut pairs: Pairs = Vec::new();
    let mut add = |name: &str, value: Option<&str>| {
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    add("service_code", Some(service_code.as_str()));
    if let Some(at) = position {
        add("lat", Some(&at.latitude.to_string()));
        add("long", Some(&at.longitude.to_string()));
    }
    add("address_string", address.as_deref());
    add("address_id", address_id.as_deref());
    add("description", description.as_deref());
    let most = if dialect.several_media { usize::MAX } else { 1 };
    for url in media_urls.iter().take(most) {
        add("media_url", Some(url));
    }
    add("email", reporter.email.as_deref());
    add("phone", reporter.phone.as_deref());
    add("first_name", reporter.first_name.as_deref());
    add("last_name", reporter.last_name.as_deref());
    add("origin_service_request_id", Some(origin));
    for (name, value) in &dialect.constants {
        // What the reporter told and may be told goes before what stands in for it.
        if !pairs.iter().any(|(sent, _)| sent == name) {
            pairs.push((name.clone(), value.clone()));
        }
    }
    for (code, values) in attributes {
        answers(code, values, dialect.attributes, &mut pairs);
    }
    pairs
}

fn answers(code: &str, values: &[String], style: AttributeStyle, pairs: &mut Pairs) {
    let one = format!("attribute[{code}]");
    match (values, style) {
        ([value], _) => pairs.push((one, value.clone())),
        (_, AttributeStyle::Comma) => pairs.push((one, values.join(","))),
        (_, AttributeStyle::Repeat) => {
            pairs.extend(values.iter().map(|value| (one.clone(), value.clone())));
        }
        (_, AttributeStyle::Brackets) => {
            let list = format!("{one}[]");
            pairs.extend(values.iter().map(|value| (list.clone(), value.clone())));
        }
    }
}

/// A date as the endpoint reads it.
pub fn date(at: DateTime<Utc>, style: DateStyle, zone: Tz) -> String {
    match style {
        DateStyle::Utc => datetime::to_string(at),
        DateStyle::Offset => at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        DateStyle::Local => {
            let local = at.with_timezone(&zone);
            local.format("%Y-%m-%dT%H:%M:%S").to_string()
        }
    }
}

/// `application/x-www-form-urlencoded`, for a body or a query string.
pub fn encoded(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", segment(name), segment(value)))
        .collect();
    pairs.join("&")
}

/// A text as one segment of a path, or one part of a query.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Position, Reporter, ServiceCode};

    fn pairs(dialect: &Dialect) -> Pairs {
        let report = Report {
            service_code: ServiceCode::parse("a b").unwrap(),
            description: Some("Zwei Lampen\nü&=+".into()),
            position: Position::new(0.000_01, -71.05),
            address: None,
            address_id: None,
            media_urls: vec!["https://x/1".into(), "https://x/2".into()],
            attributes: vec![
                ("POLE".into(), vec!["A-1".into()]),
                ("FAULT".into(), vec!["dark".into(), "flick".into()]),
            ],
            reporter: Reporter {
                email: Some("a@b.example".into()),
                ..Reporter::default()
            },
        };
        super::report(&report, dialect, "24-1")
    }

    fn named(pairs: &Pairs, start: &str) -> Vec<String> {
        let found = pairs.iter().filter(|(name, _)| name.starts_with(start));
        found
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn a_report_is_sent_to_the_letter() {
        let pairs = pairs(&Dialect::default());
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "service_code",
                "lat",
                "long",
                "description",
                "media_url",
                "email",
                "origin_service_request_id",
                "attribute[POLE]",
                "attribute[FAULT][]",
                "attribute[FAULT][]",
            ]
        );
        assert_eq!(named(&pairs, "lat"), ["lat=0.00001"]);
        assert!(encoded(&pairs).starts_with("service_code=a%20b&lat=0.00001&long=-71.05&description=Zwei%20Lampen%0A%C3%BC%26%3D%2B&media_url=https%3A%2F%2Fx%2F1&"));
    }

    #[test]
    fn several_answers_are_sent_as_the_dialect_has_it() {
        let with = |attributes| {
            pairs(&Dialect {
                attributes,
                ..Dialect::default()
            })
        };
        let repeat = named(&with(AttributeStyle::Repeat), "attribute[F");
        assert_eq!(repeat, ["attribute[FAULT]=dark", "attribute[FAULT]=flick"]);
        let comma = named(&with(AttributeStyle::Comma), "attribute[F");
        assert_eq!(comma, ["attribute[FAULT]=dark,flick"]);
    }

    #[test]
    fn a_constant_stands_in_for_what_is_not_told() {
        let constant = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let dialect = Dialect {
            several_media: true,
            constants: vec![
                constant("email", "311@us.example"),
                constant("phone", "311"),
            ],
            ..Dialect::default()
        };
        let pairs = pairs(&dialect);
        assert_eq!(named(&pairs, "email"), ["email=a@b.example"]);
        assert_eq!(named(&pairs, "phone"), ["phone=311"]);
        assert_eq!(named(&pairs, "media_url").len(), 2);
    }

    #[test]
    fn a_date_is_sent_as_the_dialect_has_it() {
        let at = "2026-07-01T12:00:00Z".parse().unwrap();
        let told = |style| date(at, style, chrono_tz::America::Chicago);
        assert_eq!(told(DateStyle::Utc), "2026-07-01T12:00:00Z");
        assert_eq!(told(DateStyle::Offset), "2026-07-01T12:00:00+00:00");
        assert_eq!(told(DateStyle::Local), "2026-07-01T07:00:00");
    }
}

//! The form of POST requests, for a service that asks for an attribute of every datatype.

use crate::{area, now, told};
use api::fuzzing::{attributes, parse_form};
use domain::{
    AttributeDefinition, AttributeValue, Datatype, Draft, IdFormat, Jurisdiction, JurisdictionId,
    QueryParameters, Service, ServiceCode, ServiceDefinition, ServiceType, Submission,
    text::{MAX_DESCRIPTION, MAX_LINE, MAX_URL},
};

/// What is accepted may be stored.
pub fn check(bytes: &[u8]) {
    let Ok(pairs) = parse_form(bytes) else {
        return;
    };
    let sent = attributes(&pairs);
    let draft = Draft::parse(&QueryParameters::new(pairs), sent);
    let outside = bytes.len() % 8 == 7;
    match draft.submit(&jurisdiction(), service(), &definition(), !outside, now()) {
        Ok(submission) => fits(&submission),
        Err(violations) => told::refusals(&violations),
    }
}

fn fits(submission: &Submission) {
    submission.position.into_iter().for_each(area::on_globe);
    told::any_text(submission.description.as_ref(), MAX_DESCRIPTION);
    told::any_line(submission.address.as_ref(), MAX_LINE);
    told::any_line(submission.address_id.as_ref(), MAX_LINE);
    for url in &submission.media_urls {
        told::line(url, MAX_URL);
    }
    let reporter = &submission.reporter;
    for part in [
        &reporter.email,
        &reporter.phone,
        &reporter.first_name,
        &reporter.last_name,
        &reporter.device_id,
        &reporter.account_id,
    ] {
        told::any_line(part.as_ref(), MAX_LINE);
    }
    for answer in &submission.attributes {
        let most = if answer.code == "multivaluelist" {
            3
        } else {
            1
        };
        assert!((1..=most).contains(&answer.values.len()), "{answer:?}");
        for value in &answer.values {
            told::text(value, MAX_DESCRIPTION);
        }
    }
}

fn jurisdiction() -> Jurisdiction {
    Jurisdiction {
        jurisdiction_id: JurisdictionId::parse("city.example").unwrap(),
        name: "City".into(),
        time_zone: chrono_tz::America::New_York,
        contact: String::new(),
        id_format: IdFormat::parse(IdFormat::DEFAULT).unwrap(),
        changeset: now(),
    }
}

fn service() -> Service {
    Service {
        service_code: ServiceCode::parse("001").unwrap(),
        service_name: "Pothole".into(),
        description: String::new(),
        has_definition: true,
        service_type: ServiceType::Realtime,
        keywords: String::new(),
        service_group: String::new(),
        service_notice: String::new(),
    }
}

/// One attribute of each datatype, called by its word; the text is required.
fn definition() -> ServiceDefinition {
    let attributes = (1..).zip(Datatype::ALL);
    ServiceDefinition {
        service_code: ServiceCode::parse("001").unwrap(),
        attributes: attributes
            .map(|(position, datatype)| AttributeDefinition {
                variable: true,
                code: datatype.as_str().into(),
                datatype,
                required: datatype == Datatype::Text,
                datatype_description: String::new(),
                position,
                description: "?".into(),
                values: ["a", "b", "c,d"]
                    .map(|key| AttributeValue {
                        key: key.into(),
                        name: key.to_uppercase(),
                    })
                    .into(),
            })
            .collect(),
    }
}

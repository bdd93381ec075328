//! GET service list: <https://wiki.open311.org/GeoReport_v2/#get-service-list>.

use super::texts;
use crate::{document::Document, session::Session};
use std::collections::BTreeSet;

const TYPES: [&str; 3] = ["realtime", "batch", "blackbox"];

/// Reads the list in each format and looks at every service.
pub fn check(session: &mut Session<'_>) {
    for format in session.survey.formats.clone() {
        let page = session.get(Document::Services, "services", format, &[]);
        session.hold("service-list", page.status() == 200, &page.exchange, || {
            format!("the service list is answered with {}", page.status())
        });
        let Some(services) = page.records else {
            continue;
        };
        for service in &services {
            let code = service.text("service_code").unwrap_or_default();
            let named = !code.is_empty() && service.has("service_name");
            session.hold("service-fields", named, &page.exchange, || {
                format!("the service \"{code}\" lacks its service_code or service_name")
            });
            session.hold(
                "service-metadata",
                service.flag("metadata").is_some(),
                &page.exchange,
                || format!("metadata of {code} is {}", shown(service.text("metadata"))),
            );
            let kind = service.text("type").map(str::trim);
            let known = kind.is_some_and(|kind| TYPES.contains(&kind));
            session.hold("service-type", known, &page.exchange, || {
                format!("type of {code} is {}", shown(kind))
            });
        }
        let mut seen = BTreeSet::new();
        let twice = services
            .iter()
            .filter_map(|service| service.text("service_code"))
            .find(|code| !seen.insert(*code));
        session.hold(
            "service-code-unique",
            twice.is_none(),
            &page.exchange,
            || {
                format!(
                    "the service_code {} is there twice",
                    twice.unwrap_or_default()
                )
            },
        );
        if texts(&session.survey.services, "service_code").is_empty() {
            session.survey.services = services;
        }
    }
}

fn shown(text: Option<&str>) -> String {
    text.map_or("missing".to_owned(), |text| format!("\"{text}\""))
}

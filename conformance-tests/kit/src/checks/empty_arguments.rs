//! Arguments that say nothing: <https://wiki.open311.org/GeoReport_v2/#optional-arguments>.

use super::filters::{list, same_as_list};
use crate::{document::Document, session::Session};

const OPTIONAL: [&str; 5] = [
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
];

/// Passes every optional argument empty, and one that nobody knows.
pub fn check(session: &mut Session<'_>) {
    for format in session.survey.formats.clone() {
        let mut broken = Vec::new();
        let mut exchange = None;
        let mut before = list(session, format, &[]);
        let without = session
            .options
            .jurisdiction
            .is_none()
            .then_some("jurisdiction_id");
        for name in OPTIONAL.into_iter().chain(without) {
            // The dates of the known service requests must not be said twice.
            if session.survey.window.iter().any(|(told, _)| *told == name) {
                continue;
            }
            let (page, same, after) = same_as_list(session, format, &before, &[(name, "")]);
            before = after;
            if !page.exchange.is_sound() {
                continue;
            }
            if same {
                session.hold("empty-is-absent", true, &page.exchange, String::new);
            } else {
                broken.push(name);
                exchange = Some(page.exchange);
            }
        }
        if let Some(exchange) = exchange {
            session.hold("empty-is-absent", false, &exchange, || {
                format!("passed empty, it changes the answer: {}", broken.join(", "))
            });
        }
        let page = session.get(
            Document::Requests,
            "requests",
            format,
            &[("no_such_argument", "1")],
        );
        if page.exchange.is_sound() {
            session.hold(
                "unknown-argument",
                page.status() == 200,
                &page.exchange,
                || format!("an unknown argument is answered with {}", page.status()),
            );
        }
    }
}

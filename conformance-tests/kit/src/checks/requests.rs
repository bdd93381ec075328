//! GET service requests without arguments:
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>.

use crate::{client::Exchange, document::Document, record::Record, session::Session, time};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// Where service requests are looked for when the last 90 days have too few: how many days ago a
/// window of 80 days ends.
const EARLIER: [i64; 6] = [80, 170, 365, 730, 1460, 3285];
/// How many service requests later checks are content with.
const ENOUGH: usize = 3;

/// Reads the default list in each format, looks at every service request, and finds some that
/// later checks can ask for.
pub fn check(session: &mut Session<'_>) {
    for format in session.survey.formats.clone() {
        let page = session.get(Document::Requests, "requests", format, &[]);
        session.hold("request-list", page.status() == 200, &page.exchange, || {
            format!(
                "the list of service requests is answered with {}",
                page.status()
            )
        });
        let Some(rows) = page.records else { continue };
        session.hold("at-most-1000", rows.len() <= 1000, &page.exchange, || {
            format!("the answer holds {} service requests", rows.len())
        });
        // A day of tolerance: clocks and time zones differ.
        let limit = Utc::now() - TimeDelta::days(91);
        let oldest = rows.iter().filter_map(requested).min();
        let recent = oldest.is_none_or(|oldest| oldest >= limit);
        session.hold("default-90-days", recent, &page.exchange, || {
            let oldest = oldest.map(time::argument).unwrap_or_default();
            format!("without dates, a service request of {oldest} is answered")
        });
        look_at(session, &rows, &page.exchange);
        remember(session, rows, Vec::new());
    }
    if session.survey.known.len() < ENOUGH {
        look_back(session);
    }
}

/// The instant of `requested_datetime`.
pub fn requested(row: &Record) -> Option<DateTime<Utc>> {
    time::instant(row.text("requested_datetime")?.trim())
}

fn look_at(session: &mut Session<'_>, rows: &[Record], exchange: &Exchange) {
    let mut ids = BTreeSet::new();
    for row in rows {
        let id = row.text("service_request_id").unwrap_or_default();
        let lacking = |names: [&'static str; 4]| {
            names
                .into_iter()
                .filter(|name| !row.has(name))
                .collect::<Vec<_>>()
        };
        let missing = lacking([
            "service_request_id",
            "status",
            "service_code",
            "requested_datetime",
        ]);
        session.hold("request-fields", missing.is_empty(), exchange, || {
            format!("the service request \"{id}\" lacks {}", missing.join(", "))
        });
        let place = ["address", "address_id", "lat", "long"];
        let has_place = place.iter().any(|name| row.has(name));
        let usual = row.has("service_name") && row.has("updated_datetime") && has_place;
        session.hold("request-usual-fields", usual, exchange, || {
            format!("the service request \"{id}\" lacks service_name, updated_datetime or a place")
        });
        if let Some(status) = row.text("status") {
            session.hold(
                "request-status",
                ["open", "closed"].contains(&status.trim()),
                exchange,
                || format!("the status of {id} is \"{status}\""),
            );
        }
        if !id.is_empty() {
            session.hold("request-id-unique", ids.insert(id), exchange, || {
                format!("the service_request_id {id} is there twice")
            });
        }
        session.hold(
            "request-position",
            has_sound_position(row),
            exchange,
            || {
                let shown = |name| row.text(name).unwrap_or("missing");
                format!(
                    "the position of {id} is lat {}, long {}",
                    shown("lat"),
                    shown("long")
                )
            },
        );
        let updated = row
            .text("updated_datetime")
            .and_then(|text| time::instant(text.trim()));
        if let (Some(requested), Some(updated)) = (requested(row), updated) {
            session.hold("request-updated", updated >= requested, exchange, || {
                format!("{id} was updated before it was requested")
            });
        }
    }
}

/// Whether lat and long are both decimal degrees, or both unsaid.
pub fn has_sound_position(row: &Record) -> bool {
    let degrees = |name: &str, most: f64| {
        row.text(name).map(|text| {
            let plain = |each: char| each.is_ascii_digit() || ".-+eE".contains(each);
            let text = text.trim();
            text.chars().all(plain) && text.parse::<f64>().is_ok_and(|number| number.abs() <= most)
        })
    };
    match (degrees("lat", 90.0), degrees("long", 180.0)) {
        (None, None) => true,
        (Some(lat), Some(long)) => lat && long,
        _ => false,
    }
}

fn remember(session: &mut Session<'_>, rows: Vec<Record>, window: Vec<(&'static str, String)>) {
    let mut usable: Vec<Record> = rows
        .into_iter()
        .filter(|row| row.has("service_request_id") && requested(row).is_some())
        .collect();
    usable.sort_by_key(|row| std::cmp::Reverse(requested(row)));
    if usable.len() > session.survey.known.len() {
        session.survey.known = usable;
        session.survey.window = window;
    }
}

/// Looks for service requests in earlier years, so that a quiet endpoint can be checked as well.
fn look_back(session: &mut Session<'_>) {
    let Some(&format) = session.survey.formats.last() else {
        return;
    };
    for days in EARLIER {
        let end = Utc::now() - TimeDelta::days(days);
        let window = vec![
            ("start_date", time::argument(end - TimeDelta::days(80))),
            ("end_date", time::argument(end)),
        ];
        let arguments: Vec<(&str, &str)> = window
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let page = session.get(Document::Requests, "requests", format, &arguments);
        if let Some(rows) = page.records {
            look_at(session, &rows, &page.exchange);
            remember(session, rows, window);
        }
        if session.survey.known.len() >= ENOUGH {
            return;
        }
    }
}

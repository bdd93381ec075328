//! start_date and end_date: <https://wiki.open311.org/GeoReport_v2/#get-service-requests>.

use super::{hold_status, requests::requested, texts};
use crate::{
    document::Document,
    format::Format,
    session::{Page, Session},
    time,
};
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};

const UNREADABLE: [&str; 2] = ["yesterday", "2024-02-30T00:00:00Z"];
/// Fewer rows than any server's page are all there are.
const SMALL: usize = 10;

/// Asks with both dates, with one, with an offset, with dates that are none, and with a span that
/// is too long.
pub fn check(session: &mut Session<'_>) {
    let middle = session
        .survey
        .known
        .get(session.survey.known.len() / 2)
        .cloned();
    for format in session.survey.formats.clone() {
        match middle
            .as_ref()
            .and_then(|row| requested(row).zip(row.text("service_request_id")))
        {
            Some((instant, id)) => around(session, format, instant, id),
            None => session.leave("date-range", "no service request was found"),
        }
        one_sided(session, format);
        for text in UNREADABLE {
            for name in ["start_date", "end_date"] {
                let page = session.get(Document::Requests, "requests", format, &[(name, text)]);
                hold_status(
                    session,
                    "invalid-date",
                    &page,
                    400,
                    &format!("{name}={text}"),
                );
            }
        }
        too_long(session, format);
    }
}

/// A range of two minutes around a known service request; no bound is on the instant of one.
fn around(session: &mut Session<'_>, format: Format, instant: DateTime<Utc>, id: &str) {
    let (start, end) = (
        instant - TimeDelta::seconds(61),
        instant + TimeDelta::seconds(61),
    );
    let bounds = [
        ("start_date", time::argument(start)),
        ("end_date", time::argument(end)),
    ];
    within(session, format, &bounds, id, start, end);
    let there = |instant: DateTime<Utc>| {
        let there = FixedOffset::east_opt(2 * 3600).map(|offset| instant.with_timezone(&offset));
        there
            .map(|there| there.to_rfc3339_opts(SecondsFormat::Secs, false))
            .unwrap_or_default()
    };
    let bounds = [("start_date", there(start)), ("end_date", there(end))];
    if !session.is_broken("date-range") {
        within(session, format, &bounds, id, start, end);
    }
}

fn within(
    session: &mut Session<'_>,
    format: Format,
    bounds: &[(&str, String)],
    id: &str,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) {
    let arguments: Vec<(&str, &str)> = bounds
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let page = session.get(Document::Requests, "requests", format, &arguments);
    if !page.exchange.is_sound() {
        return;
    }
    let outside = outside(&page, Some(start), Some(end));
    let rows = page.records.as_deref().unwrap_or_default();
    let has_it = rows.len() >= SMALL || texts(rows, "service_request_id").contains(id);
    let told = page.status() == 200 && outside.is_none() && (has_it || page.records.is_none());
    session.hold("date-range", told, &page.exchange, || match outside {
        Some(instant) => {
            format!("a service request of {instant} is answered, outside of the range")
        }
        None if page.status() != 200 => {
            format!("a range of two minutes is answered with {}", page.status())
        }
        None => format!("{id} was requested within the range, but is not answered"),
    });
}

/// One bound, 30 days ago.
fn one_sided(session: &mut Session<'_>, format: Format) {
    let bound = Utc::now() - TimeDelta::days(30) - TimeDelta::seconds(7);
    let text = time::argument(bound);
    for (name, start, end) in [
        ("start_date", Some(bound), None),
        ("end_date", None, Some(bound)),
    ] {
        let page = session.get(Document::Requests, "requests", format, &[(name, &text)]);
        if page.status() == 200 && !session.is_broken("date-range") {
            let outside = outside(&page, start, end);
            session.hold("date-range", outside.is_none(), &page.exchange, || {
                let instant = outside.unwrap_or_default();
                format!("with {name}={text} a service request of {instant} is answered")
            });
        }
    }
}

/// The first `requested_datetime` that is not between the bounds.
fn outside(
    page: &Page,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
) -> Option<String> {
    let rows = page.records.iter().flatten();
    let instant = rows.filter_map(requested).find(|instant| {
        start.is_some_and(|start| *instant < start - TimeDelta::seconds(1))
            || end.is_some_and(|end| *instant > end + TimeDelta::seconds(1))
    })?;
    Some(time::argument(instant))
}

fn too_long(session: &mut Session<'_>, format: Format) {
    let now = Utc::now();
    let (start, end) = (
        time::argument(now - TimeDelta::days(400)),
        time::argument(now),
    );
    let arguments = [("start_date", start.as_str()), ("end_date", end.as_str())];
    let page = session.get(Document::Requests, "requests", format, &arguments);
    let instants: Vec<_> = page
        .records
        .iter()
        .flatten()
        .filter_map(requested)
        .collect();
    let span = match (instants.iter().min(), instants.iter().max()) {
        (Some(first), Some(last)) => *last - *first,
        _ => TimeDelta::zero(),
    };
    let kept = page.status() == 400 || (page.status() == 200 && span <= TimeDelta::days(91));
    if page.exchange.is_sound() {
        session.hold("span-90-days", kept, &page.exchange, || {
            format!(
                "a span of 400 days is answered with {} and {} days",
                page.status(),
                span.num_days()
            )
        });
    }
}

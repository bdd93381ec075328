//! status, service_code and service_request_id:
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>.

use super::{ids, requests::requested, texts};
use crate::{
    document::Document,
    format::Format,
    record::Record,
    session::{Page, Session},
};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer rows than any server's page are all there are.
const SMALL: usize = 10;

/// Asks for parts of what the list without filters has.
pub fn check(session: &mut Session<'_>) {
    if session.survey.known.is_empty() {
        for rule in [
            "status-filter",
            "status-list",
            "service-code-filter",
            "service-code-list",
            "id-list",
            "id-overrides",
        ] {
            session.leave(rule, "no service request was found");
        }
        return;
    }
    for format in session.survey.formats.clone() {
        statuses(session, format);
        service_codes(session, format);
        chosen_ids(session, format);
    }
}

/// The known service requests' list with more arguments.
pub fn list(session: &mut Session<'_>, format: Format, others: &[(&str, &str)]) -> Page {
    let window = session.survey.window.clone();
    let window = window.iter().map(|(name, value)| (*name, value.as_str()));
    let arguments: Vec<(&str, &str)> = window.chain(others.iter().copied()).collect();
    session.get(Document::Requests, "requests", format, &arguments)
}

fn statuses(session: &mut Session<'_>, format: Format) {
    for status in ["open", "closed"] {
        let expected = session
            .survey
            .known
            .iter()
            .any(|row| row.text("status") == Some(status));
        let page = list(session, format, &[("status", status)]);
        only(
            session,
            "status-filter",
            &page,
            "status",
            &[status],
            expected,
        );
    }
    let before = list(session, format, &[]);
    let (page, same, _) = same_as_list(session, format, &before, &[("status", "open,closed")]);
    if page.exchange.is_sound() {
        session.hold("status-list", same, &page.exchange, || {
            "status=open,closed does not answer what no status answers".to_owned()
        });
    }
}

/// Asks with more arguments, then without, and whether that names the same service requests. A
/// living endpoint changes in between: what was there before and after must be there with the
/// arguments, and what is there with them must have been there before or after.
///
/// Yields the answer with the arguments, whether it is the same, and the answer without them.
pub fn same_as_list(
    session: &mut Session<'_>,
    format: Format,
    before: &Page,
    others: &[(&str, &str)],
) -> (Page, bool, Page) {
    let with = list(session, format, others);
    let after = list(session, format, &[]);
    let (first, middle, last) = (ids(before), ids(&with), ids(&after));
    let lost = first.intersection(&last).any(|id| !middle.contains(id));
    let gained = middle
        .iter()
        .any(|id| !first.contains(id) && !last.contains(id));
    let same = with.status() == after.status() && !lost && !gained;
    (with, same, after)
}

/// Holds every row of an answer against the values that were asked for.
fn only(
    session: &mut Session<'_>,
    rule: &'static str,
    page: &Page,
    field: &str,
    wanted: &[&str],
    expected: bool,
) {
    if !page.exchange.is_sound() {
        return;
    }
    let Some(rows) = &page.records else {
        return session.hold(rule, page.status() == 200, &page.exchange, || {
            format!(
                "{field}={} is answered with {}",
                wanted.join(","),
                page.status()
            )
        });
    };
    let among = |texts: &[&str], text: &str| {
        texts
            .iter()
            .any(|one| one.eq_ignore_ascii_case(text.trim()))
    };
    // A status that is none has been told.
    let judged = |text: &&str| field != "status" || among(&["open", "closed"], text);
    let stranger = rows
        .iter()
        .filter_map(|row| row.text(field))
        .filter(judged)
        .find(|text| !among(wanted, text));
    let empty = expected && rows.is_empty();
    session.hold(
        rule,
        stranger.is_none() && !empty,
        &page.exchange,
        || match stranger {
            Some(stranger) => format!("{field}={} also answers \"{stranger}\"", wanted.join(",")),
            None => format!(
                "{field}={} answers nothing, though there are some",
                wanted.join(",")
            ),
        },
    );
}

fn service_codes(session: &mut Session<'_>, format: Format) {
    // The rarest, so that an answer has room for all of both.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for code in session
        .survey
        .known
        .iter()
        .filter_map(|row| row.text("service_code"))
    {
        *counts.entry(code).or_default() += 1;
    }
    let mut codes: Vec<(usize, String)> = counts
        .into_iter()
        .filter(|(code, _)| !code.contains(','))
        .map(|(code, count)| (count, code.to_owned()))
        .collect();
    codes.sort();
    let Some((_, first)) = codes.first() else {
        return;
    };
    let page = list(session, format, &[("service_code", first)]);
    only(
        session,
        "service-code-filter",
        &page,
        "service_code",
        &[first],
        true,
    );
    let Some((_, second)) = codes.get(1) else {
        return session.leave("service-code-list", "only one service has service requests");
    };
    if session.is_broken("service-code-filter") {
        return session.leave("service-code-list", "service_code does not filter at all");
    }
    let page = list(
        session,
        format,
        &[("service_code", &format!("{first},{second}"))],
    );
    only(
        session,
        "service-code-list",
        &page,
        "service_code",
        &[first, second],
        true,
    );
    let rows = page.records.as_deref().unwrap_or_default();
    let both = rows.len() >= SMALL || texts(rows, "service_code").len() == 2;
    if page.records.is_some() && !session.is_broken("service-code-list") {
        session.hold("service-code-list", both, &page.exchange, || {
            format!("service_code={first},{second} answers only one of both")
        });
    }
}

fn chosen_ids(session: &mut Session<'_>, format: Format) {
    let known = &session.survey.known;
    let chosen: Vec<Record> = [known.first(), known.last()]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let wanted: BTreeSet<String> = texts(&chosen, "service_request_id");
    let list = wanted.iter().cloned().collect::<Vec<_>>().join(",");
    if wanted.iter().any(|id| id.contains(',')) {
        return session.leave("id-list", "the ids hold commas");
    }
    let page = session.get(
        Document::Requests,
        "requests",
        format,
        &[("service_request_id", &list)],
    );
    if page.is_readable() {
        exactly(session, "id-list", &page, &wanted, "service_request_id");
    }
    if session.is_broken("id-list") {
        return session.leave(
            "id-overrides",
            "service_request_id does not answer the ids themselves",
        );
    }
    let opposite = match chosen.first().and_then(|row| row.text("status")) {
        Some("open") => "closed",
        _ => "open",
    };
    // Ten days, a year before the older of them.
    let Some(oldest) = chosen.iter().filter_map(requested).min() else {
        return;
    };
    let day = |days: i64| crate::time::argument(oldest - chrono::TimeDelta::days(days));
    let (start, end) = (day(375), day(365));
    for (name, others) in [
        ("status", vec![("status", opposite)]),
        (
            "dates",
            vec![("start_date", start.as_str()), ("end_date", end.as_str())],
        ),
    ] {
        let mut arguments = vec![("service_request_id", list.as_str())];
        arguments.extend(others);
        let page = session.get(Document::Requests, "requests", format, &arguments);
        if page.is_readable() && !session.is_broken("id-overrides") {
            exactly(
                session,
                "id-overrides",
                &page,
                &wanted,
                &format!("service_request_id with {name}"),
            );
        }
    }
}

fn exactly(
    session: &mut Session<'_>,
    rule: &'static str,
    page: &Page,
    wanted: &BTreeSet<String>,
    what: &str,
) {
    let found = ids(page);
    session.hold(rule, &found == wanted, &page.exchange, || {
        let shown =
            |ids: &BTreeSet<String>| ids.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        format!(
            "{what} asked for {} and got {} service requests: {}",
            shown(wanted),
            found.len(),
            shown(&found)
        )
    });
}

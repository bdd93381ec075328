//! What was filed, read again.

use super::report_form::{Form, Place, service};
use crate::{
    client::encoded,
    document::Document,
    format::Format,
    record::Record,
    session::{Page, Session},
    time,
};
use chrono::{TimeDelta, Utc};
use std::{thread, time::Duration};

/// Markup, more than one plane of Unicode, a line break and what forms give a meaning.
const DESCRIPTION: &str = "Conformance test, please ignore: <b>\"5 & 7\"</b> it's 100% + more\r\nGrüße, İstanbul, 東京, 🛠";
const MEDIA_URL: &str = "https://example.org/conformance.jpg";
/// What nobody else is called.
const PRIVATE: [(&str, &str); 4] = [
    ("first_name", "Zxqfirst"),
    ("last_name", "Zxqlast"),
    ("email", "zxqmail@example.org"),
    ("phone", "+15550142997"),
];
/// How often a new service request is asked for, and the pause in between.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);
const RULES: [&str; 10] = [
    "filed-found",
    "filed-service",
    "filed-description",
    "filed-position",
    "filed-address",
    "filed-media",
    "filed-open",
    "filed-now",
    "filed-private",
    "filed-control-characters",
];

/// Files a service request with all that can be said and looks at what it has become.
pub fn check(session: &mut Session<'_>) {
    if session.is_broken("single-request") {
        for rule in RULES {
            session.leave(rule, "service requests are not at their own addresses");
        }
        return;
    }
    let place = Place::known(session);
    let Some(service_code) =
        service(session, "realtime").filter(|_| !session.survey.takes_no_posts)
    else {
        // A token leads to a service request, too, but to one of few words.
        for id in session.survey.filed_ids.clone() {
            for format in session.survey.formats.clone() {
                let page = fetch(session, &id, format);
                hold_found(session, &id, &page);
            }
        }
        for rule in RULES {
            session.leave(rule, "no service of type realtime");
        }
        return;
    };
    let mut form = Form::of(session, &service_code);
    form.at(&place)
        .set("description", DESCRIPTION)
        .set("media_url", MEDIA_URL);
    for (name, value) in PRIVATE {
        form.set(name, value);
    }
    let Some(&format) = session.survey.formats.last() else {
        return;
    };
    let page = session.post("requests", format, form.encoded());
    let id = page
        .records
        .iter()
        .flatten()
        .find_map(|row| row.text("service_request_id"));
    let Some(id) = id.map(str::to_owned) else {
        for rule in RULES {
            session.leave(rule, "no service_request_id was given out");
        }
        return;
    };
    for format in session.survey.formats.clone() {
        let page = fetch(session, &id, format);
        if let Some(row) = hold_found(session, &id, &page) {
            compare(session, &form, &row, &page);
        }
    }
    control_characters(session, &form);
}

/// Asks until it is there: a moderator or a queue may be in between.
fn fetch(session: &mut Session<'_>, id: &str, format: Format) -> Page {
    let path = format!("requests/{}", encoded(id));
    for _ in 1..TRIES {
        let page = session.get(Document::Request, &path, format, &[]);
        if page.records.as_ref().is_some_and(|rows| !rows.is_empty()) {
            return page;
        }
        thread::sleep(PAUSE);
    }
    session.get(Document::Request, &path, format, &[])
}

fn hold_found(session: &mut Session<'_>, id: &str, page: &Page) -> Option<Record> {
    let row = page.records.iter().flatten().next().cloned();
    if page.is_readable() {
        session.hold("filed-found", row.is_some(), &page.exchange, || {
            format!("{id} was given out, but is answered with {}", page.status())
        });
    }
    row
}

fn compare(session: &mut Session<'_>, form: &Form, row: &Record, page: &Page) {
    for (rule, sent, told) in [
        ("filed-service", "service_code", "service_code"),
        ("filed-description", "description", "description"),
        ("filed-address", "address_string", "address"),
        ("filed-media", "media_url", "media_url"),
    ] {
        let Some(sent) = form.value(sent) else {
            session.leave(rule, "none is known that could be sent");
            continue;
        };
        let came = row.text(told).unwrap_or_default();
        if came.contains(char::REPLACEMENT_CHARACTER) && session.is_broken("utf-8") {
            session.leave(rule, "the answer is not UTF-8");
            continue;
        }
        session.hold(rule, plain(came) == plain(sent), &page.exchange, || {
            format!("{told} was sent as \"{sent}\" and came back as \"{came}\"")
        });
    }
    match form.value("lat").zip(form.value("long")) {
        Some((lat, long)) => {
            let near = is_near(row.text("lat"), lat) && is_near(row.text("long"), long);
            session.hold("filed-position", near, &page.exchange, || {
                let shown = |name| row.text(name).unwrap_or("nothing");
                format!(
                    "{lat}, {long} came back as {}, {}",
                    shown("lat"),
                    shown("long")
                )
            });
        }
        None => session.leave("filed-position", "no place is known: --position LAT,LONG"),
    }
    let status = row.text("status").unwrap_or_default();
    let unknown = status != "closed" && session.is_broken("request-status");
    session.hold(
        "filed-open",
        status == "open" || unknown,
        &page.exchange,
        || format!("the new service request is \"{status}\""),
    );
    let requested = row
        .text("requested_datetime")
        .and_then(|text| time::instant(text.trim()));
    match requested {
        Some(instant) => {
            let now = (Utc::now() - instant).abs() < TimeDelta::minutes(10);
            session.hold("filed-now", now, &page.exchange, || {
                format!("requested_datetime is {instant}")
            });
        }
        None => session.leave("filed-now", "requested_datetime is missing or unreadable"),
    }
    let body = page
        .exchange
        .outcome
        .as_ref()
        .map(|answer| answer.body.clone())
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let told: Vec<&str> = PRIVATE
        .iter()
        .filter(|(_, value)| body.contains(value.trim_start_matches('+')))
        .map(|(name, _)| *name)
        .collect();
    session.hold("filed-private", told.is_empty(), &page.exchange, || {
        format!("the answer tells the reporter's {}", told.join(", "))
    });
}

/// The text without differences that XML and forms make.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

fn is_near(came: Option<&str>, sent: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let came = came.and_then(number);
    came.zip(number(sent))
        .is_some_and(|(came, sent)| (came - sent).abs() < 1e-5)
}

/// Files what XML cannot carry. To refuse it is as good as to leave it out.
fn control_characters(session: &mut Session<'_>, good: &Form) {
    let rule = "filed-control-characters";
    if !session.survey.formats.contains(&Format::Xml) {
        return session.leave(rule, "XML was not checked");
    }
    let mut form = good.clone();
    form.set(
        "description",
        "Conformance test, please ignore: \u{10}\u{b}\u{fffe}.",
    );
    let page = session.post("requests", Format::Xml, form.encoded());
    if page.status() == 400 {
        return session.hold(rule, true, &page.exchange, String::new);
    }
    let id = page
        .records
        .iter()
        .flatten()
        .find_map(|row| row.text("service_request_id"));
    let Some(id) = id.map(str::to_owned) else {
        return;
    };
    let path = format!("requests/{}", encoded(&id));
    let url = session.url(&path, Format::Xml, &[]);
    let exchange = session.send(crate::client::Asked::get(url));
    let Ok(answer) = &exchange.outcome else {
        return;
    };
    let reading = crate::reading::read(Document::Request, Format::Xml, answer);
    let broken = reading
        .complaints
        .iter()
        .any(|one| one.rule == "xml-well-formed");
    session.hold(rule, !broken, &exchange, || {
        "a control character was filed and broke the XML".to_owned()
    });
}

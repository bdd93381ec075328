//! POST service request: <https://wiki.open311.org/GeoReport_v2/#post-service-request>.

use super::report_form::{Form, Place, any_service, name, service};
use crate::{
    client::encoded,
    document::Document,
    format::Format,
    session::{Page, Session},
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// The arguments that nobody has to give.
const OPTIONAL: [&str; 9] = [
    "address_id",
    "email",
    "device_id",
    "account_id",
    "first_name",
    "last_name",
    "phone",
    "media_url",
    "description",
];
/// The rules that a service request has to be filed for.
const RULES: [&str; 9] = [
    "post-by-point",
    "post-by-address",
    "post-by-address-id",
    "post-answer-type",
    "post-list-attribute",
    "post-raw-brackets",
    "post-empty-is-absent",
    "post-4000-characters",
    "post-answer",
];

/// Files service requests in each way that the standard knows.
pub fn check(session: &mut Session<'_>) {
    let place = Place::known(session);
    let service_code = any_service(session).filter(|_| !session.survey.takes_no_posts);
    let (Some(service_code), Some(&format)) = (service_code, session.survey.formats.last()) else {
        return;
    };
    if place.point.is_none() && place.address.is_none() {
        for rule in RULES {
            session.leave(rule, "no place is known: --position LAT,LONG");
        }
        return;
    }
    let form = Form::of(session, &service_code);
    let Some(place) = places(session, format, &form, &place) else {
        return;
    };
    kinds(session, &place);
    details(session, format, form.clone().at(&place));
    attributes(session, format, &place);
}

/// Files by point, by address and by address id. Yields the place in the way that was accepted.
fn places(session: &mut Session<'_>, format: Format, form: &Form, place: &Place) -> Option<Place> {
    let mut accepted = None;
    let by_point = Place {
        point: place.point.clone(),
        ..Place::default()
    };
    let by_address = Place {
        address: place.address.clone(),
        ..Place::default()
    };
    for (rule, way) in [("post-by-point", by_point), ("post-by-address", by_address)] {
        if way.point.is_none() && way.address.is_none() {
            session.leave(rule, "no such place is known: --position LAT,LONG");
            continue;
        }
        let page = session.post("requests", format, form.clone().at(&way).encoded());
        if page.status() == 403 {
            for rule in RULES {
                session.leave(rule, "the endpoint refuses the API key that was given");
            }
            return None;
        }
        if hold_accepted(session, rule, &page, "a POST with this location alone") {
            accepted.get_or_insert(way);
        }
    }
    match &place.address_id {
        Some(address_id) => {
            let page = session.post(
                "requests",
                format,
                form.clone().set("address_id", address_id).encoded(),
            );
            hold_accepted(
                session,
                "post-by-address-id",
                &page,
                "a POST with address_id alone",
            );
        }
        None => session.leave("post-by-address-id", "no address_id is known"),
    }
    if accepted.is_none() {
        // Some want both; what else there is to say can still be said.
        let page = session.post("requests", format, form.clone().at(place).encoded());
        accepted = is_accepted(&page).then(|| place.clone());
    }
    if accepted.is_none() {
        for rule in RULES {
            session.leave(rule, "no POST was accepted");
        }
    }
    accepted
}

fn is_accepted(page: &Page) -> bool {
    [200, 201, 202].contains(&page.status())
}

fn hold_accepted(session: &mut Session<'_>, rule: &'static str, page: &Page, what: &str) -> bool {
    let accepted = (200..300).contains(&page.status());
    if page.exchange.is_sound() {
        session.hold(rule, accepted, &page.exchange, || {
            format!("{what} is answered with {}", page.status())
        });
    }
    accepted
}

/// Files for one service of each type and looks at the answer.
fn kinds(session: &mut Session<'_>, place: &Place) {
    for format in session.survey.formats.clone() {
        for kind in ["realtime", "batch", "blackbox"] {
            let Some(service_code) = service(session, kind) else {
                continue;
            };
            let form = Form::of(session, &service_code).at(place).encoded();
            let page = session.post("requests", format, form);
            if !page.exchange.is_sound() {
                continue;
            }
            let entries = page.records.as_ref().map_or(0, Vec::len);
            let sound = is_accepted(&page) && (entries == 1 || page.records.is_none());
            session.hold("post-answer", sound, &page.exchange, || {
                format!(
                    "a POST is answered with {} and {entries} requests",
                    page.status()
                )
            });
            let Some(answer) = page.records.iter().flatten().next() else {
                continue;
            };
            let (id, token) = (answer.text("service_request_id"), answer.text("token"));
            let fits = match kind {
                "realtime" => id.is_some() && token.is_none(),
                "batch" => id.is_none() && token.is_some(),
                _ => id.is_none() && token.is_none(),
            };
            session.hold("post-answer-type", fits, &page.exchange, || {
                let shown = |text: Option<&str>| text.unwrap_or("none").to_owned();
                format!(
                    "a {kind} service answers id {}, token {}",
                    shown(id),
                    shown(token)
                )
            });
            session.survey.tokens.extend(token.map(str::to_owned));
        }
    }
}

/// Files with every optional argument empty, and with a long description.
fn details(session: &mut Session<'_>, format: Format, good: &Form) {
    let mut form = good.clone();
    for name in OPTIONAL {
        if !matches!(good.value(name), Some(value) if name == "address_id" && !value.is_empty()) {
            form.set(name, "");
        }
    }
    let page = session.post("requests", format, form.encoded());
    hold_accepted(
        session,
        "post-empty-is-absent",
        &page,
        "a POST with empty optional arguments",
    );
    let mut form = good.clone();
    // Characters, not bytes.
    form.set("description", &"ß".repeat(4000));
    let page = session.post("requests", format, form.encoded());
    hold_accepted(
        session,
        "post-4000-characters",
        &page,
        "a description of 4,000 characters",
    );
}

/// Answers a list attribute, with brackets encoded and as they are.
fn attributes(session: &mut Session<'_>, format: Format, place: &Place) {
    let found = session.survey.definitions.iter().find_map(|definition| {
        let is_list = |datatype: Option<&str>| datatype == Some("multivaluelist");
        let attributes = definition.list("attributes").iter();
        let attribute = attributes.into_iter().find(|one| {
            is_list(one.text("datatype"))
                && one.flag("variable") == Some(true)
                && one.list("values").len() > 1
        })?;
        let keys: Vec<String> = attribute
            .list("values")
            .iter()
            .filter_map(|value| value.text("key"))
            .take(2)
            .map(str::to_owned)
            .collect();
        Some((
            definition.text("service_code")?.to_owned(),
            name(attribute),
            keys,
        ))
    });
    let Some((service_code, name, keys)) = found else {
        for rule in ["post-list-attribute", "post-raw-brackets"] {
            session.leave(rule, "no service has a multivaluelist");
        }
        return;
    };
    let mut form = Form::of(session, &service_code);
    form.at(place).remove(&name);
    for key in &keys {
        form.push(&name, key);
    }
    let page = session.post("requests", format, form.encoded());
    let what = format!("{name} with two values");
    if hold_accepted(session, "post-list-attribute", &page, &what) {
        let page = session.post("requests", format, form.with_raw_brackets());
        let what = format!("{name} with its brackets not encoded");
        hold_accepted(session, "post-raw-brackets", &page, &what);
    }
}

/// Asks for the service requests behind the tokens that were given out.
pub fn check_tokens(session: &mut Session<'_>) {
    let tokens = session.survey.tokens.clone();
    if tokens.is_empty() {
        for rule in ["token-resolves", "token-echo"] {
            session.leave(rule, "no token was given out");
        }
    }
    let formats = session.survey.formats.clone();
    for (token, format) in tokens.iter().zip(formats.into_iter().cycle()) {
        resolve(session, token, format);
    }
}

fn resolve(session: &mut Session<'_>, token: &str, format: Format) {
    let began = Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        let url = session.url(&format!("tokens/{}", encoded(token)), format, &[]);
        // A token that is not known yet may be answered with 404, too.
        let page = session.get_at(Document::Posted, url, format);
        let row = page.records.iter().flatten().next().cloned();
        if let Some(row) = &row
            && page.status() == 200
        {
            let told = row.text("token");
            let id = row.text("service_request_id");
            session.hold("token-echo", told == Some(token), &page.exchange, || {
                format!(
                    "asked for {token}, the answer names {}",
                    told.unwrap_or("no token")
                )
            });
            if let Some(id) = id {
                session.hold("token-resolves", true, &page.exchange, String::new);
                session.survey.filed_ids.push(id.to_owned());
                return;
            }
        }
        if began.elapsed() + pause > session.options.token_wait || !page.exchange.is_sound() {
            if page.is_readable() && ![200, 404].contains(&page.status()) {
                session.hold("token-resolves", false, &page.exchange, || {
                    format!(
                        "{token} was given out, but is answered with {}",
                        page.status()
                    )
                });
            }
            let why = "inconclusive: no service_request_id within the time of --token-wait";
            session.leave("token-resolves", why);
            return;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

//! GET service request: <https://wiki.open311.org/GeoReport_v2/#get-service-request>.

use super::{filters, hold_status, unknown_word};
use crate::{
    client::encoded,
    document::Document,
    format::Format,
    record::Record,
    session::{Page, Session},
};

/// How many service requests are read one by one.
const AT_MOST: usize = 3;

/// Reads some of the known service requests alone, and one that does not exist.
pub fn check(session: &mut Session<'_>) {
    let known: Vec<Record> = sample(&session.survey.known).into_iter().cloned().collect();
    if known.is_empty() {
        for rule in ["single-request", "single-is-list", "single-as-listed"] {
            session.leave(rule, "no service request was found");
        }
    }
    for format in session.survey.formats.clone() {
        for listed in &known {
            look_at(session, listed, format);
        }
        let path = format!("requests/{}", unknown_word());
        let page = session.get_in_vain(&path, format, &[]);
        hold_status(
            session,
            "request-unknown",
            &page,
            404,
            "an unknown service_request_id",
        );
    }
}

/// An open one, a closed one and the first.
fn sample(known: &[Record]) -> Vec<&Record> {
    let mut sample: Vec<&Record> = Vec::new();
    let of = |status: &'static str| {
        known
            .iter()
            .find(move |row| row.text("status") == Some(status))
    };
    for row in [of("open"), of("closed"), known.first()]
        .into_iter()
        .flatten()
    {
        if !sample.contains(&row) && sample.len() < AT_MOST {
            sample.push(row);
        }
    }
    sample
}

fn look_at(session: &mut Session<'_>, listed: &Record, format: Format) {
    let id = listed.text("service_request_id").unwrap_or_default();
    let page = ask(session, id, format);
    let rows = page.records.as_deref().unwrap_or_default();
    let found = rows
        .iter()
        .find(|row| row.text("service_request_id") == Some(id));
    if page.is_readable() {
        session.hold("single-request", found.is_some(), &page.exchange, || {
            format!(
                "{id} is in the list, but its own address answers {} without it",
                page.status()
            )
        });
    }
    let Some(found) = found else { return };
    session.hold("single-is-list", rows.len() == 1, &page.exchange, || {
        format!("asked for one service request, {} are answered", rows.len())
    });
    let fields = Document::Request.fields();
    let mut difference = listed.difference(found, fields);
    if difference.is_some() {
        // It may have changed since the list was read: then the next list has it so.
        let list = filters::list(session, format, &[]);
        let mut rows = list.records.iter().flatten();
        let listed = rows.find(|row| row.text("service_request_id") == Some(id));
        difference = listed.and_then(|listed| listed.difference(found, fields));
    }
    session.hold(
        "single-as-listed",
        difference.is_none(),
        &page.exchange,
        || {
            let (field, listed, alone) = difference.unwrap_or_default();
            format!("{field} of {id} is \"{listed}\" in the list and \"{alone}\" alone")
        },
    );
}

fn ask(session: &mut Session<'_>, id: &str, format: Format) -> Page {
    session.get(
        Document::Request,
        &format!("requests/{}", encoded(id)),
        format,
        &[],
    )
}

//! XML and JSON say the same: <https://wiki.open311.org/JSON_and_XML_Conversion/>.

use crate::{
    client::encoded, document::Document, format::Format, record::Record, session::Session,
};

/// How many definitions are compared.
const DEFINITIONS: usize = 5;

/// Reads each document in both formats and compares what they say.
pub fn check(session: &mut Session<'_>) {
    if session.survey.formats.len() < 2 {
        return session.leave("xml-equals-json", "only one format was checked");
    }
    if let Some(address) = session.survey.discovery.clone() {
        let url = move |_: &Session<'_>, format: Format| format!("{address}.{}", format.suffix());
        compare(session, Document::Discovery, "changeset", &url);
    }
    let path =
        |path: String| move |session: &Session<'_>, format: Format| session.url(&path, format, &[]);
    compare(
        session,
        Document::Services,
        "service_code",
        &path("services".into()),
    );
    let codes: Vec<String> = session
        .survey
        .definitions
        .iter()
        .filter_map(|definition| definition.text("service_code"))
        .take(DEFINITIONS)
        .map(encoded)
        .collect();
    for code in codes {
        compare(
            session,
            Document::Definition,
            "service_code",
            &path(format!("services/{code}")),
        );
    }
    let window = session.survey.window.clone();
    let requests = move |session: &Session<'_>, format: Format| {
        let arguments: Vec<(&str, &str)> = window
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        session.url("requests", format, &arguments)
    };
    compare(session, Document::Requests, "service_request_id", &requests);
    let first = session
        .survey
        .known
        .first()
        .and_then(|row| row.text("service_request_id"));
    if let Some(id) = first.map(encoded) {
        compare(
            session,
            Document::Request,
            "service_request_id",
            &path(format!("requests/{id}")),
        );
    }
}

/// Compares a document in both formats, entry by entry as its key names them. What differs is read
/// again, since a living endpoint changes between two requests.
fn compare(
    session: &mut Session<'_>,
    document: Document,
    key: &str,
    url: &dyn Fn(&Session<'_>, Format) -> String,
) {
    for last in [false, true] {
        let [xml, json] = Format::ALL.map(|format| {
            let url = url(session, format);
            session.get_at(document, url, format)
        });
        let (Some(left), Some(right)) = (&xml.records, &json.records) else {
            return;
        };
        let difference = difference(document, key, left, right);
        if difference.is_none() || last {
            let problem = || {
                format!(
                    "the {}: {}",
                    document.name(),
                    difference.clone().unwrap_or_default()
                )
            };
            session.hold(
                "xml-equals-json",
                difference.is_none(),
                &json.exchange,
                problem,
            );
            return;
        }
    }
}

fn difference(document: Document, key: &str, xml: &[Record], json: &[Record]) -> Option<String> {
    if xml.len() != json.len() {
        return Some(format!(
            "XML has {} entries, JSON has {}",
            xml.len(),
            json.len()
        ));
    }
    let keys = |records: &[Record]| {
        let keys = records
            .iter()
            .map(|one| one.text(key).unwrap_or_default().trim().to_owned());
        keys.collect::<Vec<_>>()
    };
    // In the same order, entries without a key or with a key that others have can be told apart.
    let is_single = document.entry().is_none();
    let (xml_keys, json_keys) = (keys(xml), keys(json));
    let in_order = is_single || xml_keys == json_keys;
    xml.iter()
        .zip(&xml_keys)
        .enumerate()
        .find_map(|(number, (left, name))| {
            let place = match in_order {
                true => Some(number),
                false => json_keys.iter().position(|other| other == name),
            };
            let Some(right) = place.and_then(|place| json.get(place)) else {
                return Some(format!("{name} is in XML only"));
            };
            let (field, left, right) = left.difference(right, document.fields())?;
            Some(format!(
                "{field} of {name} is \"{left}\" in XML and \"{right}\" in JSON"
            ))
        })
}

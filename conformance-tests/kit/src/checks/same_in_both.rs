//! XML and JSON say the same: <https://wiki.open311.org/JSON_and_XML_Conversion/>.

use crate::{
    client::encoded, document::Document, format::Format, record::Record, session::Session,
};
use std::collections::BTreeMap;

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

/// Compares a document in both formats, entry by entry as its key names them. Where they differ XML
/// is read once more, since a living endpoint changes between two requests: each entry must then
/// be as it was before JSON was read, or as it was after.
fn compare(
    session: &mut Session<'_>,
    document: Document,
    key: &str,
    url: &dyn Fn(&Session<'_>, Format) -> String,
) {
    let mut read = |format| {
        let url = url(session, format);
        session.get_at(document, url, format)
    };
    let (xml, json) = (read(Format::Xml), read(Format::Json));
    let (Some(before), Some(told)) = (&xml.records, &json.records) else {
        return;
    };
    let mut found = difference(document, key, &[before], told);
    if found.is_some() {
        let again = read(Format::Xml);
        let Some(after) = &again.records else { return };
        found = difference(document, key, &[before, after], told);
    }
    session.hold("xml-equals-json", found.is_none(), &json.exchange, || {
        format!("the {}: {}", document.name(), found.unwrap_or_default())
    });
}

/// How JSON differs from each reading of the XML.
fn difference(
    document: Document,
    key: &str,
    xml: &[&Vec<Record>],
    json: &[Record],
) -> Option<String> {
    let is_single = document.entry().is_none();
    // Entries without a name, or with one that others have too, are told apart by their number.
    let by_name = |list: &[Record]| -> BTreeMap<(String, usize), Record> {
        let mut named = BTreeMap::new();
        for one in list {
            let name = if is_single { None } else { one.text(key) };
            let name = name.unwrap_or_default().trim().to_owned();
            let number = (0..).find(|number| !named.contains_key(&(name.clone(), *number)));
            named.insert((name, number.unwrap_or_default()), one.clone());
        }
        named
    };
    let xml: Vec<_> = xml.iter().map(|list| by_name(list)).collect();
    let json = by_name(json);
    for (name @ (shown, _), told) in &json {
        let seen: Vec<&Record> = xml.iter().filter_map(|list| list.get(name)).collect();
        let same = |one: &&Record| one.difference(told, document.fields()).is_none();
        match seen.first() {
            None => return Some(format!("{shown} is in JSON only")),
            Some(_) if seen.iter().any(same) => {}
            Some(one) => {
                let (field, left, right) = one.difference(told, document.fields())?;
                return Some(format!(
                    "{field} of {shown} is \"{left}\" in XML and \"{right}\" in JSON"
                ));
            }
        }
    }
    let (first, last) = (xml.first()?, xml.last()?);
    let mut names = first.keys();
    let (lost, _) = names.find(|name| last.contains_key(*name) && !json.contains_key(*name))?;
    Some(format!("{lost} is in XML only"))
}

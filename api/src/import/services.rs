//! Service lists and service definitions as files.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-list>

use super::{
    definition,
    record::Value,
    source::{Source, SourceError},
};
use domain::{
    Service, ServiceCode, ServiceDefinition, ServiceType, Violation,
    text::{MAX_DESCRIPTION, MAX_LINE, bounded, line},
};
use std::path::PathBuf;

/// One entry of a services document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServicesItem {
    /// A service, with its definition if the entry holds that too.
    Service(Service, Option<ServiceDefinition>),
    /// The definition of a service that is known from elsewhere.
    Definition(ServiceDefinition),
}

/// Why a services document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is another document.
    #[error("{}: is {what}", path.display())]
    OtherDocument {
        /// Which file.
        path: PathBuf,
        /// What it is, and what takes it.
        what: String,
    },
    /// One of its entries is at fault.
    #[error("{}: entry {entry}{}: {violation}", path.display(), service_code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Entry {
        /// Which file.
        path: PathBuf,
        /// Which entry, from 1.
        entry: usize,
        /// Its service_code, if it has one.
        service_code: Option<String>,
        /// What is wrong.
        violation: Violation,
    },
}

/// Everything in a file of services or definitions: XML or JSON, plain or gzip, in the standard's
/// form or a dialect of it, or our own, where a service may hold its `attributes` and
/// `service_notice`.
///
/// # Errors
/// When it is anything else, or an entry is at fault: then nothing of it is taken.
pub fn read_services(source: Source) -> Result<Vec<ServicesItem>, ServicesError> {
    each_service(source)?.into_iter().collect()
}

/// The same, for those who can do without the entries that are at fault.
///
/// # Errors
/// When it is anything else.
pub fn each_service(
    source: Source,
) -> Result<Vec<Result<ServicesItem, ServicesError>>, ServicesError> {
    let path = source.path().to_owned();
    let document = source.into_tree()?;
    let entries = entries(&document).map_err(|what| ServicesError::OtherDocument {
        path: path.clone(),
        what,
    })?;
    let read = |(number, entry): (usize, &Value)| {
        item(entry).map_err(|violation| ServicesError::Entry {
            path: path.clone(),
            entry: number,
            service_code: entry
                .get("service_code")
                .and_then(Value::text)
                .map(str::to_owned),
            violation,
        })
    };
    Ok((1..).zip(entries).map(read).collect())
}

/// The services and definitions in a document, or what the document is instead.
fn entries(document: &Value) -> Result<Vec<&Value>, String> {
    let entries = match (document.get("services"), document.get("service_definition")) {
        (Some(list), _) => list.items("service"),
        (None, Some(definition)) => vec![definition],
        (None, None) => match document {
            Value::List(list) => list.iter().collect(),
            alone => vec![alone],
        },
    };
    let strange = entries.iter().find(|entry| {
        entry.get("service_code").is_none() || entry.get("service_request_id").is_some()
    });
    match strange {
        None => Ok(entries),
        Some(entry) => match other_document(entry) {
            Some(what) => Err(what.to_owned()),
            // Found out entry by entry, so that the one at fault is named.
            None if entries
                .iter()
                .any(|entry| entry.get("service_code").is_some()) =>
            {
                Ok(entries)
            }
            None => Err("neither a list of services nor a service definition".into()),
        },
    }
}

/// What a document is if it is about something else.
fn other_document(entry: &Value) -> Option<&'static str> {
    let has = |name: &str| entry.get(name).is_some();
    if has("endpoints") || has("discovery") {
        Some("a discovery document, which no command takes: the server makes its own")
    } else if [
        "service_request_id",
        "service_requests",
        "requests",
        "request",
        "token",
    ]
    .into_iter()
    .any(has)
    {
        Some("a list of service requests; `georeport import requests` takes it")
    } else if has("errors") || (has("code") && has("description")) {
        Some("an error that a server answered")
    } else {
        None
    }
}

fn item(entry: &Value) -> Result<ServicesItem, Violation> {
    let code = entry
        .get("service_code")
        .and_then(Value::text)
        .unwrap_or_default();
    let service_code = ServiceCode::parse(code)?;
    if entry.get("service_name").is_none() && definition::is_present(entry) {
        return definition::read(entry, service_code).map(ServicesItem::Definition);
    }
    let mut service = service(entry, service_code.clone())?;
    let definition = match entry.get("attributes") {
        None | Some(Value::Null) => None,
        Some(_) => Some(definition::read(entry, service_code)?),
    };
    if let Some(definition) = &definition {
        service.has_definition = !definition.attributes.is_empty();
    }
    Ok(ServicesItem::Service(service, definition))
}

fn service(entry: &Value, service_code: ServiceCode) -> Result<Service, Violation> {
    let text = |name| entry.get(name).and_then(Value::text).unwrap_or_default();
    let service_name = folded("service_name", text("service_name"), MAX_LINE)?;
    if service_name.is_empty() {
        return Err(Violation::missing("service_name"));
    }
    let service_type = match text("type") {
        "" => ServiceType::Realtime,
        word => ServiceType::parse(word)?,
    };
    Ok(Service {
        service_code,
        service_name,
        description: bounded("description", text("description"), MAX_DESCRIPTION)?,
        has_definition: definition::flag(entry, "metadata", false)?,
        service_type,
        keywords: folded("keywords", &keywords(entry), MAX_DESCRIPTION)?,
        service_group: folded("group", group(entry).unwrap_or_default(), MAX_LINE)?,
        service_notice: bounded("service_notice", text("service_notice"), MAX_DESCRIPTION)?,
    })
}

/// One comma separated text; a copy of the standard's OpenAPI document says: a list.
fn keywords(entry: &Value) -> String {
    match entry.get("keywords") {
        Some(list @ (Value::List(_) | Value::Object(_))) => {
            let words: Vec<&str> = list
                .items("keyword")
                .into_iter()
                .filter_map(Value::text)
                .collect();
            words.join(", ")
        }
        one => one.and_then(Value::text).unwrap_or_default().to_owned(),
    }
}

/// The group; of several (FixMyStreet's `groups`) the first.
fn group(entry: &Value) -> Option<&str> {
    let one = entry.get("group").and_then(Value::text);
    one.or_else(|| entry.get("groups")?.items("group").first()?.text())
}

fn folded(argument: &str, text: &str, max: usize) -> Result<String, Violation> {
    let words: Vec<&str> = text.split_whitespace().collect();
    line(argument, &words.join(" "), max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(text: &str) -> Result<Vec<ServicesItem>, ServicesError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read_services(Source::open(file.path())?)
    }

    fn services(text: &str) -> Vec<Service> {
        let items = read(text).unwrap().into_iter();
        items
            .map(|item| match item {
                ServicesItem::Service(service, _) => service,
                ServicesItem::Definition(definition) => panic!("{definition:?}"),
            })
            .collect()
    }

    #[test]
    fn json_and_xml_wrapped_or_not_are_the_same() {
        for text in [
            r#"[{"service_code":"001","service_name":"A  b","metadata":"true","type":"batch","keywords":"x, y","group":"G"}]"#,
            r#"{"services":[{"service_code":"001","service_name":"A b","metadata":true,"type":"Batch","keywords":["x","y"],"groups":["G","H"]}]}"#,
            r#"{"service_code":"001","service_name":"A b","metadata":true,"type":"batch","keywords":"x, y","group":"G"}"#,
            "<services is_array='true'><service><service_code>001</service_code><service_name>A b</service_name>\
             <metadata>true</metadata><type>batch</type><keywords>x, y</keywords><groups><group>G</group></groups></service></services>",
        ] {
            let service = &services(text)[0];
            assert_eq!(service.service_code.as_str(), "001", "{text}");
            assert_eq!(service.service_name, "A b");
            assert_eq!(service.service_type, ServiceType::Batch);
            assert!(service.has_definition);
            assert_eq!((&*service.keywords, &*service.service_group), ("x, y", "G"));
        }
        assert!(services("[]").is_empty() && services("<services/>").is_empty());
    }

    #[test]
    fn what_a_service_leaves_out_is_assumed() {
        let service = &services(r#"[{"service_code":30102,"service_name":"A"}]"#)[0];
        assert_eq!(service.service_code.as_str(), "30102");
        assert_eq!(service.service_type, ServiceType::Realtime);
        assert!(!service.has_definition && service.description.is_empty());
    }

    #[test]
    fn a_service_may_hold_its_notice_and_its_definition() {
        let text = r#"{"services":[{"service_code":"a","service_name":"A","service_notice":"Soon.",
            "attributes":[{"code":"x","datatype":"string"}]},
            {"service_code":"b","service_name":"B","metadata":true,"attributes":[]},
            {"service_code":"c","service_name":"C","metadata":true,"attributes":null}]}"#;
        let items = read(text).unwrap();
        let ServicesItem::Service(a, Some(definition)) = &items[0] else {
            panic!("{items:?}");
        };
        assert!(a.has_definition && a.service_notice == "Soon.");
        assert_eq!(definition.attributes.len(), 1);
        assert!(matches!(&items[1], ServicesItem::Service(b, Some(_)) if !b.has_definition));
        assert!(matches!(&items[2], ServicesItem::Service(c, None) if c.has_definition));
    }

    #[test]
    fn a_definition_is_read_in_its_new_and_old_form() {
        for text in [
            "<service_definition><service_code>a</service_code><attributes><attribute><code>x</code></attribute></attributes></service_definition>",
            "<service_definition><service_code>a</service_code><attribute><code>x</code></attribute></service_definition>",
            r#"{"service_code":"a","attributes":[{"code":"x"}]}"#,
            r#"{"service_definition":{"service_code":"a","attributes":[{"code":"x"}]}}"#,
        ] {
            let items = read(text).unwrap();
            assert!(
                matches!(&items[..], [ServicesItem::Definition(one)] if one.attributes[0].code == "x"),
                "{text}"
            );
        }
    }

    #[test]
    fn another_document_is_told_by_what_it_is() {
        for (text, said) in [
            (
                "<discovery><endpoints/></discovery>",
                "a discovery document",
            ),
            (r#"{"endpoints":[]}"#, "a discovery document"),
            (
                "<service_requests><request/></service_requests>",
                "georeport import",
            ),
            (r#"{"service_requests":[]}"#, "georeport import"),
            (
                r#"[{"service_request_id":"1","service_code":"a","service_name":"A"}]"#,
                "georeport import",
            ),
            (
                "<errors><error><code>400</code></error></errors>",
                "an error",
            ),
            (r#"[{"code":400,"description":"x"}]"#, "an error"),
            (
                r#"{"type":"FeatureCollection"}"#,
                "neither a list of services",
            ),
            ("a,b\n1,2\n", "neither XML nor JSON"),
            ("{\"services\":\n[", "line 2"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_entry_at_fault_is_named() {
        for (text, said) in [
            (
                r#"[{"service_code":"a","service_name":"A"},{"service_name":"B"}]"#,
                "entry 2: service_code was not provided",
            ),
            (
                r#"[{"service_code":"a"}]"#,
                "entry 1 (a): service_name was not provided",
            ),
            (
                r#"[{"service_code":"a","service_name":"A","type":"x"}]"#,
                "type is not",
            ),
            (
                r#"[{"service_code":"a","service_name":"A","metadata":"x"}]"#,
                "metadata is neither",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}

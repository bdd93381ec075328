//! Service Discovery: <https://wiki.open311.org/Service_Discovery/>.

use crate::{
    client::{Asked, Exchange},
    document::Document,
    format::Format,
    reading::read,
    record::Record,
    session::Session,
    time,
};
use chrono::Utc;

const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";
const OF_DISCOVERY: [&str; 4] = ["changeset", "contact", "key_service", "endpoints"];
const OF_AN_ENDPOINT: [&str; 5] = ["specification", "url", "changeset", "type", "formats"];

/// Looks for the document, reads it in both formats and takes from it what concerns the endpoint.
pub fn check(session: &mut Session<'_>) {
    let Some(address) = find(session) else { return };
    session.survey.discovery = Some(address.clone());
    for format in Format::ALL {
        let url = format!("{address}.{}", format.suffix());
        let page = session.get_at(Document::Discovery, url, format);
        session.hold(
            "discovery-formats",
            page.status() == 200,
            &page.exchange,
            || {
                format!(
                    "the discovery document is not there as {format}: {}",
                    page.status()
                )
            },
        );
        for document in page.records.iter().flatten() {
            look_at(session, document, &page.exchange);
        }
    }
}

/// The address of the document without its suffix: what the operator says, or where most servers
/// have it.
fn find(session: &mut Session<'_>) -> Option<String> {
    let told = session.options.discovery.clone();
    let is_told = told.is_some();
    let candidates = match told {
        Some(url) => vec![without_suffix(&url).to_owned()],
        None => {
            let base = session.base();
            let mut candidates = vec![format!("{base}/discovery")];
            candidates.extend(origin(base).map(|origin| format!("{origin}/discovery")));
            candidates
        }
    };
    let mut last = None;
    for candidate in &candidates {
        for format in Format::ALL {
            let exchange = session.send(Asked::get(format!("{candidate}.{}", format.suffix())));
            if is_discovery(format, &exchange) {
                session.hold("discovery-location", true, &exchange, String::new);
                return Some(candidate.clone());
            }
            last = Some(exchange);
        }
    }
    let exchange = last?;
    if is_told {
        session.hold("discovery-formats", false, &exchange, || {
            "there is no discovery document at the given address".to_owned()
        });
        session.leave("discovery-location", "--discovery says where it is");
    } else {
        session.hold("discovery-location", false, &exchange, || {
            "no discovery document at the endpoint nor at the root of the site; if it is elsewhere, \
             say so with --discovery"
                .to_owned()
        });
    }
    for rule in [
        "discovery-formats",
        "discovery-fields",
        "discovery-specification",
        "discovery-type",
        "discovery-text-xml",
        "discovery-url",
        "discovery-changeset",
    ] {
        session.leave(rule, "no discovery document was found");
    }
    None
}

fn is_discovery(format: Format, exchange: &Exchange) -> bool {
    exchange.outcome.as_ref().is_ok_and(|answer| {
        let records = read(Document::Discovery, format, answer).records;
        answer.status == 200
            && records
                .iter()
                .flatten()
                .any(|record| record.has("endpoints"))
    })
}

fn look_at(session: &mut Session<'_>, document: &Record, exchange: &Exchange) {
    let endpoints = document.list("endpoints").to_vec();
    let lacking = |record: &Record, names: &[&'static str]| -> Vec<&'static str> {
        names
            .iter()
            .copied()
            .filter(|name| !record.has(name))
            .collect()
    };
    let mut missing = lacking(document, &OF_DISCOVERY);
    missing.extend(
        endpoints
            .iter()
            .flat_map(|one| lacking(one, &OF_AN_ENDPOINT)),
    );
    missing.dedup();
    session.hold("discovery-fields", missing.is_empty(), exchange, || {
        format!("the discovery document lacks {}", missing.join(", "))
    });
    let ours: Vec<&Record> = endpoints
        .iter()
        .filter(|one| one.text("specification").map(str::trim) == Some(SPECIFICATION))
        .collect();
    session.hold(
        "discovery-specification",
        !ours.is_empty(),
        exchange,
        || format!("no endpoint has the specification {SPECIFICATION}"),
    );
    for kind in endpoints.iter().filter_map(|one| one.text("type")) {
        let known = ["production", "test"].contains(&kind.trim());
        session.hold("discovery-type", known, exchange, || {
            format!("the type of an endpoint is \"{kind}\"")
        });
    }
    for one in ours.iter().filter(|one| one.has("formats")) {
        let formats = one.texts("formats");
        let has_xml = formats
            .iter()
            .any(|format| format.split(';').next() == Some("text/xml"));
        session.hold("discovery-text-xml", has_xml, exchange, || {
            format!("the formats of an endpoint are {}", formats.join(", "))
        });
    }
    let changesets = std::iter::once(document).chain(ours.iter().copied());
    for changeset in changesets.filter_map(|one| one.text("changeset")) {
        let sound = time::instant(changeset.trim()).is_some_and(|instant| instant <= Utc::now());
        session.hold("discovery-changeset", sound, exchange, || {
            format!("a changeset is \"{changeset}\"")
        });
    }
    for one in &ours {
        follow(session, one, exchange);
    }
    take(session, &ours);
}

/// Asks for the service list at the address that is announced, if it is on this host: a name that
/// is public elsewhere may lead to another server.
fn follow(session: &mut Session<'_>, endpoint: &Record, exchange: &Exchange) {
    let Some(url) = endpoint
        .text("url")
        .map(|url| url.trim().trim_end_matches('/').to_owned())
    else {
        return;
    };
    if url == session.base() {
        session.hold("discovery-url", true, exchange, String::new);
        return;
    }
    if origin(&url) != origin(session.base()) {
        session.leave("discovery-url", "the endpoint's url is on another host");
        return;
    }
    let asked = session.send(Asked::get(format!("{url}/services.xml")));
    // Another jurisdiction's endpoint may well want a jurisdiction_id.
    let leads_there = matches!(asked.status(), Some(200 | 400));
    session.hold("discovery-url", leads_there, &asked, || {
        format!("there is no service list at the announced url {url}")
    });
}

/// Keeps what is said of the endpoint under test: the one with its address, or the only one.
fn take(session: &mut Session<'_>, endpoints: &[&Record]) {
    let path = |url: &str| {
        let url = url.trim().trim_end_matches('/');
        url.strip_prefix(origin(url).unwrap_or_default())
            .map(str::to_owned)
    };
    let here = path(session.base());
    let ours = endpoints
        .iter()
        .find(|one| one.text("url").and_then(path) == here)
        .or(endpoints.first().filter(|_| endpoints.len() == 1));
    if let Some(ours) = ours {
        session.survey.endpoint_type = ours.text("type").map(|text| text.trim().to_owned());
        let formats = ours.texts("formats").into_iter();
        session.survey.announced = formats
            .filter_map(|format| format.split(';').next())
            .map(|format| format.trim().to_ascii_lowercase())
            .collect();
    }
}

fn without_suffix(url: &str) -> &str {
    url.strip_suffix(".xml")
        .or_else(|| url.strip_suffix(".json"))
        .unwrap_or(url)
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url
        .get(start..)?
        .find('/')
        .map_or(url.len(), |at| start + at);
    url.get(..end)
}

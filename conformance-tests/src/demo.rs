//! What the demo data promises: two jurisdictions, a key, services of every kind.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::endpoint::{Endpoint, text};
use crate::http::Form;
use crate::server::Server;
use crate::time;

/// The first jurisdiction of the demo; its local time is America/New_York.
pub const BOSTON: &str = "boston.demo";
/// The second jurisdiction of the demo, in German; its local time is Europe/Zurich.
pub const ZURICH: &str = "zurich.demo";
/// The key that exists in demo mode only, for both jurisdictions.
pub const KEY: &str = "demo-key";
/// Boston's City Hall: `lat` and `long`.
pub const INSIDE: (&str, &str) = ("42.3601", "-71.0589");
/// New York's City Hall, outside of Boston.
pub const OUTSIDE: (&str, &str) = ("40.7128", "-74.0060");
/// The six datatypes of the standard.
pub const DATATYPES: [&str; 6] = [
    "string",
    "number",
    "datetime",
    "text",
    "singlevaluelist",
    "multivaluelist",
];

/// A jurisdiction of the demo with one service of each kind that tests need.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The jurisdiction, called by the standard's base path.
    pub endpoint: Endpoint,
    /// A service without attributes that answers an id.
    pub plain: Service,
    /// A service that answers an id and asks for all six datatypes.
    pub detailed: Service,
    /// A service that answers a token.
    pub batch: Service,
    /// A service that answers neither.
    pub blackbox: Service,
}

/// A service and its definition, as the server describes them.
#[derive(Clone, Debug)]
pub struct Service {
    /// The service's code.
    pub code: String,
    /// The service's name.
    pub name: String,
    /// The attributes of its definition; none without metadata.
    pub attributes: Vec<Value>,
}

impl Demo {
    /// Boston on the server that the tests of one binary share.
    pub fn boston() -> &'static Self {
        static BOSTON_SHARED: OnceLock<Demo> = OnceLock::new();
        BOSTON_SHARED.get_or_init(|| Self::boston_on(Server::shared()))
    }

    /// Boston on a server of the test's own.
    #[track_caller]
    pub fn boston_on(server: &Server) -> Self {
        let endpoint = Endpoint::standard(server, BOSTON);
        let services = endpoint.services();
        let described = |row: &Value| {
            let code = text(row, "service_code").to_owned();
            let attributes = if row["metadata"] == true {
                endpoint.definition(&code)["attributes"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            } else {
                Vec::new()
            };
            Service {
                code,
                name: text(row, "service_name").to_owned(),
                attributes,
            }
        };
        let pick = |what: &str, kind: &str, wanted: &dyn Fn(&Service) -> bool| {
            let mut of_kind = services
                .iter()
                .filter(|row| row["type"] == kind)
                .map(described);
            match of_kind.find(wanted) {
                Some(service) => service,
                None => panic!("the demo has no {what} service"),
            }
        };
        Self {
            plain: pick("plain realtime", "realtime", &|service| {
                service.attributes.is_empty()
            }),
            detailed: pick(
                "realtime service with all datatypes, no",
                "realtime",
                &|service| {
                    DATATYPES
                        .iter()
                        .all(|datatype| service.with_datatype(datatype).is_some())
                },
            ),
            batch: pick("batch", "batch", &|_| true),
            blackbox: pick("blackbox", "blackbox", &|_| true),
            endpoint,
        }
    }

    /// The fields of an acceptable report: key, service, place, a description of its
    /// own and an answer to every required attribute.
    pub fn report(&self, service: &Service) -> Form {
        let form = Form::of(&[
            ("api_key", KEY),
            ("service_code", &service.code),
            ("lat", INSIDE.0),
            ("long", INSIDE.1),
            (
                "description",
                &format!("A report of the conformance tests, {}", unique()),
            ),
        ]);
        let required = service
            .attributes
            .iter()
            .filter(|attribute| is_required(attribute));
        required.fold(form, |form, attribute| {
            form.and(
                &format!("attribute[{}]", text(attribute, "code")),
                &answer_to(attribute),
            )
        })
    }
}

impl Service {
    /// The first attribute of this datatype that is asked of the user.
    pub fn with_datatype(&self, datatype: &str) -> Option<&Value> {
        self.attributes
            .iter()
            .find(|a| a["datatype"] == datatype && a["variable"] == true)
    }

    /// The code of the first attribute of this datatype.
    #[track_caller]
    pub fn code_of(&self, datatype: &str) -> &str {
        match self.with_datatype(datatype) {
            Some(attribute) => text(attribute, "code"),
            None => panic!("service {} asks for no {datatype}", self.code),
        }
    }

    /// The keys that the first attribute of this datatype offers.
    #[track_caller]
    pub fn keys_of(&self, datatype: &str) -> Vec<&str> {
        let values = self
            .with_datatype(datatype)
            .and_then(|attribute| attribute["values"].as_array());
        values
            .into_iter()
            .flatten()
            .map(|value| text(value, "key"))
            .collect()
    }
}

/// Whether a report without an answer to this attribute must be refused.
pub fn is_required(attribute: &Value) -> bool {
    attribute["required"] == true && attribute["variable"] == true
}

/// An acceptable answer to an attribute.
#[track_caller]
pub fn answer_to(attribute: &Value) -> String {
    match text(attribute, "datatype") {
        "number" => "3.5".into(),
        "datetime" => time::utc(time::now() - 3_600),
        "singlevaluelist" | "multivaluelist" => text(&attribute["values"][0], "key").into(),
        _ => "An answer of the conformance tests".into(),
    }
}

/// A word that no other text holds, to be searched for.
pub fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("zq{}x{}x{count}", time::now(), std::process::id())
}

//! One jurisdiction's GeoReport methods under one of the two base paths.

use serde_json::Value;

use crate::answer::Answer;
use crate::http::{Call, Form, percent};
use crate::server::Server;

/// The standard's two formats; the path's suffix alone chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.xml`, required by the standard.
    Xml,
    /// `.json`, optional in the standard.
    Json,
}

impl Format {
    /// Both formats.
    pub const BOTH: [Self; 2] = [Self::Xml, Self::Json];

    /// The suffix of the path, without the dot.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }

    /// The `Content-Type` to the letter.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// Where the methods of one jurisdiction are called.
#[derive(Clone, Debug)]
pub struct Endpoint {
    base: String,
    /// The parameter that the standard's own base path needs.
    jurisdiction: Form,
}

impl Endpoint {
    /// `/open311/v2`, with `jurisdiction_id` in the query.
    pub fn standard(server: &Server, jurisdiction: &str) -> Self {
        let base = format!("{}/open311/v2", server.url());
        Self {
            base,
            jurisdiction: Form::of(&[("jurisdiction_id", jurisdiction)]),
        }
    }

    /// `/jurisdictions/{jurisdiction_id}/open311/v2`.
    pub fn fixed(server: &Server, jurisdiction: &str) -> Self {
        let base = format!(
            "{}/jurisdictions/{}/open311/v2",
            server.url(),
            percent(jurisdiction)
        );
        Self {
            base,
            jurisdiction: Form::default(),
        }
    }

    /// The base path with the server, as discovery announces it.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request for a resource such as `services/001`, percent-encoded by the caller.
    pub fn call(&self, method: &str, resource: &str, format: Format) -> Call {
        let url = format!("{}/{resource}.{}", self.base, format.suffix());
        Call::new(method, url).query(&self.jurisdiction)
    }

    /// GETs a resource with parameters.
    #[track_caller]
    pub fn get(&self, resource: &str, format: Format, parameters: &[(&str, &str)]) -> Answer {
        self.call("GET", resource, format)
            .query(&Form::of(parameters))
            .send()
    }

    /// The service requests that a query finds.
    #[track_caller]
    pub fn find(&self, parameters: &[(&str, &str)]) -> Vec<Value> {
        self.get("requests", Format::Json, parameters)
            .expect(200)
            .rows()
    }

    /// The ids that a query finds, in the order of the answer.
    #[track_caller]
    pub fn find_ids(&self, parameters: &[(&str, &str)]) -> Vec<String> {
        self.find(parameters)
            .iter()
            .map(|row| text(row, "service_request_id").to_owned())
            .collect()
    }

    /// One service request.
    #[track_caller]
    pub fn request(&self, id: &str) -> Value {
        self.get(&format!("requests/{}", percent(id)), Format::Json, &[])
            .expect(200)
            .row()
    }

    /// POSTs a form.
    #[track_caller]
    pub fn post(&self, format: Format, form: &Form) -> Answer {
        self.call("POST", "requests", format).form(form).send()
    }

    /// Files a service request that must be accepted and returns its id.
    #[track_caller]
    pub fn file(&self, form: &Form) -> String {
        let row = self.post(Format::Json, form).expect(200).row();
        text(&row, "service_request_id").to_owned()
    }

    /// The service list.
    #[track_caller]
    pub fn services(&self) -> Vec<Value> {
        self.get("services", Format::Json, &[]).expect(200).rows()
    }

    /// A service's definition.
    #[track_caller]
    pub fn definition(&self, service_code: &str) -> Value {
        let resource = format!("services/{}", percent(service_code));
        self.get(&resource, Format::Json, &[]).expect(200).json()
    }
}

/// A field that must be a string in JSON.
#[track_caller]
pub fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    match row.get(field).and_then(Value::as_str) {
        Some(text) => text,
        None => panic!("{field} is no string in {row}"),
    }
}

/// A field that must be a list in JSON.
#[track_caller]
pub fn list<'a>(row: &'a Value, field: &str) -> &'a [Value] {
    match row.get(field).and_then(Value::as_array) {
        Some(list) => list,
        None => panic!("{field} is no list in {row}"),
    }
}

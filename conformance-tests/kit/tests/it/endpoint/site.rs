//! A correct server: what it answers to each request.

use std::sync::{Mutex, MutexGuard};

use chrono::Utc;

use super::city::City;
use super::describe;
use super::document::{Content, Element, Format};
use super::filing;
use super::query;
use super::request::{Method, Request};

/// A status and a document, not yet written.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub format: Format,
    pub document: Element,
}

impl Answer {
    pub fn failure(request: &Request, status: u16, description: &str) -> Self {
        Self {
            status,
            format: request.format,
            document: describe::errors(status, description),
        }
    }
}

/// Why a request is not answered, for the document `errors`.
#[derive(Debug)]
pub struct Failure {
    status: u16,
    description: String,
}

impl Failure {
    pub fn new(status: u16, description: &str) -> Self {
        Self {
            status,
            description: description.to_owned(),
        }
    }
}

/// How an endpoint is set up: everything here is the operator's choice.
#[derive(Clone, Debug)]
pub struct Setup {
    /// One jurisdiction is served without `jurisdiction_id`.
    pub jurisdictions: Vec<&'static str>,
    pub kind: &'static str,
    pub json: bool,
}

impl Setup {
    pub fn formats(&self) -> &'static [&'static str] {
        match self.json {
            true => &["text/xml", "application/json"],
            false => &["text/xml"],
        }
    }
}

pub struct Site {
    pub setup: Setup,
    /// The base of the methods.
    pub url: String,
    /// In the order of the jurisdictions.
    pub cities: Vec<Mutex<City>>,
}

impl Site {
    pub fn answer(&self, request: &Request) -> Answer {
        match self.document(request) {
            Ok(document) => Answer {
                status: 200,
                format: request.format,
                document,
            },
            Err(failure) => Answer::failure(request, failure.status, &failure.description),
        }
    }

    fn document(&self, request: &Request) -> Result<Element, Failure> {
        if request.method == Method::Discovery {
            let Setup { kind, .. } = self.setup;
            return Ok(describe::discovery(&self.url, kind, self.setup.formats()));
        }
        if request.format == Format::Json && !self.setup.json {
            return Err(Failure::new(404, "only XML is offered"));
        }
        let mut city = self.city(request)?;
        match &request.method {
            Method::ServiceList => {
                let services = city.services.iter().map(describe::service).collect();
                Ok(Element::new("services", Content::List(services)))
            }
            Method::ServiceDefinition(code) => {
                let service = city.service(code).map(describe::definition);
                service.ok_or_else(|| Failure::new(404, "service_code is unknown"))
            }
            Method::ServiceRequests => {
                let found = query::select(&city, &request.arguments)?.into_iter();
                let requests = found.map(|request| city.describe(request)).collect();
                Ok(describe::service_requests(requests))
            }
            Method::ServiceRequest(id) => {
                let found = city.public().find(|request| request.id == *id);
                let found =
                    found.ok_or_else(|| Failure::new(404, "service_request_id is unknown"))?;
                Ok(describe::service_requests(vec![city.describe(found)]))
            }
            Method::Token(token) => resolved(&city, token),
            Method::PostServiceRequest => {
                let filed = filing::file(&mut city, &request.arguments)?;
                Ok(describe::service_requests(vec![filed]))
            }
            Method::Discovery | Method::Unknown => {
                Err(Failure::new(404, "there is no such method"))
            }
        }
    }

    /// The jurisdiction that is meant.
    fn city(&self, request: &Request) -> Result<MutexGuard<'_, City>, Failure> {
        let id = request.arguments.get("jurisdiction_id");
        let jurisdictions = &self.setup.jurisdictions;
        let index = match id {
            _ if jurisdictions.len() == 1 => Some(0),
            None => return Err(Failure::new(400, "jurisdiction_id is missing")),
            Some(id) => jurisdictions.iter().position(|other| *other == id),
        };
        let city = index.map(|index| self.cities[index].lock().unwrap());
        city.ok_or_else(|| Failure::new(404, "jurisdiction_id is unknown"))
    }
}

impl City {
    fn describe(&self, request: &super::city::ServiceRequest) -> Element {
        let service = self.service(&request.service_code);
        describe::service_request(request, service.map_or("", |service| service.name))
    }
}

/// A token without an id yet is pending.
fn resolved(city: &City, token: &str) -> Result<Element, Failure> {
    let mut requests = city.requests.iter();
    let found = requests.find(|request| request.token.as_deref() == Some(token));
    let found = found.ok_or_else(|| Failure::new(404, "token is unknown"))?;
    let id = (found.public_from <= Utc::now()).then(|| found.id.clone());
    let mut fields = vec![Element::text("token", token)];
    if let Some(id) = id {
        fields.insert(0, Element::text("service_request_id", id));
    }
    let request = Element::new("request", Content::Object(fields));
    Ok(describe::service_requests(vec![request]))
}

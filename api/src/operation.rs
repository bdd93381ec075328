//! A handler together with what it says of itself: what is served and what the OpenAPI document
//! tells are made from the same list, so that neither can know more than the other.

use crate::error::{ApiError, Kind};
use actix_web::{
    HttpResponse, Resource, Route,
    http::{Method, header},
    web,
};
use std::{fmt, sync::Arc};
use utoipa::openapi::HttpMethod;

/// The methods that a path knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// In the order in which they are told; `OPTIONS` is known everywhere.
    const ALL: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    const OPTIONS: Self = Self(1 << 2);

    fn and(self, name: &str) -> Self {
        let bit = Self::ALL.iter().position(|known| *known == name);
        Self(self.0 | bit.map_or(0, |bit| 1 << bit))
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Self::ALL.iter().zip(0..);
        let told: Vec<&str> = known
            .filter(|(_, bit)| self.0 & (1 << bit) != 0)
            .map(|(name, _)| *name)
            .collect();
        f.write_str(&told.join(", "))
    }
}

/// The pattern of the path that a request was matched with, by which it is counted: looking it up
/// again would match it again.
#[derive(Clone)]
pub struct RouteName(pub Arc<str>);

/// One method of one path.
pub struct Operation {
    /// The method.
    pub method: HttpMethod,
    /// The path below its base path, as OpenAPI writes it.
    pub path: String,
    /// What the handler's annotation says.
    pub description: utoipa::openapi::path::Operation,
    handler: fn() -> Route,
}

/// `operation!(module::handler)`: the handler and its `#[utoipa::path]` annotation.
macro_rules! operation {
    ($module:ident::$handler:ident) => {
        pastey::paste! {
            $crate::operation::Operation::new::<$module::[<__path_ $handler>]>(
                || actix_web::web::to($module::$handler),
            )
        }
    };
}
pub(crate) use operation;

impl Operation {
    /// What `P` describes, answered by the route that `handler` makes.
    pub fn new<P: utoipa::Path>(handler: fn() -> Route) -> Self {
        Self {
            method: P::methods().pop().unwrap_or(HttpMethod::Get),
            path: P::path(),
            description: P::operation(),
            handler,
        }
    }
}

/// Serves the operations. Wherever GET is answered, HEAD is too (the server leaves the body away);
/// OPTIONS tells the methods of a path, and so does the refusal of any other method.
pub fn serve(base_path: &str, operations: &[Operation], config: &mut web::ServiceConfig) {
    for (at, first) in operations.iter().enumerate() {
        let same_path = |one: &&Operation| one.path == first.path;
        if !operations[..at].iter().any(|earlier| same_path(&earlier)) {
            let together: Vec<_> = operations.iter().filter(same_path).collect();
            config.service(resource(base_path, &first.path, &together));
        }
    }
}

fn resource(base_path: &str, path: &str, operations: &[&Operation]) -> Resource {
    // Another suffix is no address of ours.
    let path = path.replace("{format}", "{format:xml|json}");
    let name = RouteName(format!("{base_path}{path}").into());
    let mut resource = web::resource(path).app_data(name);
    let mut allowed = Methods::OPTIONS;
    for operation in operations {
        let route = operation.handler;
        let (method, name) = match operation.method {
            HttpMethod::Post => (Method::POST, "POST"),
            HttpMethod::Put => (Method::PUT, "PUT"),
            HttpMethod::Patch => (Method::PATCH, "PATCH"),
            HttpMethod::Delete => (Method::DELETE, "DELETE"),
            _ => {
                allowed = allowed.and("HEAD");
                resource = resource.route(route().method(Method::HEAD));
                (Method::GET, "GET")
            }
        };
        allowed = allowed.and(name);
        resource = resource.route(route().method(method));
    }
    resource
        .route(web::method(Method::OPTIONS).to(move || options(allowed)))
        .default_service(web::to(move || refuse(allowed)))
}

/// Says which methods there are, and to a browser which of them other sites may use: reading.
async fn options(allowed: Methods) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, allowed.to_string()))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish()
}

async fn refuse(allowed: Methods) -> Result<HttpResponse, ApiError> {
    Err(ApiError::new(
        Kind::MethodNotAllowed(allowed),
        format!("this address knows the methods {allowed} only"),
    ))
}

//! A handler together with what it says of itself: what is served and what the OpenAPI document
//! tells are made from the same list, so that neither can know more than the other.

use crate::error::{ApiError, Kind};
use actix_web::{
    HttpResponse, Resource, Route,
    http::{Method, header},
    web,
};
use utoipa::openapi::HttpMethod;

/// The methods of a path that is only read.
const READS: &str = "GET, HEAD, OPTIONS";
/// The methods of a path that is also written to.
const READS_AND_POST: &str = "GET, HEAD, OPTIONS, POST";

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
pub fn serve(operations: &[Operation], config: &mut web::ServiceConfig) {
    for (at, first) in operations.iter().enumerate() {
        let same_path = |one: &&Operation| one.path == first.path;
        if !operations[..at].iter().any(|earlier| same_path(&earlier)) {
            let together: Vec<_> = operations.iter().filter(same_path).collect();
            config.service(resource(&first.path, &together));
        }
    }
}

fn resource(path: &str, operations: &[&Operation]) -> Resource {
    // Another suffix is no address of ours.
    let mut resource = web::resource(path.replace("{format}", "{format:xml|json}"));
    let mut allowed = READS;
    for operation in operations {
        let route = operation.handler;
        resource = match operation.method {
            HttpMethod::Post => {
                allowed = READS_AND_POST;
                resource.route(route().method(Method::POST))
            }
            _ => resource
                .route(route().method(Method::GET))
                .route(route().method(Method::HEAD)),
        };
    }
    resource
        .route(web::method(Method::OPTIONS).to(move || options(allowed)))
        .default_service(web::to(move || refuse(allowed)))
}

/// Says which methods there are, and to a browser which of them other sites may use: reading.
async fn options(allowed: &'static str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, allowed))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish()
}

async fn refuse(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    Err(ApiError::new(
        Kind::MethodNotAllowed(allowed),
        format!("this address knows the methods {allowed} only"),
    ))
}

//! The standard, and nothing else: one file per method, in the standard's names.
//! <https://wiki.open311.org/GeoReport_v2/>

pub mod documents;
pub mod get_discovery;
pub mod get_service_definition;
pub mod get_service_list;
pub mod get_service_request;
pub mod get_service_request_id_from_token;
pub mod get_service_requests;
pub mod post_service_request;

use crate::error::{ApiError, Kind};
use actix_web::{
    HttpResponse, Resource,
    http::{Method, header},
    web,
};

/// The methods of a path that is only read.
const READS: &str = "GET, HEAD, OPTIONS";
/// The methods of the path that is also written to.
const READS_AND_POST: &str = "GET, HEAD, OPTIONS, POST";

/// Every method of the standard, under a base path.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(discovery())
        .service(reads(
            "/services.{format:xml|json}",
            web::get().to(get_service_list::get_service_list),
            web::head().to(get_service_list::get_service_list),
        ))
        .service(reads(
            "/services/{service_code}.{format:xml|json}",
            web::get().to(get_service_definition::get_service_definition),
            web::head().to(get_service_definition::get_service_definition),
        ))
        .service(
            web::resource("/requests.{format:xml|json}")
                .route(web::get().to(get_service_requests::get_service_requests))
                .route(web::head().to(get_service_requests::get_service_requests))
                .route(web::post().to(post_service_request::post_service_request))
                .route(web::method(Method::OPTIONS).to(|| options(READS_AND_POST)))
                .default_service(web::to(|| refuse(READS_AND_POST))),
        )
        .service(reads(
            "/requests/{service_request_id}.{format:xml|json}",
            web::get().to(get_service_request::get_service_request),
            web::head().to(get_service_request::get_service_request),
        ))
        .service(reads(
            "/tokens/{token}.{format:xml|json}",
            web::get().to(get_service_request_id_from_token::get_service_request_id_from_token),
            web::head().to(get_service_request_id_from_token::get_service_request_id_from_token),
        ));
}

/// Discovery, which also stands at the root of the site.
pub fn discovery() -> Resource {
    reads(
        "/discovery.{format:xml|json}",
        web::get().to(get_discovery::get_discovery),
        web::head().to(get_discovery::get_discovery),
    )
}

/// A path that is only read: `get` and `head` are the same handler, the server leaves the body of
/// HEAD away.
pub fn reads(path: &str, get: actix_web::Route, head: actix_web::Route) -> Resource {
    web::resource(path)
        .route(get)
        .route(head)
        .route(web::method(Method::OPTIONS).to(|| options(READS)))
        .default_service(web::to(|| refuse(READS)))
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

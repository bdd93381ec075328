//! The OpenAPI document, put together from the handlers themselves.

use crate::{
    error::{ErrorDocument, Errors},
    georeport::{
        get_discovery, get_service_definition, get_service_list, get_service_request,
        get_service_request_id_from_token, get_service_requests, post_service_request,
    },
};
use utoipa::OpenApi;

/// The standard's methods, under the base path `/open311/v2` and, with the jurisdiction fixed,
/// under `/jurisdictions/{jurisdiction_id}/open311/v2`.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Open311 GeoReport v2",
        description = "An Open311 GeoReport v2 endpoint: <https://wiki.open311.org/GeoReport_v2/>. \
            Each method answers XML and JSON, as the suffix of its path says.",
    ),
    servers(
        (url = "/open311/v2", description = "jurisdiction_id as an argument"),
        (url = "/jurisdictions/{jurisdiction_id}/open311/v2", description = "jurisdiction_id fixed",
            variables(("jurisdiction_id" = (default = "boston.demo", description = "The jurisdiction")))),
    ),
    paths(
        get_discovery::get_discovery,
        get_service_list::get_service_list,
        get_service_definition::get_service_definition,
        post_service_request::post_service_request,
        get_service_request_id_from_token::get_service_request_id_from_token,
        get_service_requests::get_service_requests,
        get_service_request::get_service_request,
    ),
    components(schemas(Errors<'static>, ErrorDocument<'static>)),
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

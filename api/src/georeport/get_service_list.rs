//! `GET /services.{format}`: what a jurisdiction takes service requests about.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-list>

use super::documents::Services;
use crate::{
    answers::{Draft, keep},
    error::ApiError,
    extract::query_arguments,
    format::Format,
    openapi::parameters::{Conditions, JurisdictionArgument, Suffix},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use storage::Matter;

/// The service list.
#[utoipa::path(
    get,
    path = "/services.{format}",
    params(Suffix, JurisdictionArgument, Conditions),
    responses(
        (status = 200, description = "The service list.", content(
            (Services = "text/xml"), (Services = "application/json")),
            headers(
                ("ETag" = String, description = "Weak: a compressed answer is still the same document."),
                ("Last-Modified" = String, description = "When it was last changed."))),
        (status = 304, description = "The client has it already."),
        (status = 400),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    )
)]
pub async fn get_service_list(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let stamp = scope.storage.stamp(Matter::Services);
    let services = scope.storage.list_services().await?;
    let format = Format::of_path(http_request.path());
    let draft = Draft {
        format,
        body: format.render(&Services(services.iter().map(Into::into).collect()))?,
        hash: None,
        last_modified: Some(scope.jurisdiction.changeset),
        link: None,
        stamp,
    };
    keep(&http_request, &state, draft)
}

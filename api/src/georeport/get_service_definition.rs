//! `GET /services/{service_code}.{format}`: what a service asks of its reporters.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-definition>

use super::documents::DefinitionDocument;
use crate::{
    answers::{Draft, keep},
    error::ApiError,
    extract::{id_in_path, query_arguments},
    format::Format,
    openapi::parameters::{Conditions, JurisdictionArgument, Suffix},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::ServiceCode;
use storage::Matter;

/// The service definition; of a service that asks nothing, one without attributes.
#[utoipa::path(
    get,
    path = "/services/{service_code}.{format}",
    params(
        ("service_code" = String, Path, min_length = 1, example = "sidewalk-repair", description = "The service, as the service list names it."),
        Suffix,
        JurisdictionArgument,
        Conditions,
    ),
    responses(
        (status = 200, description = "The service definition.", content(
            (DefinitionDocument = "text/xml"), (DefinitionDocument = "application/json")),
            headers(
                ("ETag" = String, description = "Weak: a compressed answer is still the same document."),
                ("Last-Modified" = String, description = "When it was last changed."))),
        (status = 304, description = "The client has it already."),
        (status = 400),
        (status = 404, description = "The jurisdiction or the service is not served here."),
        (status = 503),
    )
)]
pub async fn get_service_definition(
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
    let unknown = || ApiError::not_found("service_code is not known in this jurisdiction");
    let code = id_in_path(&http_request).ok_or_else(unknown)?;
    let code = ServiceCode::parse(&code).map_err(|_no_code| unknown())?;
    let (_, definition) = scope
        .storage
        .find_service(&code)
        .await?
        .ok_or_else(unknown)?;
    let format = Format::of_path(http_request.path());
    let draft = Draft {
        format,
        body: format.render(&DefinitionDocument::from(&definition))?,
        hash: None,
        last_modified: Some(scope.jurisdiction.changeset),
        link: None,
        stamp,
    };
    keep(&http_request, &state, draft)
}

//! `GET /requests/{service_request_id}.{format}`: one service request, as a list of one.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-request>

use super::{
    documents::{RequestDocument, ServiceRequests},
    get_service_requests::wants_extensions,
};
use crate::{
    error::ApiError,
    extract::{id_in_path, query_arguments},
    format::{Format, reply_if_changed},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::ServiceRequestId;
use storage::Extensions;

/// One service request.
#[utoipa::path(
    get,
    path = "/requests/{service_request_id}.{format}",
    params(
        ("service_request_id" = String, Path, description = "The service request"),
        ("format" = String, Path, description = "xml or json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Required when several jurisdictions are served"),
        ("extensions" = Option<bool>, Query, description = "true adds attributes, extended_attributes and notes"),
    ),
    responses(
        (status = 200, description = "A list with the one service request", content(
            (ServiceRequests = "text/xml"), (ServiceRequests = "application/json"))),
        (status = 304, description = "The client has it already"),
        (status = 400, description = "jurisdiction_id was not provided"),
        (status = 404, description = "There is no such service request"),
        (status = 503, description = "The database is away"),
    )
)]
pub async fn get_service_request(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let extensions = wants_extensions(&arguments)?;
    let unknown = || ApiError::not_found("service_request_id is not known in this jurisdiction");
    // An id that cannot exist is not worth a query.
    let id = id_in_path(&http_request).ok_or_else(unknown)?;
    let id = ServiceRequestId::parse(&id).map_err(|_no_id| unknown())?;
    let found = scope
        .storage
        .find_service_request(&id)
        .await?
        .ok_or_else(unknown)?;
    let public_url = &state.shared.public_url;
    let document = match extensions {
        Extensions::Included => RequestDocument::extended(&found, public_url),
        Extensions::Left => RequestDocument::new(&found, public_url),
    };
    reply_if_changed(
        &http_request,
        Format::of_path(http_request.path()),
        &ServiceRequests(vec![document]),
        found.updated_datetime,
    )
}

//! `GET /requests/{service_request_id}.{format}`: one service request, as a list of one.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-request>

use super::{
    documents::{RequestDocument, ServiceRequests},
    get_service_requests::wants_extensions,
};
use crate::{
    answers::{Draft, keep},
    error::ApiError,
    extract::{id_in_path, query_arguments},
    format::Format,
    openapi::parameters::{Conditions, ExtensionsArgument, JurisdictionArgument, Suffix},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::ServiceRequestId;
use storage::{Extensions, Matter};

/// One service request.
#[utoipa::path(
    get,
    path = "/requests/{service_request_id}.{format}",
    params(
        ("service_request_id" = String, Path, min_length = 1, example = "26-1234-5678", description = "The service request."),
        Suffix,
        JurisdictionArgument,
        ExtensionsArgument,
        Conditions,
    ),
    responses(
        (status = 200, description = "A list with the one service request.", content(
            (ServiceRequests = "text/xml"), (ServiceRequests = "application/json")),
            headers(
                ("ETag" = String, description = "Weak: a compressed answer is still the same document."),
                ("Last-Modified" = String, description = "When it was last changed."))),
        (status = 304, description = "The client has it already."),
        (status = 400),
        (status = 404, description = "There is no such service request."),
        (status = 503),
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
    let stamp = scope.storage.stamp(Matter::ServiceRequests);
    let public_url = &state.shared.public_url;
    let format = Format::of_path(http_request.path());
    let (body, changed) = match extensions {
        Extensions::Left => {
            let found = scope.storage.find_standard_row(&id).await?;
            let found = found.ok_or_else(unknown)?;
            let fields = found.fields()?;
            let document = RequestDocument::new(fields, public_url);
            let body = format.render(&ServiceRequests(vec![document]))?;
            (body, fields.updated_datetime)
        }
        Extensions::Included => {
            let found = scope.storage.find_service_request(&id).await?;
            let mut found = [found.ok_or_else(unknown)?];
            scope.storage.add_histories(&mut found).await?;
            scope.storage.add_forwards(&mut found).await?;
            let [found] = found;
            let document = RequestDocument::extended(&found, public_url);
            let body = format.render(&ServiceRequests(vec![document]))?;
            (body, found.updated_datetime)
        }
    };
    let draft = Draft {
        format,
        body,
        hash: None,
        last_modified: Some(changed),
        link: None,
        stamp,
    };
    keep(&http_request, &state, draft)
}

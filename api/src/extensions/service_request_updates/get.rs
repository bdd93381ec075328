//! `GET /servicerequestupdates.{format}`: what became of service requests.

use super::{ServiceRequestUpdates, UpdateDocument};
use crate::{
    error::ApiError,
    extract::query_arguments,
    format::{Format, reply},
    georeport::get_service_requests::wants_extensions,
    openapi::parameters::{ExtensionsArgument, JurisdictionArgument, Suffix},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::UpdatesQuery;
use storage::Extensions;

/// The updates on public service requests, oldest first.
///
/// Ask for overlapping ranges and drop what has a known `update_id`: an update may be told later than
/// it happened. The change feed (`/api/v1/events`) misses nothing without that.
#[utoipa::path(
    get,
    path = "/servicerequestupdates.{format}",
    params(
        Suffix,
        JurisdictionArgument,
        ("start_date" = Option<String>, Query, format = DateTime, example = "2026-11-20T08:00:00Z",
            description = "Happened at or after. A date alone means the beginning of that day where the jurisdiction is."),
        ("end_date" = Option<String>, Query, format = DateTime, example = "2026-11-20T10:00:00Z",
            description = "Happened at or before. A date alone means the end of that day where the jurisdiction is."),
        ("service_request_id" = Option<Vec<String>>, Query, style = Form, explode = false, max_items = 1000,
            example = json!(["26-1234-5678"]), description = "On these service requests."),
        ("page" = Option<u32>, Query, minimum = 0, maximum = 1000000, example = 1, description = "From 1; 0 is 1."),
        ("page_size" = Option<u64>, Query, minimum = 1, maximum = 4294967295_u64, example = 50,
            description = "Updates on a page; never more than 1000 are sent."),
        ExtensionsArgument,
    ),
    responses(
        (status = 200, description = "The updates.", content(
            (ServiceRequestUpdates = "text/xml"), (ServiceRequestUpdates = "application/json"))),
        (status = 400),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    )
)]
pub async fn get_service_request_updates(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let parsed = UpdatesQuery::parse(&arguments, scope.jurisdiction.time_zone);
    let (query, extensions) = match (parsed, wants_extensions(&arguments)) {
        (Ok(query), Ok(extensions)) => (query, extensions),
        (Err(mut faults), Err(fault)) => {
            faults.add(fault);
            return Err(faults.into());
        }
        (Err(faults), Ok(_)) => return Err(faults.into()),
        (Ok(_), Err(fault)) => return Err(fault.into()),
    };
    let updates = scope.storage.list_public_updates(&query).await?;
    let public_url = &state.shared.public_url;
    let document = ServiceRequestUpdates(
        updates
            .iter()
            .map(|update| match extensions {
                Extensions::Included => UpdateDocument::extended(update, public_url),
                Extensions::Left => UpdateDocument::new(update, public_url),
            })
            .collect(),
    );
    reply(Format::of_path(http_request.path()), &document)
}

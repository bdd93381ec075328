//! `GET /api/v1/jurisdictions/{jurisdiction_id}/service-requests`: the search of the staff.

use super::{
    StaffRequests,
    answer::{answer, view},
};
use crate::{
    access::{Access, Permission},
    error::ApiError,
    extract::query_arguments,
    georeport::get_service_requests::page_links,
    openapi::{parameters::Jurisdiction, words},
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use chrono::Utc;
use domain::StaffQuery;

/// The service requests that the query asks for, newest first: of all times, and those that are not
/// public too.
///
/// Every argument of the public search is known; an argument that there is not is refused. Staff of
/// some agencies find theirs only.
#[utoipa::path(
    get,
    path = "/api/v1/jurisdictions/{jurisdiction_id}/service-requests",
    params(
        Jurisdiction,
        ("service_request_id" = Option<Vec<String>>, Query, style = Form, explode = false, max_items = 1000,
            example = json!(["26-1234-5678", "26-8765-4321"]),
            description = "These service requests; overrides every other argument."),
        ("service_code" = Option<Vec<String>>, Query, style = Form, explode = false,
            example = json!(["sidewalk-repair"]), description = "Of these services."),
        ("start_date" = Option<String>, Query, format = DateTime, example = "2026-11-01T00:00:00Z",
            description = "Filed at or after. A date alone means the beginning of that day where the jurisdiction is."),
        ("end_date" = Option<String>, Query, format = DateTime, example = "2026-11-30T23:59:59Z",
            description = "Filed at or before. A date alone means the end of that day where the jurisdiction is."),
        ("status" = Option<Vec<words::Status>>, Query, style = Form, explode = false,
            example = json!(["open"]), description = "Of these statuses."),
        ("updated_after" = Option<String>, Query, format = DateTime, example = "2026-11-20T08:00:00Z",
            description = "Changed at or after."),
        ("updated_before" = Option<String>, Query, format = DateTime, example = "2026-11-21T08:00:00Z",
            description = "Changed at or before."),
        ("lat" = Option<f64>, Query, minimum = -90, maximum = 90, example = 42.3601,
            description = "With `long` and `radius`: the middle of a circle, in degrees WGS84."),
        ("long" = Option<f64>, Query, minimum = -180, maximum = 180, example = -71.0589,
            description = "With `lat` and `radius`: the middle of a circle, in degrees WGS84."),
        ("radius" = Option<f64>, Query, exclusive_minimum = 0, maximum = 100000, example = 500,
            description = "With `lat` and `long`: in metres."),
        ("bbox" = Option<Vec<f64>>, Query, style = Form, explode = false, min_items = 4, max_items = 4,
            example = json!([-71.2, 42.2, -71.0, 42.4]),
            description = "Within minlong,minlat,maxlong,maxlat, in degrees WGS84; not together with a circle."),
        ("q" = Option<String>, Query, max_length = 500, example = "\"broken pole\" or light -graffiti",
            description = "With these words in description, address or service name; \"in quotes\", or, -without."),
        ("detailed_status" = Option<Vec<words::DetailedStatus>>, Query, style = Form, explode = false,
            example = json!(["in_progress", "planned"]), description = "Of these detailed statuses."),
        ("closing_reason" = Option<Vec<words::ClosingReason>>, Query, style = Form, explode = false,
            example = json!(["handed_to"]), description = "Closed for these reasons."),
        ("agency_responsible" = Option<Vec<String>>, Query, example = json!(["Public Works"]),
            description = "Of these agencies; several by repeating the argument, because a name may hold a comma."),
        ("assignee" = Option<Vec<String>>, Query, example = json!(["j.doe"]),
            description = "Of these members of the staff; several by repeating the argument."),
        ("is_assigned" = Option<bool>, Query, example = false, description = "Of anybody of the staff, or of nobody."),
        ("priority" = Option<Vec<words::Priority>>, Query, style = Form, explode = false,
            example = json!(["urgent", "high"]), description = "Of these priorities."),
        ("is_public" = Option<bool>, Query, example = true, description = "Those that the public may see, or those that it may not."),
        ("overdue" = Option<bool>, Query, example = true,
            description = "Those that should have been done by now and are not, or the others."),
        ("expected_after" = Option<String>, Query, format = DateTime, example = "2026-11-20T08:00:00Z",
            description = "Expected to be done at or after."),
        ("expected_before" = Option<String>, Query, format = DateTime, example = "2026-11-27T08:00:00Z",
            description = "Expected to be done at or before."),
        ("duplicate_of" = Option<String>, Query, max_length = 100, example = "26-8765-4321",
            description = "Duplicates of this service request."),
        ("email" = Option<String>, Query, max_length = 500, example = "ada@example.org",
            description = "By the reporter with this address, in any case. Proxies log addresses: ask over a way of your own."),
        ("phone" = Option<String>, Query, max_length = 500, example = "+1 617 555 0100",
            description = "By the reporter with this number, exactly as it was written."),
        ("has_reporter" = Option<bool>, Query, example = true,
            description = "By somebody who told who he is, or by somebody who did not."),
        ("sort" = Option<words::Sort>, Query, example = "-updated_datetime",
            description = "The order; newest first by default."),
        ("page" = Option<u32>, Query, minimum = 0, maximum = 1000000, example = 1, description = "From 1; 0 is 1."),
        ("page_size" = Option<u64>, Query, minimum = 1, maximum = 4294967295_u64, example = 50,
            description = "Service requests on a page; never more than 1000 are sent."),
        ("total" = Option<bool>, Query, example = true, description = "Whether to count those on all pages, up to 100,000."),
    ),
    responses(
        (status = 200, description = "The service requests.", content((StaffRequests = "application/json")),
            headers(("Link" = String, description = "Where the first, the previous and the next page are (RFC 8288); the last page has no next."))),
        (status = 400),
        (status = 401),
        (status = 403),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    ),
    security(("bearer" = ["read-service-requests"])),
)]
pub async fn get_staff_service_requests(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let access = Access::require(&http_request, &state, Permission::ReadServiceRequests).await?;
    let arguments = query_arguments(&http_request)?;
    let now = Utc::now();
    let query = StaffQuery::parse(&arguments, now, access.scope.jurisdiction.time_zone)?;
    let page = access
        .scope
        .storage
        .list_staff_service_requests(&query, view(&access))
        .await?;
    let public_url = &state.shared.public_url;
    let mut response = answer(StaffRequests::new(
        &page.service_requests,
        page.has_more,
        page.total,
        public_url,
        now,
    ));
    let links = page_links(&http_request, public_url, query.query.page, page.has_more);
    if let Some(links) = links.and_then(|links| HeaderValue::from_str(&links).ok()) {
        response.headers_mut().insert(header::LINK, links);
    }
    Ok(response)
}

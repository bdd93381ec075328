//! `GET /requests.{format}`: the service requests that a query asks for.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>

use super::{
    documents::{RequestDocument, ServiceRequests},
    fragments::RenderedPage,
};
use crate::{
    answers::{Draft, keep},
    error::ApiError,
    extract::query_arguments,
    format::Format,
    openapi::{
        parameters::{ExtensionsArgument, JurisdictionArgument, Suffix},
        words,
    },
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use domain::{QueryParameters, ServiceRequestQuery, Violation};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use storage::{Extensions, JurisdictionStorage, Matter};

/// The service requests that the query asks for, newest first.
///
/// Without dates, those of the last 90 days; never more than 1000. What an argument leaves out it
/// does not restrict; an empty argument counts as left out.
#[utoipa::path(
    get,
    path = "/requests.{format}",
    params(
        Suffix,
        JurisdictionArgument,
        ("service_request_id" = Option<Vec<String>>, Query, style = Form, explode = false, max_items = 1000,
            example = json!(["26-1234-5678", "26-8765-4321"]),
            description = "These service requests; overrides every other argument."),
        ("service_code" = Option<Vec<String>>, Query, style = Form, explode = false,
            example = json!(["sidewalk-repair"]), description = "Of these services."),
        ("start_date" = Option<String>, Query, format = DateTime, example = "2026-11-01T00:00:00Z",
            description = "Filed at or after; with `end_date` at most 90 days, alone the 90 days after it. \
                A date alone means the beginning of that day where the jurisdiction is."),
        ("end_date" = Option<String>, Query, format = DateTime, example = "2026-11-30T23:59:59Z",
            description = "Filed at or before; alone the 90 days before it. \
                A date alone means the end of that day where the jurisdiction is."),
        ("status" = Option<Vec<words::Status>>, Query, style = Form, explode = false,
            example = json!(["open"]), description = "Of these statuses."),
        ("updated_after" = Option<String>, Query, format = DateTime, example = "2026-11-20T08:00:00Z",
            description = "Changed at or after; lifts the default of 90 days."),
        ("updated_before" = Option<String>, Query, format = DateTime, example = "2026-11-21T08:00:00Z",
            description = "Changed at or before; lifts the default of 90 days."),
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
        ("sort" = Option<words::Sort>, Query, example = "-updated_datetime",
            description = "The order; newest first by default."),
        ("page" = Option<u32>, Query, minimum = 0, maximum = 1000000, example = 1, description = "From 1; 0 is 1."),
        ("page_size" = Option<u64>, Query, minimum = 1, maximum = 4294967295_u64, example = 50,
            description = "Service requests on a page; never more than 1000 are sent."),
        ExtensionsArgument,
        ("If-None-Match" = Option<String>, Header, nullable = false, example = "W/\"6f3b2a1908d7c5e4\"",
            description = "Entity tags of answers that the client has."),
    ),
    responses(
        (status = 200, description = "The service requests.", content(
            (ServiceRequests = "text/xml"), (ServiceRequests = "application/json")),
            headers(
                ("Link" = String, description = "Where the first, the previous and the next page are (RFC 8288); the last page has no next."),
                ("ETag" = String, description = "Weak: a compressed answer is still the same document."))),
        (status = 304, description = "The client has it already."),
        (status = 400),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    )
)]
pub async fn get_service_requests(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let parsed = ServiceRequestQuery::parse(&arguments, Utc::now(), scope.jurisdiction.time_zone);
    let (query, extensions) = match (parsed, wants_extensions(&arguments)) {
        (Ok(query), Ok(extensions)) => (query, extensions),
        (parsed, extensions) => {
            let mut violations = parsed.err().unwrap_or_default();
            violations.0.extend(extensions.err());
            return Err(violations.into());
        }
    };
    let stamp = scope.storage.stamp(Matter::ServiceRequests);
    let format = Format::of_path(http_request.path());
    let public_url = &state.shared.public_url;
    let page = match extensions {
        Extensions::Included => extended_page(&scope.storage, &query, format, public_url).await?,
        Extensions::Left => {
            let fragments = &state.shared.fragments;
            let metrics = &state.shared.metrics;
            fragments
                .page(&scope.storage, &query, format, metrics)
                .await?
        }
    };
    let draft = Draft {
        format,
        body: page.body,
        hash: page.hash,
        last_modified: None,
        link: page_links(&http_request, public_url, query.page, page.has_more),
        stamp,
    };
    keep(&http_request, &state, draft)
}

async fn extended_page(
    storage: &JurisdictionStorage,
    query: &ServiceRequestQuery,
    format: Format,
    public_url: &str,
) -> Result<RenderedPage, ApiError> {
    let page = storage
        .list_service_requests(query, Extensions::Included)
        .await?;
    let documents = page
        .service_requests
        .iter()
        .map(|one| RequestDocument::extended(one, public_url));
    Ok(RenderedPage {
        body: format.render(&ServiceRequests(documents.collect()))?,
        hash: None,
        has_more: page.has_more,
    })
}

/// Whether `extensions=true` was sent.
///
/// # Errors
/// When it was sent with anything but a truth value.
pub fn wants_extensions(arguments: &QueryParameters) -> Result<Extensions, Violation> {
    match arguments
        .one("extensions")?
        .map(|word| word.trim().to_ascii_lowercase())
        .as_deref()
    {
        None | Some("false" | "0") => Ok(Extensions::Left),
        Some("true" | "1" | "all") => Ok(Extensions::Included),
        Some(_) => Err(Violation::new("extensions", "is not true or false")),
    }
}

/// Where the first, the previous and the next page are: <https://www.rfc-editor.org/rfc/rfc8288>.
pub fn page_links(
    http_request: &HttpRequest,
    public_url: &str,
    page: u32,
    has_more: bool,
) -> Option<String> {
    let others: Vec<&str> = http_request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("page"))
        .collect();
    let link = |number: u32, relation: &str| {
        let mut pairs: Vec<String> = others.iter().map(|pair| harmless(pair)).collect();
        pairs.push(format!("page={number}"));
        let path = http_request.path();
        format!(
            "<{public_url}{path}?{}>; rel=\"{relation}\"",
            pairs.join("&")
        )
    };
    let mut found = Vec::new();
    if page > 1 {
        found.push(link(1, "first"));
        found.push(link(page - 1, "prev"));
    }
    if has_more {
        found.push(link(page + 1, "next"));
    }
    (!found.is_empty()).then(|| found.join(", "))
}

/// A pair of a query string that cannot leave the angle brackets of a Link header.
fn harmless(pair: &str) -> String {
    if pair.contains(['<', '>', '"', ' ', '\\']) || !pair.is_ascii() {
        return utf8_percent_encode(pair, NON_ALPHANUMERIC).to_string();
    }
    pair.to_owned()
}

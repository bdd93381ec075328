//! `GET /requests.{format}`: the service requests that a query asks for.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>

use super::documents::{RequestDocument, ServiceRequests};
use crate::{
    error::ApiError,
    extract::query_arguments,
    format::{Format, builder},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::Utc;
use domain::{QueryParameters, ServiceRequestQuery, Violation};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use storage::{Extensions, Page};

/// The service requests that the query asks for, newest first.
///
/// Without dates, those of the last 90 days; never more than 1000. What an argument leaves out it
/// does not restrict; an empty argument counts as left out.
#[utoipa::path(
    get,
    path = "/requests.{format}",
    params(
        ("format" = String, Path, description = "xml or json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Required when several jurisdictions are served"),
        ("service_request_id" = Option<String>, Query, description = "Comma list of ids; overrides every other argument"),
        ("service_code" = Option<String>, Query, description = "Comma list of services"),
        ("start_date" = Option<String>, Query, description = "Filed at or after; with end_date at most 90 days"),
        ("end_date" = Option<String>, Query, description = "Filed at or before"),
        ("status" = Option<String>, Query, description = "Comma list of open, closed"),
        ("updated_after" = Option<String>, Query, description = "Changed at or after; lifts the default of 90 days"),
        ("updated_before" = Option<String>, Query, description = "Changed at or before; lifts the default of 90 days"),
        ("lat" = Option<f64>, Query, description = "With long and radius: the middle of a circle"),
        ("long" = Option<f64>, Query, description = "With lat and radius: the middle of a circle"),
        ("radius" = Option<f64>, Query, description = "Metres, above 0 and at most 100000"),
        ("bbox" = Option<String>, Query, description = "minlong,minlat,maxlong,maxlat"),
        ("q" = Option<String>, Query, description = "Words in description, address or service name; \"in quotes\", or, -without"),
        ("sort" = Option<String>, Query, description = "requested_datetime or updated_datetime, with a minus for descending"),
        ("page" = Option<u32>, Query, description = "From 1"),
        ("page_size" = Option<u32>, Query, description = "1 to 1000"),
        ("extensions" = Option<bool>, Query, description = "true adds attributes, extended_attributes and notes"),
    ),
    responses(
        (status = 200, description = "The service requests; a Link header leads to the next page", content(
            (ServiceRequests = "text/xml"), (ServiceRequests = "application/json"))),
        (status = 400, description = "An argument breaks a rule; every fault is listed"),
        (status = 404, description = "The jurisdiction is not served here"),
        (status = 503, description = "The database is away"),
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
    let page = scope
        .storage
        .list_service_requests(&query, extensions)
        .await?;
    let public_url = &state.shared.public_url;
    let document = ServiceRequests(
        page.service_requests
            .iter()
            .map(|one| match extensions {
                Extensions::Included => RequestDocument::extended(one, public_url),
                Extensions::Left => RequestDocument::new(one, public_url),
            })
            .collect(),
    );
    let format = Format::of_path(http_request.path());
    let mut response = builder(format);
    if let Some(links) = links(&http_request, public_url, &query, &page) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.body(format.render(&document)?))
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
fn links(
    http_request: &HttpRequest,
    public_url: &str,
    query: &ServiceRequestQuery,
    page: &Page,
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
    if query.page > 1 {
        found.push(link(1, "first"));
        found.push(link(query.page - 1, "prev"));
    }
    if page.has_more {
        found.push(link(query.page + 1, "next"));
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

//! `GET /api/v1/events`: the change feed of a jurisdiction, at once, when there is more, or as a stream.

use super::{EventDocument, Events, stream};
use crate::{
    directory::Scope, error::ApiError, extract::query_arguments,
    openapi::parameters::JurisdictionArgument, state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::{QueryParameters, Violation, Violations};
use std::time::Duration;
use storage::View;

/// Events in one answer, where nobody asks for fewer.
const MAX_EVENTS: u32 = 1_000;
/// Events in one answer where nobody says how many.
const DEFAULT_EVENTS: u32 = 100;
/// The longest that an answer is waited for, in seconds.
const MAX_WAIT: u32 = 60;

/// What happened to public service requests after a cursor, in order.
///
/// Each event comes with the service request as it is now. Begin without `after`, keep what comes
/// last of each service request, forget those that come as null, and go on with the `cursor` of the
/// answer: what you have then is what is public, nothing missed and nothing twice.
///
/// With `Accept: text/event-stream` the events come as server-sent events for as long as you listen;
/// `Last-Event-ID` goes on where you left.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    params(
        JurisdictionArgument,
        ("after" = Option<String>, Query, pattern = "^[0-9]{0,18}$", example = "4711",
            description = "The cursor of an answer or of an event; without it, from the beginning."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 100,
            description = "At most so many events; 100 where nothing is said."),
        ("wait" = Option<u32>, Query, minimum = 0, maximum = 60, example = 30,
            description = "Seconds to wait for an event while there is none."),
        ("Last-Event-ID" = Option<String>, Header, nullable = false, pattern = "^[0-9]{0,18}$", example = "4711",
            description = "As `after`, and goes before it: what a browser sends when it connects again."),
    ),
    responses(
        (status = 200, description = "The events, or none.", content(
            (Events = "application/json"),
            (String = "text/event-stream", example = json!("id: 1\nevent: service_request.opened\ndata: {\"event_id\":\"…\"}\n\n")))),
        (status = 400),
        (status = 404, description = "The jurisdiction is not served here."),
        (status = 503),
    )
)]
pub async fn get_events(
    http_request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let arguments = query_arguments(&http_request)?;
    let scope = state
        .shared
        .directory
        .scope(&http_request, &state.storage, &arguments)
        .await?;
    let asked = Asked::parse(&http_request, &arguments)?;
    check_reached(&scope, asked.told_by, asked.after).await?;
    if wants_stream(&http_request) {
        return Ok(stream::answer(scope, state, asked.after));
    }
    let page = read(&scope, &state, &asked).await?;
    let id = scope.jurisdiction.jurisdiction_id.as_str();
    let document = Events {
        events: page
            .entries
            .iter()
            .map(|entry| EventDocument::new(id, entry, View::Public, &state.shared.public_url))
            .collect(),
        cursor: page.read_up_to.to_string(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(document))
}

async fn read(scope: &Scope, state: &State, asked: &Asked) -> Result<storage::FeedPage, ApiError> {
    let list = async |after| {
        scope
            .storage
            .list_feed(after, asked.limit, View::Public)
            .await
    };
    let mut page = list(asked.after).await?;
    let deadline = tokio::time::Instant::now() + asked.wait;
    let ends = &state.shared.feed_ends;
    let id = scope.jurisdiction.jurisdiction_id.as_str();
    while page.entries.is_empty() && !ends.is_stopping() {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        if left.is_zero() {
            break;
        }
        ends.beyond(id, page.read_up_to, left).await;
        // What happened meanwhile may be nothing for the public.
        page = list(page.read_up_to).await?;
    }
    Ok(page)
}

/// What is told as read must have been there: a cursor beyond the end is that of another database,
/// such as this one before it was restored, and would miss what happens until the end reaches it.
///
/// # Errors
/// 400 for such a cursor, which `argument` told; as every read.
pub async fn check_reached(scope: &Scope, argument: &str, after: i64) -> Result<(), ApiError> {
    if after == 0 || after <= scope.storage.find_feed_end().await? {
        return Ok(());
    }
    let problem = "lies beyond the end of this feed; begin anew, without it";
    Err(Violation::new(argument, problem).into())
}

struct Asked {
    after: i64,
    /// The argument or header that told it.
    told_by: &'static str,
    limit: usize,
    wait: Duration,
}

impl Asked {
    fn parse(http_request: &HttpRequest, arguments: &QueryParameters) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let last_event_id = http_request.headers().get("Last-Event-ID");
        let last_event_id = last_event_id
            .map(|value| value.to_str().unwrap_or("?").trim())
            .filter(|value| !value.is_empty());
        let told_by = last_event_id.map_or("after", |_| "Last-Event-ID");
        let after = match last_event_id {
            Some(id) => violations.take(cursor("Last-Event-ID", id)),
            None => {
                let sent = violations.take(arguments.one("after")).flatten();
                sent.map_or(Some(0), |text| violations.take(cursor("after", text)))
            }
        };
        let mut number = |name: &str, range: std::ops::RangeInclusive<u32>, default: u32| {
            let Some(text) = violations.take(arguments.one(name)).flatten() else {
                return default;
            };
            let parsed = text.trim().parse().ok().filter(|one| range.contains(one));
            let wrong = || {
                let (low, high) = (range.start(), range.end());
                Violation::new(name, format!("is not a whole number from {low} to {high}"))
            };
            violations.take(parsed.ok_or_else(wrong)).unwrap_or(default)
        };
        let limit = number("limit", 1..=MAX_EVENTS, DEFAULT_EVENTS);
        let wait = number("wait", 0..=MAX_WAIT, 0);
        violations.check()?;
        Ok(Self {
            after: after.unwrap_or_default(),
            told_by,
            limit: limit as usize,
            wait: Duration::from_secs(wait.into()),
        })
    }
}

fn cursor(name: &str, text: &str) -> Result<i64, Violation> {
    let digits = text.trim();
    let is_number = digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| Violation::new(name, "is no cursor of this feed"))
}

fn wants_stream(http_request: &HttpRequest) -> bool {
    let accept = http_request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

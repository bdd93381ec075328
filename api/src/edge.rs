//! Around every answer: a request id, the log line, the counters, the headers that all answers have,
//! and the errors document in place of whatever failed.
//!
//! The log line names the route, never the query string or a header: keys and personal data travel
//! there.

use crate::{
    connection::Answering,
    error::{self, ApiError, ErrorFormat},
    gate::tell_standing,
    operation::RouteName,
    state::State,
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, Version,
        header::{self, AcceptEncoding, Encoding, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware.
///
/// # Errors
/// When a handler panicked: then the answer is 500 in the format asked for.
pub async fn edge(
    state: web::Data<State>,
    mut http_request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let _answering = http_request.conn_data::<Answering>().map(Answering::begin);
    let request_id = request_id(&http_request);
    let format = ErrorFormat::of_path(http_request.path());
    let method = known(http_request.method());
    let metrics = &state.shared.metrics;
    disregard_impossible_encodings(&mut http_request);
    metrics.in_flight.inc();
    let answered = AssertUnwindSafe(next.call(http_request))
        .catch_unwind()
        .await;
    metrics.in_flight.dec();
    let Ok(answered) = answered else {
        tracing::error!(request_id, method, "a handler panicked");
        return Err(ApiError::internal("a handler panicked")
            .in_format(format)
            .into());
    };
    let mut response = told(answered?.map_into_boxed_body(), format, &request_id);
    add_headers(&mut response, method, &request_id);
    tell_standing(&mut response);
    let request = response.request();
    let kept = request.extensions();
    let route = kept.get().or_else(|| request.app_data());
    let route = route.map_or("none", |RouteName(route)| route);
    let status = response.status();
    let took = started.elapsed();
    metrics.answered(method, route, status, took);
    let status = status.as_u16();
    let took_ms = took.as_millis();
    tracing::info!(request_id, method, route, status, took_ms, "answered");
    drop(kept);
    Ok(response)
}

/// A client that accepts none of our encodings, and plain text neither, is answered in plain text
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3-12>).
fn disregard_impossible_encodings(http_request: &mut ServiceRequest) {
    let ours = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    // HTTP/1.0 knows no chunks, which compressed bodies come in.
    let impossible = http_request.version() < Version::HTTP_11
        || http_request
            .get_header::<AcceptEncoding>()
            .is_some_and(|accepted| accepted.negotiate(ours.iter()).is_none());
    if impossible {
        http_request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
}

/// The method, if it is one that HTTP knows: what strangers invent would fill counters and log.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let found = METHODS.into_iter().find(|known| *known == method.as_str());
    found.unwrap_or("other")
}

/// The caller's id, if he sent a harmless one, so that his log and ours can be laid side by side.
fn request_id(http_request: &ServiceRequest) -> String {
    let harmless = |id: &&str| {
        !id.is_empty()
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let sent = http_request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    sent.filter(harmless).map_or_else(drawn_id, str::to_owned)
}

/// An id of ours. It has only to be another each time, so the kernel is not asked for chance.
fn drawn_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let milliseconds = since.map_or(0, |since| since.as_millis());
    let milliseconds = u64::try_from(milliseconds).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(milliseconds, &rand::random());
    id.into_uuid().to_string()
}

/// The response, with an errors document in place of a failure that has none yet.
fn told(
    response: ServiceResponse<BoxBody>,
    format: ErrorFormat,
    request_id: &str,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let known = response
        .response()
        .error()
        .and_then(|error| error.as_error::<ApiError>());
    let told: HttpResponse = match known {
        Some(error) => {
            match error.cause() {
                Some(cause) => {
                    tracing::error!(request_id, status = status.as_u16(), cause, "failed")
                }
                None => tracing::debug!(request_id, status = status.as_u16(), "refused"),
            }
            error.in_format_response(format)
        }
        // The health page speaks for itself; an answer of the framework's does not.
        None if response.headers().contains_key(header::CONTENT_TYPE)
            && response.response().error().is_none() =>
        {
            return response;
        }
        None => error::neutral(format, status),
    };
    response.into_response(told)
}

fn add_headers(response: &mut ServiceResponse<BoxBody>, method: &str, request_id: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    // Any site may read what anybody may read.
    if matches!(method, "GET" | "HEAD" | "OPTIONS") {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(
                "ETag, Last-Modified, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{KeyRates, Tokens},
        answers::Answers,
        config::ServeConfig,
        directory::Directory,
        extensions::metrics::Metrics,
        extract::BodyBudget,
        feed_ends::FeedEnds,
        gate::Rates,
        georeport::fragments::Fragments,
        outbound::Outbound,
        photos::PhotoStore,
        state::Shared,
    };
    use actix_web::{App, middleware::from_fn, test};
    use std::sync::{Arc, OnceLock};
    use storage::Storage;

    fn state(folder: &std::path::Path) -> State {
        State {
            // Nothing here asks it.
            storage: Storage::new("postgresql://nobody@127.0.0.1:1/none", 1).unwrap(),
            shared: Arc::new(Shared {
                config: ServeConfig::for_tests(),
                public_url: "http://localhost".into(),
                directory: Directory::default(),
                tokens: Tokens::new(vec![]),
                rates: Rates::new(&ServeConfig::for_tests().gate),
                key_rates: KeyRates::default(),
                bodies: BodyBudget::default(),
                photos: PhotoStore::in_folder(folder).unwrap(),
                outbound: Outbound::new(&ServeConfig::for_tests().outbound).unwrap(),
                metrics: Metrics::new().unwrap(),
                answers: Answers::new(0),
                fragments: Fragments::new(0, "http://localhost".into()),
                feed_ends: FeedEnds::default(),
                openapi: OnceLock::new(),
            }),
        }
    }

    #[actix_web::test]
    async fn a_panic_is_500_in_the_format_asked_for_and_the_next_request_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::new()
            .app_data(web::Data::new(state(folder.path())))
            .wrap(from_fn(edge))
            .route("/panic.json", web::get().to(panicking))
            .route("/well.json", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        let panicked = test::TestRequest::get().uri("/panic.json").to_request();
        let error = test::try_call_service(&app, panicked).await.unwrap_err();
        let answer = error.as_response_error().error_response();
        assert_eq!(answer.status(), 500);
        assert_eq!(
            answer.headers().get("content-type").unwrap(),
            "application/json; charset=utf-8"
        );
        let next = test::TestRequest::get().uri("/well.json").to_request();
        assert_eq!(test::call_service(&app, next).await.status(), 200);
    }

    async fn panicking() -> HttpResponse {
        panic!("as a fault of ours would")
    }
}

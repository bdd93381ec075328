//! Whole answers, kept in memory for as long as nothing that they tell has changed.
//!
//! A handler whose answer may be kept makes it with [`keep`]; the middleware keeps it and answers the
//! same question with it, until the stamp that was taken before anything was read is not current any
//! more. See `storage::Changes` for what makes it so.

mod answer;
mod cache;
mod config;
mod key;

pub use answer::{Answer, Draft};
pub use cache::Answers;
pub use config::{CacheArgs, CacheConfig};

use crate::{error::ApiError, extensions::metrics::Kept, state::State};
use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, CacheControl, CacheDirective},
    },
    middleware::Next,
    web,
};
use cache::{Turn, wait};
use key::key_of;
use std::sync::Arc;

/// How often somebody waits for others before he makes the answer himself.
const ATTEMPTS: usize = 3;

/// The middleware.
///
/// # Errors
/// Those of the handlers.
pub async fn answers(
    state: web::Data<State>,
    http_request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answers = &state.shared.answers;
    let Some(key) = key_of_request(answers, &http_request) else {
        return Ok(next.call(http_request).await?.map_into_boxed_body());
    };
    let count = |kept| state.shared.metrics.asked_answer(kept);
    if !wants_it_anew(&http_request) {
        if let Some(answer) = answers.find(&key) {
            count(Kept::Found);
            return Ok(respond(&answer, http_request));
        }
        for _attempt in 0..ATTEMPTS {
            match answers.turn(&key) {
                Turn::Make(making) => {
                    count(Kept::Made);
                    let response = next.call(http_request).await?.map_into_boxed_body();
                    if let Some(answer) = response.request().extensions().get::<Arc<Answer>>() {
                        making.land(answer.clone());
                    }
                    return Ok(response);
                }
                // What was begun before something changed is no answer to who asks after it.
                Turn::Wait(made) => match wait(made).await {
                    Some(answer) if answer.is_current() => {
                        count(Kept::Found);
                        return Ok(respond(&answer, http_request));
                    }
                    Some(_) => {}
                    None => break,
                },
            }
        }
    }
    count(Kept::Made);
    Ok(next.call(http_request).await?.map_into_boxed_body())
}

/// Makes an answer that may be kept, and responds with it.
///
/// # Errors
/// As [`Answer::new`].
pub fn keep(
    http_request: &HttpRequest,
    state: &State,
    draft: Draft,
) -> Result<HttpResponse, ApiError> {
    let cache_control = state.shared.config.cache.cache_control.clone();
    let answer = Arc::new(Answer::new(http_request, draft, cache_control)?);
    let response = answer.respond(http_request);
    http_request.extensions_mut().insert(answer);
    Ok(response)
}

fn key_of_request(answers: &Answers, http_request: &ServiceRequest) -> Option<String> {
    let reads = [Method::GET, Method::HEAD].contains(http_request.method());
    if !answers.is_on() || !reads {
        return None;
    }
    key_of(http_request.path(), http_request.query_string())
}

/// Who writes on one server and reads from another may say so, and never reads what was before.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.4>
fn wants_it_anew(http_request: &ServiceRequest) -> bool {
    http_request.headers().contains_key(header::CACHE_CONTROL)
        && http_request
            .get_header::<CacheControl>()
            .is_some_and(|told| told.0.contains(&CacheDirective::NoCache))
}

fn respond(answer: &Arc<Answer>, http_request: ServiceRequest) -> ServiceResponse<BoxBody> {
    answer.compress_soon(&http_request);
    let response = answer.respond(&http_request);
    if let Some(route) = &answer.route {
        http_request.extensions_mut().insert(route.clone());
    }
    http_request.into_response(response)
}

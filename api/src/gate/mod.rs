//! Who is turned away at the door: who asks more often than an address may, and who would write
//! where nothing is written.

mod caller;
mod config;
mod rates;

pub use config::{GateArgs, GateConfig};
pub use rates::{Rates, is_watching};

use crate::{
    error::{ApiError, Kind},
    state::State,
};
use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use rates::Standing;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where tokens are issued, which writes nothing although it is a POST.
const TOKENS: &str = "/api/v1/oauth/token";

/// The middleware.
///
/// # Errors
/// Those of the handlers.
pub async fn gate(
    state: web::Data<State>,
    http_request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let standing = standing(&state, &http_request);
    if let Some(standing) = standing {
        http_request.extensions_mut().insert(standing);
    }
    if let Some(seconds) = standing.and_then(|standing| standing.wait) {
        let sentence = format!("too many requests from this address; try again in {seconds} s");
        let refusal = ApiError::new(Kind::TooMany(seconds), sentence);
        return Ok(http_request.error_response(refusal));
    }
    let method = http_request.method();
    let writes = !method.is_safe() && http_request.path() != TOKENS;
    if writes && state.shared.config.gate.read_only {
        let sentence = "this server only reads at the moment; try again later";
        let refusal = ApiError::new(Kind::Unavailable, sentence);
        return Ok(http_request.error_response(refusal));
    }
    Ok(next.call(http_request).await?.map_into_boxed_body())
}

/// How much whoever calls may still ask. `None`: as much as he likes.
fn standing(state: &State, http_request: &ServiceRequest) -> Option<Standing> {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let rate = state
        .shared
        .rates
        .of(http_request.method(), http_request.path())?;
    let connected = http_request.peer_addr()?.ip();
    let proxies = &state.shared.config.gate.proxies;
    if proxies.miss(connected, http_request.headers()) && !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            proxy = %connected,
            "a proxy asks that --trusted-proxies does not name: all who come through it are counted as one"
        );
    }
    Some(rate.count(proxies.caller(connected, http_request.headers())))
}

/// Tells whoever calls how much he may still ask, whatever else he is answered.
pub fn tell_standing(response: &mut ServiceResponse<BoxBody>) {
    let standing = response.request().extensions().get::<Standing>().copied();
    for (name, value) in standing.iter().flat_map(Standing::headers) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
}

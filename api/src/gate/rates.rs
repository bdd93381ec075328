//! How often one address may ask, by what it does. Each process counts by itself; the rates of API
//! keys are counted for all together (`storage/src/rate_limits.rs`).

use super::{caller::counted_as, config::GateConfig};
use actix_web::http::Method;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

/// After so many requests, addresses that have not asked for a minute are forgotten.
const FORGET_EVERY: u32 = 65_536;

type Limiter =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, MonotonicClock, StateInformationMiddleware>;

/// The rates of all actions.
pub struct Rates {
    read: Option<Rate>,
    write: Option<Rate>,
    token: Option<Rate>,
}

impl Rates {
    /// As configured.
    pub fn new(config: &GateConfig) -> Self {
        let rate = |name, rate: Option<NonZeroU32>| rate.map(|rate| Rate::new(name, rate));
        Self {
            read: rate("read", config.read_rate),
            write: rate("write", config.write_rate),
            token: rate("token", config.token_rate),
        }
    }

    /// The rate that a request counts for, if any. Who watches the server is never turned away, and
    /// what is allowed may always be asked.
    pub fn of(&self, method: &Method, path: &str) -> Option<&Rate> {
        if is_watching(path) || method == Method::OPTIONS {
            return None;
        }
        let rate = match *method {
            Method::GET | Method::HEAD => &self.read,
            Method::POST if path == super::TOKENS => &self.token,
            _ => &self.write,
        };
        rate.as_ref()
    }
}

/// Whether it is a path for those who watch the server.
pub fn is_watching(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
}

/// The rate of one action.
pub struct Rate {
    name: &'static str,
    per_minute: NonZeroU32,
    limiter: Limiter,
    asked: AtomicU32,
}

/// How much of his rate somebody has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    name: &'static str,
    per_minute: u32,
    /// Requests that he may make at once.
    left: u32,
    /// Seconds until he may ask again, when he may not now; at least 1.
    pub wait: Option<u32>,
}

impl Rate {
    fn new(name: &'static str, per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self {
            name,
            per_minute,
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), MonotonicClock),
            asked: AtomicU32::new(0),
        }
    }

    /// Counts one request of this address.
    pub fn count(&self, address: IpAddr) -> Standing {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let (left, wait) = match self.limiter.check_key(&counted_as(address)) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refusal) => {
                let wait = refusal.wait_time_from(MonotonicClock.now());
                let seconds = wait.as_secs_f64().ceil().max(1.0);
                (0, Some(seconds as u32))
            }
        };
        Standing {
            name: self.name,
            per_minute: self.per_minute.get(),
            left,
            wait,
        }
    }
}

impl Standing {
    /// What he may, and what is left of it:
    /// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        let Self {
            name,
            per_minute,
            left,
            wait,
        } = self;
        let until = wait.map_or(String::new(), |seconds| format!(";t={seconds}"));
        [
            (
                "ratelimit-policy",
                format!("\"{name}\";q={per_minute};w=60"),
            ),
            ("ratelimit", format!("\"{name}\";r={left}{until}")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(read: u32, write: u32, token: u32) -> Rates {
        let rate = |name, of| Some(Rate::new(name, NonZeroU32::new(of).unwrap()));
        Rates {
            read: rate("read", read),
            write: rate("write", write),
            token: rate("token", token),
        }
    }

    #[test]
    fn an_address_may_ask_as_often_as_its_rate_allows_whatever_others_do() {
        let rates = rates(1, 3, 1);
        let rate = rates
            .of(&Method::POST, "/open311/v2/requests.json")
            .unwrap();
        let (one, other) = (
            "203.0.113.9".parse().unwrap(),
            "203.0.113.10".parse().unwrap(),
        );
        let left: Vec<u32> = (0..3).map(|_| rate.count(one).left).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = rate.count(one);
        assert_eq!((refused.left, refused.wait), (0, Some(20)));
        assert_eq!(
            refused.headers().map(|(_, value)| value),
            ["\"write\";q=3;w=60", "\"write\";r=0;t=20"]
        );
        assert_eq!(rate.count(other).wait, None);
    }

    #[test]
    fn each_action_has_a_rate_of_its_own_and_watching_has_none() {
        let rates = rates(1, 2, 3);
        let name = |method: Method, path| rates.of(&method, path).map(|rate| rate.name);
        assert_eq!(name(Method::GET, "/open311/v2/requests.json"), Some("read"));
        assert_eq!(name(Method::HEAD, "/"), Some("read"));
        assert_eq!(name(Method::POST, "/api/v1/oauth/token"), Some("token"));
        assert_eq!(name(Method::GET, "/api/v1/oauth/token"), Some("read"));
        for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            assert_eq!(name(method, "/x"), Some("write"));
        }
        assert_eq!(name(Method::OPTIONS, "/x"), None);
        for path in ["/health/ready", "/health/live", "/metrics"] {
            assert_eq!(name(Method::GET, path), None);
        }
    }
}

//! `GET /metrics`: what is counted, in the text format of Prometheus.

use crate::state::State;
use actix_web::{HttpResponse, http::StatusCode, web};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use std::time::Duration;

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    duration: HistogramVec,
    /// HTTP requests that are being answered.
    pub in_flight: IntGauge,
    answers: [IntCounter; 2],
    fragments: [IntCounter; 2],
}

/// Whether something that may be kept in memory was there.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    /// It was.
    Found,
    /// It had to be made.
    Made,
}

impl Metrics {
    /// Counters at zero.
    ///
    /// # Errors
    /// Never, unless two have the same name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("georeport_http_requests_total", "HTTP requests answered"),
            &["method", "route", "status"],
        )?;
        let duration = HistogramVec::new(
            HistogramOpts::new(
                "georeport_http_request_duration_seconds",
                "Time to answer an HTTP request",
            )
            .buckets(vec![
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
            ]),
            &["route"],
        )?;
        let in_flight = IntGauge::new(
            "georeport_http_requests_in_flight",
            "HTTP requests being answered",
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(duration.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        let kept = |name, help| {
            let counters = IntCounterVec::new(Opts::new(name, help), &["result"])?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(
                ["hit", "miss"].map(|one| counters.with_label_values(&[one])),
            )
        };
        let answers = kept(
            "georeport_answer_cache_requests_total",
            "Whole answers that were looked for in memory",
        )?;
        let fragments = kept(
            "georeport_fragment_cache_requests_total",
            "Service requests that were looked for in memory, as lists have them",
        )?;
        Ok(Self {
            registry,
            requests,
            duration,
            in_flight,
            answers,
            fragments,
        })
    }

    /// Counts an answer that was looked for in memory.
    pub fn asked_answer(&self, kept: Kept) {
        self.answers[kept as usize].inc();
    }

    /// Counts service requests that were looked for in memory.
    pub fn asked_fragments(&self, found: usize, made: usize) {
        self.fragments[Kept::Found as usize].inc_by(found as u64);
        self.fragments[Kept::Made as usize].inc_by(made as u64);
    }

    /// Counts one answer.
    pub fn answered(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        self.requests
            .with_label_values(&[method, route, status.as_str()])
            .inc();
        self.duration
            .with_label_values(&[route])
            .observe(took.as_secs_f64());
    }
}

/// What is counted, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    responses(
        (status = 200, description = "The counters, in the text format of Prometheus.", content((String = "text/plain", example = json!("georeport_http_requests_in_flight 1\n")))),
    )
)]
pub async fn get_metrics(state: web::Data<State>) -> HttpResponse {
    let mut body = Vec::new();
    match TextEncoder::new().encode(&state.shared.metrics.registry.gather(), &mut body) {
        Ok(()) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(body),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

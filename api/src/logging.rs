//! Log lines on standard error.

use crate::config::LogFormat;
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. The libraries below us are heard only when something is wrong: what they say
/// otherwise may quote a statement or a header.
pub fn start(format: LogFormat, level: Level) {
    let ours = tracing_subscriber::filter::Targets::new()
        .with_default(LevelFilter::WARN)
        // What it says is about strangers who do not speak HTTP.
        .with_target("actix_http", LevelFilter::OFF)
        .with_target("api", level)
        .with_target("georeport", level)
        .with_target("storage", level);
    let registry = tracing_subscriber::registry().with(ours);
    // A second start, as in tests, changes nothing.
    let _ = match format {
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
        LogFormat::Text => registry
            .with(fmt::layer().with_ansi(false).with_writer(std::io::stderr))
            .try_init(),
    };
}

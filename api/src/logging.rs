//! Log lines on standard error.
//!
//! A write for each line would cost a third of what a short answer does, so lines are gathered for a
//! moment; whatever is wrong is written at once.

use crate::config::LogFormat;
use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, Once, PoisonError},
    time::Duration,
};
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// How long a line may wait.
const EVERY: Duration = Duration::from_millis(50);
/// Bytes that may wait.
const MOST: usize = 64 * 1024;

/// Lines that were not written yet.
static WAITING: Mutex<Vec<u8>> = Mutex::new(Vec::new());

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
            .with(fmt::layer().json().flatten_event(true).with_writer(Lines))
            .try_init(),
        LogFormat::Text => registry
            .with(fmt::layer().with_ansi(false).with_writer(Lines))
            .try_init(),
    };
    static WRITING: Once = Once::new();
    WRITING.call_once(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(EVERY);
                flush();
            }
        });
    });
}

/// Writes what waits. To be called before the process ends.
pub fn flush() {
    write_out(&mut waiting());
}

fn waiting() -> MutexGuard<'static, Vec<u8>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A closed standard error is no reason to stop.
fn write_out(lines: &mut Vec<u8>) {
    if !lines.is_empty() {
        let _ = io::stderr().write_all(lines);
        lines.clear();
    }
}

/// Where lines go.
struct Lines;

/// One line, which is whole when it comes.
struct Line {
    is_urgent: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { is_urgent: true }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Line {
        Line {
            is_urgent: *of.level() <= Level::WARN,
        }
    }
}

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = waiting();
        lines.extend_from_slice(line);
        if self.is_urgent || lines.len() >= MOST {
            write_out(&mut lines);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

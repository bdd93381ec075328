//! What people and programs are told, and what may be stored.

use actix_web::ResponseError;
use api::fuzzing::ApiError;
use chrono::{DateTime, Datelike, Utc};
use domain::{Violation, Violations, datetime, text};

/// Longer than any sentence of ours with the longest name that it may quote.
const MAX_SENTENCE: usize = 4_000;

/// A refusal says something, in few words, and nothing that a terminal would obey.
pub fn refusal(violation: &Violation) {
    let sentence = violation.to_string();
    assert!(!violation.problem.is_empty(), "{sentence:?}");
    assert!(sentence.len() <= MAX_SENTENCE, "{} bytes", sentence.len());
    assert!(!sentence.contains(char::is_control), "{sentence:?}");
}

/// More than the faults of the most arguments that are read, name and value.
const MAX_REFUSALS: usize = 2_000;

/// There is a refusal, there are not too many, and each is fit to be told.
pub fn refusals(violations: &Violations) {
    assert!((1..=MAX_REFUSALS).contains(&violations.0.len()));
    violations.0.iter().for_each(refusal);
}

/// The client is at fault, and is told so as in [`refusal`].
pub fn error(error: &ApiError) {
    let sentences = error.to_string();
    assert!(error.status_code().is_client_error(), "{sentences:?}");
    assert!(
        !sentences.is_empty() && !sentences.contains(char::is_control),
        "{sentences:?}"
    );
    assert!(
        sentences.len() <= 200 * MAX_SENTENCE,
        "{} bytes",
        sentences.len()
    );
}

/// XML and PostgreSQL can carry the text, and it is at most `max` characters long.
pub fn text(stored: &str, max: usize) {
    assert_eq!(text::bounded("text", stored, max).as_deref(), Ok(stored));
}

/// The same of a text that may be missing.
pub fn any_text(stored: Option<&String>, max: usize) {
    stored.into_iter().for_each(|stored| text(stored, max));
}

/// The same of a text without line breaks.
pub fn line(stored: &str, max: usize) {
    assert_eq!(text::line("line", stored, max).as_deref(), Ok(stored));
}

/// The same of a line that may be missing.
pub fn any_line(stored: Option<&String>, max: usize) {
    stored.into_iter().for_each(|stored| line(stored, max));
}

/// An answer can tell the moment: four digits for the year, whole seconds.
pub fn moment(stored: DateTime<Utc>) {
    assert!((1..=9999).contains(&stored.year()), "{stored}");
    assert_eq!(datetime::to_seconds(stored), stored);
}

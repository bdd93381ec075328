//! Publishes the OpenAPI document and proof-reads it.

use std::fmt::Write as _;

/// `openapi.json`, as committed.
///
/// # Errors
/// When the document cannot be written as JSON, which is a fault of ours.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&api::openapi::document("/"))?;
    text.push('\n');
    Ok(text)
}

/// `routes.txt`: operation id, method and path; the API on one screen.
///
/// # Errors
/// As [`openapi_json`].
pub fn routes_txt() -> Result<String, serde_json::Error> {
    let document = serde_json::to_value(api::openapi::document("/"))?;
    let mut text = String::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{id:<51}{:<6}{path}", method.to_uppercase());
        }
    }
    Ok(text)
}

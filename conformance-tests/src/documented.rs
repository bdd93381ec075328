//! The published OpenAPI document, held against every answer that the tests see.

use std::sync::LazyLock;

use serde_json::Value;

use crate::answer::Answer;

/// As committed; the workspace's own tests compare it with the code.
const COMMITTED: &str = include_str!("../../openapi/openapi.json");

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(COMMITTED).expect("openapi.json is JSON"));
    &DOCUMENT
}

/// Every path as the document writes it, with its operations by method.
pub fn paths() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let paths = document()["paths"].as_object().into_iter().flatten();
    paths.map(|(path, item)| (path.as_str(), item))
}

/// Demands that the document tells of such an answer: its status and its media type where the
/// method is documented, 204 for OPTIONS, 405 for another method and 404 for another path.
#[track_caller]
pub fn check(method: &str, url: &str, answer: &Answer) {
    let status = answer.status.to_string();
    let Some(item) = item_of(url) else {
        assert_eq!(
            status, "404",
            "{}: the document knows no such path",
            answer.asked
        );
        return;
    };
    let method = if method == "HEAD" { "GET" } else { method };
    let operation = &item[method.to_ascii_lowercase()];
    if operation.is_null() {
        let expected = if method == "OPTIONS" { "204" } else { "405" };
        assert_eq!(
            status, expected,
            "{}: no method of the document",
            answer.asked
        );
        return;
    }
    let told = resolved(&operation["responses"][&status]);
    assert!(
        !told.is_null(),
        "{}: {status} is not documented",
        answer.asked
    );
    let Some(content) = told["content"].as_object() else {
        return;
    };
    let sent = answer.header("content-type").unwrap_or_default();
    let media_type = sent.split(';').next().unwrap_or_default();
    let is_told = content.contains_key(media_type);
    assert!(
        is_told,
        "{}: {status} as {sent} is not documented",
        answer.asked
    );
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document()
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Value::Null),
        None => value,
    }
}

/// What the document says of the path in `url`.
fn item_of(url: &str) -> Option<&'static Value> {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("/", |at| &after_scheme[at..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut matching = paths().filter(|(template, _)| matches(template, path));
    matching.next().map(|(_, item)| item)
}

/// Whether `path` is one of `template`'s: a parameter stands for some of a segment, and that of the
/// format for the standard's two.
fn matches(template: &str, path: &str) -> bool {
    if let Some(stem) = template.strip_suffix(".{format}") {
        let stems = [".xml", ".json"].map(|suffix| path.strip_suffix(suffix));
        return stems.into_iter().flatten().any(|path| matches(stem, path));
    }
    let (templates, segments) = (template.split('/'), path.split('/'));
    templates.clone().count() == segments.clone().count()
        && templates.zip(segments).all(|(template, segment)| {
            match (template.find('{'), template.find('}')) {
                (Some(from), Some(to)) => {
                    let rest = segment.strip_prefix(&template[..from]);
                    let value = rest.and_then(|rest| rest.strip_suffix(&template[to + 1..]));
                    value.is_some_and(|value| !value.is_empty())
                }
                _ => template == segment,
            }
        })
}

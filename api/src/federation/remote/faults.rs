//! What an endpoint says of a failure: of its errors document only, a few words of it, without
//! markup, and without what we told it in confidence.
//! <https://wiki.open311.org/GeoReport_v2/#errors>

use super::answer::source;
use crate::import::Value;
use bytes::Bytes;

/// Larger documents are no errors documents.
const MAX_BYTES: usize = 64 << 10;
/// Characters of the note.
const MAX_NOTE: usize = 200;
/// A shorter secret would blacken half of every sentence.
const MIN_SECRET: usize = 3;
/// What fields are called that say what is wrong: the standard's word, and those of Mark-a-Spot,
/// 6aika and SeeClickFix.
const SENTENCES: [&str; 5] = ["description", "message", "detail", "full_errors", "base"];
/// What holds them.
const CONTAINERS: [&str; 4] = ["errors", "error", "error_messages", "error_message"];

/// The sentences of an errors document, one after the other; empty when it is none. Each of `secrets`
/// is replaced: an endpoint may quote what it was sent.
pub fn read(body: &Bytes, secrets: &[&str]) -> String {
    if body.len() > MAX_BYTES {
        return String::new();
    }
    let tree = source(body.clone()).and_then(|source| {
        let tree = source.into_tree();
        tree.map_err(super::error::unreadable)
    });
    let mut sentences = Vec::new();
    if let Ok(tree) = &tree {
        collect(tree, &mut sentences);
    }
    let mut note = sentences.join("; ");
    for secret in secrets.iter().filter(|secret| secret.len() >= MIN_SECRET) {
        note = note.replace(secret, "[…]");
    }
    let plain = note.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MAX_NOTE).collect()
}

fn collect<'a>(value: &'a Value, sentences: &mut Vec<&'a str>) {
    match value {
        Value::List(all) => all.iter().for_each(|one| collect(one, sentences)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is = |names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
                if is(&SENTENCES) {
                    texts(value, sentences);
                } else if is(&CONTAINERS) {
                    collect(value, sentences);
                }
            }
        }
        Value::Null | Value::Text(_) => {}
    }
}

fn texts<'a>(value: &'a Value, sentences: &mut Vec<&'a str>) {
    match value {
        Value::List(all) => all.iter().for_each(|one| texts(one, sentences)),
        one => sentences.extend(one.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> String {
        read(
            &Bytes::from(text.to_owned()),
            &["grk_key", "a@b.example", "x"],
        )
    }

    #[test]
    fn errors_are_read_in_every_shape_that_is_known() {
        for text in [
            "<errors><error><code>400</code><description>lat is missing</description></error></errors>",
            "<error_messages><error><description>lat is missing</description></error></error_messages>",
            r#"[{"code":400,"description":"lat is missing"}]"#,
            r#"{"errors":{"code":400,"description":"lat is missing"}}"#,
            r#"{"error":{"code":400,"message":"lat is missing"}}"#,
            r#"{"code":400,"detail":"lat is missing"}"#,
            r#"{"errors":{"base":["lat is missing"]}}"#,
            r#"{"title":"Bad Request","status":400,"detail":"lat is missing"}"#,
        ] {
            assert_eq!(note(text), "lat is missing", "{text}");
        }
    }

    #[test]
    fn what_is_no_errors_document_is_not_repeated() {
        for text in [
            "",
            "internal-token=7",
            "<html><body>secret of the house</body></html>",
            r#"{"password":"secret"}"#,
            "[1,2,3]",
            "<!DOCTYPE errors [<!ENTITY a 'b'>]><errors><error><description>&a;</description></error></errors>",
        ] {
            assert_eq!(note(text), "", "{text}");
        }
        let large = format!(r#"[{{"description":"{}"}}]"#, "x".repeat(70_000));
        assert_eq!(note(&large), "");
    }

    #[test]
    fn what_we_told_in_confidence_is_not_repeated() {
        let told = note(r#"[{"description":"grk_key is wrong, a@b.example\u0007 is no mail, x"}]"#);
        assert_eq!(told, "[…] is wrong, […]  is no mail, x");
    }

    #[test]
    fn a_long_story_is_told_in_part() {
        let story = format!(r#"[{{"description":"{}"}}]"#, "é".repeat(1_000));
        assert_eq!(note(&story).chars().count(), MAX_NOTE);
    }
}

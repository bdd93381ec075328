//! The name of an argument that may be one of `attribute[CODE]`, `attribute[CODE][]` and so on.

use api::fuzzing::{attribute_code, attributes};

/// Every spelling of a code means the same, and its values stay together.
pub fn check(bytes: &[u8]) {
    let Ok(name) = str::from_utf8(bytes) else {
        return;
    };
    let Some(code) = attribute_code(name) else {
        return;
    };
    let names = ["", "[]", "[7]"].map(|index| format!("attribute[{code}]{index}"));
    for name in &names {
        assert_eq!(attribute_code(name), Some(code));
    }
    let sent = names.into_iter().chain([name.to_owned()]);
    let pairs: Vec<_> = sent.map(|name| (name, "x".to_owned())).collect();
    let values = vec!["x".to_owned(); pairs.len()];
    assert_eq!(attributes(&pairs), [(code.to_owned(), values)]);
}

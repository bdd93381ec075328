//! The committed document is that of the code, and says something about everything.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// Calls `each` with every operation: method, path and its object.
fn operations(document: &Value, mut each: impl FnMut(&str, &str, &Value)) {
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            each(method, path, operation);
        }
    }
}

#[test]
fn the_committed_files_are_those_of_the_code() {
    let hint = "run: cargo run -p openapi";
    let committed = include_str!("../../openapi.json");
    assert_eq!(committed, openapi::openapi_json().unwrap(), "{hint}");
    let committed = include_str!("../../routes.txt");
    assert_eq!(committed, openapi::routes_txt().unwrap(), "{hint}");
}

#[test]
fn every_operation_is_described_and_answers_both_formats() {
    operations(&document(), |method, path, operation| {
        let place = format!("{method} {path}");
        assert!(
            !operation["summary"].as_str().unwrap_or_default().is_empty(),
            "{place}"
        );
        let content = operation["responses"]["200"]["content"]
            .as_object()
            .unwrap();
        assert!(content.contains_key("text/xml"), "{place}");
        assert!(content.contains_key("application/json"), "{place}");
        for parameter in operation["parameters"].as_array().unwrap() {
            let described = !parameter["description"]
                .as_str()
                .unwrap_or_default()
                .is_empty();
            assert!(described, "{place}: {}", parameter["name"]);
        }
    });
}

#[test]
fn every_field_of_every_document_is_described() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property["description"].is_string();
            assert!(described, "{name}.{field}: {property}");
        }
    }
}

#[test]
fn operations_are_named_after_the_methods_of_the_standard() {
    let mut named = Vec::new();
    operations(&document(), |_, _, operation| {
        named.push(operation["operationId"].as_str().unwrap().to_owned());
    });
    named.sort();
    let standard = [
        "get_discovery",
        "get_service_definition",
        "get_service_list",
        "get_service_request",
        "get_service_request_id_from_token",
        "get_service_requests",
        "post_service_request",
    ];
    assert_eq!(named, standard);
}

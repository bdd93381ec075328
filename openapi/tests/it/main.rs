//! The committed document is that of the code, says something about everything, and shows by
//! examples what is true.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod xml;

use serde_json::Value;
use std::collections::BTreeSet;

const BASE_PATHS: [(&str, &str); 2] = [
    ("/open311/v2", ""),
    (
        "/jurisdictions/{jurisdiction_id}/open311/v2",
        "_of_jurisdiction",
    ),
];

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// `value`, or what it refers to.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Calls `each` with every operation: method and path, and its object.
fn operations(document: &Value, mut each: impl FnMut(&str, &Value)) {
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            each(&format!("{method} {path}"), operation);
        }
    }
}

/// Calls `each` with every answer: method, path and status, and its object.
fn answers(document: &Value, mut each: impl FnMut(&str, &Value)) {
    operations(document, |place, operation| {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            each(&format!("{place} {status}"), resolved(document, answer));
        }
    });
}

/// Calls `each` with every body that is sent or answered: where, its media type and its object.
fn bodies(document: &Value, mut each: impl FnMut(&str, &str, &Value)) {
    let mut all = |place: &str, body: &Value| {
        for (media_type, content) in body["content"].as_object().into_iter().flatten() {
            each(place, media_type, content);
        }
    };
    answers(document, &mut all);
    operations(document, |place, operation| {
        all(place, &operation["requestBody"])
    });
}

fn is_described(value: &Value) -> bool {
    !value["description"].as_str().unwrap_or_default().is_empty()
}

#[test]
fn the_committed_files_are_those_of_the_code() {
    let hint = "run: cargo run -p openapi";
    let committed = include_str!("../../openapi.json");
    assert!(committed == openapi::openapi_json().unwrap(), "{hint}");
    let committed = include_str!("../../routes.txt");
    assert_eq!(committed, openapi::routes_txt().unwrap(), "{hint}");
    let committed = include_str!("../../../ARCHITECTURE.md");
    assert_eq!(
        committed,
        openapi::with_permissions(committed).unwrap(),
        "{hint}"
    );
}

#[test]
fn whoever_must_show_something_must_have_one_permission_that_there_is() {
    operations(&document(), |place, operation| {
        let Some(ways) = operation["security"].as_array() else {
            return;
        };
        let mut needed = BTreeSet::new();
        for way in ways {
            for words in way.as_object().unwrap().values() {
                let words: Vec<String> = serde_json::from_value(words.clone()).unwrap();
                needed.insert(words);
            }
        }
        // As security(("bearer" = ["…"])) says it; each way in needs the same.
        let needed: Vec<_> = needed.iter().flatten().collect();
        assert_eq!(needed.len(), 1, "{place}: {needed:?}");
        assert!(
            needed[0].parse::<api::access::Permission>().is_ok(),
            "{place}: {needed:?}"
        );
    });
}

#[test]
fn every_operation_parameter_answer_and_header_is_described() {
    let document = document();
    operations(&document, |place, operation| {
        assert!(operation["summary"].is_string(), "{place}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(is_described(parameter), "{place}: {parameter}");
            assert!(!parameter["example"].is_null(), "{place}: {parameter}");
        }
        let body = &operation["requestBody"];
        assert!(body.is_null() || is_described(body), "{place}");
    });
    answers(&document, |place, answer| {
        assert!(is_described(answer), "{place}");
        assert!(answer["headers"]["X-Request-Id"].is_object(), "{place}");
        for (name, header) in answer["headers"].as_object().into_iter().flatten() {
            assert!(is_described(header), "{place}: {name}");
        }
    });
}

#[test]
fn every_schema_and_every_field_is_described() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(is_described(schema), "{name}");
        let parts = schema["allOf"].as_array().into_iter().flatten();
        for part in parts.chain([schema]) {
            for (field, property) in part["properties"].as_object().into_iter().flatten() {
                assert!(is_described(property), "{name}.{field}: {property}");
            }
        }
    }
}

#[test]
fn every_body_but_a_picture_has_a_schema_and_an_example() {
    bodies(&document(), |place, media_type, content| {
        let is_told = !content["schema"].is_null() && !content["example"].is_null();
        assert!(
            is_told || media_type.starts_with("image/"),
            "{place} {media_type}"
        );
    });
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let target = document.pointer(reference.trim_start_matches('#'));
            assert!(target.is_some(), "{reference}");
        }
        open.extend(
            value
                .as_object()
                .into_iter()
                .flat_map(|object| object.values()),
        );
        open.extend(value.as_array().into_iter().flatten());
    }
}

#[test]
fn every_example_in_json_is_what_its_schema_says() {
    let document = document();
    let mut checked = 0;
    bodies(&document, |place, media_type, content| {
        if !media_type.ends_with("xml") && !media_type.starts_with("image/") {
            // The schema's references are those of the whole document.
            let mut schema = document.clone();
            schema["$ref"] = content["schema"]["$ref"].clone();
            if schema["$ref"].is_null() {
                schema = content["schema"].clone();
            }
            let validator = jsonschema::validator_for(&schema).unwrap();
            if let Err(error) = validator.validate(&content["example"]) {
                panic!("{place} {media_type}: {error}");
            }
            checked += 1;
        }
    });
    assert!(checked > 50, "{checked}");
}

#[test]
fn an_example_in_xml_says_the_same_as_the_one_in_json() {
    let document = document();
    let mut checked = 0;
    answers(&document, |place, answer| {
        let (xml, json) = (
            &answer["content"]["text/xml"],
            &answer["content"]["application/json"],
        );
        if xml.is_object() && json.is_object() {
            let text = xml["example"].as_str().unwrap();
            let read = xml::read(&document, &xml["schema"], text);
            assert_eq!(read, json["example"], "{place}");
            checked += 1;
        }
    });
    assert!(checked > 50, "{checked}");
}

#[test]
fn whatever_has_a_suffix_answers_both_formats() {
    answers(&document(), |place, answer| {
        let types = answer["content"].as_object().into_iter().flatten();
        let types: BTreeSet<&str> = types.map(|(name, _)| name.as_str()).collect();
        let both = BTreeSet::from(["application/json", "text/xml"]);
        let is_empty = types.is_empty() && place.ends_with("304");
        assert!(
            !place.contains("{format}") || is_empty || types == both,
            "{place}: {types:?}"
        );
    });
}

#[test]
fn operations_are_named_after_the_methods_of_the_standard() {
    let standard = [
        ("get_discovery", "get", "/discovery.{format}"),
        ("get_service_list", "get", "/services.{format}"),
        (
            "get_service_definition",
            "get",
            "/services/{service_code}.{format}",
        ),
        ("post_service_request", "post", "/requests.{format}"),
        (
            "get_service_request_id_from_token",
            "get",
            "/tokens/{token}.{format}",
        ),
        ("get_service_requests", "get", "/requests.{format}"),
        (
            "get_service_request",
            "get",
            "/requests/{service_request_id}.{format}",
        ),
    ];
    let document = document();
    for (base_path, suffix) in BASE_PATHS {
        for (name, method, path) in standard {
            let operation = &document["paths"][format!("{base_path}{path}")][method];
            assert_eq!(operation["operationId"], format!("{name}{suffix}"));
        }
    }
    let mut ids = BTreeSet::new();
    operations(&document, |place, operation| {
        assert!(ids.insert(operation["operationId"].to_string()), "{place}");
    });
}

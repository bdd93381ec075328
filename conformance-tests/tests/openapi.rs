//! The OpenAPI document against the server: it is served as committed, and the addresses and
//! methods that it tells of are those that the server knows. That every answer is one that the
//! document tells of, the harness checks wherever it asks (`documented`).

use std::collections::BTreeSet;

use conformance_tests::demo::BOSTON;
use conformance_tests::documented::{document, paths};
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use serde_json::json;

/// A path of the document with something in place of its parameters.
fn some(template: &str, format: &str) -> String {
    let mut path = template.replace("{format}", format);
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        let value = match &path[from..=to] {
            "{jurisdiction_id}" => BOSTON,
            "{file}" => "swagger-ui.css",
            _ => "x",
        };
        path.replace_range(from..=to, value);
    }
    path
}

/// The methods in `Allow`.
fn allowed(answer: &conformance_tests::answer::Answer) -> BTreeSet<String> {
    let allow = answer.header("allow").unwrap_or_default();
    allow.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_document_is_served_as_it_is_committed() {
    let answer = Server::shared()
        .call("GET", "/openapi.json")
        .send()
        .expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.json() == *document(), "the served document differs");
}

#[test]
fn the_document_names_the_address_that_the_operator_set() {
    let home = Home::new();
    let server = home.serve(&["--public-url", "https://311.example.org/api"]);
    let served = server
        .call("GET", "/openapi.json")
        .send()
        .expect(200)
        .json();
    assert_eq!(
        served["servers"],
        json!([{"url": "https://311.example.org/api"}])
    );
}

#[test]
fn every_path_of_the_document_knows_the_methods_of_the_document_and_no_other() {
    for (template, item) in paths() {
        let methods = item.as_object().into_iter().flatten();
        let mut told: BTreeSet<_> = methods.map(|(name, _)| name.to_uppercase()).collect();
        told.insert("OPTIONS".to_owned());
        if told.contains("GET") {
            told.insert("HEAD".to_owned());
        }
        for format in ["xml", "json"] {
            let path = some(template, format);
            let call = |method: &str| Server::shared().call(method, &path).send();
            assert_eq!(allowed(&call("OPTIONS").expect(204)), told, "{path}");
            for method in [
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW",
            ] {
                let answer = call(method);
                let is_refused = answer.status == 405;
                assert_eq!(is_refused, !told.contains(method), "{}", answer.asked);
                if is_refused {
                    assert_eq!(allowed(&answer), told, "{}", answer.asked);
                }
            }
        }
    }
}

#[test]
fn what_the_document_tells_of_is_there() {
    for (template, _) in paths() {
        let path = some(template, "json");
        let answer = Server::shared().call("GET", &path).send();
        let is_unknown = answer.status == 404 && answer.text().contains("nothing at this address");
        assert!(!is_unknown, "{}: {}", answer.asked, answer.shown());
    }
}

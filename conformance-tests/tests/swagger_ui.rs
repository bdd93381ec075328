//! The documentation page in a browser: it comes out of the binary, asks no other host for
//! anything, and what it tries is answered on the page.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::Command;

use conformance_tests::demo::{BOSTON, Demo};
use conformance_tests::server::Server;
use conformance_tests::tools;
use serde_json::{Value, json};

/// What the browser saw.
#[track_caller]
fn try_list_services() -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/swagger_ui.cjs");
    let output = Command::new("node")
        .env("NODE_PATH", tools::node_packages())
        .arg(script)
        .args([Server::shared().url(), BOSTON])
        .output()
        .expect("node can be executed");
    let faults = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{faults}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

#[test]
fn list_services_is_tried_and_answered_on_the_page_without_asking_another_host() {
    let seen = try_list_services();
    let status = seen["status"].as_str().unwrap_or_default();
    assert!(status.starts_with("200"), "{status}");
    let body = seen["body"].as_str().unwrap_or_default();
    let service = &Demo::boston().plain;
    for shown in ["service_code", &service.code, &service.name] {
        assert!(body.contains(shown), "{shown} is not on the page: {body}");
    }
    assert_eq!(seen["origins"], json!([Server::shared().url()]));
    assert_eq!(seen["complaints"], json!([]));
}

#[test]
fn every_file_of_the_page_is_served_with_its_type() {
    for (file, media_type) in [
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui-standalone-preset.js", "text/javascript"),
        ("swagger-initializer.js", "text/javascript"),
        ("favicon-32x32.png", "image/png"),
    ] {
        let path = format!("/docs/{file}");
        let answer = Server::shared().call("GET", &path).send().expect(200);
        assert_eq!(answer.header("content-type"), Some(media_type), "{file}");
        assert!(answer.header("x-request-id").is_some(), "{file}");
    }
    let page = Server::shared().call("GET", "/docs").send().expect(200);
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
        "{policy}"
    );
    for missing in ["nope.js", "..%2Fopenapi.json", "swagger-ui.css.map"] {
        Server::shared()
            .call("GET", &format!("/docs/{missing}"))
            .send()
            .expect(404);
    }
}

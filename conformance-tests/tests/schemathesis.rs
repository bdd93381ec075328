//! schemathesis against the server: thousands of requests that are made from the OpenAPI document,
//! good and bad, and every check that it knows on every answer, in XML too.

use std::fs;
use std::path::Path;
use std::process::Command;

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::Multipart;
use conformance_tests::server::Server;
use conformance_tests::{shared, tools};

/// What exists on the server and can be asked for: a service request and its photo.
fn file_with_photo(demo: &Demo) -> (String, String) {
    let photo = shared::bytes("data/photos/gps_nikon_dscn0010.jpg");
    let body =
        Multipart::of(&demo.report(&demo.plain)).file("media", "a.jpg", "image/jpeg", &photo);
    let call = demo.endpoint.call("POST", "requests", Format::Json);
    let created = call.multipart(&body).send().expect(200).row();
    let id = text(&created, "service_request_id").to_owned();
    let request = demo.endpoint.request(&id);
    let url = text(&request, "media_url");
    let name = url.rsplit('/').next().unwrap_or_default();
    (id, name.trim_end_matches(".jpg").to_owned())
}

#[test]
fn nothing_that_schemathesis_draws_from_the_document_is_answered_otherwise_than_it_says() {
    let demo = Demo::boston();
    let (id, media_id) = file_with_photo(demo);
    let filed = demo.endpoint.post(Format::Json, &demo.report(&demo.batch));
    let token = filed.expect(200).row();
    let home = Home::new();
    let tools_of_ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/schemathesis");
    for name in ["schemathesis.toml", "hooks.py"] {
        let file = fs::read(tools_of_ours.join(name)).expect("the configuration is readable");
        home.write(name, file);
    }
    let output = Command::new(tools::python("schemathesis"))
        .args(["run", "--no-color", "--url", Server::shared().url()])
        .arg(format!("{}/openapi.json", Server::shared().url()))
        .current_dir(home.path(""))
        .env("SERVICE_CODE", &demo.detailed.code)
        .env("SERVICE_REQUEST_ID", id)
        .env("TOKEN", text(&token, "token"))
        .env("MEDIA_ID", media_id)
        .output()
        .expect("schemathesis can be executed");
    let said = String::from_utf8_lossy(&output.stdout);
    let faults = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{faults}");
    let (_, summary) = said.split_once("= SUMMARY =").unwrap_or_default();
    println!("{summary}");
    assert!(summary.contains("Test cases:"), "{said}\n{faults}");
}

//! The commands of an operator, beside a running server and without one. What they
//! import has tests of its own: `imports.rs`.

use conformance_tests::binary;
use conformance_tests::city::{self, CITY, City, soon};
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, list, text};
use conformance_tests::home::Home;
use conformance_tests::http::Form;

fn report(api_key: &str) -> Form {
    Form::of(&[
        ("api_key", api_key),
        ("service_code", "001"),
        ("lat", demo::INSIDE.0),
        ("long", demo::INSIDE.1),
    ])
}

#[test]
fn a_new_city_with_services_and_a_key_takes_reports_without_a_restart() {
    let city = City::found();
    assert_eq!(city::import_services(&city.home), [2, 0, 0]);
    soon("the services", || city.endpoint.services().len() == 2);
    let report = report(&city.home.new_key(CITY));
    soon("the key", || {
        city.endpoint.post(Format::Json, &report).status == 200
    });
    let outside = report.with("lat", "43.5");
    city.endpoint
        .post(Format::Json, &outside)
        .blames(Format::Json, 400, "lat");
}

#[test]
fn the_key_of_the_demo_opens_no_real_city() {
    let city = City::found();
    city::import_services(&city.home);
    soon("the services", || city.endpoint.services().len() == 2);
    city.endpoint
        .post(Format::Json, &report(demo::KEY))
        .faults(Format::Json, 403);
}

#[test]
fn a_revoked_key_is_listed_as_such_and_works_no_more() {
    let home = Home::new();
    let server = home.serve_demo();
    let key = home.new_key(demo::BOSTON);
    let before = home.listed_keys(demo::BOSTON);
    assert!(before.contains("conformance"), "{before}");
    let demo = Demo::boston_on(&server);
    let report = demo.report(&demo.plain).with("api_key", &key);
    demo.endpoint.post(Format::Json, &report).expect(200);
    home.revoke(demo::BOSTON, &key);
    assert_ne!(home.listed_keys(demo::BOSTON), before);
    soon("the revocation", || {
        demo.endpoint.post(Format::Json, &report).status == 403
    });
}

#[test]
fn a_command_that_cannot_work_says_why_and_fails() {
    let home = Home::new();
    let _server = home.serve_demo();
    let missing = home.path("missing").to_string_lossy().into_owned();
    let broken = home.write("broken.xml", "<services><service>");
    let nowhere = "--jurisdiction nowhere.example";
    let boston = "--jurisdiction boston.demo";
    let wrong = [
        format!("import services {missing} {boston}"),
        format!("import services {broken} {boston}"),
        format!("import requests {missing} {boston}"),
        format!("import requests {broken} {nowhere}"),
        "jurisdiction add other.city --name x --timezone Mars/Olympus".into(),
        format!("jurisdiction add a.city --name x --timezone Europe/Berlin --boundary {broken}"),
        "jurisdiction add boston.demo --name x".into(),
        format!("key create {nowhere} --label x"),
        format!("key revoke no-such-key {boston}"),
        format!("service-level set no-such-service 3 hours {boston}"),
        format!("service-level set x 0 weeks --priority asap {boston}"),
        format!("working-hours set someday 25:00-26:00 {boston}"),
        format!("holiday add 2026-02-30 Never {boston}"),
        "no-such-command".into(),
    ];
    for line in wrong {
        let output = home.run(&line.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{line}");
        assert!(!stderr.trim().is_empty(), "{line} fails without a word");
        assert!(!stderr.contains("panicked"), "{line}: {stderr}");
    }
}

#[test]
fn migrate_is_at_peace_with_a_database_that_is_up_to_date() {
    let home = Home::new();
    let server = home.serve_demo();
    home.run_ok(&["migrate"]);
    home.run_ok(&["migrate"]);
    server.call("GET", "/health/ready").send().expect(200);
}

#[test]
fn without_a_running_server_the_commands_work_and_the_only_city_needs_no_name() {
    let home = Home::new();
    home.run_ok(&["migrate"]);
    city::add_city(&home);
    assert_eq!(city::import_services(&home), [2, 0, 0]);
    assert_eq!(city::import_requests(&home, &[]), [2, 0, 1]);
    let server = home.serve(&[]);
    let services = server.call("GET", "/open311/v2/services.json");
    let rows = services.send().expect(200).rows();
    assert_eq!(rows.len(), 2);
    // The Ruby gem and old GeoReporters send the parameter empty.
    let empty = services.raw_query("jurisdiction_id=").send().expect(200);
    assert_eq!(empty.rows(), rows);
}

#[test]
fn without_the_demo_there_is_no_demo_key_and_discovery_says_production() {
    let home = Home::new();
    home.run_ok(&["migrate"]);
    city::add_city(&home);
    city::import_services(&home);
    let server = home.serve(&[]);
    let post = server.call("POST", "/open311/v2/requests.json");
    post.form(&report(demo::KEY))
        .send()
        .faults(Format::Json, 403);
    let discovery = server.call("GET", "/discovery.json").send().expect(200);
    for endpoint in list(&discovery.json(), "endpoints") {
        assert_eq!(text(endpoint, "type"), "production");
    }
}

#[test]
fn there_is_help_for_every_command() {
    let commands = [
        "",
        "serve",
        "migrate",
        "jurisdiction add",
        "key create",
        "key list",
        "key revoke",
        "import services",
        "import requests",
        "service-level set",
        "working-hours set",
        "holiday add",
    ];
    for line in commands {
        let mut command = binary::command();
        command.args(line.split_whitespace()).arg("--help");
        let output = command.output().expect("the binary can be executed");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains("Usage: georeport"), "{line}: {stdout}");
    }
}

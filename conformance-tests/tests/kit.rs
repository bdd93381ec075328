//! The whole conformance kit against the built binary: in both formats, over both base paths, with
//! service requests filed, it has nothing to find. And what it prints and writes.

#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use conformance_tests::binary;
use conformance_tests::city::{add_city, soon};
use conformance_tests::demo::{BOSTON, KEY};
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Output;

/// What the demo gives no occasion for: it runs here, has batch services, and keeps no register of
/// addresses.
const NO_OCCASION: [&str; 3] = ["https", "token-without-batch", "post-by-address-id"];
/// What needs a `jurisdiction_id` to leave out.
const JURISDICTION: [&str; 2] = ["jurisdiction-missing", "jurisdiction-unknown"];

fn kit(arguments: &[&str]) -> Output {
    let output = binary::kit().args(["--pace", "0"]).args(arguments).output();
    output.expect("the kit can be executed")
}

/// Runs the kit and yields its JSON report.
#[track_caller]
fn report(arguments: &[&str]) -> Value {
    let home = Home::new();
    let file = home.path("report.json").to_string_lossy().into_owned();
    let output = kit(&[arguments, &["--report", &file]].concat());
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report = std::fs::read_to_string(&file).expect("the report was written");
    serde_json::from_str(&report).expect("the report is JSON")
}

/// Runs the kit against the demo. Yields the rules of which nothing was said.
#[track_caller]
fn finds_nothing(base: &str, more: &[&str]) -> BTreeSet<String> {
    let url = format!("{}{base}", Server::shared().url());
    let report = report(&[&[url.as_str(), "--api-key", KEY], more].concat());
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report:#}");
    assert_eq!(report["filed"], true, "the demo is of type test");
    let rules = report["rules"].as_array().expect("rules").iter();
    rules
        .filter(|rule| rule["outcome"] == "not_checked")
        .filter_map(|rule| rule["id"].as_str().map(str::to_owned))
        .collect()
}

fn set(rules: &[&str]) -> BTreeSet<String> {
    rules.iter().map(|&rule| rule.to_owned()).collect()
}

#[test]
fn the_kit_finds_nothing_with_the_jurisdiction_as_an_argument() {
    let left = finds_nothing("/open311/v2", &["--jurisdiction", BOSTON]);
    assert_eq!(left, set(&NO_OCCASION));
}

#[test]
fn the_kit_finds_nothing_with_the_jurisdiction_in_the_path() {
    let left = finds_nothing(&format!("/jurisdictions/{BOSTON}/open311/v2"), &[]);
    assert_eq!(left, set(&[NO_OCCASION.as_slice(), &JURISDICTION].concat()));
}

#[test]
fn the_kit_finds_nothing_in_xml_alone() {
    let more = ["--jurisdiction", BOSTON, "--format", "xml"];
    let left = finds_nothing("/open311/v2", &more);
    // Service Discovery is read in both formats all the same.
    let of_both = ["xml-equals-json"];
    assert_eq!(left, set(&[NO_OCCASION.as_slice(), &of_both].concat()));
}

#[test]
fn the_kit_finds_nothing_in_json_alone() {
    let base = format!("/jurisdictions/{BOSTON}/open311/v2");
    let left = finds_nothing(&base, &["--format", "json"]);
    let of_both = ["xml-offered", "xml-equals-json", "filed-control-characters"];
    let expected = [NO_OCCASION.as_slice(), &JURISDICTION, &of_both].concat();
    assert_eq!(left, set(&expected));
}

#[test]
fn the_server_holds_itself_against_the_letter_running_or_not() {
    let home = Home::new();
    let server = home.serve(&[]);
    add_city(&home);
    soon("the jurisdiction", || {
        server.call("GET", "/open311/v2/services.xml").send().status == 200
    });
    conforms(&home);
    server.stop();
    conforms(&home);
}

/// Runs the server's own check: one jurisdiction, under both base paths.
#[track_caller]
fn conforms(home: &Home) {
    let output = home.run(&["conformance"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{complaint}");
    assert_eq!(told.matches("\nno finding\n").count(), 2, "{told}");
    assert_eq!(told.matches("only read").count(), 2, "{told}");
}

#[test]
fn without_consent_nothing_is_filed() {
    let url = format!(
        "{}/jurisdictions/{BOSTON}/open311/v2",
        Server::shared().url()
    );
    let report = report(&[&url]);
    assert_eq!(report["filed"], false);
    let rules = report["rules"].as_array().expect("rules").iter();
    let mut filing = rules.filter(|rule| rule["check"] == "filing");
    assert!(filing.all(|rule| rule["reason"] == "nothing is filed without --api-key"));
}

#[test]
fn what_was_asked_for_and_could_not_be_checked_is_no_success() {
    let url = format!(
        "{}/jurisdictions/{BOSTON}/open311/v2",
        Server::shared().url()
    );
    for (key, reason) in [
        ("", "nothing is filed without --api-key"),
        ("wrong", "the endpoint refuses the API key that was given"),
    ] {
        let mut arguments = vec![url.as_str(), "--only", "post-by-point"];
        if !key.is_empty() {
            arguments.extend(["--api-key", key]);
        }
        let output = kit(&arguments);
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains(reason) && told.contains("only read"),
            "{told}"
        );
    }
}

#[test]
fn a_report_for_people_needs_nothing_from_anywhere() {
    let home = Home::new();
    let file = |name: &str| home.path(name).to_string_lossy().into_owned();
    let (page, junit) = (file("report.html"), file("report.xml"));
    let url = format!(
        "{}/jurisdictions/{BOSTON}/open311/v2",
        Server::shared().url()
    );
    let output = kit(&[
        &url, "--only", "services", "--report", &page, "--report", &junit,
    ]);
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(page).expect("the page was written");
    for outside in ["src=", "<link", "@import", "url(", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("service-code-unique"));
    let junit = std::fs::read_to_string(junit).expect("the JUnit report was written");
    assert!(
        junit.contains("<testcase name=\"service-code-unique\""),
        "{junit}"
    );
}

#[test]
fn what_cannot_be_checked_ends_with_2_and_says_why() {
    let nowhere = ["http://127.0.0.1:1/open311/v2"];
    let several = format!("{}/open311/v2", Server::shared().url());
    let unknown = [several.as_str(), "--only", "no-such-rule"];
    let format = ["http://127.0.0.1:1", "--report", "report.pdf"];
    let folder = ["http://127.0.0.1:1", "--report", "/nowhere/report.html"];
    let page = Server::shared().url().to_owned() + "/open311/v2?jurisdiction_id=boston.demo";
    for (arguments, said) in [
        (nowhere.as_slice(), "no service list there"),
        (&[several.as_str()], "--jurisdiction"),
        (&unknown, "no-such-rule"),
        (&format, ".json, .xml"),
        (&folder, "/nowhere/report.html cannot be written"),
        (&[page.as_str()], "without ? and #"),
    ] {
        let output = kit(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(said), "{told}");
    }
}

//! GET discovery: <http://wiki.open311.org/Service_Discovery>

use conformance_tests::answer::Answer;
use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, list, text};
use conformance_tests::server::Server;
use conformance_tests::{spark, time};

/// Discovery is asked without any parameter at the site's root and under both bases.
fn bases() -> Vec<String> {
    let fixed = [BOSTON, ZURICH].map(|id| format!("/jurisdictions/{id}/open311/v2"));
    [String::new(), "/open311/v2".into()]
        .into_iter()
        .chain(fixed)
        .collect()
}

fn discovery(base: &str, format: Format) -> Answer {
    let path = format!("{base}/discovery.{}", format.suffix());
    Server::shared().call("GET", &path).send().expect(200)
}

#[test]
fn discovery_is_served_in_both_formats_at_the_root_and_under_each_base_path() {
    for base in bases() {
        for format in Format::BOTH {
            let answer = discovery(&base, format);
            assert_eq!(
                answer.header("content-type"),
                Some(format.media_type()),
                "{}",
                answer.asked
            );
        }
    }
}

#[test]
fn both_formats_of_discovery_say_the_same() {
    for base in bases() {
        let xml = discovery(&base, Format::Xml).xml();
        assert_eq!(xml.name, "discovery");
        let from_xml = spark::to_json(&xml).unwrap();
        let differences = spark::differences(&from_xml, &discovery(&base, Format::Json).json());
        assert!(differences.is_empty(), "{base}: {differences:?}");
    }
}

#[test]
fn every_field_of_discovery_is_given_and_not_empty() {
    for base in bases() {
        let document = discovery(&base, Format::Json).json();
        for field in ["changeset", "contact", "key_service"] {
            assert!(!text(&document, field).trim().is_empty(), "{base}: {field}");
        }
        assert!(!list(&document, "endpoints").is_empty(), "{base}");
        for endpoint in list(&document, "endpoints") {
            for field in ["specification", "url", "changeset", "type"] {
                assert!(!text(endpoint, field).trim().is_empty(), "{base}: {field}");
            }
        }
    }
}

#[test]
fn discovery_announces_geo_report_v2_in_xml_and_json() {
    for base in bases() {
        for endpoint in list(&discovery(&base, Format::Json).json(), "endpoints") {
            // npm open311 compares this token letter by letter.
            assert_eq!(
                endpoint["specification"],
                "http://wiki.open311.org/GeoReport_v2"
            );
            let formats = list(endpoint, "formats");
            assert!(formats.contains(&"text/xml".into()), "{formats:?}");
            assert!(formats.contains(&"application/json".into()), "{formats:?}");
        }
    }
}

#[test]
fn the_demo_announces_itself_as_a_test_endpoint() {
    for base in bases() {
        for endpoint in list(&discovery(&base, Format::Json).json(), "endpoints") {
            assert_eq!(
                endpoint["type"], "test",
                "{base}: the demo is not acted upon"
            );
        }
    }
}

#[test]
fn a_changeset_is_a_utc_date_time_in_the_past() {
    for base in bases() {
        let document = discovery(&base, Format::Json).json();
        let all = list(&document, "endpoints").iter().chain([&document]);
        for changeset in all.map(|part| text(part, "changeset")) {
            let instant = time::parse_utc(changeset);
            assert!(
                instant.is_some_and(|instant| instant <= time::now() + 1),
                "{changeset}"
            );
        }
    }
}

#[test]
fn an_announced_url_leads_to_a_service_list() {
    for base in bases()
        .into_iter()
        .filter(|base| base.starts_with("/jurisdictions/"))
    {
        let document = discovery(&base, Format::Json).json();
        for endpoint in list(&document, "endpoints") {
            let url = text(endpoint, "url").trim_end_matches('/');
            assert!(url.starts_with("http"), "{url} is absolute");
            let path = url
                .split_once("//")
                .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
            let path = path.unwrap_or_else(|| panic!("{url} has no path"));
            let services = format!("{path}/services.json");
            let query = if path.contains("/jurisdictions/") {
                ""
            } else {
                "jurisdiction_id=boston.demo"
            };
            Server::shared()
                .call("GET", &services)
                .raw_query(query)
                .send()
                .expect(200);
        }
    }
}

#[test]
fn discovery_ignores_parameters_and_keys() {
    let server = Server::shared();
    let plain = discovery("", Format::Json).json();
    let query = "api_key=nonsense&jurisdiction_id=&page=1";
    let asked = server
        .call("GET", "/discovery.json")
        .raw_query(query)
        .send()
        .expect(200);
    assert_eq!(asked.json(), plain);
}

#[test]
fn the_fixed_base_path_of_an_unknown_jurisdiction_has_no_discovery() {
    let nowhere = Endpoint::fixed(Server::shared(), "nowhere.example");
    for format in Format::BOTH {
        nowhere.get("discovery", format, &[]).faults(format, 404);
    }
}

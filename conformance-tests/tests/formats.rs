//! XML and JSON say the same under the Spark convention, on every read method and
//! under both base paths, with the media types to the letter.
//!
//! That XML begins with its declaration and has neither attributes nor namespaces is
//! checked wherever XML is read: see `conformance_tests::xml`.

use conformance_tests::demo::{BOSTON, Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::http::percent;
use conformance_tests::server::Server;
use conformance_tests::spark;
use conformance_tests::time::{DAY, now, utc};

/// Both jurisdictions under both base paths.
fn endpoints() -> Vec<Endpoint> {
    let server = Server::shared();
    let both = [BOSTON, ZURICH];
    both.iter()
        .flat_map(|id| [Endpoint::standard(server, id), Endpoint::fixed(server, id)])
        .collect()
}

#[track_caller]
fn says_the_same(endpoint: &Endpoint, resource: &str, root: &str, parameters: &[(&str, &str)]) {
    let xml = endpoint.get(resource, Format::Xml, parameters).expect(200);
    let json = endpoint.get(resource, Format::Json, parameters).expect(200);
    assert_eq!(
        xml.header("content-type"),
        Some(Format::Xml.media_type()),
        "{}",
        xml.asked
    );
    assert_eq!(
        json.header("content-type"),
        Some(Format::Json.media_type()),
        "{}",
        json.asked
    );
    assert_eq!(xml.xml().name, root);
    let from_xml = spark::to_json(&xml.xml()).unwrap_or_default();
    let differences = spark::differences(&from_xml, &json.json());
    assert!(differences.is_empty(), "{}: {differences:#?}", json.asked);
}

#[test]
fn service_lists_say_the_same() {
    for endpoint in endpoints() {
        says_the_same(&endpoint, "services", "services", &[]);
    }
}

#[test]
fn every_definition_says_the_same() {
    for endpoint in endpoints() {
        for service in endpoint.services() {
            let resource = format!("services/{}", percent(text(&service, "service_code")));
            says_the_same(&endpoint, &resource, "service_definition", &[]);
        }
    }
}

#[test]
fn lists_of_requests_say_the_same() {
    let end = utc(now() - DAY);
    for endpoint in endpoints() {
        for page_size in ["0001", "2", "300"] {
            let parameters = [("end_date", end.as_str()), ("page_size", page_size)];
            says_the_same(&endpoint, "requests", "service_requests", &parameters);
        }
        says_the_same(
            &endpoint,
            "requests",
            "service_requests",
            &[("service_code", "no-such-service")],
        );
    }
}

#[test]
fn single_requests_say_the_same() {
    let end = utc(now() - DAY);
    for endpoint in endpoints() {
        for id in endpoint.find_ids(&[("end_date", &end), ("page_size", "10")]) {
            says_the_same(
                &endpoint,
                &format!("requests/{}", percent(&id)),
                "service_requests",
                &[],
            );
        }
    }
}

#[test]
fn extensions_say_the_same() {
    let demo = Demo::boston();
    let id = demo.endpoint.file(&demo.report(&demo.detailed));
    let fields = ["attributes", "extended_attributes", "notes"];
    let asked = [("extensions", "true")];
    let resource = format!("requests/{id}");
    let xml = demo
        .endpoint
        .get(&resource, Format::Xml, &asked)
        .expect(200)
        .xml();
    let json = demo
        .endpoint
        .get(&resource, Format::Json, &asked)
        .expect(200)
        .row();
    for field in fields {
        let in_xml = xml.children[0].child(field);
        assert!(
            in_xml.is_some() && json.get(field).is_some(),
            "{field} in both formats"
        );
    }
    let answers = xml.children[0]
        .child("attributes")
        .map(|answers| answers.children.len());
    assert_eq!(answers, json["attributes"].as_array().map(Vec::len));
}

#[test]
fn tokens_say_the_same() {
    let demo = Demo::boston();
    let row = demo
        .endpoint
        .post(Format::Json, &demo.report(&demo.batch))
        .expect(200)
        .row();
    let resource = format!("tokens/{}", percent(text(&row, "token")));
    // The id may appear between two looks, but not between ten pairs of them.
    let same = (0..10).any(|_| {
        let xml = demo
            .endpoint
            .get(&resource, Format::Xml, &[])
            .expect(200)
            .xml();
        let json = demo
            .endpoint
            .get(&resource, Format::Json, &[])
            .expect(200)
            .json();
        spark::to_json(&xml).is_ok_and(|xml| spark::differences(&xml, &json).is_empty())
    });
    assert!(same, "{resource}");
}

#[test]
fn errors_say_the_same() {
    for endpoint in endpoints() {
        for resource in ["services/nope", "requests/nope", "tokens/nope"] {
            let xml = endpoint
                .get(resource, Format::Xml, &[])
                .faults(Format::Xml, 404);
            assert_eq!(
                xml,
                endpoint
                    .get(resource, Format::Json, &[])
                    .faults(Format::Json, 404)
            );
        }
        let wrong = [
            ("status", "x"),
            ("page", "x"),
            ("start_date", "x"),
            ("bbox", "x"),
        ];
        let xml = endpoint
            .get("requests", Format::Xml, &wrong)
            .faults(Format::Xml, 400);
        assert_eq!(
            xml,
            endpoint
                .get("requests", Format::Json, &wrong)
                .faults(Format::Json, 400)
        );
        assert_eq!(xml.len(), 4, "all faults at once: {xml:?}");
    }
}

#[test]
fn both_base_paths_answer_alike() {
    let end = utc(now() - DAY);
    for jurisdiction in [BOSTON, ZURICH] {
        let standard = Endpoint::standard(Server::shared(), jurisdiction);
        let fixed = Endpoint::fixed(Server::shared(), jurisdiction);
        let window = [("end_date", end.as_str()), ("page_size", "100")];
        assert_eq!(standard.services(), fixed.services());
        assert_eq!(standard.find(&window), fixed.find(&window));
    }
}

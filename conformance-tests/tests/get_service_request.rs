//! GET requests/{service_request_id}: <http://wiki.open311.org/GeoReport_v2/#get-service-request>

use conformance_tests::demo::{Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, list, text};
use conformance_tests::http::percent;
use conformance_tests::server::Server;

#[test]
fn one_request_is_a_list_of_one_with_the_values_of_the_list() {
    let endpoint = &Demo::boston().endpoint;
    for row in endpoint.find(&[("page_size", "25")]) {
        assert_eq!(endpoint.request(text(&row, "service_request_id")), row);
    }
}

#[test]
fn one_request_in_xml_keeps_the_wrapper() {
    let endpoint = &Demo::boston().endpoint;
    let id = endpoint.find_ids(&[("page_size", "1")]).remove(0);
    let root = endpoint
        .get(&format!("requests/{}", percent(&id)), Format::Xml, &[])
        .expect(200)
        .xml();
    assert_eq!(root.name, "service_requests");
    assert_eq!(root.names(), ["request"]);
    assert_eq!(root.children[0].text_of("service_request_id"), id);
}

#[test]
fn an_unknown_id_is_404_in_both_formats() {
    let endpoint = &Demo::boston().endpoint;
    for format in Format::BOTH {
        for id in [
            "nope",
            "0",
            "-1",
            "99999999999999999999",
            "%F0%9F%98%80",
            "a.b",
            "%27--",
        ] {
            endpoint.get(&format!("requests/{id}"), format, &[]).blames(
                format,
                404,
                "service_request_id",
            );
        }
    }
}

#[test]
fn a_request_of_one_jurisdiction_is_unknown_in_the_other() {
    let id = Demo::boston()
        .endpoint
        .file(&Demo::boston().report(&Demo::boston().plain));
    let zurich = Endpoint::standard(Server::shared(), ZURICH);
    zurich
        .get(&format!("requests/{id}"), Format::Json, &[])
        .faults(Format::Json, 404);
}

#[test]
fn other_parameters_do_not_matter() {
    let endpoint = &Demo::boston().endpoint;
    let row = endpoint.find(&[("page_size", "1")]).remove(0);
    let resource = format!("requests/{}", text(&row, "service_request_id"));
    let parameters = [
        ("status", "pending"),
        ("start_date", "x"),
        ("api_key", "nonsense"),
        ("page", "7"),
    ];
    assert_eq!(
        endpoint
            .get(&resource, Format::Json, &parameters)
            .expect(200)
            .row(),
        row
    );
}

#[test]
fn a_percent_encoded_id_is_the_same_id() {
    let endpoint = &Demo::boston().endpoint;
    let id = endpoint.find_ids(&[("page_size", "1")]).remove(0);
    let encoded: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let row = endpoint
        .get(&format!("requests/{encoded}"), Format::Json, &[])
        .expect(200)
        .row();
    assert_eq!(text(&row, "service_request_id"), id);
}

#[test]
fn extensions_add_attributes_extended_attributes_and_notes() {
    let demo = Demo::boston();
    let id = demo.endpoint.file(&demo.report(&demo.detailed));
    let plain = demo.endpoint.request(&id);
    let asked = demo.endpoint.get(
        &format!("requests/{id}"),
        Format::Json,
        &[("extensions", "true")],
    );
    let extended = asked.expect(200).row();
    for (name, value) in plain.as_object().unwrap() {
        assert_eq!(&extended[name], value, "{name}");
    }
    let answered: Vec<_> = list(&extended, "attributes")
        .iter()
        .map(|answer| text(answer, "code"))
        .collect();
    assert!(!answered.is_empty());
    assert!(extended["extended_attributes"].is_object());
    list(&extended, "notes");
    assert!(plain.get("attributes").is_none() && plain.get("notes").is_none());
}

//! GET services: <http://wiki.open311.org/GeoReport_v2/#get-service-list>

use std::collections::HashSet;

use conformance_tests::demo::{BOSTON, Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, list, text};
use conformance_tests::server::Server;

const FIELDS: [&str; 7] = [
    "service_code",
    "service_name",
    "description",
    "metadata",
    "type",
    "keywords",
    "group",
];

#[test]
fn a_service_has_the_seven_fields_of_the_standard_and_no_other() {
    for jurisdiction in [BOSTON, ZURICH] {
        let endpoint = Endpoint::standard(Server::shared(), jurisdiction);
        let services = endpoint.services();
        assert!(!services.is_empty(), "{jurisdiction} has services");
        for service in services {
            let names: HashSet<_> = service
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(names, HashSet::from(FIELDS), "{service}");
        }
        let list = endpoint.get("services", Format::Xml, &[]).expect(200).xml();
        assert_eq!(list.name, "services");
        for service in &list.children {
            assert_eq!(service.name, "service");
            assert_eq!(
                service.names().into_iter().collect::<HashSet<_>>(),
                HashSet::from(FIELDS)
            );
        }
    }
}

#[test]
fn codes_and_texts_are_strings_and_metadata_is_a_boolean() {
    for service in Demo::boston().endpoint.services() {
        for field in ["service_code", "service_name", "type"] {
            assert!(!text(&service, field).is_empty(), "{field} of {service}");
        }
        for field in ["description", "keywords", "group"] {
            assert!(
                service[field].is_string() || service[field].is_null(),
                "{field} of {service}"
            );
        }
        assert!(service["metadata"].is_boolean(), "{service}");
    }
}

#[test]
fn metadata_reads_true_or_false_in_xml() {
    let list = Demo::boston()
        .endpoint
        .get("services", Format::Xml, &[])
        .expect(200)
        .xml();
    for service in &list.children {
        // FixMyStreet compares with the lower-case word.
        assert!(
            ["true", "false"].contains(&service.text_of("metadata").as_str()),
            "{service:?}"
        );
    }
}

#[test]
fn a_service_is_realtime_batch_or_blackbox_and_the_demo_has_all_three() {
    let services = Demo::boston().endpoint.services();
    let kinds: HashSet<_> = services
        .iter()
        .map(|service| text(service, "type"))
        .collect();
    assert_eq!(kinds, HashSet::from(["realtime", "batch", "blackbox"]));
}

#[test]
fn service_codes_are_unique_in_a_jurisdiction() {
    for jurisdiction in [BOSTON, ZURICH] {
        let services = Endpoint::standard(Server::shared(), jurisdiction).services();
        let codes: HashSet<_> = services
            .iter()
            .map(|service| text(service, "service_code"))
            .collect();
        assert_eq!(codes.len(), services.len());
    }
}

#[test]
fn a_service_code_holds_no_comma_so_that_it_can_be_asked_for_in_a_list() {
    for service in Demo::boston().endpoint.services() {
        assert!(!text(&service, "service_code").contains(','), "{service}");
    }
}

#[test]
fn metadata_is_true_exactly_when_the_definition_has_attributes() {
    let endpoint = &Demo::boston().endpoint;
    for service in endpoint.services() {
        let definition = endpoint.definition(text(&service, "service_code"));
        let is_asked = !list(&definition, "attributes").is_empty();
        assert_eq!(service["metadata"] == true, is_asked, "{service}");
    }
}

#[test]
fn the_second_jurisdiction_speaks_german() {
    let services = Endpoint::standard(Server::shared(), ZURICH).services();
    let names: String = services
        .iter()
        .map(|service| text(service, "service_name"))
        .collect();
    assert!(
        names.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü', 'ß']),
        "{names}"
    );
}

#[test]
fn no_key_is_needed_and_one_that_is_wrong_does_no_harm() {
    let endpoint = &Demo::boston().endpoint;
    let answer = endpoint
        .get("services", Format::Json, &[("api_key", "nonsense")])
        .expect(200);
    assert_eq!(answer.rows(), endpoint.services());
}

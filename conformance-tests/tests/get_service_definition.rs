//! GET services/{service_code}: <http://wiki.open311.org/GeoReport_v2/#get-service-definition>

use std::collections::HashSet;

use conformance_tests::demo::{DATATYPES, Demo};
use conformance_tests::endpoint::{Format, list, text};
use conformance_tests::http::percent;
use serde_json::Value;

const FIELDS: [&str; 8] = [
    "variable",
    "code",
    "datatype",
    "required",
    "datatype_description",
    "order",
    "description",
    "values",
];

fn definitions() -> Vec<Value> {
    let endpoint = &Demo::boston().endpoint;
    let services = endpoint.services();
    services
        .iter()
        .map(|service| endpoint.definition(text(service, "service_code")))
        .collect()
}

#[test]
fn a_definition_is_one_object_that_echoes_its_code() {
    let demo = Demo::boston();
    for service in [&demo.plain, &demo.detailed, &demo.batch, &demo.blackbox] {
        let definition = demo.endpoint.definition(&service.code);
        assert_eq!(text(&definition, "service_code"), service.code);
        let names: HashSet<_> = definition
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names, HashSet::from(["service_code", "attributes"]));
        let resource = format!("services/{}", percent(&service.code));
        let root = demo
            .endpoint
            .get(&resource, Format::Xml, &[])
            .expect(200)
            .xml();
        assert_eq!(root.name, "service_definition");
        assert_eq!(root.text_of("service_code"), service.code);
    }
}

#[test]
fn an_attribute_has_the_eight_fields_of_the_standard_and_no_other() {
    for definition in definitions() {
        for attribute in list(&definition, "attributes") {
            let names: HashSet<_> = attribute
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(names, HashSet::from(FIELDS), "{attribute}");
        }
    }
}

#[test]
fn booleans_numbers_and_texts_of_an_attribute_have_their_json_types() {
    for definition in definitions() {
        for attribute in list(&definition, "attributes") {
            assert!(attribute["variable"].is_boolean(), "{attribute}");
            assert!(attribute["required"].is_boolean(), "{attribute}");
            assert!(attribute["order"].is_u64(), "{attribute}");
            assert!(!text(attribute, "code").is_empty(), "{attribute}");
            assert!(
                DATATYPES.contains(&text(attribute, "datatype")),
                "{attribute}"
            );
        }
    }
}

#[test]
fn one_service_asks_for_all_six_datatypes() {
    let detailed = &Demo::boston().detailed;
    for datatype in DATATYPES {
        assert!(detailed.with_datatype(datatype).is_some(), "{datatype}");
    }
}

#[test]
fn attribute_codes_are_unique_and_orders_are_positive_unique_and_ascending() {
    for definition in definitions() {
        let attributes = list(&definition, "attributes");
        let codes: HashSet<_> = attributes
            .iter()
            .map(|attribute| text(attribute, "code"))
            .collect();
        assert_eq!(codes.len(), attributes.len(), "{definition}");
        let orders: Vec<_> = attributes
            .iter()
            .map(|attribute| attribute["order"].as_u64())
            .collect();
        assert!(
            orders
                .iter()
                .all(|order| order.is_some_and(|order| order > 0)),
            "{orders:?}"
        );
        assert!(
            orders.is_sorted_by(|left, right| left < right),
            "{orders:?}"
        );
    }
}

#[test]
fn a_list_offers_keys_with_names_and_nothing_else_does() {
    for definition in definitions() {
        for attribute in list(&definition, "attributes") {
            let values = list(attribute, "values");
            let is_list = text(attribute, "datatype").ends_with("valuelist");
            assert_eq!(is_list, !values.is_empty(), "{attribute}");
            let keys: HashSet<_> = values.iter().map(|value| text(value, "key")).collect();
            assert_eq!(keys.len(), values.len(), "{attribute}");
            assert!(
                values.iter().all(|value| !text(value, "name").is_empty()),
                "{attribute}"
            );
        }
    }
}

#[test]
fn what_is_not_asked_is_not_required() {
    for definition in definitions() {
        for attribute in list(&definition, "attributes") {
            assert!(
                attribute["variable"] == true || attribute["required"] == false,
                "{attribute}"
            );
        }
    }
}

#[test]
fn a_service_without_metadata_has_an_empty_definition() {
    let demo = Demo::boston();
    let definition = demo.endpoint.definition(&demo.plain.code);
    assert_eq!(list(&definition, "attributes"), [Value::Null; 0]);
}

#[test]
fn an_unknown_service_code_is_404_in_both_formats() {
    let endpoint = &Demo::boston().endpoint;
    for format in Format::BOTH {
        for code in ["no-such-service", "%C3%BC%F0%9F%98%80", "a.b.c"] {
            endpoint
                .get(&format!("services/{code}"), format, &[])
                .blames(format, 404, "service_code");
        }
    }
}

//! Each defect is found, and named once.

use std::collections::BTreeSet;

use georeport_conformance::requirements;

use crate::defects::{self, Defect};
use crate::endpoint::site::Setup;
use crate::runs;

/// Rules that no defect of these tests breaks, and why.
const WITHOUT_DEFECT: &[(&str, &str)] = &[("https", "nothing that is served on loopback needs it")];

#[track_caller]
fn assert_found(jurisdictions: &[&'static str], defects: &[Defect]) {
    let setup = Setup {
        jurisdictions: jurisdictions.to_vec(),
        ..runs::one_city()
    };
    let mut failures = String::new();
    for Defect {
        does,
        seen,
        rules,
        spoils,
    } in defects
    {
        let report = runs::report(&setup, spoils.to_vec());
        let named = runs::named(&report);
        if named != *rules {
            let told = runs::told(&report);
            failures += &format!("\nit {does} ({seen}): {rules:?}, not {named:?}\n{told}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_defect_of_formats_headers_and_characters_is_named_once() {
    assert_found(&["example.org"], defects::formats::DEFECTS);
}

#[test]
fn every_defect_of_the_spark_convention_is_named_once() {
    assert_found(&["example.org"], defects::json::DEFECTS);
}

#[test]
fn every_defect_of_service_discovery_is_named_once() {
    assert_found(&["example.org"], defects::discovery::DEFECTS);
}

#[test]
fn every_defect_of_get_service_list_is_named_once() {
    assert_found(&["example.org"], defects::services::DEFECTS);
}

#[test]
fn every_defect_of_get_service_definition_is_named_once() {
    assert_found(&["example.org"], defects::definitions::DEFECTS);
}

#[test]
fn every_defect_of_get_service_requests_is_named_once() {
    assert_found(&["example.org"], defects::requests::DEFECTS);
}

#[test]
fn every_defect_of_the_arguments_of_get_service_requests_is_named_once() {
    assert_found(&["example.org"], defects::filters::DEFECTS);
}

#[test]
fn every_defect_of_get_service_request_and_of_tokens_is_named_once() {
    assert_found(&["example.org"], defects::single::DEFECTS);
}

#[test]
fn every_defect_of_failures_is_named_once() {
    assert_found(&["example.org"], defects::errors::DEFECTS);
}

#[test]
fn every_defect_of_jurisdiction_id_is_named_once() {
    assert_found(
        defects::jurisdictions::SERVED,
        defects::jurisdictions::DEFECTS,
    );
}

#[test]
fn every_defect_of_refusals_of_post_service_request_is_named_once() {
    assert_found(&["example.org"], defects::refusals::DEFECTS);
}

#[test]
fn every_defect_of_post_service_request_is_named_once() {
    assert_found(&["example.org"], defects::filing::DEFECTS);
}

#[test]
fn every_defect_of_what_was_filed_is_named_once() {
    assert_found(&["example.org"], defects::filed::DEFECTS);
}

#[test]
fn every_rule_has_a_defect_that_breaks_it() {
    let broken = defects::all().flat_map(|defect| defect.rules).copied();
    let excused = WITHOUT_DEFECT.iter().map(|(rule, _)| *rule);
    let tried: BTreeSet<&str> = broken.chain(excused).collect();
    let rules: BTreeSet<&str> = requirements::rules().iter().map(|rule| rule.id).collect();
    assert_eq!(tried, rules);
}

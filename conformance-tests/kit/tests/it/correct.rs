//! A correct server has no finding, however it is set up and whatever the letter leaves to it.

use georeport_conformance::{Format, Options, Outcome};

use crate::endpoint::Endpoint;
use crate::endpoint::site::Setup;
use crate::liberties::{self, Liberty};
use crate::runs;

#[track_caller]
fn assert_faultless(setup: &Setup) {
    let report = runs::report(setup, vec![]);
    assert!(report.findings.is_empty(), "{}", runs::told(&report));
    assert!(report.filed);
}

#[test]
fn of_one_jurisdiction() {
    assert_faultless(&runs::one_city());
}

#[test]
fn of_several_jurisdictions() {
    assert_faultless(&Setup {
        jurisdictions: vec!["one.example", "two.example"],
        ..runs::one_city()
    });
}

#[test]
fn that_offers_xml_only() {
    assert_faultless(&Setup {
        json: false,
        ..runs::one_city()
    });
}

#[test]
fn each_format_by_itself() {
    let endpoint = Endpoint::start(&runs::one_city(), vec![]);
    for format in [Format::Xml, Format::Json] {
        let report = runs::check(&Options {
            format: Some(format),
            ..runs::options(&endpoint.url)
        });
        assert!(report.findings.is_empty(), "{}", runs::told(&report));
    }
}

#[test]
fn of_type_production_gets_no_service_request_unless_its_operator_allows_it() {
    let setup = Setup {
        kind: "production",
        ..runs::one_city()
    };
    let endpoint = Endpoint::start(&setup, vec![]);
    for allow_writes in [false, true] {
        let report = runs::check(&Options {
            allow_writes,
            ..runs::options(&endpoint.url)
        });
        assert!(report.findings.is_empty(), "{}", runs::told(&report));
        assert_eq!(report.filed, allow_writes);
    }
}

#[test]
fn shows_every_rule_kept_that_its_setup_has_a_place_for() {
    let report = runs::report(&runs::one_city(), vec![]);
    let unseen = report
        .rules
        .iter()
        .filter(|verdict| verdict.outcome != Outcome::Kept);
    let unseen: Vec<&str> = unseen.map(|verdict| verdict.rule.id).collect();
    let of_several = ["jurisdiction-missing", "jurisdiction-unknown"];
    let of_who_has_no_batch = "token-without-batch";
    let not_on_loopback = "https";
    let expected = [
        of_who_has_no_batch,
        of_several[0],
        of_several[1],
        not_on_loopback,
    ];
    assert_eq!(unseen, expected);
}

#[track_caller]
fn assert_free(liberties: &[Liberty]) {
    let mut failures = String::new();
    for Liberty { does, spoils } in liberties {
        let report = runs::report(&runs::one_city(), spoils.to_vec());
        if !report.findings.is_empty() {
            failures += &format!("it {does}:\n{}", runs::told(&report));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn may_write_its_documents_as_it_likes() {
    assert_free(liberties::documents::LIBERTIES);
}

#[test]
fn may_answer_as_it_likes_where_the_letter_is_silent() {
    assert_free(liberties::answers::LIBERTIES);
}

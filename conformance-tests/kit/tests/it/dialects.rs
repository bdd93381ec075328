//! What one real server was seen doing, all at once: no defect hides another.

use std::collections::BTreeSet;

use georeport_conformance::Options;

use crate::defects::{self, Defect};
use crate::endpoint::Endpoint;
use crate::runs;

#[track_caller]
fn assert_all_named(server: &str) {
    let seen_at = |defect: &&Defect| defect.seen.split(", ").any(|name| name == server);
    let defects: Vec<&Defect> = defects::all().filter(seen_at).collect();
    assert!(
        defects.len() > 4,
        "{server} is in {} defects",
        defects.len()
    );
    let spoils = defects.iter().flat_map(|defect| defect.spoils).copied();
    let endpoint = Endpoint::start(&runs::one_city(), spoils.collect());
    let report = runs::check(&Options {
        allow_writes: true,
        ..runs::options(&endpoint.url)
    });
    let expected: BTreeSet<&str> = defects
        .iter()
        .flat_map(|defect| defect.rules)
        .copied()
        .collect();
    let named: BTreeSet<&str> = runs::named(&report).into_iter().collect();
    assert_eq!(named, expected, "{}", runs::told(&report));
}

#[test]
fn fixmystreet() {
    assert_all_named("FixMyStreet");
}

#[test]
fn mark_a_spot() {
    assert_all_named("Mark-a-Spot");
}

#[test]
fn ureport() {
    assert_all_named("uReport");
}

#[test]
fn open311_adapter() {
    assert_all_named("open311-adapter");
}

#[test]
fn klarschiff() {
    assert_all_named("Klarschiff");
}

#[test]
fn libre311() {
    assert_all_named("Libre311");
}

#[test]
fn chicago() {
    assert_all_named("Chicago");
}

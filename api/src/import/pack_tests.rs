//! Every file of the data pack, row by row: what is taken, refused and adjusted.

use super::*;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{ServiceRequest, Status};
use std::{collections::BTreeMap, ops::ControlFlow, path::PathBuf};

/// The pack lies beside the repository and is not part of it; without it there is nothing to test.
fn pack(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(file);
    path.exists().then_some(path)
}

#[derive(Default)]
struct Outcome {
    taken: Vec<ServiceRequest>,
    refused: BTreeMap<&'static str, u64>,
    adjusted: BTreeMap<String, u64>,
}

fn import(file: &str, mapping: &str, zone: Tz) -> Option<Outcome> {
    let path = pack(file)?;
    let mapping = match mapping {
        "georeport" => Mapping::georeport(),
        name => Mapping::named(name),
    }
    .unwrap();
    let now: DateTime<Utc> = "2026-07-01T00:00:00Z".parse().unwrap();
    let mut outcome = Outcome::default();
    let source = Source::open(&path).unwrap();
    let (total, read) = (source.bytes_total(), source.bytes_read());
    source
        .for_each(|record| {
            let imported =
                record.and_then(|record| to_service_request(&record, &mapping, zone, now));
            match imported {
                Ok((imported, adjustments)) => {
                    outcome.taken.push(imported.service_request);
                    for adjustment in adjustments {
                        *outcome
                            .adjusted
                            .entry(format!("{adjustment:?}"))
                            .or_default() += 1;
                    }
                }
                Err(refusal) => *outcome.refused.entry(refusal.cause.kind()).or_default() += 1,
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), total);
    Some(outcome)
}

#[test]
fn every_row_of_the_pack_is_accounted_for() {
    use chrono_tz::{America, Europe};
    let expected = [
        (
            "requests/boston_311_2011H2.csv.gz",
            "boston",
            America::New_York,
            "taken 58251 open 3681 placed 58251 refused {} adjusted {RepeatedHour(closed_datetime): 1, RepeatedHour(requested_datetime): 3}",
        ),
        (
            "requests/chicago_sanitation_2010_2012.csv.gz",
            "chicago",
            America::Chicago,
            "taken 37230 open 31 placed 37226 refused {} adjusted {}",
        ),
        (
            "requests/nyc_311_2011_41col.csv.gz",
            "nyc",
            America::New_York,
            "taken 2000 open 44 placed 1402 refused {} adjusted {}",
        ),
        (
            "requests/nyc_311_2014_2019_41col.csv.gz",
            "nyc",
            America::New_York,
            "taken 1000 open 31 placed 893 refused {} adjusted {UpdatedBeforeRequested: 13}",
        ),
        (
            "requests/nyc_311_20260212_socrata.json.gz",
            "nyc",
            America::New_York,
            "taken 1000 open 563 placed 994 refused {} adjusted {UpdatedBeforeRequested: 205}",
        ),
        (
            "requests/nyc_311_20260529_20260603_7col.csv.gz",
            "nyc",
            America::New_York,
            "taken 50000 open 50000 placed 50000 refused {} adjusted {}",
        ),
        (
            "requests/nyc_311_animals_2010_2024_41col.csv.gz",
            "nyc",
            America::New_York,
            "taken 5860 open 3413 placed 5803 refused {} adjusted {}",
        ),
        (
            "requests/sf_311_2008_2013_sample.csv.gz",
            "sf",
            America::Los_Angeles,
            "taken 5892 open 103 placed 5892 refused {} adjusted {ClosedBeforeRequested: 2, UpdatedBeforeRequested: 2}",
        ),
        (
            "requests/zurich_zueriwieneu_2016_2021.csv.gz",
            "zurich",
            Europe::Zurich,
            "taken 24728 open 24728 placed 24728 refused {} adjusted {}",
        ),
        (
            "georeport/bloomington_requests_201205.json",
            "georeport",
            America::Indiana::Indianapolis,
            "taken 21 open 18 placed 13 refused {} adjusted {PositionZero: 6}",
        ),
        (
            "georeport/chicago_requests_2014_extensions.json",
            "georeport",
            America::Chicago,
            "taken 50 open 1 placed 50 refused {} adjusted {}",
        ),
        (
            "georeport/sf_requests_20120522.xml",
            "georeport",
            America::Los_Angeles,
            "taken 56 open 52 placed 47 refused {} adjusted {PositionZero: 9}",
        ),
        (
            "georeport/toronto_requests_201809_201810.json",
            "georeport",
            America::Toronto,
            "taken 756 open 132 placed 752 refused {} adjusted {}",
        ),
        (
            "georeport/toronto_requests_many.xml",
            "georeport",
            America::Toronto,
            "taken 2 open 2 placed 2 refused {} adjusted {}",
        ),
        (
            "georeport/toronto_requests_single.xml",
            "georeport",
            America::Toronto,
            "taken 1 open 1 placed 1 refused {} adjusted {}",
        ),
        (
            "georeport/boston_submitrequest-token.xml",
            "georeport",
            America::New_York,
            "taken 0 open 0 placed 0 refused {service_request_id is missing: 1} adjusted {}",
        ),
    ];
    for (file, mapping, zone, counts) in expected {
        let Some(outcome) = import(file, mapping, zone) else {
            return;
        };
        let open = outcome
            .taken
            .iter()
            .filter(|one| one.status == Status::Open);
        let placed = outcome.taken.iter().filter(|one| one.position.is_some());
        let found = format!(
            "taken {} open {} placed {} refused {:?} adjusted {:?}",
            outcome.taken.len(),
            open.count(),
            placed.count(),
            outcome.refused,
            outcome.adjusted,
        );
        assert_eq!(found.replace(['"', '\\'], ""), counts, "{file}");
    }
}

#[test]
fn chicagos_extensions_are_kept() {
    let file = "georeport/chicago_requests_2014_extensions.json";
    let Some(outcome) = import(file, "georeport", chrono_tz::America::Chicago) else {
        return;
    };
    let count =
        |number: fn(&ServiceRequest) -> usize| -> usize { outcome.taken.iter().map(number).sum() };
    assert_eq!(count(|one| one.notes.len()), 276);
    assert_eq!(count(|one| one.attributes.len()), 118);
    assert_eq!(count(|one| one.extended_attributes.len()), 230);
}

#[test]
fn every_service_list_of_the_pack_is_read() {
    for (file, services, with_definition) in [
        ("services/bloomington_services_2012.json", 46, 0),
        ("services/chicago_service_codes_2023.json", 191, 0),
        ("services/dc_services_2012.xml", 86, 0),
        ("services/giessen_services.xml", 8, 0),
        ("services/sf_services_2010.xml", 36, 0),
        ("services/sf_services_2012.xml", 38, 0),
        ("services/toronto_services_2018.json", 6, 0),
    ] {
        let Some(path) = pack(file) else { return };
        let items = read_services(Source::open(&path).unwrap()).unwrap();
        let defined = items
            .iter()
            .filter(|item| !matches!(item, ServicesItem::Service(_, None)));
        assert_eq!(
            (items.len(), defined.count()),
            (services, with_definition),
            "{file}"
        );
    }
}

#[test]
fn washingtons_definition_is_read_in_its_order() {
    let Some(path) = pack("services/dc_definition_S0301.xml") else {
        return;
    };
    let items = read_services(Source::open(&path).unwrap()).unwrap();
    let [ServicesItem::Definition(definition)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(definition.service_code.as_str(), "S0301");
    let attributes = definition.attributes.iter();
    let outline: Vec<_> = attributes
        .map(|one| {
            (
                one.position,
                one.code.as_str(),
                one.variable,
                one.values.len(),
            )
        })
        .collect();
    assert_eq!(
        outline,
        [
            (1, "WHISPOLO", true, 2),
            (2, "WHMAISAL", true, 6),
            (3, "ISITHAZA", true, 3),
            (4, "WATHPRDA", true, 2),
            (8, "NOTE001", false, 0),
            (9, "DSITR001", false, 0),
        ]
    );
}

#[test]
fn other_documents_of_the_pack_are_not_taken_for_services() {
    for (file, said) in [
        (
            "services/boston_discovery_2011.json",
            "a discovery document",
        ),
        ("services/dc_discovery_2012.xml", "a discovery document"),
        ("services/open311_endpoints_2012.json", "neither a list"),
        ("georeport/toronto_requests_many.xml", "georeport import"),
        (
            "georeport/toronto_requests_201809_201810.json",
            "georeport import",
        ),
        (
            "georeport/bloomington_requests_201205.json",
            "georeport import",
        ),
        (
            "georeport/boston_err-submitrequest-base_is_duplicate.xml",
            "an error",
        ),
        (
            "georeport/boston_submitrequest-token.xml",
            "georeport import",
        ),
        ("requests/boston_311_2011H2.csv.gz", "neither XML nor JSON"),
    ] {
        let Some(path) = pack(file) else { return };
        let error = read_services(Source::open(&path).unwrap())
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn no_damage_to_a_file_makes_the_reader_panic() {
    let now = "2026-07-01T00:00:00Z".parse().unwrap();
    let mapping = Mapping::georeport().unwrap();
    let sound = [
        "<r><request><service_request_id>1</service_request_id><lat>1.5</lat></request></r>",
        r#"{"service_requests":[{"service_request_id":1,"notes":[{"datetime":"x"}]}]}"#,
        "service_request_id,lat\n\"1\",1.5\n",
    ];
    for text in sound.map(str::as_bytes) {
        for at in 0..text.len() {
            let mut damaged = vec![text[..at].to_vec()];
            for byte in [b'"', b'<', b'&', b'}', b']', b'\\', b'\n', 0, 0xc3, 0xff] {
                damaged.push([&text[..at], &[byte], &text[at + 1..]].concat());
            }
            for bytes in damaged {
                let mut told = 0;
                let ended = source::tests::each_record(&bytes, |record| {
                    told += 1;
                    let zone = chrono_tz::America::Chicago;
                    let _ = record.map(|record| to_service_request(&record, &mapping, zone, now));
                });
                // It ended; and damage to one byte makes at most one record of the two halves more.
                assert!(
                    ended.is_err() || told <= 2,
                    "{}",
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }
}

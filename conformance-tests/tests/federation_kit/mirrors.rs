//! A copy of each broken endpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::home::Home;

use crate::defects::{self, Defect};
use crate::endpoint::Endpoint;
use crate::endpoint::site::Setup;
use crate::endpoint::spoil::Spoil;
use crate::liberties;

const PATIENCE: Duration = Duration::from_secs(600);

/// An endpoint and what is copied of it.
struct Case {
    does: &'static str,
    name: String,
    _endpoint: Endpoint,
}

fn cases(home: &Home) -> Vec<Case> {
    let right: [(&str, &[Spoil]); 1] = [("is right", &[])];
    let wrong = |defects: &'static [Defect]| defects.iter().map(|one| (one.does, one.spoils));
    let free = [
        liberties::answers::LIBERTIES,
        liberties::documents::LIBERTIES,
    ];
    let free = free.into_iter().flatten().map(|one| (one.does, one.spoils));
    let xml = right
        .into_iter()
        .chain(defects::all().map(|one| (one.does, one.spoils)));
    let xml = xml.chain(free.clone()).map(|one| (one, "xml"));
    // Most defects are the same in both formats.
    let json = right.into_iter().chain(wrong(defects::json::DEFECTS));
    let json = json.chain(wrong(defects::formats::DEFECTS)).chain(free);
    let json = json.map(|one| (one, "json"));
    let mut cases = Vec::new();
    let mut sql = String::new();
    for ((does, spoils), format) in xml.chain(json) {
        let setup = Setup {
            jurisdictions: vec!["example.org"],
            kind: "test",
            json: true,
        };
        let endpoint = Endpoint::start(&setup, spoils.to_vec());
        let name = format!("c{}", cases.len());
        sql += &format!(
                "INSERT INTO jurisdiction (jurisdiction_id, name, time_zone, contact, id_format, changeset)
                VALUES ('{name}', '{name}', 'UTC', '', '{{yy}}-####-####', now());
                INSERT INTO remote (jurisdiction_id, remote_name, base_url, dialect, fields, created_datetime)
                VALUES ('{name}', 'r', '{}', '[[\"format\",\"{format}\"]]', '[]', now());
                INSERT INTO mirror (jurisdiction_id, remote_name, created_datetime, back_to_datetime,
                    sweep_every_seconds, is_complete, next_datetime, failures, claims)
                VALUES ('{name}', 'r', now(), now() - interval '200 days', 86400, false, now(), 0, 0);\n",
                endpoint.url
            );
        // A command line holds no more.
        if sql.len() > 20_000 {
            home.database().sql(&std::mem::take(&mut sql));
        }
        cases.push(Case {
            does,
            name,
            _endpoint: endpoint,
        });
    }
    home.database().sql(&sql);
    cases
}

/// The service requests of each copy, once it is complete or its original has failed for good.
fn copied(home: &Home) -> BTreeMap<String, BTreeSet<String>> {
    let started = Instant::now();
    let working = "SELECT count(*) FROM mirror WHERE last_sweep_datetime IS NULL AND failures < 4";
    while home.database().sql(working).trim() != "0" {
        assert!(
            started.elapsed() < PATIENCE,
            "{}",
            home.database().sql("TABLE mirror")
        );
        thread::sleep(Duration::from_millis(500));
    }
    let rows = "SELECT jurisdiction_id || ' ' || service_request_id FROM service_request WHERE jurisdiction_id ~ '^c[0-9]+$' AND is_public";
    let mut copied: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in home.database().sql(rows).lines() {
        if let Some((name, id)) = line.trim().split_once(' ') {
            copied
                .entry(name.to_owned())
                .or_default()
                .insert(id.to_owned());
        }
    }
    copied
}

#[test]
fn a_copy_holds_nothing_that_is_not_there_and_all_that_can_be_read() {
    let home = Home::new();
    let _server = home.serve_demo_with(&["--outbound-allow", "127.0.0.0/8"]);
    let cases = cases(&home);
    let copied = copied(&home);
    let whole = copied[&cases[0].name].clone();
    assert!(whole.len() > 35, "{whole:?}");
    for case in &cases {
        let copy = copied.get(&case.name).cloned().unwrap_or_default();
        if copy != whole {
            let note = format!(
                "SELECT failures || ' ' || coalesce(last_answer, '') FROM mirror WHERE jurisdiction_id = '{}'",
                case.name
            );
            let note = home.database().sql(&note);
            let more: Vec<_> = copy.difference(&whole).collect();
            println!(
                "{} {}: {} of {}; more {more:?}; {}",
                case.name,
                case.does,
                copy.len(),
                whole.len(),
                note.trim()
            );
        }
    }
}

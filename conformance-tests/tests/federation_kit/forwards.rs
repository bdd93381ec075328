//! A report to endpoints that have ways of their own to take it.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::city::{CITY, add_city, import};
use conformance_tests::endpoint::{Endpoint as Ours, Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form};
use conformance_tests::server::Server;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::endpoint::filing;
use crate::endpoint::site::Setup;
use crate::endpoint::spoil::Spoil;
use crate::{defects, liberties};

/// A search for what may have arrived takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// What becomes of a report.
struct Case {
    /// What the endpoint does.
    does: &'static str,
    /// The service there.
    service: &'static str,
    key: &'static str,
    format: &'static str,
    /// The state that the forward comes to.
    state: &'static str,
    /// Whether its id there is known then.
    is_known: bool,
    /// How many service requests the public sees there because of it.
    filed: usize,
}

const PLAIN: Case = Case {
    does: "is right",
    service: "015",
    key: filing::KEY,
    format: "xml",
    state: "confirmed",
    is_known: true,
    filed: 1,
};

const CASES: &[Case] = &[
    PLAIN,
    Case {
        service: "NOISE",
        is_known: false,
        filed: 0,
        ..PLAIN
    },
    Case {
        does: "answers a POST with an empty list",
        ..PLAIN
    },
    Case {
        does: "answers a POST with the whole service request",
        ..PLAIN
    },
    Case {
        does: "answers a POST with 201",
        ..PLAIN
    },
    Case {
        does: "keeps root and entry in the answer to a POST",
        format: "json",
        ..PLAIN
    },
    Case {
        does: "announces realtime and answers tokens",
        ..PLAIN
    },
    Case {
        does: "answers id and token",
        service: "RATS",
        ..PLAIN
    },
    // It files it and says that it is to be filed elsewhere: nobody can know.
    Case {
        does: "sends who files to another address",
        state: "dead",
        is_known: false,
        ..PLAIN
    },
    Case {
        does: "files nothing by a point alone",
        state: "dead",
        is_known: false,
        filed: 0,
        ..PLAIN
    },
    Case {
        does: "answers failures with web pages",
        key: "a bad key",
        state: "dead",
        is_known: false,
        filed: 0,
        ..PLAIN
    },
    Case {
        does: "files with any API key",
        key: "a bad key",
        ..PLAIN
    },
];

fn spoils(does: &str) -> &'static [Spoil] {
    let wrong = defects::all().map(|one| (one.does, one.spoils));
    let free = liberties::answers::LIBERTIES.iter();
    let mut all = wrong.chain(free.map(|one| (one.does, one.spoils)));
    match all.find(|(other, _)| *other == does) {
        Some((_, spoils)) => spoils,
        None => {
            assert_eq!(does, PLAIN.does);
            &[]
        }
    }
}

/// A service for each case.
fn services() -> String {
    let mut xml = String::from("<services>");
    for number in 0..CASES.len() {
        write!(
            xml,
            "<service><service_code>F{number}</service_code><service_name>F{number}</service_name>\
             <description/><metadata>false</metadata><type>realtime</type><keywords/><group/></service>"
        )
        .expect("a string can be written to");
    }
    xml + "</services>"
}

fn forward(home: &Home, number: usize, case: &Case, endpoint: &Endpoint) {
    let name = format!("F{number}");
    let dialect = format!("format={},poll_seconds=1", case.format);
    let remote = ["remote", "add", &name, "--jurisdiction", CITY];
    let how = ["--url", &endpoint.url, "--api-key", case.key];
    home.run_ok(&[&remote[..], &how, &["--dialect", &dialect]].concat());
    let rule = ["forward", "rule", "add", &name, "--jurisdiction", CITY];
    let whither = ["--remote", &name, "--remote-service", case.service];
    home.run_ok(&[&rule[..], &whither].concat());
}

/// The forward of a service request.
fn forward_of(server: &Server, key: &str, id: &str) -> Value {
    let path = format!("/api/v1/jurisdictions/{CITY}/service-requests/{id}/forwards");
    let call = server.call("GET", &path);
    let call = call.header("Authorization", &format!("Bearer {key}"));
    call.send().expect(200).json()["forwards"][0].clone()
}

#[test]
fn a_report_arrives_once_or_is_told_not_to_have() {
    let home = Home::new();
    let server = home.serve_demo_with(&["--outbound-allow", "127.0.0.0/8"]);
    add_city(&home);
    let file = home.write("services.xml", services());
    import(&home, CITY, "services", &[&file]);
    let whose = ["--jurisdiction", CITY, "--label", "tests"];
    let scope = ["--scope", "administrator"];
    let key = home.run_ok(&[&["key", "create"], &whose[..], &scope].concat());
    let ours = Ours::standard(&server, CITY);
    let setup = Setup {
        jurisdictions: vec!["example.org"],
        kind: "test",
        json: true,
    };
    let started = Instant::now();
    while ours.get("services", Format::Json, &[]).status != 200 {
        assert!(started.elapsed() < PATIENCE, "the city is not served");
        thread::sleep(Duration::from_millis(100));
    }
    let filed: Vec<(&Case, Endpoint, String)> = (0..)
        .zip(CASES)
        .map(|(number, case)| {
            let endpoint = Endpoint::start(&setup, spoils(case.does).to_vec());
            forward(&home, number, case, &endpoint);
            let id = ours.file(&Form::of(&[
                ("api_key", &key),
                ("service_code", &format!("F{number}")),
                ("lat", "42.3601"),
                ("long", "-71.0589"),
                ("description", &format!("Report {number}: a hole & a crack")),
            ]));
            (case, endpoint, id)
        })
        .collect();
    for (case, endpoint, id) in &filed {
        let does = case.does;
        let mut forward = forward_of(&server, &key, id);
        while forward["state"] != case.state {
            assert!(started.elapsed() < PATIENCE, "{does}: {forward}");
            thread::sleep(Duration::from_millis(200));
            forward = forward_of(&server, &key, id);
        }
        let remote_id = &forward["remote_service_request_id"];
        assert_eq!(remote_id.is_string(), case.is_known, "{does}: {forward}");
        if case.state == "dead" {
            let told = text(&forward, "last_answer");
            assert!(!told.is_empty() && !told.contains('<'), "{does}: {told}");
        }
        let call = Call::new("GET", format!("{}/requests.json", endpoint.url));
        let there = call.send().expect(200).rows();
        let ids = there.iter().map(|one| text(one, "service_request_id"));
        let new: Vec<&str> = ids.filter(|id| id.starts_with("new-")).collect();
        assert_eq!(new.len(), case.filed, "{does}: {new:?}");
        if case.is_known {
            assert_eq!(*remote_id, new[0], "{does}");
        }
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

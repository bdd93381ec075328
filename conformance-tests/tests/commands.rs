//! The commands of an operator, beside a running server.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Endpoint, Format, list, text};
use conformance_tests::http::Form;
use conformance_tests::server::{Home, Server};
use conformance_tests::{shared, time};

/// What a running server may remember of its jurisdictions, services and keys.
const MEMORY: Duration = Duration::from_secs(10);
const CITY: &str = "test.city";
/// Some square kilometres around Boston's City Hall.
const BOUNDARY: &str = r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":
    [[[-71.2,42.2],[-70.9,42.2],[-70.9,42.5],[-71.2,42.5],[-71.2,42.2]]]}}"#;
const SERVICES: &str = r#"<?xml version="1.0" encoding="utf-8"?><services>
    <service><service_code>001</service_code><service_name>Pothole &amp; crack</service_name>
    <description>A hole</description><metadata>false</metadata><type>realtime</type>
    <keywords>hole, street</keywords><group>Streets</group></service>
    <service><service_code>RATS</service_code><service_name>Rats</service_name><description/>
    <metadata>false</metadata><type>batch</type><keywords/><group/></service></services>"#;
const REQUESTS: &str = r#"[
    {"service_request_id":"12-1","status":"closed","service_code":"001","service_name":"Pothole & crack",
     "description":"Ein Loch","requested_datetime":"2012-05-01T08:00:00Z",
     "updated_datetime":"2012-05-03T08:00:00Z","address":"1 City Hall Square","lat":42.36,"long":-71.05},
    {"service_request_id":"12-2","status":"open","service_code":"001","service_name":"Pothole & crack",
     "description":null,"requested_datetime":"2012-05-02T08:00:00-04:00",
     "updated_datetime":"2012-05-02T08:00:00-04:00","address":"2 City Hall Square","lat":42.361,"long":-71.051},
    {"service_request_id":"12-3","status":"open","service_code":"001","service_name":"Pothole & crack",
     "requested_datetime":"2012-02-30T08:00:00Z","address":"3 City Hall Square","lat":42.36,"long":-71.05}]"#;

/// A running server and a second city on it, made by the commands.
fn city() -> (Home, Server, Endpoint) {
    let home = Home::new();
    let server = home.serve_demo();
    let boundary = home.write("boundary.geojson", BOUNDARY);
    home.run_ok(&[
        "jurisdiction",
        "add",
        CITY,
        "--name",
        "Test City",
        "--timezone",
        "America/New_York",
        "--boundary",
        &boundary,
    ]);
    let endpoint = Endpoint::standard(&server, CITY);
    (home, server, endpoint)
}

/// `N taken, N unchanged, N refused`, the last line of every import.
#[track_caller]
fn counts(last_line: &str) -> [u64; 3] {
    let counted = ["taken", "unchanged", "refused"].map(|word| {
        let part = last_line
            .split(',')
            .find(|part| part.trim().ends_with(word));
        part.and_then(|part| {
            part.split_whitespace()
                .next()?
                .replace('_', "")
                .parse()
                .ok()
        })
    });
    let [Some(taken), Some(unchanged), Some(refused)] = counted else {
        unreachable!("no count in {last_line:?}");
    };
    [taken, unchanged, refused]
}

#[track_caller]
fn soon(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < MEMORY,
            "the running server does not see {what}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

fn import_services(home: &Home) -> [u64; 3] {
    let file = home.write("services.xml", SERVICES);
    counts(&home.run_ok(&["import", "services", &file, "--jurisdiction", CITY]))
}

fn import_requests(home: &Home, more: &[&str]) -> [u64; 3] {
    let file = home.write("requests.json", REQUESTS);
    let arguments = [&["import", "requests", &file, "--jurisdiction", CITY], more].concat();
    counts(&home.run_ok(&arguments))
}

#[test]
fn a_new_city_with_services_and_a_key_takes_reports_without_a_restart() {
    let (home, _server, endpoint) = city();
    assert_eq!(import_services(&home), [2, 0, 0]);
    soon("the services", || {
        let answer = endpoint.get("services", Format::Json, &[]);
        answer.status == 200 && answer.rows().len() == 2
    });
    let services = endpoint.services();
    let pothole = services
        .iter()
        .find(|service| service["service_code"] == "001");
    assert_eq!(
        pothole.map(|service| text(service, "service_name")),
        Some("Pothole & crack")
    );
    let key = home.new_key(CITY);
    let form = Form::of(&[
        ("api_key", &key),
        ("service_code", "001"),
        ("lat", demo::INSIDE.0),
        ("long", demo::INSIDE.1),
    ]);
    soon("the key", || {
        endpoint.post(Format::Json, &form).status == 200
    });
    endpoint
        .post(Format::Json, &form.clone().with("lat", "43.5"))
        .blames(Format::Json, 400, "lat");
    endpoint
        .post(Format::Json, &form.with("api_key", demo::KEY))
        .faults(Format::Json, 403);
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let (home, _server, endpoint) = city();
    import_services(&home);
    assert_eq!(import_services(&home), [0, 2, 0]);
    assert_eq!(import_requests(&home, &[]), [2, 0, 1]);
    let window = [("start_date", "2012-05-01"), ("end_date", "2012-05-31")];
    let rows = endpoint.find(&window);
    assert_eq!(import_requests(&home, &[]), [0, 2, 1]);
    assert_eq!(endpoint.find(&window), rows);
}

#[test]
fn imported_requests_are_served_as_they_were() {
    let (home, _server, endpoint) = city();
    import_services(&home);
    import_requests(&home, &[]);
    let row = endpoint.request("12-1");
    for (field, value) in [
        ("status", "closed"),
        ("service_code", "001"),
        ("service_name", "Pothole & crack"),
        ("description", "Ein Loch"),
        ("requested_datetime", "2012-05-01T08:00:00Z"),
        ("updated_datetime", "2012-05-03T08:00:00Z"),
        ("address", "1 City Hall Square"),
    ] {
        assert_eq!(text(&row, field), value, "{field}");
    }
    assert_eq!(row["lat"].as_f64(), Some(42.36));
    assert_eq!(
        text(&endpoint.request("12-2"), "requested_datetime"),
        "2012-05-02T12:00:00Z"
    );
    endpoint
        .get("requests/12-3", Format::Json, &[])
        .faults(Format::Json, 404);
}

#[test]
fn what_cannot_be_taken_is_written_down_with_line_and_cause() {
    let (home, _server, _) = city();
    import_services(&home);
    let rejects = home.path("rejects");
    let rejects = rejects.to_string_lossy();
    assert_eq!(import_requests(&home, &["--rejects", &rejects]), [2, 0, 1]);
    let written =
        std::fs::read_to_string(Path::new(&*rejects)).expect("the reject file was written");
    assert!(
        written.contains("12-3") || written.contains('3'),
        "{written}"
    );
    assert!(written.contains("requested_datetime"), "{written}");
}

#[test]
fn shifted_to_now_the_newest_row_is_now_and_distances_are_kept() {
    let (home, _server, endpoint) = city();
    import_services(&home);
    assert_eq!(import_requests(&home, &["--shift-to-now"])[0], 2);
    let instant = |id: &str, field: &str| {
        time::parse_utc(text(&endpoint.request(id), field)).expect("a UTC date-time")
    };
    let newest = instant("12-1", "updated_datetime").max(instant("12-2", "requested_datetime"));
    assert!((time::now() - newest).abs() < time::DAY + 3_600, "{newest}");
    let distance = instant("12-2", "requested_datetime") - instant("12-1", "requested_datetime");
    assert_eq!(distance, 28 * 3_600);
    assert!(newest <= time::now());
}

#[test]
fn service_lists_of_real_cities_are_taken_in_every_dialect() {
    let (home, _server, endpoint) = city();
    let lists = [
        "bloomington_services_2012.json",
        "dc_services_2012.xml",
        "giessen_services.xml",
        "sf_services_2010.xml",
        "sf_services_2012.xml",
        "toronto_services_2018.json",
    ];
    for list in lists {
        let file = shared::argument(&format!("data/services/{list}"));
        let [taken, unchanged, refused] =
            counts(&home.run_ok(&["import", "services", &file, "--jurisdiction", CITY]));
        assert!(
            taken + unchanged >= 6 && refused == 0,
            "{list}: {taken} {unchanged} {refused}"
        );
    }
    let file = shared::argument("data/services/dc_definition_S0301.xml");
    home.run_ok(&["import", "services", &file, "--jurisdiction", CITY]);
    soon("the definition", || {
        let answer = endpoint.get("services/S0301", Format::Json, &[]);
        answer.status == 200 && !list(&answer.json(), "attributes").is_empty()
    });
}

#[test]
fn requests_of_real_cities_are_taken_and_every_row_is_accounted_for() {
    let (home, server, _) = city();
    let files = [
        (
            "data/requests/nyc_311_2011_41col.csv.gz",
            "nyc",
            "America/New_York",
            2_000,
        ),
        (
            "data/requests/sf_311_2008_2013_sample.csv.gz",
            "sf",
            "America/Los_Angeles",
            5_892,
        ),
        (
            "data/georeport/toronto_requests_201809_201810.json",
            "",
            "America/Toronto",
            756,
        ),
        (
            "data/georeport/sf_requests_20120522.xml",
            "",
            "America/Los_Angeles",
            56,
        ),
    ];
    for (index, (file, mapping, zone, rows)) in files.into_iter().enumerate() {
        let id = format!("real{index}.city");
        home.run_ok(&[
            "jurisdiction",
            "add",
            &id,
            "--name",
            &id,
            "--timezone",
            zone,
        ]);
        let path = shared::argument(file);
        let mut arguments = vec!["import", "requests", &path, "--jurisdiction", &id];
        if !mapping.is_empty() {
            arguments.extend(["--mapping", mapping]);
        }
        let [taken, unchanged, refused] = counts(&home.run_ok(&arguments));
        assert_eq!(taken + unchanged + refused, rows, "{file}");
        assert!(taken > rows / 2, "{file}: {taken} of {rows}");
        let again = counts(&home.run_ok(&arguments));
        assert_eq!(
            again,
            [0, taken + unchanged, refused],
            "{file}: a second import changes nothing"
        );
    }
    server.call("GET", "/health/ready").send().expect(200);
}

#[test]
fn a_revoked_key_is_listed_as_such_and_works_no_more() {
    let (home, server, _) = city();
    let key = home.new_key(demo::BOSTON);
    let listed = || String::from_utf8_lossy(&home.run(&["key", "list"]).stdout).into_owned();
    let before = listed();
    assert!(before.contains("conformance"), "{before}");
    let demo = Demo::boston_on(&server);
    let form = demo.report(&demo.plain).with("api_key", &key);
    demo.endpoint.post(Format::Json, &form).expect(200);
    home.run_ok(&["key", "revoke", &home.listed_name(&key)]);
    assert_ne!(listed(), before);
    soon("the revocation", || {
        demo.endpoint.post(Format::Json, &form).status == 403
    });
}

#[test]
fn a_command_that_cannot_work_says_why_and_fails() {
    let (home, _server, _) = city();
    let missing = home.path("missing").to_string_lossy().into_owned();
    let broken = home.write("broken.xml", "<services><service>");
    let wrong: [&[&str]; 8] = [
        &["import", "services", &missing, "--jurisdiction", CITY],
        &["import", "services", &broken, "--jurisdiction", CITY],
        &[
            "import",
            "requests",
            &broken,
            "--jurisdiction",
            "nowhere.example",
        ],
        &[
            "jurisdiction",
            "add",
            "other.city",
            "--name",
            "x",
            "--timezone",
            "Mars/Olympus",
        ],
        &[
            "jurisdiction",
            "add",
            "other.city",
            "--name",
            "x",
            "--timezone",
            "Europe/Berlin",
            "--boundary",
            &broken,
        ],
        &[
            "key",
            "create",
            "--jurisdiction",
            "nowhere.example",
            "--label",
            "x",
        ],
        &["key", "revoke", "no-such-key"],
        &["no-such-command"],
    ];
    for arguments in wrong {
        let output = home.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            !stderr.trim().is_empty() && !stderr.contains("panicked"),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn migrate_is_at_peace_with_a_database_that_is_up_to_date() {
    let (home, server, _) = city();
    home.run_ok(&["migrate"]);
    home.run_ok(&["migrate"]);
    server.call("GET", "/health/ready").send().expect(200);
}

#[test]
fn commands_work_without_a_running_server_too() {
    let home = Home::new();
    home.run_ok(&["migrate"]);
    home.run_ok(&[
        "jurisdiction",
        "add",
        CITY,
        "--name",
        "Test City",
        "--timezone",
        "America/New_York",
    ]);
    assert_eq!(import_services(&home), [2, 0, 0]);
    assert_eq!(import_requests(&home, &[])[0], 2);
    let server = home.serve(&[]);
    // The only jurisdiction of a server needs no jurisdiction_id.
    let services = server
        .call("GET", "/open311/v2/services.json")
        .send()
        .expect(200);
    assert_eq!(services.rows().len(), 2);
    let empty = server
        .call("GET", "/open311/v2/services.json?jurisdiction_id=")
        .send()
        .expect(200);
    assert_eq!(empty.rows(), services.rows());
    let form = Form::of(&[
        ("service_code", "001"),
        ("address_string", "x"),
        ("api_key", demo::KEY),
    ]);
    let refused = server
        .call("POST", "/open311/v2/requests.json")
        .form(&form)
        .send();
    refused.faults(Format::Json, 403);
    let announced = server
        .call("GET", "/discovery.json")
        .send()
        .expect(200)
        .json();
    assert!(
        list(&announced, "endpoints")
            .iter()
            .all(|endpoint| endpoint["type"] == "production")
    );
}

#[test]
fn help_is_there_for_every_command() {
    let home = Home::new();
    for command in [
        vec![],
        vec!["serve"],
        vec!["migrate"],
        vec!["jurisdiction", "add"],
        vec!["key", "create"],
        vec!["key", "list"],
        vec!["key", "revoke"],
        vec!["import", "services"],
        vec!["import", "requests"],
    ] {
        let output = home.help(&command);
        assert!(output.contains("Usage"), "{command:?}: {output}");
    }
}

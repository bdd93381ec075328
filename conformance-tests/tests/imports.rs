//! `georeport import`: what is taken is served as it was, what is not is accounted for.

use conformance_tests::city::{self, CITY, City, soon};
use conformance_tests::endpoint::{Format, list, text};
use conformance_tests::home::Home;
use conformance_tests::{shared, time};

#[test]
fn imported_services_are_served_as_they_were() {
    let city = City::found();
    city::import_services(&city.home);
    soon("the services", || city.endpoint.services().len() == 2);
    let services = city.endpoint.services();
    let pothole = services.iter().find(|row| row["service_code"] == "001");
    let pothole = pothole.expect("leading zeros survive");
    for (field, value) in [
        ("service_name", "Pothole & crack"),
        ("description", "A hole"),
        ("type", "realtime"),
        ("group", "Streets"),
    ] {
        assert_eq!(text(pothole, field), value);
    }
    assert_eq!(pothole["metadata"], false);
}

#[test]
fn imported_requests_are_served_as_they_were() {
    let city = City::found();
    city::import_services(&city.home);
    city::import_requests(&city.home, &[]);
    let row = city.endpoint.request("12-1");
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
    let other = city.endpoint.request("12-2");
    assert_eq!(text(&other, "requested_datetime"), "2012-05-02T12:00:00Z");
    city.endpoint
        .get("requests/12-3", Format::Json, &[])
        .faults(Format::Json, 404);
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let city = City::found();
    assert_eq!(city::import_services(&city.home), [2, 0, 0]);
    assert_eq!(city::import_services(&city.home), [0, 2, 0]);
    assert_eq!(city::import_requests(&city.home, &[]), [2, 0, 1]);
    let window = [("start_date", "2012-05-01"), ("end_date", "2012-05-31")];
    let rows = city.endpoint.find(&window);
    assert_eq!(rows.len(), 2);
    assert_eq!(city::import_requests(&city.home, &[]), [0, 2, 1]);
    assert_eq!(city.endpoint.find(&window), rows);
}

#[test]
fn what_cannot_be_taken_is_written_down_with_its_cause() {
    let city = City::found();
    city::import_services(&city.home);
    let rejects = city.home.path("rejects.csv");
    let option = ["--rejects", &rejects.to_string_lossy()];
    assert_eq!(city::import_requests(&city.home, &option), [2, 0, 1]);
    let written = std::fs::read_to_string(rejects).expect("the reject file was written");
    assert!(written.contains("requested_datetime"), "{written}");
    assert!(!written.contains("12-1"), "{written}");
}

/// A file of one good row and, when `with_fault`, one that is refused.
fn write_old(city: &City, id: &str, with_fault: bool) -> String {
    let mut rows = format!(
        "service_request_id,status,service_code,service_name,requested_datetime,updated_datetime,address\n\
        {id},open,001,Pothole,1969-12-31T23:59:58Z,1969-12-31T23:59:59Z,1 Main Street\n"
    );
    if with_fault {
        rows += "2,weird,001,Pothole,2012-05-01T00:00:00Z,2012-05-01T00:00:00Z,1 Main Street\n";
    }
    city.home.write("old.csv", &rows)
}

#[test]
fn what_was_last_changed_before_1970_is_served() {
    let city = City::found();
    city::import_services(&city.home);
    let file = write_old(&city, "old", false);
    let counts = city::import(&city.home, CITY, "requests", &[&file]);
    assert_eq!(counts, [1, 0, 0]);
    let row = city.endpoint.request("old");
    assert_eq!(text(&row, "updated_datetime"), "1969-12-31T23:59:59Z");
}

#[test]
fn where_refused_rows_cannot_be_listed_nothing_is_taken() {
    let city = City::found();
    city::import_services(&city.home);
    let file = write_old(&city, "old", true);
    let before = std::fs::read_to_string(&file).expect("the file is there");
    for (rejects, said) in [(file.as_str(), "itself"), ("/dev/full", "/dev/full")] {
        let command = ["import", "requests", "--jurisdiction", CITY];
        let output = city
            .home
            .run(&[&command[..], &["--rejects", rejects, &file]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{rejects}");
        assert!(stderr.contains(said), "{rejects}: {stderr}");
        city.endpoint
            .get("requests/old", Format::Json, &[])
            .faults(Format::Json, 404);
    }
    assert_eq!(std::fs::read_to_string(&file).ok(), Some(before));
}

#[test]
fn shifted_to_now_the_newest_row_is_now_and_distances_are_kept() {
    let city = City::found();
    city::import_services(&city.home);
    let counts = city::import_requests(&city.home, &["--shift-to-now"]);
    assert_eq!(counts, [2, 0, 1]);
    let filed = |id: &str| time::parse_utc(text(&city.endpoint.request(id), "requested_datetime"));
    let (older, newest) = (filed("12-1").unwrap(), filed("12-2").unwrap());
    let age = time::now() - newest;
    assert!((0..=time::DAY + 3_600).contains(&age), "{age} s old");
    assert_eq!(newest - older, 28 * 3_600);
    let found = city.endpoint.find_ids(&[]);
    assert_eq!(found.len(), 2, "both lie in the default window");
}

#[test]
fn service_lists_of_real_cities_are_taken_in_every_dialect() {
    let city = City::found();
    let lists = [
        ("bloomington_services_2012.json", 46),
        ("dc_services_2012.xml", 86),
        ("giessen_services.xml", 8),
        ("sf_services_2010.xml", 36),
        ("sf_services_2012.xml", 38),
        ("toronto_services_2018.json", 6),
    ];
    for (name, services) in lists {
        let file = shared::argument(&format!("data/services/{name}"));
        let [taken, unchanged, refused] = city::import(&city.home, CITY, "services", &[&file]);
        assert_eq!(taken + unchanged, services, "{name}");
        assert_eq!(refused, 0, "{name}");
    }
    let file = shared::argument("data/services/dc_definition_S0301.xml");
    city::import(&city.home, CITY, "services", &[&file]);
    soon("the definition", || {
        let definition = city.endpoint.definition("S0301");
        !list(&definition, "attributes").is_empty()
    });
}

#[test]
fn requests_of_real_cities_are_taken_and_every_row_is_accounted_for() {
    let home = Home::new();
    let server = home.serve_demo();
    let files = [
        ("requests/nyc_311_2011_41col.csv.gz", "nyc", 2_000),
        ("requests/nyc_311_20260212_socrata.json.gz", "nyc", 1_000),
        ("requests/sf_311_2008_2013_sample.csv.gz", "sf", 5_892),
        ("georeport/bloomington_requests_201205.json", "", 21),
        ("georeport/chicago_requests_2014_extensions.json", "", 50),
        ("georeport/toronto_requests_201809_201810.json", "", 756),
        ("georeport/sf_requests_20120522.xml", "", 56),
        ("georeport/toronto_requests_many.xml", "", 2),
        ("georeport/toronto_requests_single.xml", "", 1),
    ];
    for (name, mapping, rows) in files {
        let id = format!("{}.city", name.split(['/', '.']).nth(1).unwrap_or_default());
        let zone = ["--name", "Real", "--timezone", "America/New_York"];
        home.run_ok(&[["jurisdiction", "add", &id].as_slice(), &zone].concat());
        let file = shared::argument(&format!("data/{name}"));
        let mut arguments = vec![file.as_str()];
        if !mapping.is_empty() {
            arguments.extend(["--mapping", mapping]);
        }
        let [taken, unchanged, refused] = city::import(&home, &id, "requests", &arguments);
        assert_eq!(taken + unchanged + refused, rows, "{name}");
        assert!(taken > rows / 2, "{name}: {taken} of {rows}");
        let again = city::import(&home, &id, "requests", &arguments);
        assert_eq!(again, [0, taken + unchanged, refused], "{name} twice");
    }
    server.call("GET", "/health/ready").send().expect(200);
}

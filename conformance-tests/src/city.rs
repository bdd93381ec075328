//! A small city of the tests' own, made by an operator's commands beside a running server.

use std::thread;
use std::time::{Duration, Instant};

use crate::endpoint::{Endpoint, Format};
use crate::home::Home;
use crate::server::Server;

/// What a running server may remember of its jurisdictions, services and keys.
const MEMORY: Duration = Duration::from_secs(10);
/// The city's `jurisdiction_id`.
pub const CITY: &str = "test.city";

/// Some square kilometres around Boston's City Hall.
const BOUNDARY: &str = r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon",
"coordinates":[[[-71.2,42.2],[-70.9,42.2],[-70.9,42.5],[-71.2,42.5],[-71.2,42.2]]]}}"#;

/// A realtime service `001` and a batch service `RATS`, both without attributes.
const SERVICES: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<services>
  <service>
    <service_code>001</service_code><service_name>Pothole &amp; crack</service_name>
    <description>A hole</description><metadata>false</metadata><type>realtime</type>
    <keywords>hole, street</keywords><group>Streets</group>
  </service>
  <service>
    <service_code>RATS</service_code><service_name>Rats</service_name><description/>
    <metadata>false</metadata><type>batch</type><keywords/><group/>
  </service>
</services>"#;

/// `12-1` and `12-2` can be taken; `12-3` was filed on 30 February.
const REQUESTS: &str = r#"[
{"service_request_id":"12-1","status":"closed","service_code":"001",
 "service_name":"Pothole & crack","description":"Ein Loch",
 "requested_datetime":"2012-05-01T08:00:00Z","updated_datetime":"2012-05-03T08:00:00Z",
 "address":"1 City Hall Square","lat":42.36,"long":-71.05},
{"service_request_id":"12-2","status":"open","service_code":"001",
 "service_name":"Pothole & crack","description":null,
 "requested_datetime":"2012-05-02T08:00:00-04:00","updated_datetime":"2012-05-02T08:00:00-04:00",
 "address":"2 City Hall Square","lat":42.361,"long":-71.051},
{"service_request_id":"12-3","status":"open","service_code":"001",
 "service_name":"Pothole & crack","requested_datetime":"2012-02-30T08:00:00Z",
 "address":"3 City Hall Square","lat":42.36,"long":-71.05}]"#;

/// The city, its server and the folder of both.
#[derive(Debug)]
pub struct City {
    /// The city's GeoReport methods.
    pub endpoint: Endpoint,
    /// A server that was running before the city was made.
    pub server: Server,
    /// Where the server runs.
    pub home: Home,
}

impl City {
    /// Starts a server and adds the city; it has no services yet.
    #[track_caller]
    pub fn found() -> Self {
        Self::found_with(&[])
    }

    /// The same with more options of the server.
    #[track_caller]
    pub fn found_with(options: &[&str]) -> Self {
        let home = Home::new();
        let server = home.serve_demo_with(options);
        add_city(&home);
        let endpoint = Endpoint::standard(&server, CITY);
        soon("the jurisdiction", || {
            endpoint.get("services", Format::Json, &[]).status == 200
        });
        Self {
            endpoint,
            server,
            home,
        }
    }
}

/// Adds the city with its boundary.
#[track_caller]
pub fn add_city(home: &Home) {
    let boundary = home.write("boundary.geojson", BOUNDARY);
    let what = ["--name", "Test City", "--timezone", "America/New_York"];
    let command = ["jurisdiction", "add", CITY, "--boundary", &boundary];
    home.run_ok(&[command.as_slice(), &what].concat());
}

/// Imports the city's two services and returns how many were taken, unchanged, refused.
#[track_caller]
pub fn import_services(home: &Home) -> [u64; 3] {
    let file = home.write("services.xml", SERVICES);
    import(home, CITY, "services", &[&file])
}

/// Imports the city's three service requests.
#[track_caller]
pub fn import_requests(home: &Home, options: &[&str]) -> [u64; 3] {
    let file = home.write("requests.json", REQUESTS);
    import(
        home,
        CITY,
        "requests",
        &[&[file.as_str()], options].concat(),
    )
}

/// Imports a file and reads `N taken, N unchanged, N refused`, the last line.
#[track_caller]
pub fn import(home: &Home, jurisdiction: &str, what: &str, file: &[&str]) -> [u64; 3] {
    let command = ["import", what, "--jurisdiction", jurisdiction];
    let last_line = home.run_ok(&[command.as_slice(), file].concat());
    ["taken", "unchanged", "refused"].map(|word| {
        let mut parts = last_line
            .split(", ")
            .filter_map(|part| part.split_once(' '));
        let count = parts.find_map(|(count, of)| (of == word).then(|| count.parse().ok())?);
        count.unwrap_or_else(|| panic!("no number of rows {word}: {last_line}"))
    })
}

/// Waits until a running server sees what a command has changed.
#[track_caller]
pub fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        let waited = started.elapsed();
        assert!(waited < MEMORY, "the running server does not see {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

//! FixMyStreet can send its reports and updates here and fetch ours: what its client does on the wire,
//! with the libraries that it uses, and the rules by which it drops what it is answered.
//! `tools/fixmystreet` has both; ../shared/reference/georeport-v2.md, sections 6.5 and 8, says whence.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::path::Path;
use std::process::Command;

use conformance_tests::demo::{BOSTON, Demo, INSIDE, KEY};
use conformance_tests::endpoint::Endpoint;
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use conformance_tests::shared;

/// Runs FixMyStreet against a server of its own and holds that all of it passed.
#[track_caller]
fn works(jurisdiction: Option<&str>) -> (Home, Server) {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let endpoint = match jurisdiction {
        Some(id) => Endpoint::standard(&server, id),
        None => Endpoint::fixed(&server, BOSTON),
    };
    // The council changes what residents reported; FixMyStreet does so with what it filed itself.
    let scopes = ["--scope", "post-updates,change-service-requests"];
    let whose = ["--jurisdiction", BOSTON, "--label", "Works department"];
    let city_key = home.run_ok(&[&["key", "create"], &scopes[..], &whose].concat());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/fixmystreet/drv_fixmystreet.pl");
    let output = Command::new("perl")
        .arg(script)
        .env("BASE_URL", format!("{}/", endpoint.base()))
        .env("API_KEY", KEY)
        .env("CITY_KEY", city_key)
        .env("LAT", INSIDE.0)
        .env("LONG", INSIDE.1)
        .env(
            "PHOTO",
            shared::path("data/photos/orientation_landscape_6.jpg"),
        )
        .env("SVC_PLAIN", &demo.plain.code)
        .env("SVC_TOKEN", &demo.batch.code)
        .env_remove("JURISDICTION")
        .envs(jurisdiction.map(|id| ("JURISDICTION", id)))
        .output()
        .expect("perl can be executed");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stdout.ends_with("76 passed, 0 failed, 0 skipped\n"),
        "{stdout}{stderr}"
    );
    assert_eq!(stderr, "", "Perl has nothing to warn of");
    (home, server)
}

#[test]
fn fixmystreet_works_where_the_path_names_the_jurisdiction() {
    works(None);
}

#[test]
fn fixmystreet_works_where_it_is_configured_with_the_jurisdiction() {
    let (home, _server) = works(Some(BOSTON));
    let dump = home.database().dump();
    // Who reported is known; who wrote an update is not kept at all.
    assert!(dump.contains("ada.canary@example.org"));
    assert!(!dump.contains("ada.update.canary@example.org"));
    assert!(!dump.contains("works.canary@example.org"));
}

//! A server that only reads: for maintenance, and for a database that only reads.

use conformance_tests::chaos::Proxy;
use conformance_tests::demo::{BOSTON, Demo};
use conformance_tests::documented::paths;
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use conformance_tests::token::Client;

/// Reads as the public, as an app and as staff do.
fn read(server: &Server, credentials: &[&str]) {
    for path in [
        "services.json",
        "requests.xml",
        "servicerequestupdates.json",
    ] {
        let path = format!("/jurisdictions/{BOSTON}/open311/v2/{path}");
        server.call("GET", &path).send().expect(200);
    }
    for path in ["/health/ready", "/metrics", "/discovery.json"] {
        server.call("GET", path).send().expect(200);
    }
    let feed = server.call("GET", "/api/v1/events");
    feed.raw_query(&format!("jurisdiction_id={BOSTON}"))
        .send()
        .expect(200);
    for credential in credentials {
        let path = format!("/api/v1/jurisdictions/{BOSTON}/service-requests");
        let call = server.call("GET", &path);
        let call = call.header("authorization", &format!("Bearer {credential}"));
        call.send().expect(200);
    }
}

#[test]
fn reads_are_answered_and_writes_are_503_until_the_server_writes_again() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "administrator");
    let label = ["--jurisdiction", BOSTON, "--label", "x"];
    let create = [
        "key",
        "create",
        "--scope",
        "administrator",
        "--requests-per-minute",
        "100",
    ];
    let key = home.run_ok(&[&create, &label[..]].concat());
    // The first token makes the key that signs it.
    read(&server, &[&client.token(&server), &key]);
    let demo = Demo::boston_on(&server);
    let report = demo.report(&demo.plain).with("api_key", &key);
    demo.endpoint.post(Format::Json, &report).expect(200);
    let _stopped = server.stop();

    let server = home.serve(&["--read-only", "--demo"]);
    let rows = || {
        let dump = home.database().dump();
        // pg_dump draws a word of its own for each dump.
        let lines = dump.lines().filter(|line| !line.contains("restrict "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = rows();
    read(&server, &[&client.token(&server), &key]);
    let demo = Demo::boston_on(&server);
    for format in [Format::Xml, Format::Json] {
        let refused = demo.endpoint.post(format, &report);
        let faults = refused.faults(format, 503);
        assert!(faults[0].description.contains("only reads"), "{faults:?}");
        assert!(refused.header("retry-after").is_some());
    }
    for (path, item) in paths() {
        let path = path.replace("{jurisdiction_id}", BOSTON);
        let path = path.replace("{format}", "json").replace(['{', '}'], "");
        let methods = item.as_object().into_iter().flatten();
        let writes = methods.map(|(method, _)| method.to_uppercase());
        for method in writes.filter(|method| method != "GET") {
            if path != "/api/v1/oauth/token" {
                let call = server.call(&method, &path);
                let call = call.header("authorization", &format!("Bearer {key}"));
                call.body("application/json", "{}").send().expect(503);
            }
        }
    }
    assert!(rows() == before, "something was written");
    let _stopped = server.stop();

    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    demo.endpoint.post(Format::Json, &report).expect(200);
}

#[test]
fn a_database_that_only_reads_is_served_from_by_a_server_that_only_reads_and_by_no_other() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let key = home.new_key(BOSTON);
    let report = demo.report(&demo.plain).with("api_key", &key);
    let database = home.database();
    // Each thread of the server makes a connection for what is filed when it first needs it.
    for _ in 0..8 {
        demo.endpoint.post(Format::Json, &report).expect(200);
    }
    // As a standby is: whoever connects from now on cannot write.
    database.sql("ALTER DATABASE georeport SET default_transaction_read_only = on");
    let proxy = Proxy::in_front_of(&database);
    let (one, other) = (Home::new(), Home::new());
    let reader = one.serve(&["--read-only", "--database-url", &proxy.url()]);
    read(&reader, &[]);
    let refused = other.try_serve(&["--database-url", &proxy.url()]);
    let refused = refused.expect_err("no write may depend on a copy");
    assert!(refused.contains("does not allow writes"), "{refused}");
    // The first server's connections are older; it writes still.
    demo.endpoint.post(Format::Json, &report).expect(200);
}

#[test]
fn a_database_of_another_version_is_not_served_from_and_not_changed() {
    let home = Home::new();
    let _stopped = home.serve_demo().stop();
    let server = home.serve(&["--no-work"]);
    let database = home.database();
    database.sql(
        "DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)",
    );
    let proxy = Proxy::in_front_of(&database);
    let reader = Home::new();
    let refused = reader.try_serve(&["--read-only", "--database-url", &proxy.url()]);
    let refused = refused.expect_err("a migration is missing");
    assert!(refused.contains("run georeport migrate first"), "{refused}");
    drop(server);
}

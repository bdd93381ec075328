//! Who asks too often is told so, and when to ask again.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use conformance_tests::answer::Answer;
use conformance_tests::chaos::Proxy;
use conformance_tests::demo::{BOSTON, Demo};
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::http::Call;
use conformance_tests::server::Server;

const FILING: &str = "/open311/v2/requests";

/// A POST that is refused for what it says, if it is let in.
fn write(server: &Server, suffix: &str) -> Call {
    server
        .call("POST", &format!("{FILING}.{suffix}"))
        .raw_form("")
}

fn statuses(times: usize, call: &Call) -> Vec<u16> {
    (0..times).map(|_| call.send().status).collect()
}

#[track_caller]
fn seconds(answer: &Answer) -> u32 {
    let told = answer.header("retry-after").expect("a Retry-After");
    told.parse().expect("whole seconds")
}

#[test]
fn an_address_that_writes_too_often_is_told_when_to_write_again() {
    let home = Home::new();
    let server = home.serve_demo_with(&["--write-rate", "4", "--token-rate", "1"]);
    let first = write(&server, "json").send();
    assert_eq!(first.header("ratelimit-policy"), Some("\"write\";q=4;w=60"));
    assert_eq!(first.header("ratelimit"), Some("\"write\";r=3"));
    assert_eq!(statuses(3, &write(&server, "json")), [400; 3]);
    for format in [Format::Xml, Format::Json] {
        let suffix = if format == Format::Xml { "xml" } else { "json" };
        let refused = write(&server, suffix).send();
        let faults = refused.faults(format, 429);
        assert!(faults[0].description.contains("try again in"), "{faults:?}");
        let wait = seconds(&refused);
        assert!((1..=15).contains(&wait), "{wait}");
        let left = format!("\"write\";r=0;t={wait}");
        assert_eq!(refused.header("ratelimit"), Some(&left[..]));
    }
    // What is ours tells it as problem details.
    let ours = format!("/api/v1/jurisdictions/{BOSTON}/keys");
    let refused = server.call("POST", &ours).body("application/json", "{}");
    let refused = refused.send().expect(429);
    let kind = refused.header("content-type");
    assert_eq!(kind, Some("application/problem+json"));
    // Tokens have a rate of their own.
    let token = server.call("POST", "/api/v1/oauth/token").raw_form("");
    assert_eq!(statuses(2, &token), [400, 429]);
    // Reading has none here, and whoever asks what he may do is told.
    let read = server.call("GET", "/discovery.xml");
    assert_eq!(statuses(20, &read), [200; 20]);
    assert_eq!(read.send().header("ratelimit"), None);
    let path = format!("{FILING}.json");
    assert_eq!(server.call("OPTIONS", &path).send().status, 204);
}

#[test]
fn an_address_that_reads_too_often_is_turned_away_and_the_watch_is_not() {
    let home = Home::new();
    let server = home.serve_demo_with(&["--read-rate", "2"]);
    let read = server.call("GET", "/discovery.xml");
    assert_eq!(statuses(3, &read), [200, 200, 429]);
    assert_eq!(server.call("HEAD", "/discovery.xml").send().status, 429);
    assert_eq!(write(&server, "json").send().status, 400);
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(statuses(5, &server.call("GET", path)), [200; 5], "{path}");
    }
}

#[test]
fn a_proxy_is_believed_only_where_it_was_named() {
    let spoof = |server: &Server, address: &str| {
        let call = write(server, "json").header("x-forwarded-for", address);
        call.send().status
    };
    let home = Home::new();
    let server = home.serve_demo_with(&["--write-rate", "1"]);
    assert_eq!(spoof(&server, "203.0.113.1"), 400);
    assert_eq!(spoof(&server, "203.0.113.2"), 429, "nobody named a proxy");
    let log = server.stop().1;
    assert_eq!(log.matches("--trusted-proxies does not name").count(), 1);

    let server = home.serve_demo_with(&["--write-rate", "1", "--trusted-proxies", "127.0.0.0/8"]);
    assert_eq!(spoof(&server, "203.0.113.1"), 400);
    assert_eq!(spoof(&server, "203.0.113.1"), 429);
    assert_eq!(spoof(&server, "203.0.113.2"), 400);
    assert_eq!(spoof(&server, "203.0.113.9, 203.0.113.2"), 429);
    assert_eq!(spoof(&server, "2001:db8:1:2::1"), 400);
    assert_eq!(spoof(&server, "2001:db8:1:2:3::9"), 429, "one household");
}

#[test]
fn the_rate_of_a_key_holds_on_all_nodes_together() {
    let home = Home::new();
    let first = home.serve_demo();
    let label = ["--jurisdiction", BOSTON, "--label", "slow"];
    let create = ["key", "create", "--requests-per-minute", "6"];
    let key = home.run_ok(&[&create, &label[..]].concat());
    let free = home.new_key(BOSTON);
    let proxy = Proxy::in_front_of(&home.database());
    let homes = [Home::new(), Home::new()];
    let more = homes
        .each_ref()
        .map(|home| home.serve(&["--database-url", &proxy.url()]));
    let nodes = [&first, &more[0], &more[1]];
    let report = Demo::boston_on(&first);
    let report = report.report(&report.plain);
    let file = |node: &Server, key: &str| {
        let call = node.call("POST", "/open311/v2/requests.xml");
        let form = report.clone().with("api_key", key);
        call.raw_query(&format!("jurisdiction_id={BOSTON}"))
            .form(&form)
            .send()
    };
    let answers: Vec<Answer> = (0..12).map(|n| file(nodes[n % 3], &key)).collect();
    let filed = answers.iter().filter(|one| one.status == 200).count();
    // A rate of six a minute gives another one after ten seconds, which a slow machine may take.
    assert!((6..=8).contains(&filed), "{filed}");
    let refused = answers.iter().rfind(|one| one.status == 429);
    let refused = refused.expect("more were sent than the key allows");
    let faults = refused.faults(Format::Xml, 429);
    assert!(
        faults[0].description.contains("6 requests a minute"),
        "{faults:?}"
    );
    assert!((1..=10).contains(&seconds(refused)));
    assert_eq!(file(&first, &free).status, 200, "another key");
    let listed = home.listed_keys(BOSTON);
    assert!(
        listed.contains("6 a minute") && listed.contains("no limit"),
        "{listed}"
    );
}

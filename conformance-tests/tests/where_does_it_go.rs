//! The question that a city official asked of the market leader, answered over HTTP, with the server
//! and its worker killed at every step.

#![expect(
    clippy::expect_used,
    reason = "in a test, what goes wrong fails the test"
)]

use std::collections::BTreeSet;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use conformance_tests::binary;
use conformance_tests::city::{CITY, add_city, import_services};
use conformance_tests::database::kill;
use conformance_tests::demo::INSIDE;
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::Form;
use conformance_tests::peers::{Peer, Seen, answer};
use conformance_tests::server::Server;
use conformance_tests::time;
use serde_json::{Value, json};

/// Neighbours on this machine may be called.
const OPTIONS: [&str; 2] = ["--outbound-allow", "127.0.0.0/8"];
/// A delivery that was in flight when its worker was killed waits for its lease to run out.
const PATIENCE: Duration = Duration::from_secs(150);

/// A city whose server answers and whose worker works, each a process of its own.
struct CityHall {
    home: Home,
    server: Server,
    worker: Worker,
}

/// Stopped when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        kill("TERM", self.0.id());
        let _stopped = self.0.wait();
    }
}

impl CityHall {
    fn open() -> Self {
        let home = Home::new();
        let (server, worker) = Self::start(&home);
        add_city(&home);
        import_services(&home);
        let city_hall = Self {
            home,
            server,
            worker,
        };
        soon("the services", || {
            city_hall.endpoint().services().len() == 2
        });
        city_hall
    }

    fn start(home: &Home) -> (Server, Worker) {
        let server = home.serve_demo_with(&[&OPTIONS[..], &["--no-work"]].concat());
        let worker = binary::mortal_command()
            .args(["work", "--data-dir"])
            .arg(home.data_dir())
            .args(OPTIONS)
            .spawn()
            .expect("the binary can be executed");
        (server, Worker(worker))
    }

    /// Kills everything, the database included, and starts it again.
    fn survive(self) -> Self {
        let Self {
            home,
            server,
            worker,
        } = self;
        kill("KILL", worker.0.id());
        home.database().kill();
        server.kill();
        drop(worker);
        let (server, worker) = Self::start(&home);
        Self {
            home,
            server,
            worker,
        }
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::standard(&self.server, CITY)
    }

    fn key(&self, scope: &str) -> String {
        let options = ["--jurisdiction", CITY, "--label", scope, "--scope", scope];
        self.home
            .run_ok(&[&["key", "create"], &options[..]].concat())
    }

    /// What the feed tells of a service request: event ids and types, in order.
    fn feed(&self, id: &str) -> Vec<(String, String)> {
        let call = self.server.call("GET", "/api/v1/events");
        let query = Form::of(&[("jurisdiction_id", CITY), ("limit", "1000")]);
        let page = call.query(&query).send().expect(200).json();
        let events = page["events"].as_array().cloned().unwrap_or_default();
        let about = events.iter().filter(|one| one["service_request_id"] == id);
        about
            .map(|one| (text(one, "event_id").into(), text(one, "type").into()))
            .collect()
    }
}

#[track_caller]
fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "{what} does not come");
        thread::sleep(Duration::from_millis(100));
    }
}

/// The events about a service request that the work-order system was told, each proved to come from
/// the city: <https://www.standardwebhooks.com/>.
fn told(crm: &Peer, secret: &str, id: &str) -> Vec<Value> {
    let posts = crm.posts().into_iter();
    let events = posts.map(|post| {
        assert!(is_signed(&post, secret), "{}", post.everything());
        let event: Value = serde_json::from_slice(&post.body).expect("a webhook is JSON");
        let data = event["data"].clone();
        assert_eq!(post.header("webhook-id"), data["event_id"].as_str());
        data
    });
    events
        .filter(|data| data["service_request_id"] == id)
        .collect()
}

fn is_signed(post: &Seen, secret: &str) -> bool {
    let key = BASE64_STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .expect("a secret is base64");
    let header = |name| post.header(name).unwrap_or_default();
    let signed = [
        format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes(),
        &post.body,
    ]
    .concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let expected = BASE64_STANDARD.encode(hmac::sign(&key, &signed));
    let mut signatures = header("webhook-signature").split(' ');
    signatures.any(|one| one == format!("v1,{expected}"))
}

fn progress(key: &str, id: &str, update_id: &str, status: &str, description: &str) -> Form {
    Form::of(&[
        ("api_key", key),
        ("service_request_id", id),
        ("update_id", update_id),
        ("updated_datetime", &time::utc(time::now())),
        ("status", status),
        ("description", description),
    ])
}

#[test]
fn if_you_enter_a_pothole_where_does_it_go_how_is_it_acted_upon_what_is_the_feedback_to_the_constituent()
 {
    let city_hall = CityHall::open();
    let app = city_hall.key("file-service-requests");
    let crm_key = city_hall.key("integration");
    let crm = Peer::answering(|_| answer(204, "text/plain", ""));
    let path = format!("/api/v1/jurisdictions/{CITY}/webhooks");
    let webhook = city_hall
        .server
        .call("POST", &path)
        .header("Authorization", &format!("Bearer {crm_key}"))
        .body(
            "application/json",
            json!({"url": format!("{}/hooks", crm.url()), "label": "Work orders"}).to_string(),
        )
        .send()
        .expect(201)
        .json();
    let secret = text(&webhook, "secret").to_owned();

    // A resident enters a pothole.
    let report = Form::of(&[
        ("api_key", &app[..]),
        ("service_code", "001"),
        ("lat", INSIDE.0),
        ("long", INSIDE.1),
        ("description", "A pothole, two feet wide"),
        ("media_url", "https://example.org/pothole.jpg"),
        ("email", "canary.resident@example.org"),
    ]);
    let id = city_hall.endpoint().file(&report);
    let city_hall = city_hall.survive();

    // Where does it go? To those who do the work, although everything was killed meanwhile.
    soon("the webhook", || !told(&crm, &secret, &id).is_empty());
    let opened = told(&crm, &secret, &id).remove(0);
    assert_eq!(text(&opened, "type"), "service_request.opened");
    let order = &opened["service_request"];
    assert_eq!(text(order, "description"), "A pothole, two feet wide");
    assert_eq!(text(order, "media_url"), "https://example.org/pothole.jpg");

    // How does it get acted upon? They open a work order and tell of it, more than once.
    let update = progress(
        &crm_key,
        &id,
        "WO-1/1",
        "IN_PROGRESS",
        "A crew is on its way.",
    );
    let tell = |city_hall: &CityHall, update: &Form| {
        let endpoint = city_hall.endpoint();
        let call = endpoint.call("POST", "servicerequestupdates", Format::Json);
        call.form(update).send().expect(200).row()
    };
    let first = tell(&city_hall, &update);
    let city_hall = city_hall.survive();
    assert_eq!(tell(&city_hall, &update), first, "written once");
    let update = progress(&crm_key, &id, "WO-1/2", "FIXED", "Filled with hot asphalt.");
    tell(&city_hall, &update);
    let city_hall = city_hall.survive();

    // What is the feedback loop to the constituent? He sees it in the standard's GET …
    let shown = city_hall.endpoint().request(&id);
    assert_eq!(text(&shown, "status"), "closed");
    assert_eq!(text(&shown, "status_notes"), "Filled with hot asphalt.");
    // … in its history …
    let of = [("service_request_id", &id[..]), ("extensions", "true")];
    let updates = city_hall
        .endpoint()
        .get("servicerequestupdates", Format::Json, &of)
        .expect(200)
        .rows();
    let history: Vec<&str> = updates.iter().map(|one| text(one, "status")).collect();
    assert_eq!(history, ["in_progress", "fixed"]);
    assert_eq!(text(&updates[1], "closing_reason"), "fixed");
    assert_eq!(text(&updates[1], "said_by"), "integration");
    // … and feed, updates and webhook agree.
    soon("the whole feed", || city_hall.feed(&id).len() == 3);
    let feed = city_hall.feed(&id);
    let types: Vec<&str> = feed.iter().map(|(_, kind)| &kind[..]).collect();
    assert_eq!(
        types,
        [
            "service_request.opened",
            "service_request.updated",
            "service_request.updated"
        ]
    );
    let in_feed: BTreeSet<String> = feed.into_iter().map(|(event_id, _)| event_id).collect();
    let delivered = || -> BTreeSet<String> {
        let told = told(&crm, &secret, &id).into_iter();
        told.map(|one| text(&one, "event_id").to_owned()).collect()
    };
    soon("every webhook", || delivered() == in_feed);
    let versions: Vec<i64> = told(&crm, &secret, &id)
        .iter()
        .filter_map(|one| one["version"].as_i64())
        .collect();
    assert!(versions.is_sorted(), "in order: {versions:?}");
    let everything: String = crm.seen().iter().map(Seen::everything).collect();
    assert!(!everything.contains("canary.resident"));
}

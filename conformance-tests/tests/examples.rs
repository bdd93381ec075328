//! The work-order systems of `docs/examples` run as their pages say, and neither lose nor double
//! anything when they are killed.
#![expect(clippy::expect_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use conformance_tests::city::{CITY, add_city, import_services};
use conformance_tests::demo;
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form, percent};
use conformance_tests::server::Server;
use conformance_tests::{binary, raw, time};
use serde_json::{Value, json};

/// How often an example is killed in the midst of its work; `GEOREPORT_CRASHES` asks for more.
const CRASHES: usize = 5;

/// The examples run on this machine, where servers may not send anything unless they are told so.
const OPTIONS: [&str; 2] = ["--outbound-allow", "127.0.0.0/8"];

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn crashes() -> usize {
    let asked = std::env::var("GEOREPORT_CRASHES").ok();
    asked.map_or(CRASHES, |text| text.parse().expect("a number"))
}

/// Waits until it is so.
#[track_caller]
fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "nobody sees {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// A file of `docs/examples`, to be run in the test's folder and without the developer's variables.
fn command(home: &Home, name: &str, arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    let program = match name.ends_with(".mjs") {
        true => "node",
        false => "python3",
    };
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", program])
        .arg(folder.join(name))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("there is a path"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(home.path(""))
        .stdin(Stdio::null());
    command
}

/// Runs an example that ends by itself.
#[track_caller]
fn run(home: &Home, name: &str, arguments: &[&str], variables: &[(&str, &str)]) {
    let mut command = command(home, name, arguments);
    let output = command.envs(variables.iter().copied()).output();
    let output = output.expect("setpriv (util-linux) can be executed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {stderr}");
}

/// An example that runs. It ends with the test, or when it is killed.
struct Example {
    child: Child,
    stdout: PathBuf,
}

impl Example {
    /// Runs a file of `docs/examples` with nothing but these variables.
    fn start(home: &Home, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let stdout = home.path(&format!("{name}.out"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.path(&format!("{name}.err")));
        let mut command = command(home, name, arguments);
        command
            .envs(variables.iter().copied())
            .stdout(File::create(&stdout).expect("the test's folder is writable"))
            .stderr(log.expect("the test's folder is writable"));
        let child = command
            .spawn()
            .expect("setpriv (util-linux) can be executed");
        Self { child, stdout }
    }

    /// Where it says that it listens.
    #[track_caller]
    fn url(&self) -> String {
        let mut url = None;
        soon("the example's address", || {
            let told = fs::read_to_string(&self.stdout).unwrap_or_default();
            url = told
                .lines()
                .find_map(|line| line.strip_prefix("listening on "))
                .map(str::to_owned);
            url.is_some()
        });
        url.expect("it was found")
    }

    /// Ends it as a power cut would.
    fn kill(self) {}
}

impl Drop for Example {
    fn drop(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child ends");
    }
}

/// A city whose app files service requests, and whose works department changes them.
struct Works {
    endpoint: Endpoint,
    /// `None` only while it is started again.
    server: Option<Server>,
    home: Home,
    app_key: String,
    key: String,
}

impl Works {
    #[track_caller]
    fn found(scope: &str) -> Self {
        let home = Home::new();
        let server = home.serve_demo_with(&OPTIONS);
        add_city(&home);
        import_services(&home);
        let app_key = home.new_key(CITY);
        let whose = ["--jurisdiction", CITY, "--label", "Works", "--scope", scope];
        let key = home.run_ok(&[&["key", "create"], whose.as_slice()].concat());
        let endpoint = Endpoint::standard(&server, CITY);
        soon("the services", || {
            let answer = endpoint.get("services", Format::Json, &[]);
            answer.status == 200 && answer.rows().len() == 2
        });
        Self {
            endpoint,
            server: Some(server),
            home,
            app_key,
            key,
        }
    }

    fn url(&self) -> &str {
        self.server.as_ref().expect("it runs").url()
    }

    /// A resident's report.
    #[track_caller]
    fn file(&self) -> String {
        self.endpoint.file(&Form::of(&[
            ("api_key", &self.app_key),
            ("service_code", "001"),
            ("lat", demo::INSIDE.0),
            ("long", demo::INSIDE.1),
            ("description", &demo::unique()),
        ]))
    }

    /// What the resident reads of it: the standard's status and its notes.
    #[track_caller]
    fn told(&self, id: &str) -> (String, String) {
        let row = self.endpoint.request(id);
        let notes = row["status_notes"].as_str().unwrap_or_default();
        (text(&row, "status").to_owned(), notes.to_owned())
    }

    /// The statuses of its history, as the updates extension tells them.
    #[track_caller]
    fn statuses(&self, id: &str) -> Vec<String> {
        let of = [("service_request_id", id)];
        let rows = self
            .endpoint
            .get("servicerequestupdates", Format::Json, &of)
            .expect(200)
            .rows();
        rows.iter()
            .map(|row| text(row, "status").to_owned())
            .collect()
    }

    /// What it is called where it was forwarded to, if it is known there.
    #[track_caller]
    fn forwarded(&self, id: &str) -> Option<String> {
        self.hurry();
        let (_, notes) = self.told(id);
        let (_, order) = notes.split_once("where it is ")?;
        Some(order.trim_end_matches('.').to_owned())
    }

    /// Has what waits for its next try be tried now: tests have no minutes. What a worker is at is left
    /// to it.
    fn hurry(&self) {
        self.home.database().sql(
            "update forward set next_datetime = now()
                 where next_datetime > now() and state <> 'confirmed';
             update webhook_delivery set next_attempt_datetime = now()
                 where next_attempt_datetime > now() and lease_until is null",
        );
    }

    /// Lets the leases of a worker that was killed run out.
    fn forget_the_dead(&self) {
        self.home.database().sql(
            "update forward set next_datetime = now() where next_datetime > now();
             update remote set next_updates_datetime = now() where next_updates_datetime > now();
             update webhook_delivery set next_attempt_datetime = now(), lease_until = now()
                 where lease_until is not null",
        );
    }

    /// Ends server and database as a power cut would, and starts them again.
    fn restart(&mut self) {
        self.home.database().kill();
        self.server.take().expect("it runs").kill();
        let server = self.home.serve_demo_with(&OPTIONS);
        self.endpoint = Endpoint::standard(&server, CITY);
        self.server = Some(server);
        self.forget_the_dead();
    }
}

fn read(path: &Path) -> Value {
    let contents = fs::read(path).expect("the file is there");
    serde_json::from_slice(&contents).expect("the file is whole")
}

#[test]
fn the_follower_of_the_feed_opens_each_work_order_once_and_reports_back_however_often_it_is_killed()
{
    let mut works = Works::found("post-updates,change-service-requests");
    let folder = works.home.path("works");
    let order = |id: &str| folder.join(format!("work_orders/{}.json", percent(id)));
    let update = |name: &str, value: &Value| {
        let path = folder.join("updates").join(name);
        fs::write(path, value.to_string()).expect("the example made the folder");
    };
    let follow = |works: &Works| {
        let variables = [
            ("GEOREPORT_URL", works.url()),
            ("JURISDICTION_ID", CITY),
            ("API_KEY", &works.key),
            ("SERVICE_CODES", "001"),
        ];
        Example::start(&works.home, "poll_feed.mjs", &["works"], &variables)
    };
    let has_the_order = ("open".to_owned(), "A crew has the order.".to_owned());

    let example = follow(&works);
    let first = works.file();
    soon("the work order", || order(&first).exists());
    soon("the crew", || works.told(&first) == has_the_order);
    example.kill();

    // What happens while nobody follows; and an update that is sent a second time, later, because
    // nobody wrote down that it was answered.
    let mut ids = vec![works.file()];
    let at = time::utc(time::now());
    update(
        &format!("{first}-1.json"),
        &json!({
            "service_request_id": first, "status": "IN_PROGRESS", "description": "A crew has the order.",
            "updated_datetime": at,
        }),
    );
    update(
        &format!("{first}-2.json"),
        &json!({
            "service_request_id": first, "status": "FIXED", "closing_reason": "fixed",
            "description": "The hole is closed.", "updated_datetime": at,
        }),
    );
    let closed = ("closed".to_owned(), "The hole is closed.".to_owned());
    let mut example = follow(&works);
    soon("the end of the work", || works.told(&first) == closed);
    assert_eq!(works.statuses(&first), ["in_progress", "fixed"]);

    for round in 0..crashes() {
        ids.extend((0..6).map(|_| works.file()));
        let seen = &ids[ids.len() - 6 + round % 5];
        soon("a work order", || order(seen).exists());
        example.kill();
        if round % 3 == 1 {
            works.restart();
        }
        example = follow(&works);
    }
    for id in &ids {
        soon("every work order", || order(id).exists());
        soon("every crew", || works.told(id) == has_the_order);
    }
    example.kill();
    for id in &ids {
        assert_eq!(works.statuses(id), ["in_progress"], "{id}");
    }
    let orders = fs::read_dir(folder.join("work_orders")).expect("the example made it");
    let orders = orders.filter(|entry| {
        entry
            .as_ref()
            .is_ok_and(|one| one.path().extension() == Some("json".as_ref()))
    });
    assert_eq!(orders.count(), ids.len() + 1);

    // The mirror is what everybody can read.
    let example = follow(&works);
    let rows = works.endpoint.find(&[("page_size", "1000")]);
    let public: BTreeMap<String, Value> = rows
        .into_iter()
        .map(|row| (text(&row, "service_request_id").to_owned(), row))
        .collect();
    let mut mirrored = BTreeMap::new();
    soon("the mirror", || {
        mirrored = mirror(&folder);
        mirrored == public
    });
    example.kill();
}

/// What the follower of the feed keeps, without what only the feed tells.
fn mirror(folder: &Path) -> BTreeMap<String, Value> {
    let kept = read(&folder.join("public.json"));
    let kept = kept["service_requests"]
        .as_object()
        .expect("an object")
        .clone();
    let standard = kept.into_iter().map(|(id, mut document)| {
        let fields = document.as_object_mut().expect("an object");
        fields.remove("attributes");
        fields.remove("extended_attributes");
        (id, document)
    });
    standard.collect()
}

/// The endpoint that is forwarded to; port 0 is any.
fn endpoint(home: &Home, port: &str) -> Example {
    let serve = ["serve", "works.db", port];
    Example::start(home, "endpoint.py", &serve, &[("API_KEY", "secret")])
}

#[test]
fn the_endpoint_that_is_forwarded_to_keeps_the_standard() {
    let home = Home::new();
    let example = endpoint(&home, "0");
    let url = example.url();
    // A second time with what the first has filed.
    for _ in 0..2 {
        let position = format!("{},{}", demo::INSIDE.0, demo::INSIDE.1);
        let output = binary::kit()
            .args([
                &url,
                "--api-key",
                "secret",
                "--pace",
                "0",
                "--position",
                &position,
            ])
            .output()
            .expect("the kit can be executed");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && told.ends_with("\nno finding\n"),
            "{told}"
        );
        assert!(told.contains("service requests were filed"), "{told}");
    }
}

#[test]
fn the_endpoint_that_is_forwarded_to_opens_one_work_order_for_one_idempotency_key() {
    let home = Home::new();
    let post = |example: &Example, key: &str, description: &str| {
        let form = Form::of(&[
            ("api_key", "secret"),
            ("service_code", "001"),
            ("lat", demo::INSIDE.0),
            ("long", demo::INSIDE.1),
            ("description", description),
        ]);
        let call = Call::new("POST", format!("{}/requests.json", example.url()));
        call.header("Idempotency-Key", key).form(&form).send()
    };
    let example = endpoint(&home, "0");
    let first = post(&example, "one", "A hole").expect(200).row();
    example.kill();
    let example = endpoint(&home, "0");
    assert_eq!(post(&example, "one", "A hole").expect(200).row(), first);
    assert_eq!(post(&example, "one", "Another hole").status, 422);
    assert_ne!(post(&example, "two", "A hole").expect(200).row(), first);
    let listed = Call::new("GET", format!("{}/requests.json", example.url())).send();
    assert_eq!(listed.expect(200).rows().len(), 2);
}

#[test]
fn the_endpoint_that_is_forwarded_to_opens_each_work_order_once_however_often_it_is_killed() {
    let mut works = Works::found("integration");
    let mut example = endpoint(&works.home, "0");
    let url = example.url();
    let port = url.split(['/', ':']).nth(4).expect("a port").to_owned();
    let whose = ["--jurisdiction", CITY];
    let how = ["--dialect", "idempotency=true,updates=true,poll_seconds=1"];
    let add = [
        "remote",
        "add",
        "works",
        "--url",
        &url,
        "--api-key",
        "secret",
    ];
    works.home.run_ok(&[add.as_slice(), &how, &whose].concat());
    let rule = ["forward", "rule", "add", "001", "--remote", "works"];
    works.home.run_ok(&[rule.as_slice(), &whose].concat());

    let mut ids = Vec::new();
    for round in 0..crashes() {
        ids.extend((0..6).map(|_| works.file()));
        let seen = &ids[ids.len() - 6 + round % 5];
        soon("a work order", || works.forwarded(seen).is_some());
        example.kill();
        if round % 3 == 1 {
            works.restart();
        }
        ids.push(works.file());
        example = endpoint(&works.home, &port);
    }
    let mut orders = BTreeMap::new();
    for id in &ids {
        soon("every work order", || works.forwarded(id).is_some());
        orders.insert(works.forwarded(id), works.endpoint.request(id));
    }
    assert_eq!(orders.len(), ids.len(), "each has its own");
    let there = Call::new("GET", format!("{url}/requests.json"))
        .send()
        .expect(200)
        .rows();
    assert_eq!(there.len(), ids.len(), "and there are no others");
    for order in &there {
        let here = &orders[&Some(text(order, "service_request_id").to_owned())];
        assert_eq!(order["description"], here["description"]);
    }

    // What is told while the endpoint is away is asked for when it is back.
    example.kill();
    let order = works.forwarded(&ids[0]).expect("it is known");
    let done = ["tell", "works.db", &order, "FIXED", "The hole is closed."];
    run(&works.home, "endpoint.py", &done, &[]);
    let _example = endpoint(&works.home, &port);
    let closed = ("closed".to_owned(), "The hole is closed.".to_owned());
    let fixed = |statuses: &[String]| statuses.iter().filter(|one| *one == "fixed").count();
    soon("the end of the work", || {
        works.told(&ids[0]) == closed && fixed(&works.statuses(&ids[0])) > 0
    });
    assert_eq!(fixed(&works.statuses(&ids[0])), 1);
}

/// A port that was free a moment ago.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener
        .local_addr()
        .expect("it is bound")
        .port()
        .to_string()
}

/// Somebody else who writes to the receiver's file.
const LOCK: &str = "
import sqlite3, time
db = sqlite3.connect('works.db', timeout=60, isolation_level=None)
db.execute('begin immediate')
print('listening on nothing', flush=True)
time.sleep(600)
";

#[test]
fn the_receiver_of_webhooks_opens_each_work_order_once_and_reports_back_however_often_it_is_killed()
{
    let mut works = Works::found("integration");
    let port = free_port();
    let webhook = json!({
        "url": format!("http://127.0.0.1:{port}/"), "label": "Works", "filter": {"service_code": ["001"]},
    });
    let webhooks = format!("{}/api/v1/jurisdictions/{CITY}/webhooks", works.url());
    let bearer = format!("Bearer {}", works.key);
    let call = |method, url: String| Call::new(method, url).header("authorization", &bearer);
    let made = call("POST", webhooks.clone())
        .body("application/json", webhook.to_string())
        .send()
        .expect(201)
        .json();
    let secret = text(&made, "secret").to_owned();
    let receive = |works: &Works| {
        let variables = [
            ("WEBHOOK_SECRET", &secret[..]),
            ("GEOREPORT_URL", works.url()),
            ("JURISDICTION_ID", CITY),
            ("API_KEY", &works.key),
        ];
        let serve = ["serve", "works.db", &port];
        Example::start(&works.home, "webhook_receiver.py", &serve, &variables)
    };
    let has_the_order = ("open".to_owned(), "A crew has the order.".to_owned());

    let mut example = receive(&works);
    example.url();
    let unsigned = b"POST / HTTP/1.1\r\nHost: works\r\nContent-Length: 2\r\n\r\n{}";
    let (answer, _) = raw::exchange(&format!("127.0.0.1:{port}"), unsigned, PATIENCE);
    assert!(answer.starts_with(b"HTTP/1.0 401 "), "{answer:?}");
    let first = works.file();
    soon("the crew", || works.told(&first) == has_the_order);
    let done = [
        "tell",
        "works.db",
        &first,
        "FIXED",
        "fixed",
        "The hole is closed.",
    ];
    run(&works.home, "webhook_receiver.py", &done, &[]);
    let closed = ("closed".to_owned(), "The hole is closed.".to_owned());
    soon("the end of the work", || works.told(&first) == closed);
    assert_eq!(works.statuses(&first), ["in_progress", "fixed"]);

    // It has not taken what it could not write down.
    let lock = works.home.write("lock.py", LOCK);
    let locked = Example::start(&works.home, &lock, &[], &[]);
    locked.url();
    let mut ids = vec![works.file()];
    let mut delivery = Value::Null;
    soon("an attempt", || {
        let path = format!(
            "{webhooks}/{}/deliveries",
            text(&made["webhook"], "webhook_id")
        );
        let deliveries = call("GET", path).send().expect(200).json();
        let all = deliveries["deliveries"].as_array().expect("a list").iter();
        let mut of_it = all.filter(|one| one["service_request_id"] == ids[0][..]);
        delivery = of_it.next_back().cloned().unwrap_or_default();
        delivery["attempts"].as_u64() > Some(0)
    });
    assert_eq!(delivery["state"], "pending", "{delivery}");
    example.kill();
    locked.kill();
    example = receive(&works);

    for round in 0..crashes() {
        ids.extend((0..6).map(|_| works.file()));
        let seen = &ids[ids.len() - 6 + round % 5];
        soon("a crew", || {
            works.hurry();
            works.told(seen) == has_the_order
        });
        example.kill();
        if round % 3 == 1 {
            works.restart();
        }
        ids.push(works.file());
        example = receive(&works);
    }
    for id in &ids {
        soon("every crew", || {
            works.hurry();
            works.told(id) == has_the_order
        });
        assert_eq!(works.statuses(id), ["in_progress"], "{id}");
    }
    example.kill();
}

//! Two servers with a city each, which the tests of this binary share. Each test has a service of its
//! own, so that none sees what another does.

use conformance_tests::city::{CITY, add_city, import};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form};
use conformance_tests::server::Server;
use conformance_tests::time;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a forward and its way back may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// What a server of ours understands, and is asked every second.
pub const OURS: &str = "format=json,idempotency=true,updates=true,poll_seconds=1";

/// Neighbours on this machine may be called; a token takes three seconds.
const OPTIONS: [&str; 4] = ["--outbound-allow", "127.0.0.0/8", "--tokens-after", "3"];

/// A server with a city.
pub struct Town {
    pub home: Home,
    pub server: Server,
    pub endpoint: Endpoint,
    /// Files service requests, posts updates, reads everything.
    pub key: String,
}

impl Town {
    /// A server that may call its neighbours on this machine.
    pub fn found() -> Self {
        Self::found_with(&OPTIONS)
    }

    /// A server that may call no private address, as servers may unless they are told.
    pub fn guarded() -> Self {
        Self::found_with(&[])
    }

    fn found_with(options: &[&str]) -> Self {
        let home = Home::new();
        let server = home.serve_demo_with(options);
        add_city(&home);
        let file = home.write("services.xml", services());
        import(&home, CITY, "services", &[&file]);
        let whose = [
            "--jurisdiction",
            CITY,
            "--label",
            "tests",
            "--scope",
            "administrator",
        ];
        let key = home.run_ok(&[&["key", "create"], whose.as_slice()].concat());
        let endpoint = Endpoint::standard(&server, CITY);
        let town = Self {
            home,
            server,
            endpoint,
            key,
        };
        soon("the city is served", || {
            town.endpoint.get("services", Format::Json, &[]).status == 200
        });
        town
    }

    /// Ends the server as a power cut would, starts another one on the same database, and lets every
    /// lease of the dead one run out.
    pub fn killed_and_started_again(self) -> Self {
        let town = self.started_again(Server::kill);
        let leased = "UPDATE forward SET next_datetime = now() WHERE next_datetime > now()";
        town.home.database().sql(leased);
        town
    }

    /// Ends the server as an operator does, and starts another one on the same database.
    pub fn stopped_and_started_again(self) -> Self {
        self.started_again(|server| {
            let (status, log) = server.stop();
            assert!(status.success(), "{status}: {log}");
        })
    }

    fn started_again(self, end: impl FnOnce(Server)) -> Self {
        let Self {
            home, server, key, ..
        } = self;
        end(server);
        let server = home.serve_demo_with(&OPTIONS);
        let endpoint = Endpoint::standard(&server, CITY);
        Self {
            home,
            server,
            endpoint,
            key,
        }
    }

    /// The town whose service requests are forwarded.
    pub fn here() -> &'static Self {
        static HERE: OnceLock<Town> = OnceLock::new();
        HERE.get_or_init(Self::found)
    }

    /// The town that they are forwarded to.
    pub fn there() -> &'static Self {
        static THERE: OnceLock<Town> = OnceLock::new();
        THERE.get_or_init(Self::found)
    }

    /// Forwards a service to an endpoint at this address.
    pub fn forward(&self, service: &str, base_url: &str, key: &str, dialect: &str, more: &[&str]) {
        let url = format!("{base_url}/open311/v2");
        let command = [
            "remote",
            "add",
            service,
            "--jurisdiction",
            CITY,
            "--url",
            &url,
            "--remote-jurisdiction",
            CITY,
            "--api-key",
            key,
            "--dialect",
            dialect,
        ];
        self.home.run_ok(&[command.as_slice(), more].concat());
        self.home.run_ok(&[
            "forward",
            "rule",
            "add",
            service,
            "--jurisdiction",
            CITY,
            "--remote",
            service,
        ]);
    }

    /// A report about a service that no other report is like.
    pub fn report(&self, service: &str) -> Form {
        static COUNTER: AtomicU32 = AtomicU32::new(1);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Form::of(&[
            ("api_key", &self.key),
            ("service_code", service),
            ("lat", "42.3601"),
            ("long", "-71.0589"),
            (
                "description",
                &format!("Report {number}: a hole & a crack, ü\nin the street"),
            ),
        ])
    }

    /// Files a report about a service and returns its id.
    pub fn file(&self, service: &str) -> String {
        self.endpoint.file(&self.report(service))
    }

    /// A call of a path of ours, with the key.
    pub fn api(&self, method: &str, path: &str) -> Call {
        let path = format!("/api/v1/jurisdictions/{CITY}/{path}");
        let call = self.server.call(method, &path);
        call.header("authorization", &format!("Bearer {}", self.key))
    }

    /// The only forward of a service request.
    pub fn forward_of(&self, id: &str) -> Value {
        let answer = self
            .api("GET", &format!("service-requests/{id}/forwards"))
            .send();
        let document = answer.expect(200).json();
        let forwards = document["forwards"].as_array().expect("a list").clone();
        assert_eq!(forwards.len(), 1, "{document}");
        forwards.into_iter().next().expect("one")
    }

    /// Waits until the forward of a service request is in this state.
    #[track_caller]
    pub fn await_state(&self, id: &str, state: &str) -> Value {
        let started = Instant::now();
        loop {
            let forward = self.forward_of(id);
            if text(&forward, "state") == state {
                return forward;
            }
            assert!(started.elapsed() < PATIENCE, "not {state}: {forward}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// The service requests of a service that are here.
    pub fn filed(&self, service: &str) -> Vec<Value> {
        self.endpoint.find(&[("service_code", service)])
    }

    /// Says something of a service request, as a program of the city does.
    pub fn say(&self, id: &str, update_id: &str, status: &str, description: &str) {
        let form = Form::of(&[
            ("api_key", &self.key),
            ("service_request_id", id),
            ("update_id", update_id),
            ("updated_datetime", &time::utc(time::now())),
            ("status", status),
            ("description", description),
        ]);
        let call = self
            .endpoint
            .call("POST", "servicerequestupdates", Format::Json);
        call.form(&form).send().expect(200);
    }
}

/// Waits for something that other processes do.
#[track_caller]
pub fn soon(what: &str, is_so: impl Fn() -> bool) {
    soon_or_later(PATIENCE, what, is_so);
}

/// Waits for something that may take longer.
#[track_caller]
pub fn soon_or_later(patience: Duration, what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < patience, "{what}: not yet");
        thread::sleep(Duration::from_millis(100));
    }
}

/// `S01` to `S40` answer ids, `T01` to `T05` tokens.
fn services() -> String {
    let mut xml = String::from("<services>");
    let ids = (1..=40).map(|number| (format!("S{number:02}"), "realtime"));
    let tokens = (1..=5).map(|number| (format!("T{number:02}"), "batch"));
    for (code, kind) in ids.chain(tokens) {
        let _written = write!(
            xml,
            "<service><service_code>{code}</service_code><service_name>Service {code}</service_name>\
             <description/><metadata>false</metadata><type>{kind}</type><keywords/><group/></service>"
        );
    }
    xml + "</services>"
}

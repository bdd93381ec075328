//! A demo server, webhooks on it, and what arrives at their receivers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use conformance_tests::answer::Answer;
use conformance_tests::demo::{BOSTON, Demo};
use conformance_tests::endpoint::text;
use conformance_tests::home::Home;
use conformance_tests::http::Form;
use conformance_tests::peers::{Peer, Reply, Seen, answer};
use conformance_tests::server::Server;
use conformance_tests::tools;
use serde_json::{Value, json};

/// Receivers on this machine may be called.
pub const ALLOW: [&str; 2] = ["--outbound-allow", "127.0.0.1"];
/// The longest that is waited for anything: a lease that was left behind ends after half a minute,
/// and this machine has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server with the demo, and a key of Boston's administrator.
pub struct Hooks {
    pub home: Home,
    pub server: Server,
    pub demo: Demo,
    pub key: String,
}

/// A webhook, as it was made.
#[derive(Clone, Debug)]
pub struct Hook {
    pub id: String,
    pub secret: String,
}

impl Hooks {
    /// The server serves and works.
    #[track_caller]
    pub fn new() -> Self {
        Self::with(&ALLOW)
    }

    /// The same with these options in place of those by which receivers on this machine are called.
    #[track_caller]
    pub fn with(options: &[&str]) -> Self {
        let home = Home::new();
        let server = home.serve_demo_with(options);
        Self::on(home, server)
    }

    /// On a server that runs.
    #[track_caller]
    pub fn on(home: Home, server: Server) -> Self {
        let key = key(&home, BOSTON, "administrator");
        let hooks = Self {
            demo: Demo::boston_on(&server),
            home,
            server,
            key,
        };
        // The histories of what the demo brought are news, too.
        let worker = hooks.home.work(&[]);
        hooks.settle();
        worker.stop();
        hooks
    }

    /// Waits until everything that has happened stands in the feed.
    #[track_caller]
    pub fn settle(&self) {
        let open = "SELECT (SELECT count(*) FROM service_request WHERE version IS NULL AND is_public) \
            + (SELECT count(*) FROM service_request_update WHERE position IS NULL)";
        soon("its place in the feed", || {
            self.home.database().sql(open) == "0"
        });
    }

    /// Calls a path below the jurisdiction, as the administrator.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.call_as(&self.key, method, path, body)
    }

    /// Calls a path below the jurisdiction.
    pub fn call_as(&self, key: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/api/v1/jurisdictions/{BOSTON}{path}");
        let call = self.server.call(method, &path);
        let call = call.header("Authorization", &format!("Bearer {key}"));
        match body {
            Some(body) => call.body("application/json", body.to_string()).send(),
            None => call.send(),
        }
    }

    /// Makes a webhook that is sent everything that happens from now on.
    #[track_caller]
    pub fn hook(&self, url: &str) -> Hook {
        self.hook_with(&json!({ "url": url }))
    }

    /// Makes a webhook.
    #[track_caller]
    pub fn hook_with(&self, settings: &Value) -> Hook {
        let made = self.call("POST", "/webhooks", Some(settings));
        let made = made.expect(201).json();
        Hook {
            id: text(&made["webhook"], "webhook_id").to_owned(),
            secret: text(&made, "secret").to_owned(),
        }
    }

    /// The webhook as it is now.
    #[track_caller]
    pub fn get(&self, hook: &Hook) -> Value {
        let path = format!("/webhooks/{}", hook.id);
        self.call("GET", &path, None).expect(200).json()
    }

    /// The deliveries in a state, the newest event first.
    #[track_caller]
    pub fn deliveries(&self, hook: &Hook, state: &str) -> Vec<Value> {
        let path = format!("/webhooks/{}/deliveries?state={state}", hook.id);
        let page = self.call("GET", &path, None).expect(200).json();
        page["deliveries"].as_array().cloned().unwrap_or_default()
    }

    /// The oldest delivery and its attempts, the newest first.
    #[track_caller]
    pub fn oldest_attempts(&self, hook: &Hook) -> (Value, Vec<Value>) {
        let path = format!("/webhooks/{}/deliveries", hook.id);
        let page = self.call("GET", &path, None).expect(200).json();
        let oldest = page["deliveries"].as_array().and_then(|all| all.last());
        let event_id = text(oldest.unwrap_or(&Value::Null), "event_id").to_owned();
        let path = format!("/webhooks/{}/deliveries/{event_id}", hook.id);
        let found = self.call("GET", &path, None).expect(200).json();
        let attempts = found["attempts"].as_array().cloned().unwrap_or_default();
        (found["delivery"].clone(), attempts)
    }

    /// Files a service request and answers its id.
    #[track_caller]
    pub fn file(&self) -> String {
        self.demo.endpoint.file(&self.demo.report(&self.demo.plain))
    }

    /// Posts an update on a service request and answers its id.
    #[track_caller]
    pub fn update(&self, service_request_id: &str, status: &str, description: &str) -> String {
        post_update(
            &self.server,
            &self.key,
            service_request_id,
            status,
            description,
        )
    }

    /// Makes what is due in the future due now: nobody waits three days for a test.
    pub fn make_due(&self) {
        self.home.database().sql(
            "UPDATE webhook_delivery SET next_attempt_datetime = now() \
             WHERE state = 'pending' AND next_attempt_datetime IS NOT NULL AND leased_by IS NULL; \
             UPDATE webhook SET paused_until = NULL",
        );
    }
}

/// Makes a key of that scope.
#[track_caller]
pub fn key(home: &Home, jurisdiction: &str, scope: &str) -> String {
    let whose = ["--jurisdiction", jurisdiction, "--label", "webhooks"];
    home.run_ok(&[&["key", "create", "--scope", scope], whose.as_slice()].concat())
}

/// Posts an update by the Service Request Updates extension.
#[track_caller]
pub fn post_update(
    server: &Server,
    key: &str,
    service_request_id: &str,
    status: &str,
    description: &str,
) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
    let form = Form::of(&[
        ("jurisdiction_id", BOSTON),
        ("api_key", key),
        ("update_id", &number),
        ("service_request_id", service_request_id),
        ("status", status),
        ("description", description),
        (
            "updated_datetime",
            &conformance_tests::time::utc(conformance_tests::time::now()),
        ),
    ]);
    let call = server.call("POST", "/open311/v2/servicerequestupdates.json");
    let made = call.form(&form).send().expect(200).row();
    text(&made, "update_id").to_owned()
}

/// A receiver that is content with everything.
pub fn content() -> Peer {
    Peer::answering(|_| answer(204, "text/plain", ""))
}

/// A receiver that answers the first attempts like this, and is content then.
pub fn failing_first(times: usize, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Peer {
    let left = AtomicUsize::new(times);
    Peer::answering(move |_| {
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        let is_over = left
            .fetch_update(set, fetch, |left| left.checked_sub(1))
            .is_err();
        if is_over {
            answer(204, "text/plain", "")
        } else {
            reply()
        }
    })
}

/// Waits.
#[track_caller]
pub fn soon(what: &str, is_so: impl FnMut() -> bool) {
    soon_or_later(PATIENCE, what, is_so);
}

/// Waits for something that may take longer.
#[track_caller]
pub fn soon_or_later(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < patience, "{what} does not come");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The event in a webhook.
#[track_caller]
pub fn event(seen: &Seen) -> Value {
    match serde_json::from_slice(&seen.body) {
        Ok(event) => event,
        Err(error) => panic!("{error}: {}", seen.everything()),
    }
}

/// The id of a webhook.
#[track_caller]
pub fn webhook_id(seen: &Seen) -> String {
    let id = seen.header("webhook-id");
    id.expect("a webhook has an id").to_owned()
}

/// What the library of Standard Webhooks says of each: `PASS`, or why not.
#[track_caller]
pub fn verified(secret: &str, seen: &[Seen]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/webhooks/verify.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .arg(tools::node_packages())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be executed");
    let mut input = node.stdin.take().expect("it is piped");
    for one in seen {
        let headers: BTreeMap<String, &String> = one
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        let body = BASE64_STANDARD.encode(&one.body);
        let line = json!({"secret": secret, "headers": headers, "body": body});
        writeln!(input, "{line}").expect("node reads");
    }
    drop(input);
    let output = node.wait_with_output().expect("node ends");
    let told = String::from_utf8_lossy(&output.stdout);
    told.lines().map(str::to_owned).collect()
}

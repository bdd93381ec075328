//! Read-only copies of jurisdictions elsewhere.

use crate::towns::{Town, soon, soon_or_later};
use conformance_tests::city::{CITY, import_requests};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::http::{Form, percent};
use conformance_tests::peers::{Peer, Reply, Seen, answer};
use conformance_tests::time;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Years are read in windows of 90 days, and each of them is read again to be compared.
const YEARS_PATIENCE: Duration = Duration::from_secs(900);

/// A jurisdiction of `here` that is a copy.
struct Copy {
    endpoint: Endpoint,
    name: String,
    key: String,
}

impl Copy {
    /// A copy of the jurisdiction of that name at the endpoint there.
    fn of(name: &str, base_url: &str, jurisdiction: &str, dialect: &Value, since: i64) -> Self {
        let here = Town::here();
        let what = ["--name", "A copy", "--timezone", "America/New_York"];
        here.home
            .run_ok(&[&["jurisdiction", "add", name], what.as_slice()].concat());
        let whose = [
            "--jurisdiction",
            name,
            "--label",
            "tests",
            "--scope",
            "administrator",
        ];
        let key = here
            .home
            .run_ok(&[&["key", "create"], whose.as_slice()].concat());
        let copy = Self {
            endpoint: Endpoint::standard(&here.server, name),
            name: name.to_owned(),
            key,
        };
        soon("the copy is served", || {
            copy.endpoint.get("services", Format::Json, &[]).status == 200
        });
        let remote = json!({
            "base_url": base_url, "jurisdiction_id": jurisdiction, "dialect": dialect
        });
        copy.put("remotes/original", &remote).expect(200);
        let mut mirror = json!({ "remote": "original", "since": time::utc(since) });
        let begun = copy.put("mirror", &mirror).expect(200).json();
        assert_eq!(begun["compare_every_seconds"], 86_400);
        mirror["compare_every_seconds"] = json!(1);
        let changed = copy.put("mirror", &mirror).expect(200).json();
        assert_eq!(changed["compare_every_seconds"], 1);
        mirror["since"] = json!(time::utc(since - time::DAY));
        copy.put("mirror", &mirror).expect(409);
        copy
    }

    fn call(&self, method: &str, path: &str) -> conformance_tests::http::Call {
        let path = format!("/api/v1/jurisdictions/{}/{path}", self.name);
        let call = Town::here().server.call(method, &path);
        call.header("authorization", &format!("Bearer {}", self.key))
    }

    fn put(&self, path: &str, body: &Value) -> conformance_tests::answer::Answer {
        let call = self.call("PUT", path);
        call.body("application/json", body.to_string()).send()
    }

    fn state(&self) -> Value {
        self.call("GET", "mirror").send().expect(200).json()
    }

    /// Waits until everything that there is has been read and compared once.
    fn complete(&self) {
        soon_or_later(YEARS_PATIENCE, "the copy is complete", || {
            !self.state()["last_compared"].is_null()
        });
    }

    fn status(&self, id: &str) -> u16 {
        let resource = format!("requests/{}", percent(id));
        self.endpoint.get(&resource, Format::Json, &[]).status
    }
}

#[test]
fn a_copy_has_what_the_original_has_and_follows_it() {
    let there = Town::there();
    import_requests(&there.home, &["--rejects", "rejects.csv"]);
    let two_thousand_twelve = 1_325_376_000;
    for (name, dialect) in [
        (
            "copy-a",
            json!({"format": "json", "poll_seconds": "1", "updated_after": "true"}),
        ),
        ("copy-b", json!({"poll_seconds": "1"})),
    ] {
        let ids = [there.file("S34"), there.file("S34"), there.file("S34")];
        let base = format!("{}/open311/v2", there.server.url());
        let copy = Copy::of(name, &base, CITY, &dialect, two_thousand_twelve);
        copy.complete();
        let all = [&ids[..], &["12-1".to_owned(), "12-2".to_owned()]]
            .concat()
            .join(",");
        let listed = |endpoint: &Endpoint| endpoint.find(&[("service_request_id", &all)]);
        assert_eq!(listed(&copy.endpoint), listed(&there.endpoint));
        let names = |endpoint: &Endpoint| -> BTreeSet<String> {
            let services = endpoint.services();
            services
                .iter()
                .map(|one| text(one, "service_name").to_owned())
                .collect()
        };
        assert!(names(&copy.endpoint).is_superset(&names(&there.endpoint)));

        there.say(&ids[0], name, "FIXED", "Filled");
        soon("it is closed in the copy", || {
            let copied = copy.endpoint.request(&ids[0]);
            copied["status"] == "closed" && copied["status_notes"] == "Filled"
        });
        let new = there.file("S34");
        soon("the copy has what is new", || copy.status(&new) == 200);

        let vanish = |is_public: bool| {
            let set = format!("UPDATE service_request SET is_public = {is_public}");
            let which = format!("{set} WHERE service_request_id = '{}'", ids[1]);
            there.home.database().sql(&which);
        };
        vanish(false);
        soon("it vanishes from the copy", || copy.status(&ids[1]) == 404);
        vanish(true);
        soon("it is in the copy again", || copy.status(&ids[1]) == 200);

        let form = Form::of(&[
            ("service_code", "S34"),
            ("address_string", "1 City Hall Square"),
        ]);
        let told = copy
            .endpoint
            .post(Format::Json, &form)
            .faults(Format::Json, 400);
        assert!(told[0].description.contains("read-only"), "{told:?}");
        assert!(told[0].description.contains(&base), "{told:?}");
    }
}

/// A city with so many service requests, one each day, that answers as its switches say.
#[derive(Default)]
struct Lean {
    /// Every list is empty.
    is_empty: AtomicBool,
    /// Everything fails.
    fails: AtomicBool,
    /// Those that are not there any more.
    gone: Mutex<BTreeSet<i64>>,
}

const DAYS: i64 = 120;

impl Lean {
    /// At most 50 rows, no pages, the newest first.
    fn answer(&self, request: &Seen) -> conformance_tests::peers::Reply {
        let json = |body: Value| answer(200, "application/json", body.to_string());
        if self.fails.load(Ordering::SeqCst) {
            return answer(500, "text/html", "<html>oh no</html>");
        }
        if request.target.starts_with("/services") {
            return json(json!([{"service_code": "A", "service_name": "A", "metadata": "false"}]));
        }
        if self.is_empty.load(Ordering::SeqCst) {
            return json(json!([]));
        }
        let argument = |name: &str| {
            let (_, query) = request.target.split_once('?')?;
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(other, _)| *other == name)?;
            Some(value.replace("%3A", ":").replace("%2C", ","))
        };
        let instant = |name| argument(name).and_then(|text| time::parse_utc(&text));
        let (start, end) = (
            instant("start_date").unwrap_or(0),
            instant("end_date").unwrap_or(i64::MAX),
        );
        let ids = argument("service_request_id");
        let single = request.target.strip_prefix("/requests/");
        let single = single
            .and_then(|rest| rest.split('.').next())
            .map(str::to_owned);
        let gone = self.gone.lock().expect("no test panics with it").clone();
        let noon = time::now() / time::DAY * time::DAY - time::DAY / 2;
        let rows = (1..=DAYS).filter(|day| !gone.contains(day)).filter_map(|day| {
            let filed = noon - day * time::DAY;
            let id = format!("d-{day}");
            let wanted = match (&single, &ids) {
                (Some(one), _) => *one == id,
                (None, Some(ids)) => ids.split(',').any(|one| one == id),
                (None, None) => (start..=end).contains(&filed),
            };
            wanted.then(|| json!({
                "service_request_id": id, "status": "open", "service_code": "A", "lat": "42.36", "long": "-71.05",
                "requested_datetime": time::utc(filed), "updated_datetime": time::utc(filed)
            }))
        });
        json(rows.take(50).collect())
    }
}

#[test]
fn a_copy_of_a_city_without_pages_is_whole_and_loses_only_what_has_really_vanished() {
    let city = Arc::new(Lean::default());
    let shared = Arc::clone(&city);
    let peer = Peer::answering(move |request| shared.answer(request));
    let dialect = json!({"format": "json", "poll_seconds": "1", "max_rows": "50"});
    let since = time::now() - 400 * time::DAY;
    let copy = Copy::of("copy-c", &peer.url(), "ignored", &dialect, since);
    copy.complete();
    let public = || {
        let rows =
            "SELECT count(*) FROM service_request WHERE is_public AND jurisdiction_id = 'copy-c'";
        Town::here().home.database().sql(rows).trim().to_owned()
    };
    assert_eq!(public(), DAYS.to_string());

    let compared_twice_more = || {
        for _ in 0..3 {
            let before = copy.state()["last_compared"].clone();
            soon("it is compared again", || {
                copy.state()["last_compared"] != before
            });
        }
    };
    city.is_empty.store(true, Ordering::SeqCst);
    compared_twice_more();
    assert_eq!(
        public(),
        DAYS.to_string(),
        "an endpoint that lists nothing is believed in nothing"
    );
    city.is_empty.store(false, Ordering::SeqCst);

    city.fails.store(true, Ordering::SeqCst);
    soon("the failure is told", || copy.state()["failures"] != 0);
    let told = copy.state();
    assert_eq!(told["last_answer"], "it answered 500");
    assert_eq!(public(), DAYS.to_string());
    city.fails.store(false, Ordering::SeqCst);

    city.gone
        .lock()
        .expect("no test panics with it")
        .extend([7, 100]);
    soon("what has vanished there vanishes here", || {
        copy.status("d-7") == 404 && copy.status("d-100") == 404
    });
    assert_eq!(public(), (DAYS - 2).to_string());
}

#[test]
fn what_was_filed_before_a_copy_begins_is_neither_asked_for_nor_taken() {
    let city = Lean::default();
    let peer = Peer::answering(move |request| {
        // It does not care what it is asked for.
        let (path, _) = request.target.split_once('?').unwrap_or_default();
        let mut all = request.clone();
        all.target = path.to_owned();
        city.answer(&all)
    });
    // At midnight; its service requests are filed at noon.
    let since = time::now() / time::DAY * time::DAY - 10 * time::DAY;
    let copy = Copy::of(
        "copy-d",
        &peer.url(),
        "ignored",
        &json!({"format": "json", "poll_seconds": "1"}),
        since,
    );
    copy.complete();
    assert_eq!(copy.status("d-3"), 200);
    let rows = "SELECT count(*) FROM service_request WHERE jurisdiction_id = 'copy-d'";
    assert_eq!(Town::here().home.database().sql(rows).trim(), "9");
    let starts = peer.seen().into_iter().filter_map(|seen| {
        let (_, rest) = seen.target.split_once("start_date=")?;
        let start = rest.split('&').next()?.replace("%3A", ":");
        time::parse_utc(&start)
    });
    assert_eq!(starts.min(), Some(since));
}

#[test]
fn an_original_whose_answers_never_end_is_left_alone_and_that_is_told() {
    let peer = Peer::answering(|request| {
        if request.target.starts_with("/services") {
            return answer(200, "application/json", "[]");
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[";
        Reply::Endless(head.into(), Duration::ZERO)
    });
    let since = time::now() - 400 * time::DAY;
    let dialect = json!({"format": "json", "poll_seconds": "1"});
    let copy = Copy::of("copy-e", &peer.url(), "ignored", &dialect, since);
    soon("it has failed twice", || {
        copy.state()["failures"].as_u64() >= Some(2)
    });
    let told = copy.state();
    assert_eq!(told["last_answer"], "its answer is too long");
    let listed = Town::here().home.run(&["mirror", "list"]).stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let line = listed.lines().find(|line| line.starts_with("copy-e\t"));
    let line = line.expect("every copy is listed");
    assert!(line.ends_with("\tits answer is too long"), "{line}");
    // One question for each failure.
    let seen = peer.seen().into_iter();
    let lists = seen.filter(|seen| seen.target.starts_with("/requests"));
    let failures = told["failures"].as_u64().expect("a number");
    assert!(lists.count() as u64 <= failures + 1);
}

#[test]
fn the_commands_keep_a_key_for_its_host_and_change_how_often_a_copy_is_compared() {
    let home = &Town::here().home;
    let what = ["--name", "A copy", "--timezone", "UTC"];
    home.run_ok(&[&["jurisdiction", "add", "copy-f"], what.as_slice()].concat());
    let add = |arguments: &[&str]| {
        let whose = ["--jurisdiction", "copy-f"];
        let output = home.run(&[arguments, whose.as_slice()].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    let remote = ["remote", "add", "original", "--url"];
    let remote = |rest: &[&str]| add(&[&remote, rest].concat());
    let (is_done, said) = remote(&["http://127.0.0.1:9/x", "--api-key", "canary"]);
    assert!(is_done, "{said}");
    let (is_done, said) = remote(&["http://127.0.0.1:10/x"]);
    assert!(
        !is_done && said.contains("--api-key must be given anew"),
        "{said}"
    );
    let (is_done, said) = remote(&["http://127.0.0.1:10/x", "--api-key", "canary"]);
    assert!(is_done, "{said}");

    let mirror = |rest: &[&str]| add(&[&["mirror", "add", "original"], rest].concat());
    let (is_done, said) = mirror(&["--since", "2026-01-01"]);
    assert!(is_done, "{said}");
    let (is_done, said) = mirror(&["--compare-every", "77"]);
    assert!(is_done, "{said}");
    let (is_done, said) = mirror(&["--since", "2020-01-01"]);
    assert!(!is_done && said.contains("since another date"), "{said}");
    let every = "SELECT sweep_every_seconds FROM mirror WHERE jurisdiction_id = 'copy-f'";
    assert_eq!(home.database().sql(every).trim(), "77");
}

#[test]
fn remotes_rules_and_copies_are_managed_over_http() {
    let here = Town::here();
    let put = |path: &str, body: Value| {
        here.api("PUT", path)
            .body("application/json", body.to_string())
            .send()
    };
    let remote = json!({"base_url": "http://127.0.0.1:9/x", "api_key": "canary-key",
        "dialect": {"format": "json", "attributes": "repeat"}, "fields": ["position"]});
    let told = put("remotes/managed", remote).expect(200);
    assert!(!told.text().contains("canary"), "{}", told.text());
    let told = told.json();
    assert_eq!(
        (&told["has_api_key"], &told["fields"]),
        (&json!(true), &json!(["position"]))
    );
    // Described anew without a key it keeps the one that it had.
    let told = put(
        "remotes/managed",
        json!({"base_url": "http://127.0.0.1:9/y"}),
    )
    .expect(200)
    .json();
    assert_eq!(
        (&told["has_api_key"], &told["base_url"]),
        (&json!(true), &json!("http://127.0.0.1:9/y"))
    );
    let listed = here.api("GET", "remotes").send().expect(200);
    assert!(listed.text().contains("managed") && !listed.text().contains("canary"));

    for (path, body, argument) in [
        (
            "remotes/managed",
            json!({"base_url": "http://10.1.2.3/x"}),
            "base_url",
        ),
        (
            "remotes/managed",
            json!({"base_url": "http://x/", "dialect": {"attributes": "x"}}),
            "attributes",
        ),
        (
            "remotes/managed",
            json!({"base_url": "http://x/", "secret": 1}),
            "secret",
        ),
        (
            "remotes/managed",
            json!({"base_url": "http://127.0.0.1:10/y"}),
            "api_key",
        ),
        (
            "remotes/managed",
            json!({"base_url": "http://127.0.0.1:9/", "dialect": {"constant.api_key": "x"}}),
            "constant.api_key",
        ),
        ("forward-rules/S35", json!({"remote": "nowhere"}), "remote"),
        (
            "mirror",
            json!({"remote": "managed", "compare_every_seconds": 0}),
            "compare_every_seconds",
        ),
    ] {
        let problem = put(path, body).expect(400).json();
        assert_eq!(problem["errors"][0]["argument"], argument, "{problem}");
    }
    put("forward-rules/nothing", json!({"remote": "managed"})).expect(404);
    // A jurisdiction with service requests of its own is no copy.
    here.file("S36");
    put("mirror", json!({"remote": "managed"})).expect(409);
    here.api("GET", "mirror").send().expect(404);

    let rule = json!({"remote": "managed", "remote_service_code": "X", "attributes": ["A=B"]});
    assert_eq!(
        put("forward-rules/S35", rule).expect(200).json()["remote_service_code"],
        "X"
    );
    assert!(
        here.api("GET", "forward-rules")
            .send()
            .expect(200)
            .text()
            .contains("A=B")
    );
    here.api("DELETE", "remotes/managed").send().expect(409);
    here.api("DELETE", "forward-rules/S35").send().expect(204);
    here.api("DELETE", "forward-rules/S35").send().expect(404);

    let id = here.file("S36");
    let route = json!({"remote": "managed", "remote_service_code": "X"});
    let path = format!("service-requests/{id}/forwards");
    let post = |path: &str, body: &Value| {
        here.api("POST", path)
            .body("application/json", body.to_string())
            .send()
    };
    let begun = post(&path, &route).expect(201).json();
    assert_eq!(begun["state"], "pending");
    post(&path, &route).expect(409);
    post("service-requests/none/forwards", &route).expect(404);
    let replay = format!("forwards/{}/replay", text(&begun, "forward_id"));
    post(&replay, &json!({})).expect(409);
    here.api("DELETE", "remotes/managed").send().expect(204);
}

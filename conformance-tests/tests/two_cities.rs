//! What belongs to one city is closed to the staff of another, whatever way they try.

use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::documented::paths;
use conformance_tests::home::Home;
use conformance_tests::server::Server;
use serde_json::{Value, json};

/// What there is in Zürich, by the name that paths have for it.
struct Theirs(Vec<(&'static str, String)>);

impl Theirs {
    /// One of everything that a path can name.
    fn make(home: &Home, server: &Server, key: &str) -> Self {
        let call = |method: &str, path: &str, body: Value| {
            let path = format!("/api/v1/jurisdictions/{ZURICH}/{path}");
            let call = server.call(method, &path);
            let call = call.header("authorization", &format!("Bearer {key}"));
            let answer = call.body("application/json", body.to_string()).send();
            assert!(answer.status < 300, "{}: {}", answer.asked, answer.shown());
            answer
        };
        let sql = |sql: &str| home.database().sql(sql);
        let of_city = format!("from service_request where jurisdiction_id = '{ZURICH}'");
        let id = sql(&format!("select min(service_request_id) {of_city}"));
        let service = sql(&format!(
            "select min(service_code) from service where jurisdiction_id = '{ZURICH}'"
        ));
        let hook = json!({"url": "https://example.org/secret-hook-of-zurich"});
        let hook = call("POST", "webhooks", hook).json();
        let remote = json!({"base_url": "https://example.org/open311/v2", "api_key": "canary"});
        call("PUT", "remotes/cantonal-roads", remote);
        call(
            "POST",
            &format!("service-requests/{id}/notes"),
            json!({
                "description": "an internal note of Zurich", "is_public": false
            }),
        );
        call(
            "PUT",
            "response-templates/thanks-of-zurich",
            json!({"text": "Merci"}),
        );
        let rule = json!({"remote": "cantonal-roads", "remote_service_code": "x"});
        call("PUT", &format!("forward-rules/{service}"), rule);
        let made = call("POST", "keys", json!({"label": "an app of Zurich"})).json();
        Self(vec![
            ("service_request_id", id),
            (
                "webhook_id",
                hook["webhook"]["webhook_id"]
                    .as_str()
                    .unwrap_or_default()
                    .into(),
            ),
            ("remote", "cantonal-roads".into()),
            ("name", "thanks-of-zurich".into()),
            ("service_code", service),
            ("key_id", made["key_id"].as_str().unwrap_or_default().into()),
            ("event_id", "1".into()),
            ("forward_id", "0199b3a0-7c1e-7f00-8a00-000000000002".into()),
        ])
    }

    /// The path in `jurisdiction`, with what there is in Zürich in place of each other name.
    fn path(&self, path: &str, jurisdiction: &str) -> String {
        let mut path = path.replace("{format}", "json");
        path = path.replace("{jurisdiction_id}", jurisdiction);
        for (name, value) in &self.0 {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path.replace(['{', '}'], "")
    }
}

/// Everything of a city's, but for what is counted by the asking alone.
fn state(home: &Home) -> Vec<String> {
    let database = home.database();
    let tables = database.tables().into_iter();
    let with_city = tables.filter(|table| {
        let name = table.rsplit('.').next().unwrap_or_default();
        let has = format!(
            "select count(*) from information_schema.columns \
             where table_name = '{name}' and column_name = 'jurisdiction_id'"
        );
        name != "rate_limit" && database.sql(&has) == "1"
    });
    let rows = with_city.map(|table| {
        let without = "- 'last_used_datetime' - 'next_datetime' - 'attempts' - 'position' - 'last_position'";
        let sql = format!(
            "select md5(string_agg(row, '' order by row)) from (select (to_jsonb(t) {without})::text as row \
             from {table} t where jurisdiction_id = '{ZURICH}') rows"
        );
        format!("{table} {}", database.sql(&sql))
    });
    rows.collect()
}

#[test]
fn the_administrator_of_one_city_neither_reads_nor_changes_what_belongs_to_another() {
    let home = Home::new();
    let _stopped = home.serve_demo().stop();
    let server = home.serve(&["--demo", "--no-work"]);
    let administrator = |jurisdiction: &str| {
        let whose = ["--jurisdiction", jurisdiction, "--label", jurisdiction];
        home.run_ok(&[&["key", "create", "--scope", "administrator"], &whose[..]].concat())
    };
    let (boston, zurich) = (administrator(BOSTON), administrator(ZURICH));
    let theirs = Theirs::make(&home, &server, &zurich);
    let before = state(&home);
    let mut tried = 0;
    for (template, item) in paths() {
        if !template.contains("{jurisdiction_id}") {
            continue;
        }
        let methods = item.as_object().into_iter().flatten();
        for (method, operation) in methods {
            let secured = operation["security"] != Value::Null;
            // His own city, with their names; their city, with his key.
            for jurisdiction in [BOSTON, ZURICH] {
                let path = theirs.path(template, jurisdiction);
                let named = path != template.replace("{jurisdiction_id}", jurisdiction);
                let call = server.call(&method.to_uppercase(), &path);
                let mut call = call
                    .header("authorization", &format!("Bearer {boston}"))
                    .header("if-match", "*");
                if method != "get" {
                    call = match template.starts_with("/api/") {
                        true => call.body("application/json", "{}"),
                        false => call.raw_form(""),
                    };
                }
                let answer = call.send();
                tried += 1;
                if secured && jurisdiction == ZURICH {
                    let status = answer.status;
                    assert!(matches!(status, 401 | 403), "{}: {status}", answer.asked);
                }
                if secured && named {
                    for secret in ["secret-hook", "an internal note", "Merci", "app of Zurich"] {
                        assert!(!answer.text().contains(secret), "{}", answer.asked);
                    }
                }
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(state(&home), before);
    let dump = home.database().dump();
    assert!(dump.contains("secret-hook-of-zurich"), "it is there still");
}

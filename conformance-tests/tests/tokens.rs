//! Tokens of the server's own: who gets one, what it opens, and how it ends.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use base64::{Engine, engine::general_purpose::STANDARD};
use conformance_tests::answer::Answer;
use conformance_tests::chaos::Proxy;
use conformance_tests::city::{self, soon};
use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::home::Home;
use conformance_tests::http::Form;
use conformance_tests::server::Server;
use conformance_tests::token::{Client, access_token, decoded, token_call};
use serde_json::Value;

/// What only auditors may read.
fn audit(server: &Server, jurisdiction: &str, token: &str) -> Answer {
    let path = format!("/api/v1/jurisdictions/{jurisdiction}/audit-entries");
    let call = server.call("GET", &path);
    call.header("authorization", &format!("Bearer {token}"))
        .send()
}

/// The error of RFC 6749, 5.2.
#[track_caller]
fn failure(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.gives_nothing_away();
    match answer.json()["error"].as_str() {
        Some(error) => error.to_owned(),
        None => panic!("{}: {}", answer.asked, answer.shown()),
    }
}

fn key_ids(server: &Server) -> Vec<String> {
    let set = server.call("GET", "/.well-known/jwks.json").send();
    let set = set.expect(200).json();
    let keys = set["keys"].as_array().expect("a list").clone();
    let ids = keys
        .iter()
        .map(|key| key["kid"].as_str().map(str::to_owned));
    ids.collect::<Option<_>>().expect("each has a kid")
}

#[test]
fn a_client_gets_a_token_that_opens_its_jurisdiction_until_it_is_revoked() {
    let home = Home::new();
    let server = home.serve_demo();
    let auditor = Client::create(&home, BOSTON, "auditor");
    let answer = auditor.ask(&server).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.json();
    assert_eq!(
        (&told["token_type"], &told["expires_in"]),
        (&"Bearer".into(), &3600.into())
    );
    let token = access_token(&answer);

    audit(&server, BOSTON, &token).expect(200);
    audit(&server, ZURICH, &token).expect(403);
    let client_id = &auditor.id;
    home.run_ok(&[
        "client",
        "grant",
        client_id,
        "--jurisdiction",
        ZURICH,
        "--role",
        "staff",
    ]);
    audit(&server, ZURICH, &token).expect(403);
    home.run_ok(&[
        "client",
        "grant",
        client_id,
        "--jurisdiction",
        ZURICH,
        "--role",
        "auditor",
    ]);
    // The same token: what its client may is asked anew each time.
    audit(&server, ZURICH, &token).expect(200);
    home.run_ok(&["client", "revoke", client_id, "--jurisdiction", ZURICH]);
    audit(&server, ZURICH, &token).expect(403);
    audit(&server, BOSTON, &token).expect(200);

    home.run_ok(&["client", "revoke", client_id]);
    audit(&server, BOSTON, &token).expect(401);
    assert_eq!(failure(&auditor.ask(&server).expect(401)), "invalid_client");
}

#[test]
fn a_token_says_what_rfc_9068_asks_for() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "staff");
    let (header, claims) = decoded(&client.token(&server));
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&"at+jwt".into(), &"EdDSA".into())
    );
    assert_eq!(
        Some(header["kid"].as_str().unwrap_or_default()),
        key_ids(&server).first().map(String::as_str)
    );
    for name in ["sub", "client_id"] {
        assert_eq!(claims[name], client.id.as_str(), "{name}");
    }
    for name in ["iss", "aud"] {
        assert_eq!(claims[name], server.url(), "{name}");
    }
    let life = claims["exp"].as_i64().zip(claims["iat"].as_i64());
    assert_eq!(life.map(|(exp, iat)| exp - iat), Some(3_600));
    assert!(claims["nbf"].is_i64() && claims["jti"].is_string());
}

#[test]
fn a_token_may_be_asked_for_less_than_everything() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "administrator");
    let ask = |scope: &str| {
        let form = client.form().with("scope", scope);
        token_call(&server).form(&form).send()
    };
    let narrow = ask("moderate post-updates").expect(200);
    assert_eq!(narrow.json()["scope"], "moderate post-updates");
    audit(&server, BOSTON, &access_token(&narrow)).expect(403);
    let enough = ask("read-audit").expect(200);
    audit(&server, BOSTON, &access_token(&enough)).expect(200);
    assert_eq!(failure(&ask("everything").expect(400)), "invalid_scope");
}

#[test]
fn whoever_asks_otherwise_than_rfc_6749_has_it_is_told_so_in_its_words() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "auditor");
    let Client { id, secret } = &client;
    let grant = Form::of(&[("grant_type", "client_credentials")]);
    let basic =
        |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let good = basic(id, secret);
    let form = client.form();
    let table: [(Option<&str>, Form, u16, &str); 13] = [
        (Some(&good), grant.clone(), 200, ""),
        (None, form.clone(), 200, ""),
        (Some(&good), form.clone(), 400, "invalid_request"),
        (Some(&good), Form::default(), 400, "invalid_request"),
        (
            Some(&good),
            grant.clone().and("grant_type", "client_credentials"),
            400,
            "invalid_request",
        ),
        (
            Some(&good),
            Form::of(&[("grant_type", "password")]),
            400,
            "unsupported_grant_type",
        ),
        (None, grant.clone(), 401, "invalid_client"),
        (
            None,
            form.clone().with("client_secret", "grs_wrong"),
            401,
            "invalid_client",
        ),
        (
            None,
            form.clone().with("client_secret", id),
            401,
            "invalid_client",
        ),
        (
            None,
            form.clone().with("client_id", "grc_nobody"),
            401,
            "invalid_client",
        ),
        (
            None,
            form.clone().with("client_id", ""),
            401,
            "invalid_client",
        ),
        (
            Some(&basic(id, "wrong")),
            grant.clone(),
            401,
            "invalid_client",
        ),
        (Some("Bearer x"), grant.clone(), 401, "invalid_client"),
    ];
    for (header, form, status, error) in table {
        let mut call = token_call(&server).form(&form);
        if let Some(header) = header {
            call = call.header("authorization", header);
        }
        let answer = call.send().expect(status);
        if status != 200 {
            assert_eq!(failure(&answer), error, "{header:?} {form:?}");
        }
        if status == 401 {
            assert_eq!(
                answer.header("www-authenticate").is_some(),
                header.is_some()
            );
        }
    }
    // A secret has no place in an address.
    let in_query = token_call(&server).query(&form).raw_form("").send();
    assert_eq!(failure(&in_query.expect(400)), "invalid_request");
    token_call(&server)
        .body("application/json", "{}")
        .send()
        .expect(415);
    let log = server.log();
    assert!(!log.contains(secret.as_str()), "a secret is in the log");
}

#[test]
fn keys_rotate_with_an_overlap_and_a_removed_key_stops_at_once() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "auditor");
    let earlier = client.token(&server);
    let old = key_ids(&server);
    assert_eq!(old.len(), 1);

    let new = home.run_ok(&["signing-key", "rotate"]);
    soon("the new key", || {
        key_ids(&server) == [new.clone(), old[0].clone()]
    });
    let later = client.token(&server);
    assert_eq!(decoded(&later).0["kid"], new.as_str());
    audit(&server, BOSTON, &earlier).expect(200);
    audit(&server, BOSTON, &later).expect(200);

    let signing = home.run(&["signing-key", "remove", &new]);
    assert!(!signing.status.success(), "the key that signs stays");
    home.run_ok(&["signing-key", "remove", &old[0]]);
    soon("that the old key is gone", || {
        audit(&server, BOSTON, &earlier).status == 401
    });
    audit(&server, BOSTON, &later).expect(200);
}

#[test]
fn a_token_of_one_node_is_good_on_another_and_its_end_is_too() {
    let home = Home::new();
    let url = ["--public-url", "https://311.example.org"];
    let _demo = home.serve_demo().stop();
    let first = home.serve(&[&["--demo"], &url[..]].concat());
    let client = Client::create(&home, BOSTON, "auditor");
    let key = home.run_ok(&[
        "key",
        "create",
        "--scope",
        "auditor",
        "--jurisdiction",
        BOSTON,
        "--label",
        "x",
    ]);
    let proxy = Proxy::in_front_of(&home.database());
    let home_of_second = Home::new();
    let second = home_of_second.serve(&[&["--database-url", &proxy.url()], &url[..]].concat());
    let token = client.token(&first);
    for server in [&first, &second] {
        for credential in [&token, &key] {
            audit(server, BOSTON, credential).expect(200);
        }
    }
    // A key that the second has not seen yet signs on the first.
    home.run_ok(&["signing-key", "rotate"]);
    soon("the new key", || key_ids(&first).len() == 2);
    audit(&second, BOSTON, &client.token(&first)).expect(200);

    home.run_ok(&["client", "revoke", &client.id]);
    home.revoke(BOSTON, &key);
    for server in [&first, &second] {
        for credential in [&token, &key] {
            soon("the revocation", || {
                audit(server, BOSTON, credential).status == 401
            });
        }
    }
}

#[test]
fn a_fresh_server_lets_nobody_in_and_its_first_administrator_is_made_by_the_command() {
    let home = Home::new();
    home.run_ok(&["migrate"]);
    city::add_city(&home);
    let server = home.serve(&[]);
    let database = home.database();
    for table in ["api_key", "oauth_client", "client_grant", "signing_key"] {
        let rows = database.sql(&format!("select count(*) from {table}"));
        assert_eq!(rows, "0", "{table}");
    }
    assert!(key_ids(&server).is_empty());
    for (id, secret) in [
        ("admin", "admin"),
        ("georeport", "georeport"),
        ("demo", "demo-key"),
    ] {
        let form = Client {
            id: id.into(),
            secret: secret.into(),
        }
        .form();
        token_call(&server).form(&form).send().expect(401);
        audit(&server, city::CITY, secret).expect(401);
    }

    let administrator = Client::create(&home, city::CITY, "administrator");
    audit(&server, city::CITY, &administrator.token(&server)).expect(200);
    let dump = database.dump();
    assert!(
        !dump.contains(&administrator.secret),
        "the secret is stored"
    );
    assert!(dump.contains(&administrator.id));
}

#[test]
fn what_is_done_on_the_command_line_is_told_to_auditors_and_exported() {
    let home = Home::new();
    let server = home.serve_demo();
    let auditor = Client::create(&home, BOSTON, "auditor");
    let key = home.new_key(BOSTON);
    home.revoke(BOSTON, &key);
    home.run_ok(&["signing-key", "rotate"]);
    let token = auditor.token(&server);

    let answer = audit(&server, BOSTON, &token).expect(200).json();
    let entries = answer["audit_entries"].as_array().expect("a list");
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            assert_eq!(entry["actor"], "operator");
            (
                entry["operation"].as_str().unwrap_or_default(),
                entry["object_id"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let kid = key_ids(&server).remove(0);
    assert!(told.contains(&("client create", &auditor.id)), "{told:?}");
    assert!(told.contains(&("key create", &key[..12])), "{told:?}");
    assert!(told.contains(&("key revoke", &key[..12])), "{told:?}");
    assert!(told.contains(&("signing-key rotate", &kid)), "{told:?}");

    let export = home.run(&["audit", "export", "--jurisdiction", BOSTON]);
    let export = String::from_utf8_lossy(&export.stdout).into_owned();
    let lines: Vec<Value> = export
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect();
    assert_eq!(&lines, entries);
    let after = lines[0]["audit_entry_id"].as_str().unwrap_or_default();
    let rest = home.run(&[
        "audit",
        "export",
        "--jurisdiction",
        BOSTON,
        "--after",
        after,
    ]);
    assert_eq!(
        String::from_utf8_lossy(&rest.stdout).lines().count(),
        lines.len() - 1
    );

    let cursor = answer["cursor"].as_str().unwrap_or_default();
    let path = format!("/api/v1/jurisdictions/{BOSTON}/audit-entries?after={cursor}");
    let rest = server
        .call("GET", &path)
        .header("authorization", &format!("Bearer {token}"));
    let rest = rest.send().expect(200).json();
    assert_eq!(
        (&rest["audit_entries"], &rest["cursor"]),
        (&Value::Array(vec![]), &cursor.into())
    );
}

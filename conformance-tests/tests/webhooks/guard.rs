//! Where nothing is sent.

use std::net::TcpListener;

use conformance_tests::home::Home;
use serde_json::{Value, json};

use crate::hooks::{Hooks, content, soon};

/// E1 and E3.
#[test]
fn a_private_address_is_refused_in_every_spelling_and_never_called() {
    let hooks = Hooks::with(&[]);
    let trap = content();
    let port = trap.url().rsplit(':').next().unwrap_or_default().to_owned();
    for url in [
        trap.url(),
        format!("http://localhost:{port}/"),
        "http://127.1/".to_owned(),
        "http://2130706433/".to_owned(),
        "http://0x7f.1/".to_owned(),
        "http://0177.0.0.1/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "http://[64:ff9b::7f00:1]/".to_owned(),
        "http://①②⑦.0.0.1/".to_owned(),
        "http://0.0.0.0/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://100.64.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://192.168.1.1/".to_owned(),
        "http://[fd00::1]/".to_owned(),
        "http://user:secret@example.org/".to_owned(),
        "https://example.org:22/".to_owned(),
        "ftp://example.org/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "not a url".to_owned(),
        String::new(),
    ] {
        let body = json!({ "url": url });
        let refused = hooks.call("POST", "/webhooks", Some(&body));
        assert_eq!(refused.status, 400, "{url}: {}", refused.text());
        assert_eq!(refused.json()["errors"][0]["argument"], "url", "{url}");
    }
    // What slipped in before is judged again when it is dialled.
    let body = json!({"url": "https://example.org/"});
    let made = hooks
        .call("POST", "/webhooks", Some(&body))
        .expect(201)
        .json();
    let set = format!("UPDATE webhook SET url = '{}/'", trap.url());
    hooks.home.database().sql(&set);
    hooks.file();
    let hook = crate::hooks::Hook {
        id: made["webhook"]["webhook_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        secret: String::new(),
    };
    soon("the refusal", || {
        hooks.get(&hook)["failing_since"].is_string()
    });
    let (_, attempts) = hooks.oldest_attempts(&hook);
    assert_eq!(attempts[0]["error"], "refused");
    assert_eq!(trap.seen().len(), 0);
    assert!(!hooks.server.log().contains("may go to these private"));
}

/// E7: the exception is an option of its own, and whoever reads the log learns of it.
#[test]
fn an_exception_is_told_at_start_and_opens_what_it_names_only() {
    let receiver = content();
    let port = receiver
        .url()
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    let hooks = Hooks::with(&["--outbound-allow", &format!("127.0.0.1:{port}")]);
    assert!(hooks.server.log().contains(&format!("127.0.0.1/32:{port}")));
    hooks.hook(&receiver.url());
    let other = json!({"url": content().url()});
    hooks.call("POST", "/webhooks", Some(&other)).expect(400);
    hooks.file();
    soon("the event", || receiver.seen().len() == 1);
}

/// E4: variables that send other programs through a proxy are not for this one.
#[test]
fn variables_that_name_a_proxy_change_nothing() {
    let proxy = content();
    let home = Home::new();
    let variables: Vec<(&str, String)> = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ]
    .map(|name| (name, proxy.url()))
    .into();
    let server = home.serve_demo_in(&variables, &crate::hooks::ALLOW);
    let hooks = Hooks::on(home, server);
    let receiver = content();
    hooks.hook(&receiver.url());
    hooks.file();
    soon("the event", || receiver.seen().len() == 1);
    assert_eq!(proxy.seen().len(), 0);
}

/// A receiver that cannot prove who it is gets nothing.
#[test]
fn a_receiver_without_tls_where_tls_is_asked_for_gets_nothing() {
    let hooks = Hooks::new();
    let plain = content();
    let hook = hooks.hook(&plain.url().replace("http:", "https:"));
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = nobody
        .map(|address| format!("http://{address}/"))
        .unwrap_or_default();
    let away = hooks.hook(&nobody);
    hooks.file();
    for (hook, error) in [(hook, "tls"), (away, "unreachable")] {
        soon("the failure", || {
            hooks.get(&hook)["failing_since"].is_string()
        });
        let (_, attempts) = hooks.oldest_attempts(&hook);
        assert_eq!(attempts[0]["error"], error);
        assert_eq!(attempts[0]["status"], Value::Null);
    }
}

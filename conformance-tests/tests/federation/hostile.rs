//! Among endpoints that cannot be trusted.

use crate::towns::Town;
use conformance_tests::city::CITY;
use conformance_tests::endpoint::text;
use conformance_tests::peers::{Peer, Reply, Seen, answer};
use std::sync::atomic::{AtomicUsize, Ordering};

const JSON: &str = "format=json,updates=true,poll_seconds=1";

/// Files a report to a peer that answers every POST like this; what is said of it then.
fn answered(service: &str, reply: Reply) -> serde_json::Value {
    let here = Town::here();
    let peer = Peer::answering(move |request| match &request.method[..] {
        "POST" => reply.clone(),
        _ => answer(200, "application/json", "[]"),
    });
    here.forward(service, &peer.url(), "grk_canary", JSON, &[]);
    let id = here.file(service);
    let tried = || {
        let forward = here.forward_of(&id);
        forward["last_answer"].is_string() || forward["state"] == "confirmed"
    };
    crate::towns::soon("it was tried", tried);
    here.forward_of(&id)
}

/// F3.
#[test]
fn an_answer_that_cannot_be_read_is_believed_in_nothing() {
    let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\
                <service_requests><request><service_request_id>&b;</service_request_id></request></service_requests>";
    let file = "<!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><service_requests><request>\
                <service_request_id>&a;</service_request_id></request></service_requests>";
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!("[{{\"service_request_id\":\"{}\"}}]", "9".repeat(100_000));
    let large = format!(
        "[{{\"service_request_id\":\"1\",\"x\":\"{}\"}}]",
        "x".repeat(2_000_000)
    );
    for (service, media_type, body) in [
        ("S20", "text/xml", bomb.as_bytes()),
        ("S21", "text/xml", file.as_bytes()),
        ("S22", "application/json", deep.as_bytes()),
        ("S23", "application/json", long.as_bytes()),
        ("S24", "application/json", large.as_bytes()),
        (
            "S25",
            "application/json",
            b"[{\"service_request_id\":\"\xff\xfe\"}]",
        ),
        ("S26", "application/json", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("S27", "text/html", b"<html><body>Thank you</body></html>"),
    ] {
        let forward = answered(service, answer(200, media_type, body));
        assert_eq!(forward["state"], "posted", "{service}: {forward}");
        assert!(
            forward["remote_service_request_id"].is_null(),
            "{service}: {forward}"
        );
        let told = text(&forward, "last_answer");
        assert!(
            told.len() < 300 && !told.contains("root:"),
            "{service}: {told}"
        );
    }
}

/// E5 and E6.
#[test]
fn a_redirect_is_not_followed_and_secrets_are_not_told_again() {
    let trap = Peer::answering(|_| answer(200, "application/json", "[]"));
    let redirect = format!(
        "HTTP/1.1 307 Elsewhere\r\nLocation: {}/open311/v2/requests.json\r\nContent-Length: 0\r\n\r\n",
        trap.url()
    );
    let forward = answered("S28", Reply::Bytes(redirect.into_bytes()));
    assert_eq!(forward["state"], "dead", "{forward}");
    assert!(trap.seen().is_empty());
    let told = r#"[{"code":400,"description":"the key grk_canary is no good <script>\u001b[31m"}]"#;
    let forward = answered("S29", answer(400, "application/json", told));
    let shown = text(&forward, "last_answer");
    assert!(
        !shown.contains("canary") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    assert!(shown.contains("is no good"), "{shown}");
}

/// E2 and E3: the guard of webhooks holds for other endpoints, too.
#[test]
fn nothing_is_forwarded_to_a_private_address_unless_the_operator_allows_it() {
    let here = Town::guarded();
    let peer = Peer::answering(|_| answer(200, "application/json", "[]"));
    here.forward("S19", &peer.url(), "grk_canary", JSON, &[]);
    let id = here.file("S19");
    crate::towns::soon("it was tried", || {
        here.forward_of(&id)["last_answer"].is_string()
    });
    let forward = here.forward_of(&id);
    assert!(forward["remote_service_request_id"].is_null(), "{forward}");
    assert!(peer.seen().is_empty(), "{forward}");
}

/// F5: a city that confirms everything and tells lies about the service requests of others.
#[test]
fn an_endpoint_changes_nothing_but_what_was_forwarded_to_it() {
    let (here, there) = (Town::here(), Town::there());
    let local = here.file("S30");
    here.forward(
        "S31",
        there.server.url(),
        &there.key,
        crate::towns::OURS,
        &[],
    );
    let elsewhere = here.file("S31");
    let confirmed = here.await_state(&elsewhere, "confirmed");
    let elsewhere_there = text(&confirmed, "remote_service_request_id").to_owned();

    let forged: Vec<String> = [&local, &elsewhere, &elsewhere_there, &"own-1".to_owned()]
        .iter()
        .enumerate()
        .map(|(number, id)| {
            format!(
                "{{\"update_id\":\"f{number}\",\"service_request_id\":\"{id}\",\"status\":\"fixed\",\
                 \"updated_datetime\":\"2099-01-01T00:00:00Z\",\"description\":\"Forged\"}}"
            )
        })
        .collect();
    let updates = format!("[{}]", forged.join(","));
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&asked);
    let peer = Peer::answering(move |request: &Seen| {
        if request.method == "POST" {
            return answer(
                200,
                "application/json",
                r#"[{"service_request_id":"own-1"}]"#,
            );
        }
        if request.target.contains("servicerequestupdates") {
            counter.fetch_add(1, Ordering::Relaxed);
            return answer(200, "application/json", &updates);
        }
        answer(200, "application/json", "[]")
    });
    here.forward("S32", &peer.url(), "grk_canary", JSON, &[]);
    let own = here.file("S32");
    here.await_state(&own, "confirmed");
    let before = asked.load(Ordering::Relaxed);
    crate::towns::soon("the lies were told", || {
        asked.load(Ordering::Relaxed) > before + 1
            && here.endpoint.request(&own)["status"] == "closed"
    });
    for id in [&local, &elsewhere] {
        let request = here.endpoint.request(id);
        assert_eq!(request["status"], "open", "{request}");
        assert_ne!(request["status_notes"], "Forged");
    }
    let theirs = there.endpoint.request(&elsewhere_there);
    assert_eq!(theirs["status"], "open");
    // A time to come is none.
    let closed = here.endpoint.request(&own);
    assert!(text(&closed, "updated_datetime") < "2098", "{closed}");
}

#[test]
fn what_others_claim_of_the_way_is_checked() {
    let here = Town::here();
    let call = |hops: &str| {
        let call = here.endpoint.call(
            "POST",
            "requests",
            conformance_tests::endpoint::Format::Json,
        );
        call.header("GeoReport-Hops", hops)
            .form(&here.report("S33"))
            .send()
    };
    call("elsewhere/city.example/1").expect(200);
    for odd in ["x", "a/b", "a/b/c/d", &"a/b/c,".repeat(17), "a/b/<c>"] {
        call(odd).blames(
            conformance_tests::endpoint::Format::Json,
            400,
            "GeoReport-Hops",
        );
    }
    assert_eq!(here.filed("S33").len(), 1);
    let _city = CITY;
}

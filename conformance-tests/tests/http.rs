//! What RFC 9110 says and the standard does not: HEAD, OPTIONS, conditional requests,
//! compression, and that only the suffix chooses the format. Beside it the pages and
//! probes that are not GeoReport's.

use conformance_tests::answer::Answer;
use conformance_tests::demo::Demo;
use conformance_tests::endpoint::Format;
use conformance_tests::http::percent;
use conformance_tests::server::Server;

/// Every read method of Boston with a resource that exists.
fn readable() -> Vec<String> {
    let demo = Demo::boston();
    let id = demo
        .endpoint
        .find_ids(&[("page_size", "1"), ("status", "closed")])
        .remove(0);
    vec![
        "discovery".into(),
        "services".into(),
        format!("services/{}", percent(&demo.detailed.code)),
        "requests".into(),
        format!("requests/{}", percent(&id)),
    ]
}

/// Those that clients poll, and that therefore answer conditional requests.
fn conditional() -> Vec<String> {
    readable()
        .into_iter()
        .filter(|resource| resource != "discovery" && resource != "requests")
        .collect()
}

fn header(answer: &Answer, name: &str) -> String {
    answer.header(name).unwrap_or_default().to_owned()
}

#[test]
fn head_is_get_without_the_body() {
    for format in Format::BOTH {
        for resource in readable() {
            let get = Demo::boston()
                .endpoint
                .call("GET", &resource, format)
                .send()
                .expect(200);
            let head = Demo::boston()
                .endpoint
                .call("HEAD", &resource, format)
                .send()
                .expect(200);
            assert_eq!(head.body, b"", "{}", head.asked);
            for name in ["content-type", "etag", "access-control-allow-origin"] {
                assert_eq!(
                    header(&head, name),
                    header(&get, name),
                    "{name}: {}",
                    head.asked
                );
            }
        }
        let missing = Demo::boston()
            .endpoint
            .call("HEAD", "requests/nope", format)
            .send()
            .expect(404);
        assert_eq!(missing.body, b"");
    }
}

#[test]
fn options_answers_204_with_the_methods() {
    for format in Format::BOTH {
        for resource in readable() {
            let answer = Demo::boston()
                .endpoint
                .call("OPTIONS", &resource, format)
                .send()
                .expect(204);
            let allow = header(&answer, "allow");
            assert_eq!(
                allow.contains("POST"),
                resource == "requests",
                "{}: {allow}",
                answer.asked
            );
            assert!(
                ["GET", "HEAD", "OPTIONS"]
                    .iter()
                    .all(|method| allow.contains(method)),
                "{allow}"
            );
        }
    }
}

#[test]
fn every_page_of_the_web_may_read() {
    for format in Format::BOTH {
        for resource in readable()
            .iter()
            .map(String::as_str)
            .chain(["requests/nope", "services/nope"])
        {
            let call = Demo::boston().endpoint.call("GET", resource, format);
            let answer = call.header("origin", "https://example.org").send();
            assert_eq!(
                header(&answer, "access-control-allow-origin"),
                "*",
                "{}",
                answer.asked
            );
        }
    }
}

#[test]
fn a_preflight_for_reading_is_answered() {
    let call = Demo::boston()
        .endpoint
        .call("OPTIONS", "requests", Format::Json);
    let call = call
        .header("origin", "https://example.org")
        .header("access-control-request-method", "GET");
    let answer = call.send();
    assert!(answer.status < 300, "{}", answer.status);
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
}

#[test]
fn a_known_etag_answers_304_without_a_body() {
    for format in Format::BOTH {
        for resource in conditional() {
            let call = Demo::boston().endpoint.call("GET", &resource, format);
            let tag = header(&call.send().expect(200), "etag");
            assert!(
                tag.trim_start_matches("W/").starts_with('"'),
                "{resource}: {tag}"
            );
            for known in [tag.clone(), format!("\"other\", {tag}"), "*".into()] {
                let answer = call
                    .clone()
                    .header("if-none-match", &known)
                    .send()
                    .expect(304);
                assert_eq!(answer.body, b"");
                assert_eq!(header(&answer, "etag"), tag);
            }
            call.header("if-none-match", "\"other\"").send().expect(200);
        }
    }
}

#[test]
fn the_two_formats_have_different_etags() {
    for resource in conditional() {
        let tag = |format| {
            header(
                &Demo::boston()
                    .endpoint
                    .call("GET", &resource, format)
                    .send()
                    .expect(200),
                "etag",
            )
        };
        assert_ne!(tag(Format::Xml), tag(Format::Json), "{resource}");
    }
}

#[test]
fn not_modified_since_the_last_change_answers_304() {
    for resource in conditional() {
        let call = Demo::boston().endpoint.call("GET", &resource, Format::Json);
        let changed = header(&call.send().expect(200), "last-modified");
        assert!(changed.ends_with(" GMT"), "{resource}: {changed}");
        call.clone()
            .header("if-modified-since", &changed)
            .send()
            .expect(304);
        call.clone()
            .header("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT")
            .send()
            .expect(200);
        call.clone()
            .header("if-modified-since", "not a date")
            .send()
            .expect(200);
        // RFC 9110, 13.2.2: If-None-Match wins.
        call.header("if-modified-since", &changed)
            .header("if-none-match", "\"other\"")
            .send()
            .expect(200);
    }
}

#[test]
fn gzip_and_brotli_come_when_accepted_and_decode_to_the_same() {
    let id = Demo::boston()
        .endpoint
        .find_ids(&[("page_size", "1"), ("status", "closed")])
        .remove(0);
    for format in Format::BOTH {
        let call = Demo::boston().endpoint.call("GET", "services", format);
        let plain = call.send().expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        let zipped = call
            .clone()
            .header("accept-encoding", "gzip")
            .send()
            .expect(200);
        assert_eq!(header(&zipped, "content-encoding"), "gzip");
        assert!(
            header(&zipped, "vary")
                .to_lowercase()
                .contains("accept-encoding")
        );
        assert_eq!(zipped.gunzipped(), plain.body);
        let brotli = call
            .clone()
            .header("accept-encoding", "br")
            .send()
            .expect(200);
        assert_eq!(header(&brotli, "content-encoding"), "br");
        assert!(brotli.body.len() < plain.body.len() && brotli.body != plain.body);
        for refused in ["identity", "gzip;q=0, br;q=0", "zstd-not-known"] {
            let answer = call
                .clone()
                .header("accept-encoding", refused)
                .send()
                .expect(200);
            assert_eq!(answer.body, plain.body, "{refused}");
        }
        let single = Demo::boston()
            .endpoint
            .call("GET", &format!("requests/{id}"), format);
        single
            .header("accept-encoding", "gzip, deflate, br")
            .send()
            .expect(200);
    }
}

#[test]
fn a_compressed_answer_still_validates() {
    let call = Demo::boston()
        .endpoint
        .call("GET", "services", Format::Json)
        .header("accept-encoding", "gzip");
    let tag = header(&call.send().expect(200), "etag");
    assert_ne!(tag, "");
    call.header("if-none-match", &tag).send().expect(304);
}

#[test]
fn the_accept_header_never_matters() {
    let odd = [
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        "application/json",
        "text/xml",
        "image/png",
        "nonsense",
        "*/*;q=0",
    ];
    for format in Format::BOTH {
        for accept in odd {
            let call = Demo::boston()
                .endpoint
                .call("GET", "services", format)
                .header("accept", accept);
            // open311_java sends a type for the body that it does not send; LWP these others.
            let call = call
                .header("content-type", "text/xml")
                .header("te", "deflate,gzip;q=0.3");
            assert_eq!(
                header(&call.send().expect(200), "content-type"),
                format.media_type(),
                "{accept}"
            );
        }
    }
}

#[test]
fn an_empty_query_is_no_query() {
    let server = Server::shared();
    let answer = server
        .call("GET", "/jurisdictions/boston.demo/open311/v2/requests.xml?")
        .send()
        .expect(200);
    assert_eq!(answer.xml().name, "service_requests");
}

#[test]
fn the_front_page_is_html_that_needs_no_script() {
    let page = Server::shared().call("GET", "/").send().expect(200);
    assert!(
        header(&page, "content-type").starts_with("text/html"),
        "{:?}",
        page.headers
    );
    let text = page.text().to_lowercase();
    assert!(
        !text.contains("<script") && !text.contains("javascript:") && !text.contains(" onclick")
    );
    for word in ["boston.demo", "zurich.demo", "discovery"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn probes_and_metrics_answer() {
    let server = Server::shared();
    server.call("GET", "/health/live").send().expect(200);
    server.call("GET", "/health/ready").send().expect(200);
    let metrics = server.call("GET", "/metrics").send().expect(200);
    assert!(
        header(&metrics, "content-type").starts_with("text/plain"),
        "{:?}",
        metrics.headers
    );
    let is_exposition = |line: &str| {
        line.starts_with('#')
            || line.is_empty()
            || line
                .rsplit_once(' ')
                .is_some_and(|(_, n)| n.parse::<f64>().is_ok())
    };
    assert!(
        metrics.text().lines().all(is_exposition),
        "{}",
        metrics.shown()
    );
    assert!(metrics.text().contains("# TYPE"));
}

//! Errors: <http://wiki.open311.org/GeoReport_v2/#errors>, in the format asked for,
//! from every method, and also where the answer comes before any method.

use std::time::Duration;

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::Format;
use conformance_tests::http::Multipart;
use conformance_tests::raw;
use conformance_tests::server::Server;

/// What holds for a body that is too large, before and after it was sent.
const LIMIT: usize = 12 << 20;

#[test]
fn a_wrong_method_is_405_and_allow_names_the_right_ones() {
    let demo = Demo::boston();
    let readable = [
        "discovery",
        "services",
        "services/x",
        "tokens/x",
        "requests/x",
    ];
    for format in Format::BOTH {
        for resource in readable {
            for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
                let answer = demo.endpoint.call(method, resource, format).send();
                answer.faults(format, 405);
                let allow = answer.header("allow").unwrap_or_default();
                assert!(
                    allow.contains("GET") && allow.contains("HEAD"),
                    "{}: {allow}",
                    answer.asked
                );
                assert!(!allow.contains(method), "{}: {allow}", answer.asked);
            }
        }
        for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
            let answer = demo.endpoint.call(method, "requests", format).send();
            answer.faults(format, 405);
            let allow = answer.header("allow").unwrap_or_default();
            assert!(
                allow.contains("GET") && allow.contains("POST"),
                "{}: {allow}",
                answer.asked
            );
        }
    }
}

#[test]
fn an_unknown_path_is_404_in_the_format_of_its_suffix_and_xml_without_one() {
    let server = Server::shared();
    let paths = [
        ("/open311/v2/nothing.json", Format::Json),
        ("/open311/v2/nothing.xml", Format::Xml),
        ("/open311/v2/services/a/b.json", Format::Json),
        ("/open311/v2/.json", Format::Json),
        ("/nothing.json", Format::Json),
        ("/nothing", Format::Xml),
        ("/open311/v2/services", Format::Xml),
        ("/open311/v2/services.csv", Format::Xml),
        ("/open311/v2/requests.", Format::Xml),
        ("/open311/v3/services.json", Format::Json),
        ("/../../etc/passwd", Format::Xml),
        ("/jurisdictions/boston.demo/nothing.json", Format::Json),
        ("/%00.json", Format::Json),
        ("/media/nothing.jpg", Format::Xml),
        ("/open311/v2/tokens/.json", Format::Json),
    ];
    for (path, format) in paths {
        let answer = server
            .call("GET", path)
            .raw_query("jurisdiction_id=boston.demo")
            .send();
        assert!(
            [400, 404].contains(&answer.status),
            "{}: {}",
            answer.asked,
            answer.shown()
        );
        answer.faults(format, answer.status);
    }
}

#[test]
fn an_id_with_slashes_in_disguise_is_404() {
    let demo = Demo::boston();
    for format in Format::BOTH {
        for resource in [
            "requests/..%2F..%2Fetc%2Fpasswd",
            "services/%2e%2e%2fdiscovery",
            "tokens/a%2Fb",
        ] {
            demo.endpoint.get(resource, format, &[]).faults(format, 404);
        }
    }
}

#[test]
fn a_missing_key_is_403_and_says_so() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain).without("api_key");
    for format in Format::BOTH {
        for form in [form.clone(), form.clone().with("api_key", "")] {
            let faults = demo.endpoint.post(format, &form).faults(format, 403);
            assert!(
                faults[0]
                    .description
                    .starts_with("api_key was not provided"),
                "{faults:?}"
            );
        }
    }
}

#[test]
fn a_wrong_key_is_403_whatever_it_looks_like() {
    let demo = Demo::boston();
    for format in Format::BOTH {
        let answer = |key: &str| {
            demo.endpoint
                .post(format, &demo.report(&demo.plain).with("api_key", key))
        };
        let faults = answer("wrong").faults(format, 403);
        assert!(faults[0].description.starts_with("api_key"), "{faults:?}");
        for key in [
            "DEMO-KEY",
            "demo-ke",
            "demo-keyy",
            "' or '1'='1",
            "schlüssel",
            &"k".repeat(5000),
        ] {
            assert_eq!(answer(key).faults(format, 403), faults, "{key}");
        }
    }
}

#[test]
fn the_key_may_come_in_the_form_in_the_query_or_as_a_bearer() {
    let demo = Demo::boston();
    let without = demo.report(&demo.plain).without("api_key");
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .form(&without);
    call.clone()
        .raw_query("api_key=demo-key")
        .send()
        .expect(200);
    call.clone()
        .header("authorization", "Bearer demo-key")
        .send()
        .expect(200);
    call.clone()
        .header("authorization", "bearer demo-key")
        .send()
        .expect(200);
    call.header("authorization", "Bearer wrong")
        .send()
        .faults(Format::Json, 403);
}

#[test]
fn a_body_of_another_type_is_415() {
    let demo = Demo::boston();
    let body = demo.report(&demo.plain).encoded();
    for format in Format::BOTH {
        for content_type in [
            "application/json",
            "text/xml",
            "application/octet-stream",
            "nonsense",
            "text/plain",
        ] {
            let call = demo
                .endpoint
                .call("POST", "requests", format)
                .body(content_type, body.as_str());
            call.send().faults(format, 415);
        }
    }
}

#[test]
fn a_body_that_announces_too_much_is_413_before_it_is_sent() {
    let server = Server::shared();
    for format in Format::BOTH {
        let head = format!(
            "POST /open311/v2/requests.{}?jurisdiction_id=boston.demo HTTP/1.1\r\nHost: test\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\napi_key=",
            format.suffix(),
            LIMIT + 1
        );
        let (answer, _) =
            raw::exchange(server.authority(), head.as_bytes(), Duration::from_secs(5));
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains(format.media_type()), "{answer}");
    }
}

#[test]
fn a_file_of_more_than_ten_megabytes_is_413() {
    let demo = Demo::boston();
    let parts = Multipart::of(&demo.report(&demo.plain)).file(
        "media",
        "large.jpg",
        "image/jpeg",
        &vec![0xFF; (10 << 20) + 1],
    );
    for format in Format::BOTH {
        let call = demo
            .endpoint
            .call("POST", "requests", format)
            .multipart(&parts);
        call.send().faults(format, 413);
    }
}

#[test]
fn a_form_with_thousands_of_fields_is_refused() {
    let demo = Demo::boston();
    let many = (0..20_000).fold(demo.report(&demo.plain), |form, n| {
        form.and(&format!("f{n}"), "x")
    });
    let answer = demo.endpoint.post(Format::Json, &many);
    assert!([400, 413].contains(&answer.status), "{}", answer.shown());
    answer.faults(Format::Json, answer.status);
}

#[test]
fn a_broken_multipart_body_is_400() {
    let demo = Demo::boston();
    let good = "multipart/form-data; boundary=b";
    let bodies = [
        ("multipart/form-data", "--b--\r\n"),
        (good, ""),
        (good, "nonsense"),
        (
            good,
            "--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\ndemo-key",
        ),
        (
            good,
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        ),
    ];
    for format in Format::BOTH {
        for (content_type, body) in bodies {
            let call = demo
                .endpoint
                .call("POST", "requests", format)
                .body(content_type, body);
            let answer = call.send();
            assert!(
                [400, 403].contains(&answer.status),
                "{body:?}: {}",
                answer.shown()
            );
            answer.faults(format, answer.status);
        }
    }
}

#[test]
fn what_is_not_http_is_refused_without_a_word_from_inside() {
    let server = Server::shared();
    for bytes in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET /open311/v2/services.json HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let (answer, _) = raw::exchange(
            server.authority(),
            bytes.as_bytes(),
            Duration::from_secs(10),
        );
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            !answer.contains("HTTP/1.1 5") && !answer.contains("panicked"),
            "{bytes:?}: {answer}"
        );
    }
    server.call("GET", "/health/live").send().expect(200);
}

#[test]
fn no_answer_names_a_product_or_its_version() {
    let server = Server::shared();
    for path in [
        "/",
        "/health/live",
        "/open311/v2/services.json",
        "/nothing",
        "/discovery.xml",
    ] {
        let answer = server.call("GET", path).send();
        assert_eq!(answer.header("server"), None, "{path}");
        assert_eq!(answer.header("x-powered-by"), None, "{path}");
    }
}

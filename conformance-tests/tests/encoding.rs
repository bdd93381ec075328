//! Text: UTF-8 in and out, stored as sent, escaped once.

use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Multipart;

/// Files a description and reads it back in both formats.
fn round_trip(description: &str) -> (String, String) {
    let demo = Demo::boston();
    let id = demo
        .endpoint
        .file(&demo.report(&demo.plain).with("description", description));
    read_back(&id)
}

fn read_back(id: &str) -> (String, String) {
    let endpoint = &Demo::boston().endpoint;
    let json = text(&endpoint.request(id), "description").to_owned();
    let root = endpoint
        .get(&format!("requests/{id}"), Format::Xml, &[])
        .expect(200)
        .xml();
    (json, root.children[0].text_of("description"))
}

#[test]
fn text_of_any_kind_comes_back_as_it_was_sent() {
    let texts = [
        "<&>\"'",
        "]]>",
        "&amp;amp; &lt;b&gt; &#13;",
        "<script>alert(1)</script>",
        "<!-- --><![CDATA[x]]>",
        "🕳️👩‍👩‍👧‍👦",
        "e\u{301} and é",
        "\u{202E}right to left\u{202C}",
        "שלום مرحبا",
        "tab\there",
        "100 % + 1 = 2 & more",
        "back\\slash \"quoted\" 'single'",
        "\u{FEFF}mark",
        "\u{1F3F4}\u{E0067}",
        "line one\nline two",
        "${jndi:x} {{7*7}} %s %n",
        "nul is \\u0000 and \\x00",
        "\u{FFFD}",
        "ﬁ ① Ω",
    ];
    for sent in texts {
        assert_eq!(round_trip(sent), (sent.to_owned(), sent.to_owned()));
    }
}

#[test]
fn line_ends_are_kept() {
    let sent = "first\r\nsecond\nthird";
    let (json, xml) = round_trip(sent);
    assert_eq!(json, sent);
    // An XML parser reports a bare CR LF as LF; a reference keeps it.
    assert_eq!(xml.replace("\r\n", "\n"), "first\nsecond\nthird");
}

#[test]
fn a_plus_is_a_blank_and_a_percent_encoded_plus_is_a_plus() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain).without("description");
    let body = format!("{}&description=one+two%2Bthree%20four", form.encoded());
    let answer = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .raw_form(&body)
        .send()
        .expect(200);
    let id = text(&answer.row(), "service_request_id").to_owned();
    assert_eq!(read_back(&id).0, "one two+three four");
}

#[test]
fn control_characters_that_xml_does_not_know_are_left_out() {
    let (json, xml) = round_trip("bell\u{7} tab\u{B} escape\u{1B}[31m end\u{1F}");
    assert_eq!(json, "bell tab escape[31m end");
    assert_eq!(xml, json);
}

#[test]
fn noncharacters_do_not_break_xml() {
    let demo = Demo::boston();
    for noncharacter in ["\u{FFFE}", "\u{FFFF}"] {
        let form = demo
            .report(&demo.plain)
            .with("description", &format!("a{noncharacter}b"));
        let answer = demo.endpoint.post(Format::Json, &form);
        if answer.status == 200 {
            let (json, xml) = read_back(text(&answer.row(), "service_request_id"));
            assert_eq!((json.as_str(), xml.as_str()), ("ab", "ab"));
        } else {
            answer.blames(Format::Json, 400, "description");
        }
    }
}

#[test]
fn a_nul_is_400_in_every_text() {
    let demo = Demo::boston();
    let fields = [
        "description",
        "address_string",
        "address_id",
        "email",
        "first_name",
        "last_name",
        "phone",
        "device_id",
        "account_id",
        "media_url",
        "service_code",
    ];
    for format in Format::BOTH {
        for field in fields {
            let form = demo.report(&demo.plain).with(field, "a\0b");
            demo.endpoint.post(format, &form).blames(format, 400, field);
        }
        for parameter in ["q", "service_code", "service_request_id"] {
            demo.endpoint
                .get("requests", format, &[(parameter, "a\0b")])
                .blames(format, 400, parameter);
        }
    }
}

#[test]
fn what_is_not_utf_8_is_400() {
    let demo = Demo::boston();
    let report = demo.report(&demo.plain).without("description").encoded();
    for format in Format::BOTH {
        for bytes in ["%FF", "%C3%28", "%ED%A0%80", "%C0%80", "abc%E2%82"] {
            let body = format!("{report}&description={bytes}");
            let call = demo
                .endpoint
                .call("POST", "requests", format)
                .raw_form(&body);
            call.send().blames(format, 400, "description");
            let call = demo
                .endpoint
                .call("GET", "requests", format)
                .raw_query(&format!("q={bytes}"));
            call.send().blames(format, 400, "q");
            for resource in ["services", "requests", "tokens"] {
                let answer = demo
                    .endpoint
                    .get(&format!("{resource}/{bytes}"), format, &[]);
                assert!([400, 404].contains(&answer.status), "{}", answer.shown());
                answer.faults(format, answer.status);
            }
        }
    }
}

#[test]
fn a_multipart_text_that_is_not_utf_8_is_400() {
    let demo = Demo::boston();
    let body = "--b\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n".as_bytes();
    let body = [body, b"\xFF\xFE", b"\r\n--b--\r\n"].concat();
    for format in Format::BOTH {
        let call = demo
            .endpoint
            .call("POST", "requests", format)
            .raw_query("api_key=demo-key");
        let answer = call
            .body("multipart/form-data; boundary=b", body.clone())
            .send();
        answer.blames(format, 400, "description");
    }
}

#[test]
fn a_percent_sign_that_encodes_nothing_is_text_or_400() {
    let demo = Demo::boston();
    let report = demo.report(&demo.plain).without("description").encoded();
    for bytes in ["%", "%G1", "100%"] {
        let body = format!("{report}&description={bytes}");
        let answer = demo
            .endpoint
            .call("POST", "requests", Format::Json)
            .raw_form(&body)
            .send();
        if answer.status == 200 {
            assert_eq!(
                read_back(text(&answer.row(), "service_request_id")).0,
                bytes
            );
        } else {
            answer.blames(Format::Json, 400, "description");
        }
    }
}

#[test]
fn the_german_of_a_multipart_body_survives() {
    let demo = Demo::boston();
    let sent = format!("Schädlinge an der Straße, {}", demo::unique());
    let parts = Multipart::of(&demo.report(&demo.plain).with("description", &sent));
    let answer = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .multipart(&parts)
        .send()
        .expect(200);
    let id = text(&answer.row(), "service_request_id").to_owned();
    assert_eq!(read_back(&id), (sent.clone(), sent));
}

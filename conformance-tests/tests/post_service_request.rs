//! POST requests: <http://wiki.open311.org/GeoReport_v2/#post-service-request>
//!
//! Places, attributes and files have tests of their own: `post_location.rs`,
//! `post_attributes.rs`, `photos.rs`.

use std::collections::HashSet;

use conformance_tests::demo::{self, Demo, INSIDE};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::{Form, Multipart};
use conformance_tests::time;

#[test]
fn a_realtime_service_answers_an_id_and_no_token() {
    let demo = Demo::boston();
    let row = demo
        .endpoint
        .post(Format::Json, &demo.report(&demo.plain))
        .expect(200)
        .row();
    assert!(!text(&row, "service_request_id").is_empty());
    assert!(
        row.get("token").is_none_or(serde_json::Value::is_null),
        "{row}"
    );
    let root = demo
        .endpoint
        .post(Format::Xml, &demo.report(&demo.plain))
        .expect(200)
        .xml();
    assert_eq!(root.name, "service_requests");
    assert_eq!(root.children.len(), 1);
    assert_eq!(root.children[0].name, "request");
    assert!(!root.children[0].text_of("service_request_id").is_empty());
    assert_eq!(root.children[0].text_of("token"), "");
}

#[test]
fn a_batch_service_answers_a_token_and_no_id() {
    let demo = Demo::boston();
    let row = demo
        .endpoint
        .post(Format::Json, &demo.report(&demo.batch))
        .expect(200)
        .row();
    assert!(!text(&row, "token").is_empty());
    assert!(
        row.get("service_request_id")
            .is_none_or(serde_json::Value::is_null),
        "{row}"
    );
    let root = demo
        .endpoint
        .post(Format::Xml, &demo.report(&demo.batch))
        .expect(200)
        .xml();
    assert!(!root.children[0].text_of("token").is_empty());
    assert!(root.children[0].child("service_request_id").is_none());
}

#[test]
fn a_blackbox_service_answers_neither_and_its_report_is_never_listed() {
    let demo = Demo::boston();
    let word = demo::unique();
    let form = demo.report(&demo.blackbox).with("description", &word);
    let row = demo.endpoint.post(Format::Json, &form).expect(200).row();
    for field in ["service_request_id", "token"] {
        assert!(
            row.get(field).is_none_or(serde_json::Value::is_null),
            "{row}"
        );
    }
    let root = demo.endpoint.post(Format::Xml, &form).expect(200).xml();
    assert_eq!(root.children.len(), 1, "never an empty list");
    assert_eq!(demo.endpoint.find(&[("q", &word)]).len(), 0);
    assert_eq!(
        demo.endpoint
            .find(&[("service_code", &demo.blackbox.code)])
            .len(),
        0
    );
}

#[test]
fn an_answer_has_no_field_beyond_the_standards_four() {
    let demo = Demo::boston();
    let known = HashSet::from([
        "service_request_id",
        "token",
        "service_notice",
        "account_id",
    ]);
    for service in [&demo.plain, &demo.batch, &demo.blackbox] {
        let row = demo
            .endpoint
            .post(Format::Json, &demo.report(service))
            .expect(200)
            .row();
        let names: HashSet<_> = row
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert!(names.is_subset(&known), "{row}");
    }
}

#[test]
fn a_filed_request_is_found_by_its_id_with_what_was_sent() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .and("address_string", "1 City Hall Square, Boston")
        .and("address_id", "#NOTPINPOINTED#")
        .and("media_url", "https://example.org/photo.jpg");
    let before = time::now();
    let id = demo.endpoint.file(&form);
    let request = demo.endpoint.request(&id);
    assert_eq!(text(&request, "service_request_id"), id);
    assert_eq!(text(&request, "status"), "open");
    assert_eq!(text(&request, "service_code"), demo.plain.code);
    assert_eq!(text(&request, "service_name"), demo.plain.name);
    assert_eq!(
        Some(text(&request, "description")),
        form.value("description")
    );
    assert_eq!(text(&request, "address"), "1 City Hall Square, Boston");
    assert_eq!(text(&request, "address_id"), "#NOTPINPOINTED#");
    assert_eq!(text(&request, "media_url"), "https://example.org/photo.jpg");
    let requested = time::parse_utc(text(&request, "requested_datetime")).expect("a UTC date-time");
    assert!(
        (before - 1..=time::now() + 1).contains(&requested),
        "{request}"
    );
    assert_eq!(request["updated_datetime"], request["requested_datetime"]);
}

#[test]
fn a_filed_request_is_listed_at_once() {
    let demo = Demo::boston();
    let word = demo::unique();
    let id = demo
        .endpoint
        .file(&demo.report(&demo.plain).with("description", &word));
    assert_eq!(demo.endpoint.find_ids(&[("q", &word)]), [id.as_str()]);
    assert!(
        demo.endpoint.find_ids(&[("page_size", "50")]).contains(&id),
        "newest first"
    );
}

#[test]
fn ids_are_unique_and_short_enough_for_the_phone() {
    let demo = Demo::boston();
    let ids: HashSet<_> = (0..20)
        .map(|_| demo.endpoint.file(&demo.report(&demo.plain)))
        .collect();
    assert_eq!(ids.len(), 20);
    for id in ids {
        assert!(id.len() <= 16 && id.is_ascii(), "{id}");
    }
}

#[test]
fn a_missing_service_code_is_400_and_an_unknown_one_404() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain);
    for format in Format::BOTH {
        let missing = form.clone().without("service_code");
        demo.endpoint
            .post(format, &missing)
            .blames(format, 400, "service_code");
        demo.endpoint
            .post(format, &missing.with("service_code", ""))
            .blames(format, 400, "service_code");
        let unknown = form.clone().with("service_code", "no-such-service");
        demo.endpoint
            .post(format, &unknown)
            .blames(format, 404, "service_code");
    }
}

#[test]
fn every_fault_of_a_report_is_named_at_once() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .without("service_code")
        .with("lat", "91")
        .with("description", &"x".repeat(4001));
    for format in Format::BOTH {
        let answer = demo.endpoint.post(format, &form);
        for argument in ["service_code", "lat", "description"] {
            answer.blames(format, 400, argument);
        }
    }
}

#[test]
fn a_description_of_four_thousand_characters_is_taken_and_one_more_is_not() {
    let demo = Demo::boston();
    // Characters, not bytes: each of these has four bytes.
    let longest = "🕳".repeat(4000);
    let form = demo.report(&demo.plain).with("description", &longest);
    let id = demo.endpoint.file(&form);
    assert_eq!(text(&demo.endpoint.request(&id), "description"), longest);
    let longer = form.with("description", &format!("{longest}🕳"));
    for format in Format::BOTH {
        demo.endpoint
            .post(format, &longer)
            .blames(format, 400, "description");
    }
}

#[test]
fn a_description_is_optional() {
    let demo = Demo::boston();
    let id = demo
        .endpoint
        .file(&demo.report(&demo.plain).without("description"));
    assert!(demo.endpoint.request(&id)["description"].is_null());
}

#[test]
fn an_empty_optional_field_is_as_good_as_none() {
    let demo = Demo::boston();
    let optional = [
        "address_string",
        "address_id",
        "email",
        "device_id",
        "account_id",
        "first_name",
        "last_name",
        "phone",
        "media_url",
    ];
    let form = demo.report(&demo.plain);
    let empty = optional
        .iter()
        .fold(form.clone(), |form, field| form.and(field, ""));
    let (with, without) = (demo.endpoint.file(&empty), demo.endpoint.file(&form));
    let (with, without) = (
        demo.endpoint.request(&with),
        demo.endpoint.request(&without),
    );
    for field in ["address_id", "media_url", "address", "status_notes"] {
        assert_eq!(with[field], without[field], "{field}");
    }
}

#[test]
fn parameters_of_a_post_may_stand_in_the_query() {
    let demo = Demo::boston();
    // npm open311 sends all of them there, with an empty body.
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .query(&demo.report(&demo.plain));
    let id = text(
        &call.form(&Form::default()).send().expect(200).row(),
        "service_request_id",
    )
    .to_owned();
    assert_eq!(
        text(&demo.endpoint.request(&id), "service_code"),
        demo.plain.code
    );
}

#[test]
fn a_multipart_body_without_a_file_is_a_form_like_any_other() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .with("description", "Zwei Löcher\r\nin der Straße 🕳");
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .multipart(&Multipart::of(&form));
    let id = text(&call.send().expect(200).row(), "service_request_id").to_owned();
    let request = demo.endpoint.request(&id);
    assert_eq!(
        Some(text(&request, "description")),
        form.value("description")
    );
    assert_eq!(request["lat"].as_f64(), INSIDE.0.parse().ok());
}

#[test]
fn address_in_place_of_address_string_is_understood_or_ignored() {
    let demo = Demo::boston();
    // open311_java and 6aika's tests send the name of the answer's field.
    let id = demo.endpoint.file(
        &demo
            .report(&demo.plain)
            .and("address", "1 City Hall Square"),
    );
    let address = &demo.endpoint.request(&id)["address"];
    assert!(
        address == "1 City Hall Square" || address.is_null(),
        "{address}"
    );
}

#[test]
fn fields_that_only_the_city_may_set_are_ignored() {
    let demo = Demo::boston();
    let forged = [
        ("status", "closed"),
        ("status_notes", "forged"),
        ("agency_responsible", "forged"),
        ("service_notice", "forged"),
        ("requested_datetime", "2001-01-01T00:00:00Z"),
        ("updated_datetime", "2001-01-01T00:00:00Z"),
        ("expected_datetime", "2001-01-01T00:00:00Z"),
        ("service_request_id", "forged"),
        ("token", "forged"),
        ("zipcode_forged", "forged"),
        ("service_name", "forged"),
        ("id", "1"),
        ("jurisdiction", "zurich.demo"),
        ("closed", "true"),
        ("version", "7"),
        ("reporter_id", "1"),
        ("created_at", "2001-01-01"),
        ("is_public", "false"),
    ];
    let form = forged
        .iter()
        .fold(demo.report(&demo.plain), |form, (name, value)| {
            form.and(name, value)
        });
    let id = demo.endpoint.file(&form);
    let answer = demo.endpoint.get(
        &format!("requests/{id}"),
        Format::Json,
        &[("extensions", "true")],
    );
    let shown = answer.expect(200).text().to_owned();
    assert!(
        !shown.contains("forged") && !shown.contains("2001-01-01"),
        "{shown}"
    );
    assert_eq!(text(&demo.endpoint.request(&id), "status"), "open");
}

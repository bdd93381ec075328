//! The Service Request Updates extension, as FixMyStreet speaks it.

use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::{Form, Multipart};
use conformance_tests::time;
use serde_json::Value;

/// A service request of the test's own, filed with the demo's key.
fn filed(boston: &Demo) -> String {
    boston.endpoint.file(&boston.report(&boston.plain))
}

fn update(id: &str, update_id: &str, status: &str) -> Form {
    Form::of(&[
        ("api_key", demo::KEY),
        ("service_request_id", id),
        ("update_id", update_id),
        ("updated_datetime", &time::utc(time::now())),
        ("status", status),
        ("description", "Crew sent & on its way"),
    ])
}

#[track_caller]
fn post(boston: &Demo, format: Format, form: &Form) -> conformance_tests::answer::Answer {
    let call = boston
        .endpoint
        .call("POST", "servicerequestupdates", format);
    call.form(form).send()
}

#[track_caller]
fn updates_of(boston: &Demo, id: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let of = [&[("service_request_id", id)], more].concat();
    let answer = boston
        .endpoint
        .get("servicerequestupdates", Format::Json, &of);
    answer.expect(200).rows()
}

#[test]
fn an_update_is_answered_with_its_id_in_both_formats_and_read_back_in_lower_case() {
    let boston = Demo::boston();
    let id = filed(boston);
    let xml = post(boston, Format::Xml, &update(&id, "a1", "IN_PROGRESS"))
        .expect(200)
        .xml();
    assert_eq!(xml.name, "service_request_updates");
    let first = xml.child("request_update").unwrap().text_of("update_id");
    let json = post(boston, Format::Json, &update(&id, "a2", "FIXED"))
        .expect(200)
        .row();
    let second = text(&json, "update_id");
    assert_ne!(first, second);

    let rows = updates_of(boston, &id, &[]);
    let told: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (text(row, "update_id"), text(row, "status")))
        .collect();
    assert_eq!(told, [(&first[..], "in_progress"), (second, "fixed")]);
    assert_eq!(text(&rows[0], "description"), "Crew sent & on its way");
    assert!(rows[0].get("said_by").is_none(), "to the letter by default");
    let extended = updates_of(boston, &id, &[("extensions", "true")]);
    assert_eq!(text(&extended[1], "closing_reason"), "fixed");
    assert_eq!(text(&extended[1], "said_by"), "Demo");
}

#[test]
fn what_an_app_remarks_is_in_the_history_and_is_not_the_word_of_those_who_do_the_work() {
    let boston = Demo::boston();
    let id = filed(boston);
    let remark = update(&id, "r1", "UNCHANGED").with("description", "Call 1-900-SCAM");
    post(boston, Format::Json, &remark).expect(200);
    let shown = boston.endpoint.request(&id);
    assert!(shown["status_notes"].is_null(), "{shown}");
    let told = updates_of(boston, &id, &[("extensions", "true")]);
    assert_eq!(text(&told[0], "description"), "Call 1-900-SCAM");
    assert_eq!(text(&told[0], "said_by"), "Demo");
}

#[test]
fn the_standard_tells_what_the_update_said() {
    let boston = Demo::boston();
    let id = filed(boston);
    post(boston, Format::Json, &update(&id, "b1", "INVESTIGATING")).expect(200);
    let open = boston.endpoint.request(&id);
    assert_eq!(text(&open, "status"), "open");
    assert_eq!(text(&open, "status_notes"), "Crew sent & on its way");
    let closing = update(&id, "b2", "CLOSED")
        .with("closing_reason", "cannot_be_found")
        .with("description", "There is no slab");
    post(boston, Format::Json, &closing).expect(200);
    let closed = boston.endpoint.request(&id);
    assert_eq!(text(&closed, "status"), "closed");
    assert_eq!(text(&closed, "status_notes"), "There is no slab");
    let resource = format!("requests/{id}");
    let extended = boston
        .endpoint
        .get(&resource, Format::Json, &[("extensions", "true")])
        .expect(200)
        .row();
    let attributes = &extended["extended_attributes"];
    assert_eq!(text(attributes, "detailed_status"), "closed");
    assert_eq!(text(attributes, "closing_reason"), "cannot_be_found");
    assert_eq!(
        text(attributes, "closed_datetime"),
        text(&closed, "updated_datetime")
    );
    let history = extended["service_request_updates"].as_array().unwrap();
    let told: Vec<&str> = history.iter().map(|one| text(one, "status")).collect();
    assert_eq!(told, ["open", "investigating", "closed"]);
}

#[test]
fn an_update_that_is_sent_again_is_written_once_and_answered_the_same() {
    let boston = Demo::boston();
    let id = filed(boston);
    let form = update(&id, "c1", "IN_PROGRESS");
    let first = post(boston, Format::Json, &form).expect(200).row();
    let again = post(boston, Format::Json, &form).expect(200).row();
    assert_eq!(first, again);
    assert_eq!(updates_of(boston, &id, &[]).len(), 1);
    let other = filed(boston);
    post(boston, Format::Json, &update(&other, "c1", "IN_PROGRESS")).blames(
        Format::Json,
        409,
        "update_id",
    );
}

#[test]
fn a_range_finds_what_happened_in_it() {
    let boston = Demo::boston();
    let id = filed(boston);
    post(boston, Format::Json, &update(&id, "d1", "PLANNED")).expect(200);
    let at = |seconds: i64| time::utc(time::now() + seconds);
    let found = |start: i64, end: i64| {
        let range = [("start_date", &at(start)[..]), ("end_date", &at(end))];
        updates_of(boston, &id, &range).len()
    };
    assert_eq!(found(-3_600, 60), 1);
    assert_eq!(found(-7_200, -3_600), 0);
    let wrong = [("start_date", "soon"), ("end_date", "late")];
    let refused = boston
        .endpoint
        .get("servicerequestupdates", Format::Xml, &wrong);
    refused.blames(Format::Xml, 400, "start_date");
    refused.blames(Format::Xml, 400, "end_date");
}

#[test]
fn every_fault_is_told_at_once_and_nothing_is_written() {
    let boston = Demo::boston();
    let id = filed(boston);
    for format in Format::BOTH {
        let form = Form::of(&[
            ("api_key", demo::KEY),
            ("service_request_id", &id),
            ("status", "DONE"),
            ("updated_datetime", "tomorrow"),
            ("media_url", "javascript:1"),
        ]);
        let refused = post(boston, format, &form);
        for argument in ["update_id", "status", "updated_datetime", "media_url"] {
            refused.blames(format, 400, argument);
        }
        let future = update(&id, "e1", "FIXED").with("updated_datetime", "2099-01-01T00:00:00Z");
        post(boston, format, &future).blames(format, 400, "updated_datetime");
        let unknown = update("no-such-id", "e2", "FIXED");
        post(boston, format, &unknown).blames(format, 404, "service_request_id");
        let keyless = update(&id, "e3", "FIXED").with("api_key", "");
        post(boston, format, &keyless).blames(format, 403, "api_key");
    }
    assert!(updates_of(boston, &id, &[]).is_empty());
}

#[test]
fn an_app_cannot_close_what_others_filed() {
    let boston = Demo::boston();
    let found = boston
        .endpoint
        .find(&[("status", "open"), ("page_size", "1000")]);
    // The demo's own rows were filed by no key.
    let imported = found
        .iter()
        .map(|row| text(row, "service_request_id"))
        .find(|id| !id.contains('-'))
        .unwrap();
    post(boston, Format::Json, &update(imported, "f1", "FIXED")).blames(
        Format::Json,
        403,
        "api_key",
    );
    post(boston, Format::Json, &update(imported, "f2", "UNCHANGED")).expect(200);
    assert_eq!(text(&boston.endpoint.request(imported), "status"), "open");
}

#[test]
fn a_photo_that_shows_the_work_is_served() {
    let boston = Demo::boston();
    let id = filed(boston);
    let photo = conformance_tests::shared::bytes("data/photos/gps_nikon_dscn0010.jpg");
    let parts = Multipart::of(&update(&id, "g1", "FIXED"));
    let parts = parts.file("photo1", "after.jpg", "image/jpeg", &photo);
    let call = boston
        .endpoint
        .call("POST", "servicerequestupdates", Format::Json);
    call.multipart(&parts).send().expect(200);
    let rows = updates_of(boston, &id, &[]);
    let url = text(&rows[0], "media_url");
    let path = &url[url.find("/media/").unwrap()..];
    let served = conformance_tests::server::Server::shared()
        .call("GET", path)
        .send()
        .expect(200);
    assert_eq!(served.header("content-type"), Some("image/jpeg"));
}

#[test]
fn one_picture_is_a_text_and_several_are_a_list() {
    let boston = Demo::boston();
    let id = filed(boston);
    let urls = [
        "https://example.org/1.jpg?a=1&b=2",
        "https://example.org/2.jpg",
    ];
    post(boston, Format::Json, &update(&id, "h1", "UNCHANGED")).expect(200);
    let one = update(&id, "h2", "UNCHANGED").with("media_url", urls[0]);
    post(boston, Format::Json, &one).expect(200);
    let several = one.with("update_id", "h3").and("media_url", urls[1]);
    post(boston, Format::Json, &several).expect(200);
    let rows = updates_of(boston, &id, &[]);
    let told: Vec<&Value> = rows.iter().map(|row| &row["media_url"]).collect();
    let expected = [
        Value::Null,
        Value::from(urls[0]),
        Value::from(urls.to_vec()),
    ];
    assert_eq!(told, expected.each_ref());
    let of = [("service_request_id", &id[..])];
    let xml = boston
        .endpoint
        .get("servicerequestupdates", Format::Xml, &of)
        .expect(200)
        .xml();
    // As open311-adapter tells them: XML has no lists.
    let told: Vec<_> = xml
        .children
        .iter()
        .map(|one| one.child("media_url"))
        .collect();
    let [Some(none), Some(one), Some(several)] = told[..] else {
        panic!("three updates with a media_url each: {xml:?}");
    };
    assert_eq!((&none.text[..], none.children.len()), ("", 0));
    assert_eq!((&one.text[..], one.children.len()), (urls[0], 0));
    assert_eq!(several.names(), ["media_url", "media_url"]);
    let texts: Vec<&str> = several.children.iter().map(|one| &one.text[..]).collect();
    assert_eq!(texts, urls);
}

//! What staff change of a service request: once, by whoever has read it, with everything that follows.

use conformance_tests::city::soon;
use conformance_tests::endpoint::Format;
use conformance_tests::http::{Form, Multipart};
use conformance_tests::staff::{Staff, blamed};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::{io::Cursor, thread};

#[test]
fn a_change_of_the_staff_is_what_everybody_sees() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let change = json!({
        "status": "closed", "closing_reason": "handed_to", "closing_detail": "The state",
        "description": "The state mends it.", "agency_responsible": "Works",
        "priority": "high", "assignee": "jane", "media_url": "https://example.org/after.jpg"
    });
    let answer = staff.patch(&id, &change).expect(200);
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let changed = answer.json();
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["priority"], "high");
    let public = staff.public(&id).unwrap_or_default();
    assert_eq!(public["status"], "closed");
    assert_eq!(public["status_notes"], "The state mends it.");
    assert_eq!(public["agency_responsible"], "Works");
    let more = &public["extended_attributes"];
    assert_eq!(more["closing_reason"], "handed_to");
    assert_eq!(more["closing_detail"], "The state");
    for private in ["jane", "priority", "assignee"] {
        assert!(!public.to_string().contains(private), "{public}");
    }
    let last = staff.history(&id).pop().unwrap_or_default();
    assert_eq!(last["media_urls"], json!(["https://example.org/after.jpg"]));
    let events = || {
        let call = staff.city.server.call("GET", "/api/v1/events");
        let call = call.query(&Form::of(&[("jurisdiction_id", "test.city")]));
        call.send().expect(200).json()["events"]
            .as_array()
            .map_or(0, Vec::len)
    };
    soon("the events", || events() == 2);
}

#[test]
fn a_change_needs_the_version_that_was_read() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let patch = |tag: Option<&str>| {
        let call = staff.about(&id, "PATCH", "");
        let call = tag
            .iter()
            .fold(call, |call, tag| call.header("if-match", tag));
        call.body("application/json", r#"{"assignee": "jane"}"#)
            .send()
    };
    assert_eq!(blamed(&patch(None), 428).len(), 1);
    for odd in ["*", "1", "\"one\"", "\"1\", \"2\""] {
        assert_eq!(blamed(&patch(Some(odd)), 400), ["If-Match"], "{odd}");
    }
    for other in ["\"0\"", "\"2\""] {
        assert_eq!(blamed(&patch(Some(other)), 412).len(), 1, "{other}");
    }
    patch(Some("\"1\"")).expect(200);
    assert_eq!(blamed(&patch(Some("\"1\"")), 412).len(), 1);
    assert_eq!(staff.history(&id).len(), 2);
}

#[test]
fn of_fifty_who_change_the_same_version_exactly_one_does() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let calls: Vec<_> = (0..50)
        .map(|number| {
            let change = json!({"assignee": format!("staff {number}")}).to_string();
            let call = staff.about(&id, "PATCH", "").header("if-match", "\"1\"");
            call.body("application/json", change)
        })
        .collect();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let running: Vec<_> = calls
            .iter()
            .map(|call| scope.spawn(|| call.send().status))
            .collect();
        let ended = running.into_iter().map(|one| one.join());
        ended.map(|status| status.unwrap_or(0)).collect()
    });
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!(count(200), 1, "{statuses:?}");
    // Somebody may wait in vain for the one that writes; then he has to ask again.
    assert_eq!(count(412) + count(503), 49, "{statuses:?}");
    assert_eq!(staff.find(&id)["version"], 2);
    assert_eq!(staff.history(&id).len(), 2);
}

#[test]
fn every_fault_is_named_and_nothing_is_set_that_may_not_be() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let before = staff.find(&id);
    let mut all = before.clone();
    all["status"] = json!("done");
    let faults = blamed(&staff.patch(&id, &all), 400);
    // What is null there empties a field, or cannot be; the others stand as they are.
    let settable = [
        "agency_responsible",
        "assignee",
        "description",
        "expected_datetime",
        "media_url",
        "priority",
        "service_code",
    ];
    for (field, _) in before.as_object().into_iter().flatten() {
        let is_settable = settable.contains(&&field[..]);
        assert_eq!(faults.contains(field), !is_settable, "{field}: {faults:?}");
    }
    for (change, named) in [
        (json!({}), "the change"),
        (json!({"jurisdiction_id": "boston.demo"}), "jurisdiction_id"),
        (json!({"status": "closed"}), "closing_reason"),
        (
            json!({"status": "closed", "closing_reason": "not_told"}),
            "closing_reason",
        ),
        (
            json!({"status": "not_councils_responsibility"}),
            "closing_detail",
        ),
        (json!({"status": "duplicate"}), "duplicate_of"),
        (
            json!({"status": "open", "closing_reason": "fixed"}),
            "closing_reason",
        ),
        (json!({"status": null}), "status"),
        (json!({"status": 3}), "status"),
        (json!({"priority": "asap"}), "priority"),
        (json!({"assignee": "a\u{0}b"}), "assignee"),
        (json!({"description": "x".repeat(4_001)}), "description"),
        (json!({"media_url": "javascript:alert(1)"}), "media_url"),
        (json!({"expected_datetime": "soon"}), "expected_datetime"),
    ] {
        assert_eq!(blamed(&staff.patch(&id, &change), 400), [named], "{change}");
    }
    let call = staff.about(&id, "PATCH", "").header("if-match", "\"1\"");
    for odd in [
        "",
        "[]",
        "{",
        "null",
        r#"{"status": "open", "status": "fixed"}"#,
    ] {
        let answer = call.clone().body("application/json", odd).send();
        assert_eq!(blamed(&answer, 400).len(), 1, "{odd}");
    }
    let answer = call.clone().body("text/plain", "{}").send();
    assert_eq!(blamed(&answer, 415).len(), 1);
    assert_eq!(staff.find(&id), before);
}

#[test]
fn what_a_change_names_has_to_be_there() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    for (change, named) in [
        (json!({"service_code": "no-such"}), "service_code"),
        (json!({"response_template": "no-such"}), "response_template"),
        (
            json!({"status": "duplicate", "duplicate_of": "no-such"}),
            "duplicate_of",
        ),
    ] {
        assert_eq!(blamed(&staff.patch(&id, &change), 422), [named], "{change}");
    }
    let nowhere = staff
        .about("no-such", "PATCH", "")
        .header("if-match", "\"1\"");
    let answer = nowhere
        .body("application/json", r#"{"assignee": "jane"}"#)
        .send();
    assert_eq!(blamed(&answer, 404).len(), 1);
}

fn png() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    let picture = DynamicImage::new_rgb8(40, 30);
    assert!(picture.write_to(&mut png, ImageFormat::Png).is_ok());
    png.into_inner()
}

#[test]
fn a_photo_of_the_work_done_is_shown_and_tells_nothing_else() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let png = png();
    let form = Form::of(&[
        ("status", "fixed"),
        ("description", "Laid anew."),
        ("assignee", ""),
    ]);
    let parts = Multipart::of(&form).file("media", "after.png", "image/png", &png);
    let call = staff.about(&id, "PATCH", "").header("if-match", "\"1\"");
    call.clone().multipart(&parts).send().expect(200);
    let last = staff.history(&id).pop().unwrap_or_default();
    let urls = last["media_urls"].as_array().cloned().unwrap_or_default();
    let [Value::String(url)] = &urls[..] else {
        panic!("one photo: {last}");
    };
    let path = url.trim_start_matches(staff.city.server.url());
    let photo = staff.city.server.call("GET", path).send().expect(200);
    assert_eq!(photo.header("content-type"), Some("image/jpeg"));
    // Everybody sees it, in the standard's extension and in the history.
    let of_it = [("service_request_id", &id[..])];
    let resource = "servicerequestupdates";
    let told = staff.city.endpoint.get(resource, Format::Json, &of_it);
    assert_eq!(told.expect(200).row()["media_url"], url.as_str());
    let public = staff.public(&id).unwrap_or_default();
    let history = &public["service_request_updates"];
    assert_eq!(history[1]["media_url"], url.as_str(), "{public}");
    // Whoever has not read the newest version leaves no file behind.
    let before = photos(&staff);
    assert_eq!(blamed(&call.multipart(&parts).send(), 412).len(), 1);
    assert_eq!(photos(&staff), before);
    let parts = Multipart::of(&form).file("media", "a.png", "image/png", b"no picture");
    let call = staff.about(&id, "PATCH", "").header("if-match", "\"2\"");
    assert_eq!(call.multipart(&parts).send().status, 415);
}

#[test]
fn a_note_may_show_photos_to_everybody_or_to_the_staff() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let png = png();
    let note = |is_public: &str, text: &str| {
        let form = Form::of(&[("is_public", is_public), ("description", text)]);
        let parts = Multipart::of(&form);
        let parts = parts.file("media", "a.png", "image/png", &png);
        let parts = parts.file("media[]", "b.png", "image/png", &png);
        let call = staff.about(&id, "POST", "notes");
        let call = call.header("idempotency-key", is_public);
        call.multipart(&parts).send()
    };
    note("false", "For us").expect(200);
    let before = photos(&staff);
    assert_eq!(before, 2);
    note("false", "For us").expect(200);
    assert_eq!(photos(&staff), before, "it was written once");
    let of_it = [("service_request_id", &id[..])];
    let resource = "servicerequestupdates";
    let told = || staff.city.endpoint.get(resource, Format::Json, &of_it);
    assert_eq!(told().expect(200).rows().len(), 0);
    note("true", "").expect(200);
    assert_eq!(told().expect(200).rows().len(), 1);
    let last = staff.history(&id).pop().unwrap_or_default();
    assert!(last["description"].is_null(), "a photo says enough: {last}");
    assert_eq!(last["media_urls"].as_array().map(Vec::len), Some(2));
    let urls = told().row()["media_url"].take();
    assert_eq!(urls, last["media_urls"]);
    for url in urls.as_array().into_iter().flatten() {
        let path = url.as_str().unwrap_or_default();
        let path = path.trim_start_matches(staff.city.server.url());
        staff.city.server.call("GET", path).send().expect(200);
    }
    // Nothing is kept of what is refused.
    let before = photos(&staff);
    assert_eq!(blamed(&note("perhaps", ""), 400), ["is_public"]);
    let parts = Multipart::of(&Form::of(&[("is_public", "true")]));
    let call = |parts: &Multipart| staff.about(&id, "POST", "notes").multipart(parts).send();
    let sent = call(
        &parts
            .clone()
            .file("media", "a.png", "image/png", b"no picture"),
    );
    assert_eq!(sent.status, 415);
    let many = (0..11).fold(parts.clone(), |parts, _| {
        parts.file("media[]", "a.png", "image/png", &png)
    });
    assert_eq!(blamed(&call(&many), 400), ["media"]);
    assert_eq!(blamed(&call(&parts), 400), ["description"]);
    assert_eq!(photos(&staff), before);
}

/// The files in the photo store.
fn photos(staff: &Staff) -> usize {
    let mut open = vec![staff.city.home.data_dir().join("media")];
    let mut count = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                _ => count += 1,
            }
        }
    }
    count
}

#[test]
fn a_note_is_for_everybody_or_for_the_staff_and_has_to_say_so() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let post = |body: Value| {
        let call = staff.about(&id, "POST", "notes");
        call.body("application/json", body.to_string()).send()
    };
    assert_eq!(
        blamed(&post(json!({"description": "x"})), 400),
        ["is_public"]
    );
    let odd = json!({"description": "", "is_public": "perhaps", "status": "fixed"});
    assert_eq!(
        blamed(&post(odd), 400),
        ["status", "description", "is_public"]
    );
    let before = staff.public(&id);
    staff.note(&id, "He shouts", false).expect(200);
    assert_eq!(staff.public(&id), before);
    let note = json!({"description": "We come", "is_public": true}).to_string();
    let send = || {
        let call = staff
            .about(&id, "POST", "notes")
            .header("idempotency-key", "n1");
        call.body("application/json", note.as_str())
            .send()
            .expect(200)
    };
    assert_eq!(send().json()["version"], 3);
    assert_eq!(send().json()["version"], 3, "written once");
    for other in [
        json!({"description": "We come not", "is_public": true}),
        json!({"description": "We come", "is_public": false}),
    ] {
        let call = staff.about(&id, "POST", "notes");
        let call = call.header("idempotency-key", "n1");
        let refused = call.body("application/json", other.to_string()).send();
        assert_eq!(refused.status, 422, "{other}");
    }
    assert_eq!(staff.history(&id).len(), 3);
    let nowhere = staff.about("no-such", "POST", "notes");
    assert_eq!(
        nowhere
            .body("application/json", note.as_str())
            .send()
            .status,
        404
    );
}

#[test]
fn whoever_may_not_change_service_requests_changes_nothing() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    for (method, path, body) in [
        ("PATCH", "", r#"{"assignee": "jane"}"#),
        (
            "POST",
            "/notes",
            r#"{"description": "x", "is_public": true}"#,
        ),
        ("PUT", "/duplicate-of", r#"{"service_request_id": "x"}"#),
        ("DELETE", "/duplicate-of", ""),
    ] {
        for key in [&staff.app, &staff.moderator] {
            let call = staff.call_as(key, method, &format!("service-requests/{id}{path}"));
            let call = call
                .header("if-match", "\"1\"")
                .body("application/json", body);
            assert_eq!(call.send().status, 403, "{method} {path}");
        }
        let path = format!("/api/v1/jurisdictions/test.city/service-requests/{id}{path}");
        let call = staff
            .city
            .server
            .call(method, &path)
            .header("if-match", "\"1\"");
        let refused = call.body("application/json", body).send().expect(401);
        assert!(refused.header("www-authenticate").is_some());
    }
    assert_eq!(staff.history(&id).len(), 1);
}

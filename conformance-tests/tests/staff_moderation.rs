//! What should not be there is taken out, for good: of the service request, its history, the feed, the
//! disk.

use conformance_tests::city::soon;
use conformance_tests::endpoint::text;
use conformance_tests::http::{Call, Form, Multipart};
use conformance_tests::peers::{Peer, answer};
use conformance_tests::staff::{Staff, blamed};
use conformance_tests::time::{now, utc};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::PathBuf;

/// A service request of which every text is a canary, filed with a photo and a key.
fn file(staff: &Staff) -> String {
    let row = filing(staff).send().expect(200).row();
    text(&row, "service_request_id").to_owned()
}

fn png() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    let picture = DynamicImage::new_rgb8(40, 30);
    assert!(picture.write_to(&mut png, ImageFormat::Png).is_ok());
    png.into_inner()
}

fn filing(staff: &Staff) -> Call {
    let parts = Multipart::of(&report()).file("media", "a.png", "image/png", &png());
    let call = staff.city.server.call("POST", "/open311/v2/requests.json");
    let call = call.header("authorization", &format!("Bearer {}", staff.app));
    call.header("idempotency-key", "k1").multipart(&parts)
}

fn report() -> Form {
    Form::of(&[
        ("jurisdiction_id", "test.city"),
        ("service_code", "001"),
        ("lat", "42.3601"),
        ("long", "-71.0589"),
        ("address_string", "canaryaddress"),
        ("description", "canarydescription"),
        ("email", "canaryemail@example.org"),
    ])
}

fn redact(staff: &Staff, id: &str, what: &Value) -> conformance_tests::answer::Answer {
    let call = staff.call_as(
        &staff.moderator,
        "POST",
        &format!("service-requests/{id}/redact"),
    );
    call.body("application/json", what.to_string()).send()
}

fn events(staff: &Staff) -> Vec<Value> {
    let call = staff.city.server.call("GET", "/api/v1/events");
    let call = call.query(&Form::of(&[("jurisdiction_id", "test.city")]));
    let events = call.send().expect(200).json()["events"].take();
    events.as_array().cloned().unwrap_or_default()
}

#[test]
fn what_is_redacted_is_nowhere_any_more() {
    let staff = Staff::hired();
    let id = file(&staff);
    staff.note(&id, "canarynote", true).expect(200);
    let url = staff.find(&id)["media_url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = url.trim_start_matches(staff.city.server.url()).to_owned();
    let photo = || staff.city.server.call("GET", &path).send().status;
    assert_eq!(photo(), 200);
    let note = staff.history(&id)[1]["update_id"].clone();
    for (what, canary) in [
        (json!({"fields": ["description"]}), "canarydescription"),
        (json!({"fields": ["address"]}), "canaryaddress"),
        (json!({"fields": ["reporter"]}), "canaryemail"),
        (json!({"updates": [note]}), "canarynote"),
    ] {
        assert!(
            staff.city.home.database().dump().contains(canary),
            "{canary}"
        );
        let redacted = redact(&staff, &id, &what).expect(200);
        assert!(!redacted.text().contains(canary));
        assert!(
            !staff.city.home.database().dump().contains(canary),
            "{canary}"
        );
    }
    redact(&staff, &id, &json!({"fields": ["media", "location"]})).expect(200);
    assert_eq!(photo(), 404);
    let file = staff
        .city
        .home
        .data_dir()
        .join(path.trim_start_matches('/'));
    assert!(!file.exists(), "{file:?}");
    let found = staff.find(&id);
    for field in [
        "description",
        "address",
        "media_url",
        "lat",
        "long",
        "reporter",
    ] {
        assert!(found[field].is_null(), "{field}: {found}");
    }
    assert_eq!(found["service_code"], "001");
    soon("the events", || {
        let told = events(&staff);
        let redacted = told
            .iter()
            .filter(|one| one["type"] == "service_request.redacted");
        let silent = !told.iter().any(|one| one.to_string().contains("canary"));
        redacted.count() == 5 && silent
    });
    assert!(!staff.city.server.log().contains("canary"));
}

/// Refuses what holds a canary, and tells what it was sent.
fn parrot() -> Peer {
    Peer::answering(|seen| match seen.form().contains("canary") {
        true => answer(400, "text/plain", "no canaryecho here"),
        false => answer(204, "text/plain", ""),
    })
}

#[test]
fn what_is_removed_is_gone_for_everybody_and_the_feed_says_so() {
    let staff = Staff::hired_with(&["--outbound-allow", "127.0.0.1"]);
    let (parrot, database) = (parrot(), staff.city.home.database());
    let hook = staff.call_as(&staff.administrator, "POST", "webhooks");
    let hook = hook.body("application/json", json!({"url": parrot.url()}).to_string());
    hook.send().expect(201);
    let id = file(&staff);
    let duplicate = staff.file(&[]);
    staff.link(&duplicate, &id).expect(200);
    staff.note(&id, "canarynote", false).expect(200);
    let form = Form::of(&[
        ("status", "closed"),
        ("closing_reason", "handed_to"),
        ("closing_detail", "canarydetail"),
        ("description", "canaryupdate"),
        ("assignee", "canaryassignee"),
    ]);
    let parts = Multipart::of(&form).file("media", "b.png", "image/png", &png());
    let tag = staff.tag(&id);
    let closing = staff.about(&id, "PATCH", "").header("if-match", &tag);
    closing.multipart(&parts).send().expect(200);
    assert_eq!(files_of(&staff, "media").len(), 2);
    let canaries = [
        "canarydescription",
        "canaryaddress",
        "canaryemail",
        "canarynote",
        "canarydetail",
        "canaryupdate",
        "canaryassignee",
        "canaryecho",
    ];
    soon("what the receiver answered", || {
        database.dump().contains("canaryecho")
    });
    let dump = database.dump();
    for canary in canaries {
        assert!(dump.contains(canary), "{canary}");
    }
    let path = format!("service-requests/{id}");
    let remove = || staff.call_as(&staff.moderator, "DELETE", &path).send();
    assert_eq!(remove().expect(204).body.len(), 0);
    remove().expect(204);
    assert_eq!(staff.public(&id), None);
    assert_eq!(staff.city.endpoint.find_ids(&[]), [&duplicate[..]]);
    let dump = database.dump();
    let lines = dump.lines().filter(|line| line.contains("canary"));
    assert_eq!(lines.collect::<Vec<_>>(), [""; 0]);
    assert_eq!(files_of(&staff, "media"), Vec::<PathBuf>::new());
    // What the database has not overwritten yet aside.
    for file in files_of(&staff, "") {
        let is_of_database = ["base", "pg_wal"].iter().any(|folder| {
            let folder = staff.city.home.data_dir().join("postgres").join(folder);
            file.starts_with(folder)
        });
        let bytes = std::fs::read(&file).unwrap_or_default();
        let mut windows = bytes.windows(6);
        assert!(
            is_of_database || !windows.any(|window| window == b"canary"),
            "{file:?}"
        );
    }
    soon("the removal", || {
        let told = events(&staff);
        let last = told
            .iter()
            .rfind(|one| one["service_request_id"] == id.as_str());
        last.is_some_and(|last| {
            last["type"] == "service_request.removed" && last["service_request"].is_null()
        })
    });
    let told = events(&staff);
    assert!(!json!(told).to_string().contains("canary"), "{told:?}");
    let of_it = told
        .iter()
        .filter(|one| one["service_request_id"] == id.as_str());
    for one in of_it {
        assert!(one["service_request"].is_null(), "{one}");
    }
    let left = staff.find(&id);
    assert_eq!(left["is_public"], false);
    assert_eq!(left["extended_attributes"]["closing_reason"], "handed_to");
    assert_eq!(staff.history(&id).len(), 4);
    // It follows, and was told why in the same words.
    let follower = staff.public(&duplicate).unwrap_or_default();
    assert_eq!(follower["status"], "closed");
    assert!(follower["status_notes"].is_null(), "{follower}");
    // What was sent is known, but not what it was: it is not filed again.
    assert_eq!(filing(&staff).send().status, 422);
    // And nobody writes anything into it.
    let note = json!({"description": "canarylate", "is_public": true});
    let call = staff.about(&id, "POST", "notes");
    let call = call.body("application/json", note.to_string());
    assert_eq!(blamed(&call.send(), 409).len(), 1);
    let change = json!({"description": "canarylate"});
    assert_eq!(blamed(&staff.patch(&id, &change), 409).len(), 1);
    let update = Form::of(&[
        ("service_request_id", &id),
        ("update_id", "u1"),
        ("updated_datetime", &utc(now())),
        ("status", "OPEN"),
        ("description", "canarylate"),
    ]);
    for key in [&staff.app, &staff.staff] {
        let path = "/open311/v2/servicerequestupdates.json?jurisdiction_id=test.city";
        let call = staff.city.server.call("POST", path);
        let call = call.header("authorization", &format!("Bearer {key}"));
        assert_eq!(call.form(&update).send().status, 404);
    }
    assert!(!database.dump().contains("canary"));
    assert!(!staff.city.server.log().contains("canary"));
}

/// The files below a folder of the server's data.
fn files_of(staff: &Staff, folder: &str) -> Vec<PathBuf> {
    let mut open = vec![staff.city.home.data_dir().join(folder)];
    let mut files = vec![];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path if path.is_file() => files.push(path),
                _ => {} // a socket
            }
        }
    }
    files
}

#[test]
fn nothing_is_taken_out_by_accident() {
    let staff = Staff::hired();
    let id = staff.file(&[("email", "ada@example.org")]);
    let before = staff.find(&id);
    for (what, status, named) in [
        (json!({}), 400, vec!["fields"]),
        (
            json!({"fields": ["status", "everything"]}),
            400,
            vec!["fields"],
        ),
        (json!({"fields": ["media"], "why": "x"}), 400, vec!["why"]),
        (
            json!({"fields": 3, "updates": {}}),
            400,
            vec!["fields", "updates"],
        ),
        (json!({"updates": ["no-such"]}), 422, vec!["updates"]),
    ] {
        assert_eq!(blamed(&redact(&staff, &id, &what), status), named, "{what}");
    }
    let description = json!({"fields": ["description"]});
    assert_eq!(
        blamed(&redact(&staff, "no-such", &description), 404).len(),
        1
    );
    for (method, path) in [
        ("POST", format!("service-requests/{id}/redact")),
        ("DELETE", format!("service-requests/{id}")),
    ] {
        let call = |key: &str| {
            let call = staff
                .call_as(key, method, &path)
                .header("if-match", "\"7\"");
            call.body("application/json", description.to_string())
                .send()
        };
        assert_eq!(blamed(&call(&staff.moderator), 412).len(), 1, "{method}");
        for key in [&staff.staff, &staff.app] {
            assert_eq!(blamed(&call(key), 403).len(), 1, "{method}");
        }
        assert_eq!(call("grk_nobody").status, 401, "{method}");
    }
    assert_eq!(staff.find(&id), before);
}

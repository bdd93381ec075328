//! What should not be there is taken out, for good: of the service request, its history, the feed, the
//! disk.

use conformance_tests::city::soon;
use conformance_tests::endpoint::text;
use conformance_tests::http::{Call, Form, Multipart};
use conformance_tests::staff::{Staff, blamed};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use std::io::Cursor;

/// A service request of which every text is a canary, filed with a photo and a key.
fn file(staff: &Staff) -> String {
    let row = filing(staff).send().expect(200).row();
    text(&row, "service_request_id").to_owned()
}

fn filing(staff: &Staff) -> Call {
    let mut png = Cursor::new(Vec::new());
    let picture = DynamicImage::new_rgb8(40, 30);
    assert!(picture.write_to(&mut png, ImageFormat::Png).is_ok());
    let parts = Multipart::of(&report()).file("media", "a.png", "image/png", png.get_ref());
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

#[test]
fn what_is_removed_is_gone_for_everybody_and_the_feed_says_so() {
    let staff = Staff::hired();
    let id = file(&staff);
    staff.note(&id, "canarynote", false).expect(200);
    let change =
        json!({"status": "closed", "closing_reason": "invalid", "description": "canaryupdate"});
    staff.patch(&id, &change).expect(200);
    let path = format!("service-requests/{id}");
    let remove = || staff.call_as(&staff.moderator, "DELETE", &path).send();
    assert_eq!(remove().expect(204).body.len(), 0);
    remove().expect(204);
    assert_eq!(staff.public(&id), None);
    assert!(staff.city.endpoint.find_ids(&[]).is_empty());
    assert!(!staff.city.home.database().dump().contains("canary"));
    soon("the removal", || {
        let told = events(&staff);
        let last = told.last().cloned().unwrap_or_default();
        last["type"] == "service_request.removed" && last["service_request"].is_null()
    });
    let told = events(&staff);
    assert!(
        told.iter().all(|one| one["service_request"].is_null()),
        "{told:?}"
    );
    let left = staff.find(&id);
    assert_eq!(left["is_public"], false);
    assert_eq!(left["extended_attributes"]["closing_reason"], "invalid");
    assert_eq!(staff.history(&id).len(), 4);
    // What was sent is known, but not what it was: it is not filed again.
    let again = filing(&staff).send();
    assert_eq!(again.status, 422);
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

//! Service requests that tell the same: linked, followed, let go; never in a circle.

use conformance_tests::staff::{Staff, blamed};
use serde_json::{Value, json};
use std::thread;

fn closing(document: &Value) -> (Value, Value) {
    let more = &document["extended_attributes"];
    (
        more["closing_reason"].clone(),
        more["closing_detail"].clone(),
    )
}

#[test]
fn a_duplicate_follows_the_other_and_says_why() {
    let staff = Staff::hired();
    let [first, second] = [staff.file(&[]), staff.file(&[])];
    let linked = staff.link(&second, &first).expect(200).json();
    assert_eq!(linked["duplicate_of"], first.as_str());
    assert_eq!(linked["status"], "open", "it is not mended yet");
    assert_eq!(
        staff.search(&[("duplicate_of", &first)]),
        std::slice::from_ref(&second)
    );
    let fixed = json!({"status": "fixed", "description": "Laid anew."});
    staff.patch(&first, &fixed).expect(200);
    let public = staff.public(&second).unwrap_or_default();
    assert_eq!(public["status"], "closed");
    assert_eq!(public["status_notes"], "Laid anew.");
    let told = format!("{first}: fixed");
    assert_eq!(closing(&public), (json!("duplicate_of"), json!(told)));
    staff.patch(&first, &json!({"status": "open"})).expect(200);
    assert_eq!(staff.find(&second)["status"], "open");
}

#[test]
fn what_is_let_go_is_what_it_was() {
    let staff = Staff::hired();
    let [first, second] = [staff.file(&[]), staff.file(&[])];
    staff
        .patch(&second, &json!({"status": "planned"}))
        .expect(200);
    let sent = json!({"status": "duplicate", "duplicate_of": first});
    let closed = staff.patch(&second, &sent).expect(200).json();
    assert_eq!(closed["status"], "closed");
    assert_eq!(closed["duplicate_of"], first.as_str());
    let unlink = || {
        staff
            .about(&second, "DELETE", "duplicate-of")
            .send()
            .expect(200)
            .json()
    };
    let free = unlink();
    assert_eq!(free["status"], "open");
    assert_eq!(free["extended_attributes"]["detailed_status"], "planned");
    assert!(free["duplicate_of"].is_null());
    assert_eq!(unlink()["version"], free["version"], "once is enough");
}

#[test]
fn there_is_no_circle_whoever_is_first() {
    let staff = Staff::hired();
    let [a, b, c] = [staff.file(&[]), staff.file(&[]), staff.file(&[])];
    assert_eq!(blamed(&staff.link(&a, &a), 409).len(), 1);
    for _round in 0..5 {
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| staff.link(&a, &b).status);
            let other = scope.spawn(|| staff.link(&b, &a).status);
            (one.join().unwrap_or(0), other.join().unwrap_or(0))
        });
        let mut statuses = [one, other];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        for id in [&a, &b] {
            staff.about(id, "DELETE", "duplicate-of").send().expect(200);
        }
    }
    staff.link(&b, &a).expect(200);
    assert_eq!(blamed(&staff.link(&c, &b), 409).len(), 1, "no chain");
    assert_eq!(blamed(&staff.link(&a, &b), 409).len(), 1, "no circle");
    staff.link(&a, &c).expect(200);
    assert_eq!(staff.find(&b)["duplicate_of"], c.as_str(), "it came along");
}

#[test]
fn the_other_has_to_be_there_and_the_version_newest() {
    let staff = Staff::hired();
    let [a, b] = [staff.file(&[]), staff.file(&[])];
    assert_eq!(blamed(&staff.link(&a, "no-such"), 422), ["duplicate_of"]);
    assert_eq!(blamed(&staff.link("no-such", &a), 404).len(), 1);
    let put = |body: &str, tag: &str| {
        let call = staff
            .about(&a, "PUT", "duplicate-of")
            .header("if-match", tag);
        call.body("application/json", body).send()
    };
    assert_eq!(blamed(&put("{}", "\"1\""), 400), ["service_request_id"]);
    let odd = r#"{"service_request_id": 1, "version": 2}"#;
    assert_eq!(
        blamed(&put(odd, "\"1\""), 400),
        ["version", "service_request_id"]
    );
    let good = json!({"service_request_id": b}).to_string();
    assert_eq!(blamed(&put(&good, "\"7\""), 412).len(), 1);
    put(&good, "\"1\"").expect(200);
}

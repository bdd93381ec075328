//! What a caller may not set he does not set by naming it.

use conformance_tests::city::CITY;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::Form;
use conformance_tests::staff::Staff;
use serde_json::json;

/// What a resident sets, by the standard, under the name that the column has.
const HIS_OWN: [&str; 18] = [
    "account_id",
    "address",
    "address_id",
    "address_string",
    "api_key",
    "description",
    "device_id",
    "email",
    "first_name",
    "jurisdiction_id",
    "last_name",
    "lat",
    "long",
    "media",
    "media_url",
    "phone",
    "service_code",
    "zipcode",
];

fn columns(staff: &Staff) -> Vec<String> {
    let names = staff.city.home.database().sql(
        "select distinct column_name from information_schema.columns where table_schema = 'public' \
         and table_name in ('service_request', 'service_request_update', 'reporter', 'media', \
         'submission_token', 'forward') order by 1",
    );
    names.lines().map(str::to_owned).collect()
}

#[test]
fn a_resident_who_names_every_column_sets_none_but_his_own() {
    let staff = Staff::hired();
    let columns = columns(&staff);
    assert!(columns.len() > 50, "{columns:?}");
    let form = Form::of(&[
        ("api_key", &staff.app),
        ("service_code", "001"),
        ("lat", "42.36"),
        ("long", "-71.06"),
        ("description", "A hole"),
    ]);
    let others = columns.iter().filter(|name| !HIS_OWN.contains(&&name[..]));
    let more = |value: &str| {
        let names = others.clone();
        names.fold(form.clone(), |form, name| form.and(name, value))
    };
    let honest = staff.city.endpoint.file(&form);
    for value in [
        "canary-4711",
        "closed",
        "true",
        "2001-01-01T00:00:00Z",
        "99999",
    ] {
        let answer = staff.city.endpoint.post(Format::Json, &more(value));
        let id = text(&answer.expect(200).row(), "service_request_id").to_owned();
        let rows = |id: &str| {
            let without = "- 'service_request_id' - 'requested_datetime' - 'updated_datetime' \
                - 'version_datetime' - 'reference_number' - 'changeset' - 'rendered'";
            let sql = format!(
                "select jsonb_strip_nulls(to_jsonb(r) {without}) from service_request r \
                 where service_request_id = '{id}'"
            );
            staff.city.home.database().sql(&sql)
        };
        assert_eq!(rows(&id), rows(&honest), "{value}");
        assert_eq!(staff.history(&id).len(), 1);
    }
    let dump = staff.city.home.database().dump();
    assert!(!dump.contains("canary-4711"));
}

#[test]
fn staff_who_name_a_column_that_is_not_theirs_are_told_so() {
    let staff = Staff::hired();
    let id = staff.file(&[]);
    let before = staff.find(&id);
    for name in [
        "jurisdiction_id",
        "service_request_id",
        "version",
        "requested_datetime",
        "closed_datetime",
        "is_public",
        "duplicate_of",
        "author",
    ] {
        let refused = staff.patch(&id, &json!({name: "x", "status": "in_progress"}));
        let told = refused.expect(400).json();
        assert_eq!(told["errors"][0]["argument"], name, "{told}");
    }
    assert_eq!(staff.find(&id), before);
    let path = format!("service-requests/{id}/notes");
    let note = json!({"description": "x", "author": "mayor", "is_public": true});
    let note = staff
        .call("POST", &path)
        .body("application/json", note.to_string());
    note.send().expect(400);
    assert_eq!(staff.history(&id).len(), 1, "{CITY}");
}

//! Who did what.

use crate::time;
use serde_json::json;
use storage::{
    AuditEntryRow, By, NewApiKey,
    testing::{TestDatabase, a_jurisdiction},
};

const BY: By = By {
    actor: "client:crm",
    operation: "create_key",
};

fn key<'a>(hash: &'a [u8], key_id: &'a str, scopes: &'a [String]) -> NewApiKey<'a> {
    NewApiKey {
        key_hash: hash,
        key_id,
        label: "Jane Doe, 1 City Hall Square",
        scopes: Some(scopes),
        requests_per_minute: None,
        expires_datetime: None,
        created_datetime: time("2026-06-01T12:00:00Z"),
    }
}

#[tokio::test]
async fn what_is_done_with_a_key_is_written_down_in_its_jurisdiction_alone() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let scopes = ["moderate".to_owned()];
    let new = key(&[1; 32], "k1", &scopes);
    boston.insert_api_key(&new, BY).await.unwrap();
    let now = time("2026-06-02T12:00:00Z");
    boston.revoke_api_key("k1", BY, now).await.unwrap();

    assert_eq!(salem.list_audit_entries(None, 10).await.unwrap(), []);
    let entries = boston.list_audit_entries(None, 10).await.unwrap();
    let [made, revoked] = &entries[..] else {
        panic!("{entries:?}");
    };
    let AuditEntryRow {
        actor,
        operation,
        object_kind,
        object_id,
        ..
    } = made;
    assert_eq!((&actor[..], &operation[..]), ("client:crm", "create_key"));
    assert_eq!((&object_kind[..], &object_id[..]), ("api_key", "k1"));
    assert_eq!(made.before, None);
    let after = json!({
        "scopes": ["moderate"], "requests_per_minute": null, "expires_datetime": null
    });
    assert_eq!(made.after, Some(after));
    assert_eq!(revoked.recorded_datetime, now);
    assert_eq!(revoked.before, Some(json!({"revoked_datetime": null})));
    let told = format!("{entries:?}");
    assert!(!told.contains("Jane"), "{told}");
}

#[tokio::test]
async fn what_was_not_done_is_not_written_down() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let new = key(&[1; 32], "k1", &[]);
    boston.insert_api_key(&new, BY).await.unwrap();
    let same = key(&[2; 32], "k1", &[]);
    assert!(boston.insert_api_key(&same, BY).await.is_err());
    let now = time("2026-06-02T12:00:00Z");
    assert!(!boston.revoke_api_key("k2", BY, now).await.unwrap());
    assert_eq!(boston.list_audit_entries(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn entries_are_told_page_by_page_in_the_order_in_which_they_were_written() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let ids = ["k1", "k2", "k3", "k4", "k5"];
    for (number, key_id) in (1..).zip(ids) {
        let hash = [number; 32];
        let new = key(&hash, key_id, &[]);
        boston.insert_api_key(&new, BY).await.unwrap();
    }
    let mut told = vec![];
    let mut after = None;
    loop {
        let page = boston.list_audit_entries(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.audit_entry_id);
        told.extend(page.into_iter().map(|entry| entry.object_id));
    }
    assert_eq!(told, ids);
}

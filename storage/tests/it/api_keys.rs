//! Who may file.

use crate::time;
use chrono::{DateTime, Utc};
use storage::{
    By, NewApiKey,
    testing::{TestDatabase, a_jurisdiction},
};

const BY: By = By {
    actor: "operator",
    operation: "a test",
};

/// A key without limits, made then.
fn key<'a>(hash: &'a [u8], key_id: &'a str, created_datetime: DateTime<Utc>) -> NewApiKey<'a> {
    NewApiKey {
        key_hash: hash,
        key_id,
        label: "An app",
        scopes: None,
        requests_per_minute: None,
        expires_datetime: None,
        created_datetime,
    }
}

#[tokio::test]
async fn a_key_opens_its_jurisdiction_until_it_is_revoked() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    let new = key(&[1; 32], "k1", now);
    boston.insert_api_key(&new, BY).await.unwrap();

    let found = boston.find_api_key(&[1; 32], now).await.unwrap().unwrap();
    assert_eq!((&found.key_id[..], &found.label[..]), ("k1", "An app"));
    assert_eq!(found.scopes, None);
    assert_eq!(boston.find_api_key(&[2; 32], now).await.unwrap(), None);
    assert_eq!(salem.find_api_key(&[1; 32], now).await.unwrap(), None);

    assert!(!salem.revoke_api_key("k1", BY, now).await.unwrap());
    assert!(boston.revoke_api_key("k1", BY, now).await.unwrap());
    assert_eq!(boston.find_api_key(&[1; 32], now).await.unwrap(), None);
    assert!(!boston.revoke_api_key("k1", BY, now).await.unwrap());
}

#[tokio::test]
async fn a_key_is_good_until_it_expires_and_keeps_what_it_may() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (now, end) = (time("2026-06-01T12:00:00Z"), time("2026-06-02T12:00:00Z"));
    let scopes = ["moderate".to_owned(), "post-updates".to_owned()];
    let new = NewApiKey {
        scopes: Some(&scopes),
        requests_per_minute: Some(60),
        expires_datetime: Some(end),
        ..key(&[1; 32], "k1", now)
    };
    boston.insert_api_key(&new, BY).await.unwrap();

    let found = boston.find_api_key(&[1; 32], now).await.unwrap().unwrap();
    assert_eq!(found.scopes.as_deref(), Some(&scopes[..]));
    assert_eq!(found.requests_per_minute, Some(60));
    assert_eq!(found.expires_datetime, Some(end));
    assert_eq!(boston.find_api_key(&[1; 32], end).await.unwrap(), None);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted_once_in_a_while() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let made = time("2026-06-01T12:00:00Z");
    let new = key(&[1; 32], "k1", made);
    boston.insert_api_key(&new, BY).await.unwrap();
    let noon = |minutes: i64| made + chrono::TimeDelta::minutes(minutes);
    let used = async |at: i64, before: i64| {
        let (at, before) = (noon(at), noon(before));
        boston.note_key_use("k1", at, before).await.unwrap();
        boston.list_api_keys().await.unwrap()[0].last_used_datetime
    };
    assert_eq!(used(10, 9).await, Some(noon(10)));
    assert_eq!(used(11, 9).await, Some(noon(10)), "it was noted since");
    assert_eq!(used(12, 10).await, Some(noon(12)));
}

#[tokio::test]
async fn keys_are_listed_newest_first() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (then, now) = (time("2026-06-01T12:00:00Z"), time("2026-06-02T12:00:00Z"));
    let (first, second) = (key(&[1; 32], "k1", then), key(&[2; 32], "k2", now));
    boston.insert_api_key(&first, BY).await.unwrap();
    boston.insert_api_key(&second, BY).await.unwrap();
    boston.revoke_api_key("k1", BY, now).await.unwrap();

    let keys = boston.list_api_keys().await.unwrap();
    let told: Vec<_> = keys
        .iter()
        .map(|key| (&key.key_id[..], key.created_datetime, key.revoked_datetime))
        .collect();
    assert_eq!(told, [("k2", now, None), ("k1", then, Some(now))]);
}

#[tokio::test]
async fn two_keys_that_people_would_name_alike_are_refused() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    let (first, second) = (key(&[1; 32], "k1", now), key(&[2; 32], "k1", now));
    boston.insert_api_key(&first, BY).await.unwrap();
    assert!(boston.insert_api_key(&second, BY).await.is_err());
}

//! Who may file.

use crate::time;
use storage::testing::{TestDatabase, a_jurisdiction};

#[tokio::test]
async fn a_key_opens_its_jurisdiction_until_it_is_revoked() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    boston
        .insert_api_key(&[1; 32], "k1", "An app", now)
        .await
        .unwrap();

    let found = boston.find_api_key(&[1; 32]).await.unwrap();
    assert_eq!(found.as_deref(), Some("k1"));
    assert_eq!(boston.find_api_key(&[2; 32]).await.unwrap(), None);
    assert_eq!(salem.find_api_key(&[1; 32]).await.unwrap(), None);

    assert!(!salem.revoke_api_key("k1", now).await.unwrap());
    assert!(boston.revoke_api_key("k1", now).await.unwrap());
    assert_eq!(boston.find_api_key(&[1; 32]).await.unwrap(), None);
    assert!(!boston.revoke_api_key("k1", now).await.unwrap());
}

#[tokio::test]
async fn keys_are_listed_newest_first() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (then, now) = (time("2026-06-01T12:00:00Z"), time("2026-06-02T12:00:00Z"));
    boston
        .insert_api_key(&[1; 32], "k1", "An app", then)
        .await
        .unwrap();
    boston
        .insert_api_key(&[2; 32], "k2", "Another", now)
        .await
        .unwrap();
    boston.revoke_api_key("k1", now).await.unwrap();

    let keys = boston.list_api_keys().await.unwrap();
    let told: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                &key.key_id[..],
                &key.label[..],
                key.created_datetime,
                key.revoked_datetime,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("k2", "Another", now, None),
            ("k1", "An app", then, Some(now))
        ]
    );
}

#[tokio::test]
async fn two_keys_that_people_would_name_alike_are_refused() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    boston
        .insert_api_key(&[1; 32], "k1", "An app", now)
        .await
        .unwrap();
    assert!(
        boston
            .insert_api_key(&[2; 32], "k1", "Another", now)
            .await
            .is_err()
    );
}

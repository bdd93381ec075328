//! OAuth clients, and the keys that sign their tokens.

use crate::time;
use storage::{
    By, NewClient, NewGrant, NewSigningKey,
    testing::{TestDatabase, a_jurisdiction},
};

const BY: By = By {
    actor: "operator",
    operation: "a test",
};

const CRM: NewClient = NewClient {
    client_id: "grc_1",
    secret_hash: &[1; 32],
    label: "CRM",
};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[tokio::test]
async fn a_client_is_what_it_is_in_each_jurisdiction_until_it_is_revoked() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    let (staff, agencies) = (words(&["staff"]), words(&["Roads"]));
    let limited = NewGrant {
        roles: &staff,
        agencies: Some(&agencies),
    };
    boston.insert_client(&CRM, &limited, BY, now).await.unwrap();

    let grant = boston.find_client_grant("grc_1").await.unwrap().unwrap();
    assert_eq!((&grant.roles, &grant.label[..]), (&staff, "CRM"));
    assert_eq!(grant.agencies, Some(agencies));
    assert_eq!(salem.find_client_grant("grc_1").await.unwrap(), None);

    let auditor = words(&["auditor"]);
    let other = NewGrant {
        roles: &auditor,
        agencies: None,
    };
    assert!(salem.grant_client("grc_1", &other, BY, now).await.unwrap());
    assert!(!salem.grant_client("grc_2", &other, BY, now).await.unwrap());
    assert!(boston.grant_client("grc_1", &other, BY, now).await.unwrap());
    let grant = boston.find_client_grant("grc_1").await.unwrap().unwrap();
    assert_eq!((grant.roles, grant.agencies), (auditor.clone(), None));

    let storage = database.storage();
    assert!(storage.revoke_client("grc_1", BY, now).await.unwrap());
    assert!(!storage.revoke_client("grc_1", BY, now).await.unwrap());
    for jurisdiction in [&boston, &salem] {
        assert_eq!(jurisdiction.find_client_grant("grc_1").await.unwrap(), None);
    }
    assert!(!salem.grant_client("grc_1", &other, BY, now).await.unwrap());
    let client = storage.find_client("grc_1").await.unwrap().unwrap();
    assert_eq!(client.revoked_datetime, Some(now));
}

#[tokio::test]
async fn what_a_client_loses_in_one_jurisdiction_it_keeps_in_the_others() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let now = time("2026-06-01T12:00:00Z");
    let roles = words(&["auditor"]);
    let grant = NewGrant {
        roles: &roles,
        agencies: None,
    };
    boston.insert_client(&CRM, &grant, BY, now).await.unwrap();
    salem.grant_client("grc_1", &grant, BY, now).await.unwrap();
    assert!(boston.revoke_client_grant("grc_1", BY, now).await.unwrap());
    assert!(!boston.revoke_client_grant("grc_1", BY, now).await.unwrap());
    assert_eq!(boston.find_client_grant("grc_1").await.unwrap(), None);
    assert!(salem.find_client_grant("grc_1").await.unwrap().is_some());
    // It may come back.
    assert!(boston.grant_client("grc_1", &grant, BY, now).await.unwrap());
    assert!(boston.find_client_grant("grc_1").await.unwrap().is_some());
    let told: Vec<_> = boston
        .list_audit_entries(None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| (entry.before.is_some(), entry.after.is_some()))
        .collect();
    assert_eq!(told, [(false, true), (true, true), (false, true)]);
}

#[tokio::test]
async fn the_newest_key_signs_and_those_before_it_are_kept_until_they_are_removed() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let storage = database.storage();
    let (then, now) = (time("2026-06-01T12:00:00Z"), time("2026-06-02T12:00:00Z"));
    for (id, at) in [("first", then), ("second", now)] {
        let new = NewSigningKey {
            signing_key_id: id,
            private_key: id.as_bytes(),
            created_datetime: at,
        };
        storage.insert_signing_key(&new, BY).await.unwrap();
    }
    let keys = storage.list_signing_keys().await.unwrap();
    let told: Vec<_> = keys
        .iter()
        .map(|key| (&key.signing_key_id[..], key.retired_datetime))
        .collect();
    assert_eq!(told, [("second", None), ("first", Some(now))]);

    let remove = async |id| storage.delete_signing_key(id, BY, now).await.unwrap();
    assert!(!remove("second").await, "it still signs");
    assert!(remove("first").await);
    assert!(!remove("first").await);
    assert_eq!(storage.list_signing_keys().await.unwrap().len(), 1);
    // Every jurisdiction is concerned, so every auditor is told.
    assert_eq!(boston.list_audit_entries(None, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn keys_whose_tokens_have_expired_are_forgotten_and_the_one_that_signs_is_not() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    for (id, at) in [
        ("first", time("2026-06-01T12:00:00Z")),
        ("second", time("2026-06-02T12:00:00Z")),
        ("third", time("2026-06-03T12:00:00Z")),
    ] {
        let new = NewSigningKey {
            signing_key_id: id,
            private_key: id.as_bytes(),
            created_datetime: at,
        };
        storage.insert_signing_key(&new, BY).await.unwrap();
    }
    let limit = time("2026-06-02T13:00:00Z");
    assert_eq!(storage.delete_signing_keys(limit).await.unwrap(), 1);
    let far = time("2036-06-02T13:00:00Z");
    assert_eq!(storage.delete_signing_keys(far).await.unwrap(), 1);
    let left = storage.list_signing_keys().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].signing_key_id, "third");
}

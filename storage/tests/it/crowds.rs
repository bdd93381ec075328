//! More ask than connections can serve.

use domain::ServiceRequestId;
use futures_util::future::{join, join_all};
use std::error::Error;
use storage::{
    StorageError, migrate,
    testing::{TestDatabase, a_jurisdiction},
};

/// Whether whoever asked was turned away because of those before him.
fn is_turned_away(error: &StorageError) -> bool {
    error
        .source()
        .is_some_and(|source| source.to_string().contains("too many wait"))
}

#[tokio::test]
async fn who_would_wait_in_vain_is_turned_away_and_who_watches_is_answered() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    storage
        .insert_jurisdiction(&a_jurisdiction("crowded").new)
        .await
        .unwrap();
    let client = database.client().await;
    client
        .batch_execute("BEGIN; LOCK TABLE jurisdiction IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let asked = 300;
    let lists = join_all((0..asked).map(|_| storage.list_jurisdictions()));
    let (answers, is_current) = join(lists, migrate::is_current(&storage)).await;
    assert!(is_current.unwrap());
    let failures: Vec<StorageError> = answers.into_iter().filter_map(Result::err).collect();
    // 256 wait; four have connections, or wait too while those are made.
    let turned_away = failures
        .iter()
        .filter(|error| is_turned_away(error))
        .count();
    let expected = asked - 260..=asked - 256;
    assert!(expected.contains(&turned_away), "{turned_away}");
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(storage.list_jurisdictions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_would_wait_in_vain_for_a_connection_that_is_shared_is_turned_away_too() {
    let database = TestDatabase::new().await;
    let crowded = a_jurisdiction("crowded").insert(&database).await;
    let id = ServiceRequestId::parse("1").unwrap();
    let client = database.client().await;
    client
        .batch_execute("BEGIN; LOCK TABLE service_request IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let asked = join_all((0..1_100).map(|_| crowded.find_standard_row(&id)));
    // All of them have asked before the lock goes.
    let (answers, unlocked) = join(asked, client.batch_execute("ROLLBACK")).await;
    unlocked.unwrap();
    let (found, failures): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(found.len(), 1_024);
    for failure in failures {
        assert!(failure.is_err_and(|error| is_turned_away(&error)));
    }
}

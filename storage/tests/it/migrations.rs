//! The way to the newest schema, and back.

use crate::catalog::snapshot;
use storage::{StorageError, migrate, testing::TestDatabase};
use tokio::join;

#[tokio::test]
async fn up_and_down_and_up_again_gives_the_same_schema() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    let first = snapshot(&database).await;
    assert!(first.contains("service_request_location_idx"));

    migrate::revert_all(&storage).await.unwrap();
    assert!(!migrate::is_current(&storage).await.unwrap());
    let empty = snapshot(&database).await;
    assert!(!empty.contains("service_request"), "{empty}");

    let applied = migrate::run(&storage).await.unwrap();
    assert!(applied.is_sorted() && applied.len() >= 10);
    assert_eq!(snapshot(&database).await, first);
}

#[tokio::test]
async fn an_empty_database_is_told_from_a_current_one() {
    let database = TestDatabase::empty().await;
    let storage = database.storage();
    assert!(!migrate::is_current(&storage).await.unwrap());
    migrate::run(&storage).await.unwrap();
    assert!(migrate::is_current(&storage).await.unwrap());
    database.execute("DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)").await;
    assert!(!migrate::is_current(&storage).await.unwrap());
}

#[tokio::test]
async fn whether_a_database_is_current_cannot_be_told_of_one_that_is_away() {
    let storage = storage::Storage::new("postgresql://postgres@%2Fnowhere/x", 1).unwrap();
    let told = migrate::is_current(&storage).await;
    assert!(
        matches!(told, Err(StorageError::Unavailable(_))),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_is_applied_is_not_applied_again() {
    let database = TestDatabase::new().await;
    let applied = migrate::run(&database.storage()).await.unwrap();
    assert!(applied.is_empty(), "{applied:?}");
}

#[tokio::test]
async fn servers_that_start_at_once_migrate_once() {
    let database = TestDatabase::empty().await;
    let storage = database.storage();
    let (one, two, three) = join!(
        migrate::run(&storage),
        migrate::run(&storage),
        migrate::run(&storage),
    );
    let mut counts = [one, two, three].map(|applied| applied.unwrap().len());
    counts.sort_unstable();
    assert_eq!(counts[..2], [0, 0]);
    assert!(counts[2] >= 10);
}

/// The middle statement of a file fails: nothing of that file stays, all of those before it.
#[tokio::test]
async fn a_migration_that_fails_leaves_the_schema_before_it() {
    let database = TestDatabase::empty().await;
    let storage = database.storage();
    // The name of an index in the fifth migration is taken.
    let conflict = "CREATE TABLE in_the_way (x text);
        CREATE INDEX service_request_updated_idx ON in_the_way (x)";
    database.execute(conflict).await;
    assert!(migrate::run(&storage).await.is_err());

    let applied = "SELECT count(*) FROM schema_migration";
    assert_eq!(database.number(applied).await, 4);
    let halves = "SELECT count(*) FROM pg_class WHERE relname LIKE 'service_request%'";
    assert_eq!(database.number(halves).await, 1, "only what is in the way");

    database.execute("DROP TABLE in_the_way").await;
    migrate::run(&storage).await.unwrap();
    assert!(migrate::is_current(&storage).await.unwrap());
}

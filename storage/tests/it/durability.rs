//! Settings that would lose what was acknowledged.

use storage::{check_durability, missing_connections, testing::TestDatabase};

#[tokio::test]
async fn a_setting_of_the_database_that_loses_writes_is_told() {
    let database = TestDatabase::new().await;
    let name = database
        .url()
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap();
    for (value, told) in [("on", false), ("off", true)] {
        let sql = format!("ALTER DATABASE \"{name}\" SET synchronous_commit = {value}");
        database.execute(&sql).await;
        let settings = check_durability(&database.storage()).await.unwrap();
        assert_eq!(
            settings.iter().any(|one| one == "synchronous_commit"),
            told,
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_setting_of_the_role_that_loses_writes_is_told() {
    let database = TestDatabase::new().await;
    let url = database.url();
    // The role of this connection only: the server is shared with other tests.
    let options = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{options}options=-csynchronous_commit%3Doff");
    let storage = storage::Storage::new(&url, 1).unwrap();
    let settings = check_durability(&storage).await.unwrap();
    assert!(settings.iter().any(|one| one == "synchronous_commit"));
}

#[tokio::test]
async fn a_server_of_many_threads_may_want_more_connections_than_are_allowed() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    assert_eq!(missing_connections(&storage, 1).await.unwrap(), None);
    let missing = missing_connections(&storage, 256).await.unwrap().unwrap();
    assert!(missing.opened > 256 * 5, "{missing:?}");
    assert!(missing.allowed < missing.opened);
}

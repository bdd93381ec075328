//! How many rows a statement touches. PostgreSQL counts them itself, per table: a statement that walks
//! through a table is found out, whatever wrote it.

use std::time::Duration;
use storage::{JurisdictionStorage, Storage, testing::TestDatabase};

/// The tables that grow.
const GROWING: [&str; 7] = [
    "webhook_delivery",
    "webhook_attempt",
    "service_request_update",
    "service_request",
    "forward",
    "origin",
    "mirror_missing",
];

/// Rows that were read by walking through a table that grows, and entries that were read of its indexes.
async fn touched(database: &TestDatabase) -> (i64, i64) {
    let client = database.client().await;
    let row = client
        .query_one(
            "SELECT (SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname = ANY($1)),
                (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = ANY($1))",
            &[&GROWING.as_slice()],
        )
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

/// Carries out `act` in `city.gov` and holds that it walks through nothing and reads at most `rows`
/// entries of indexes.
pub async fn fetches(
    database: &TestDatabase,
    what: &str,
    rows: i64,
    act: impl AsyncFnOnce(&Storage, &JurisdictionStorage),
) {
    // The test's own connections stay.
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'georeport'";
    let before = (touched(database).await, database.number(open).await);
    let storage = Storage::new(database.url(), 1).unwrap();
    let id = domain::JurisdictionId::parse("city.gov").unwrap();
    act(&storage, &storage.jurisdiction(&id)).await;
    drop(storage);
    // A connection hands in its counts when it ends.
    while database.number(open).await > before.1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let after = touched(database).await;
    assert_eq!(after.0 - before.0.0, 0, "{what} walks through a table");
    let fetched = after.1 - before.0.1;
    assert!(fetched <= rows, "{what} reads {fetched} entries of indexes");
    assert!(rows == 0 || fetched > 0, "{what} was not counted");
}

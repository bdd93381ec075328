//! A transaction that fails, or that nobody waits for any more, leaves nothing.

use crate::{filing::Filing, time};
use std::time::Duration;
use storage::{
    ServicesImport,
    testing::{TestDatabase, a_jurisdiction, a_service},
};
use tokio::time::{sleep, timeout};

const WRITTEN: [&str; 7] = [
    "audit_entry",
    "service_request",
    "service_request_update",
    "reporter",
    "media",
    "submission_token",
    "idempotency_key",
];

async fn rows(database: &TestDatabase) -> i64 {
    let counts = WRITTEN.map(|table| format!("(SELECT count(*) FROM {table})"));
    database
        .number(&format!("SELECT {}", counts.join(" + ")))
        .await
}

/// Makes every write of this kind to a table fail, while `during` runs.
pub async fn broken(
    database: &TestDatabase,
    table: &str,
    event: &str,
    during: impl Future<Output = ()>,
) {
    let raise = format!(
        "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$;
        CREATE TRIGGER broken AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
    );
    database.execute(&raise).await;
    during.await;
    database
        .execute(&format!("DROP TRIGGER broken ON {table}"))
        .await;
}

/// A connection that is closed takes a moment to end.
async fn assert_no_transaction_is_open(database: &TestDatabase) {
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
    for _ in 0..300 {
        if database.number(open).await == 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(database.number(open).await, 0);
}

#[tokio::test]
async fn one_write_that_fails_undoes_the_others() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filing = Filing::of(&service).email("a@b").photo().key("key", 1);
    for table in WRITTEN {
        broken(&database, table, "INSERT", async {
            assert!(filing.send(&boston).await.is_err(), "{table}");
        })
        .await;
        assert_eq!(rows(&database).await, 0, "{table}");
        assert_no_transaction_is_open(&database).await;
    }
    filing.filed(&boston).await;
    assert_eq!(rows(&database).await, 7);
}

#[tokio::test]
async fn a_token_whose_request_cannot_be_published_stays_pending() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    Filing::of(&service).filed(&boston).await;
    let later = time("2026-06-02T00:00:00Z");
    for table in ["service_request", "submission_token"] {
        broken(&database, table, "UPDATE", async {
            assert!(
                boston.resolve_tokens(later, later).await.is_err(),
                "{table}"
            );
        })
        .await;
        let done = "SELECT count(*) FROM service_request JOIN submission_token
            USING (jurisdiction_id, service_request_id)
            WHERE is_public OR resolved_datetime IS NOT NULL";
        assert_eq!(database.number(done).await, 0, "{table}");
        assert_no_transaction_is_open(&database).await;
    }
    assert_eq!(boston.resolve_tokens(later, later).await.unwrap(), 1);
}

#[tokio::test]
async fn services_that_cannot_all_be_taken_over_are_not_taken_over() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let services = ServicesImport {
        services: vec![a_service("A").service, a_service("B").service],
        definitions: vec![],
    };
    broken(&database, "jurisdiction", "UPDATE", async {
        let now = time("2026-06-02T00:00:00Z");
        assert!(boston.import_services(&services, now).await.is_err());
    })
    .await;
    assert_eq!(boston.list_services().await.unwrap(), []);
    assert_no_transaction_is_open(&database).await;
}

/// A client that goes away takes its handler with it, wherever that is.
#[tokio::test]
async fn a_post_that_nobody_waits_for_leaves_no_open_transaction() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    for step in 0..60 {
        let filing = Filing::of(&service)
            .email("a@b")
            .photo()
            .key(&step.to_string(), 1);
        let patience = Duration::from_micros(step * 150);
        // Some are dropped at once, some in the middle, some not at all.
        timeout(patience, filing.send(&boston)).await.ok();
    }
    assert_no_transaction_is_open(&database).await;
    let each = i64::try_from(WRITTEN.len()).unwrap();
    assert_eq!(rows(&database).await % each, 0, "all or nothing");
    Filing::of(&service).filed(&boston).await;
}

#[tokio::test]
async fn a_post_that_was_dropped_while_it_waited_for_a_lock_lets_its_own_locks_go() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let filing = Filing::of(&service).photo().key("key", 1);
    let lock = database.client().await;
    lock.batch_execute("BEGIN; LOCK TABLE media").await.unwrap();
    let waited = timeout(Duration::from_millis(200), filing.send(&boston)).await;
    assert!(waited.is_err());
    lock.batch_execute("ROLLBACK").await.unwrap();

    assert_no_transaction_is_open(&database).await;
    assert_eq!(rows(&database).await, 0);
    filing.filed(&boston).await;
}

#[tokio::test]
async fn a_pool_whose_connections_were_all_closed_serves_on() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    for _ in 0..3 {
        let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        database.execute(close).await;
        Filing::of(&service).filed(&boston).await;
        assert_eq!(boston.list_services().await.unwrap().len(), 1);
    }
}

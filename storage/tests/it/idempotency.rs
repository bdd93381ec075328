//! A POST that comes twice is carried out once.

use crate::{filing::Filing, time};
use futures_util::future::join_all;
use storage::{
    Outcome, Storage,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const FILED: &str = "SELECT count(*) FROM service_request";

#[tokio::test]
async fn the_same_key_and_body_get_the_same_receipt_and_one_row() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for service in [
        a_service("REALTIME").promising("Soon"),
        a_service("BATCH").batch(),
        a_service("BOX").blackbox(),
    ] {
        let service = service.insert(&boston).await;
        let key = service.service_code.as_str();
        let first = Filing::of(&service).key(key, 1);
        let key = first.idempotency.as_ref().unwrap();
        assert_eq!(boston.find_repeated(key).await.unwrap(), None);
        let receipt = first.filed(&boston).await;

        let repeated = Outcome::Repeated(receipt);
        let again = Filing::of(&service).key(&key.key, 1);
        assert_eq!(again.send(&boston).await.unwrap(), repeated);
        assert_eq!(boston.find_repeated(key).await.unwrap(), Some(repeated));
    }
    assert_eq!(database.number(FILED).await, 3);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    Filing::of(&service).key("key", 1).filed(&boston).await;

    let other = Filing::of(&service).key("key", 2);
    assert_eq!(other.send(&boston).await.unwrap(), Outcome::KeyReused);
    let found = boston
        .find_repeated(other.idempotency.as_ref().unwrap())
        .await;
    assert_eq!(found.unwrap(), Some(Outcome::KeyReused));
    assert_eq!(database.number(FILED).await, 1);
}

#[tokio::test]
async fn a_key_is_known_only_to_its_sender_operation_and_jurisdiction() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    a_service("POTHOLE").insert(&salem).await;
    Filing::of(&service).key("key", 1).filed(&boston).await;

    let mut by_another = Filing::of(&service).key("key", 1);
    by_another.idempotency.as_mut().unwrap().principal = "k2".to_owned();
    by_another.filed(&boston).await;
    let mut otherwise = Filing::of(&service).key("key", 1);
    otherwise.idempotency.as_mut().unwrap().operation = "POST /photos".to_owned();
    otherwise.filed(&boston).await;
    Filing::of(&service).key("key", 1).filed(&salem).await;
    assert_eq!(database.number(FILED).await, 4);
}

/// The first takes `seconds` for its commit; a lock is waited for one second.
async fn fifty_at_once(seconds: f64) -> Vec<Outcome> {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let delay = format!(
        "CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
        CREATE TRIGGER delay AFTER INSERT ON idempotency_key EXECUTE FUNCTION delay()"
    );
    // Once for a row that is inserted, not once for a statement that inserts none.
    database
        .execute(&delay.replace("EXECUTE", "FOR EACH ROW EXECUTE"))
        .await;
    let storage = Storage::new(database.url(), 20).unwrap();
    let boston = storage.jurisdiction(boston.jurisdiction_id());
    let filings: Vec<Filing> = (0..50)
        .map(|_| Filing::of(&service).key("key", 1))
        .collect();

    let outcomes = join_all(filings.iter().map(|filing| filing.send(&boston))).await;
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(database.number(FILED).await, 1);
    let filed: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Filed(receipt) => Some(receipt),
            _ => None,
        })
        .collect();
    assert_eq!(filed.len(), 1);
    for outcome in &outcomes {
        match outcome {
            Outcome::Repeated(receipt) => assert_eq!(receipt, filed[0]),
            other => assert!(matches!(other, Outcome::Filed(_) | Outcome::StillRunning)),
        }
    }
    outcomes
}

#[tokio::test]
async fn of_fifty_at_once_one_is_carried_out() {
    let outcomes = fifty_at_once(0.3).await;
    assert!(
        !outcomes.contains(&Outcome::StillRunning),
        "it was waited for"
    );
}

#[tokio::test]
async fn a_post_whose_twin_takes_long_is_told_that_it_is_still_running() {
    let outcomes = fifty_at_once(1.5).await;
    assert!(outcomes.contains(&Outcome::StillRunning));
}

#[tokio::test]
async fn keys_are_forgotten_when_they_are_old_and_not_before() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    a_service("POTHOLE").insert(&salem).await;
    let limit = time("2026-06-01T12:00:00Z");
    for (key, at) in [
        ("old", "2026-06-01T11:59:59Z"),
        ("young", "2026-06-01T12:00:00Z"),
    ] {
        let mut filing = Filing::of(&service).key(key, 1);
        filing.submission.requested_datetime = time(at);
        filing.filed(&boston).await;
        filing.filed(&salem).await;
    }

    assert_eq!(boston.delete_idempotency_keys(limit).await.unwrap(), 1);
    let left = "SELECT count(*) FROM idempotency_key WHERE key = 'young'";
    assert_eq!(database.number(left).await, 2);
    let others = "SELECT count(*) FROM idempotency_key WHERE jurisdiction_id = 'salem.gov'";
    assert_eq!(database.number(others).await, 2);
    assert_eq!(database.number(FILED).await, 4);
}

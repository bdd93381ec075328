//! POSTs that arrive at the same time are written together, and none notices.

use crate::{
    faults::broken,
    filing::{Filing, id},
};
use futures_util::future::join_all;
use storage::{
    JurisdictionStorage, Outcome,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

const FILED: &str = "SELECT count(*) FROM service_request";

async fn send_all(filings: &[Filing], to: &JurisdictionStorage) -> Vec<Outcome> {
    let sent = join_all(filings.iter().map(|filing| filing.send(to))).await;
    sent.into_iter().map(Result::unwrap).collect()
}

fn id_of(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Filed(receipt) => receipt.service_request_id.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn what_arrives_at_once_goes_in_few_transactions_and_each_is_told_its_own_id() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let filings: Vec<Filing> = (0..50)
        .map(|number| {
            let filing = Filing::of(&service).email(&format!("{number}@example.org"));
            filing.photo()
        })
        .collect();

    let outcomes = send_all(&filings, &boston).await;
    for (filing, outcome) in filings.iter().zip(&outcomes) {
        assert_eq!(id_of(outcome), Some(filing.candidates[0].as_str()));
    }
    let transactions = "SELECT count(DISTINCT xmin::text) FROM service_request";
    assert!(database.number(transactions).await < 10);
    for table in ["service_request_update", "reporter", "media", "audit_entry"] {
        let written = format!(
            "SELECT count(*) FROM service_request AS one JOIN {table} AS other
                ON other.jurisdiction_id = one.jurisdiction_id
                AND one.service_request_id = other.{}",
            if table == "audit_entry" {
                "object_id"
            } else {
                "service_request_id"
            }
        );
        assert_eq!(database.number(&written).await, 50, "{table}");
    }
}

#[tokio::test]
async fn one_that_is_refused_does_not_hurt_the_others() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    // It vanished after it had been found.
    let vanished = a_service("VANISHED").service;
    let of = |number| if number == 7 { &vanished } else { &service };
    let filings: Vec<Filing> = (0..20).map(|number| Filing::of(of(number))).collect();

    let sent = join_all(filings.iter().map(|filing| filing.send(&boston))).await;
    for (number, outcome) in sent.into_iter().enumerate() {
        assert_eq!(outcome.is_err(), number == 7, "{number}");
    }
    assert_eq!(database.number(FILED).await, 19);
    let others = "SELECT count(*) FROM service_request_update";
    assert_eq!(database.number(others).await, 19);
}

#[tokio::test]
async fn two_that_draw_the_same_id_get_different_ones() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    a_service_request().id("1").insert(&boston).await;
    let filing = Filing::of(&service).candidates(&["1", "2", "3"]);
    let filings = vec![filing; 3];

    let outcomes = send_all(&filings, &boston).await;
    let mut ids: Vec<_> = outcomes.iter().map(id_of).collect();
    ids.sort_unstable();
    assert_eq!(ids, [None, Some("2"), Some("3")]);
    assert!(outcomes.contains(&Outcome::NoIdFree));
}

#[tokio::test]
async fn each_is_filed_in_its_own_jurisdiction() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    a_service("POTHOLE").insert(&salem).await;
    // Through one storage, as an own thread has it.
    let salem = database.storage().jurisdiction(salem.jurisdiction_id());
    let boston = database.storage().jurisdiction(boston.jurisdiction_id());
    let filing = Filing::of(&service).candidates(&["1"]);
    let both = [&boston, &salem];
    let sent = join_all(both.map(|jurisdiction| filing.send(jurisdiction))).await;
    for (jurisdiction, outcome) in both.into_iter().zip(sent) {
        assert_eq!(id_of(&outcome.unwrap()), Some("1"));
        let found = jurisdiction.find_service_request(&id("1")).await.unwrap();
        assert!(found.is_some());
    }
}

#[tokio::test]
async fn what_cannot_be_committed_is_told_to_all_of_them() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no commit'; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON service_request
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()";
    database.execute(refuse).await;
    let filings: Vec<Filing> = (0..5).map(|_| Filing::of(&service)).collect();
    let sent = join_all(filings.iter().map(|filing| filing.send(&boston))).await;
    assert!(sent.iter().all(Result::is_err));
    assert_eq!(database.number(FILED).await, 0);
    // The connection is as good as new.
    database
        .execute("DROP TRIGGER refuse ON service_request")
        .await;
    assert_eq!(send_all(&filings, &boston).await.len(), 5);
    assert_eq!(database.number(FILED).await, 5);
}

#[tokio::test]
async fn none_is_written_by_half() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filings: Vec<Filing> = (0..5)
        .map(|_| Filing::of(&service).email("a@b").photo())
        .collect();
    for table in ["reporter", "media", "submission_token", "audit_entry"] {
        broken(&database, table, "INSERT", async {
            let sent = join_all(filings.iter().map(|filing| filing.send(&boston))).await;
            assert!(sent.iter().all(Result::is_err), "{table}");
        })
        .await;
        assert_eq!(database.number(FILED).await, 0, "{table}");
    }
}

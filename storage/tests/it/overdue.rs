//! What should have been done is told of once.

use crate::{
    filing::{Filing, id},
    time,
};
use domain::{NewFields, NewUpdate, UpdateKind};
use storage::{
    Append, JurisdictionStorage, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};
use uuid::Uuid;

/// A city with the service request `26-1`, which should be done on 3 June.
async fn city(database: &TestDatabase) -> JurisdictionStorage {
    let city = a_jurisdiction("city").insert(database).await;
    let service = a_service("POTHOLE").insert(&city).await;
    let mut filing = Filing::of(&service).candidates(&["26-1"]);
    filing.submission.expected_datetime = Some(time("2026-06-03T21:00:00Z"));
    filing.filed(&city).await;
    city
}

async fn told(city: &JurisdictionStorage) -> Vec<String> {
    let history = city.list_history(&["26-1"], View::Public).await.unwrap();
    let overdue = history.iter().filter(|one| one.kind == UpdateKind::Overdue);
    overdue
        .map(|one| one.updated_datetime.to_rfc3339())
        .collect()
}

async fn expect(city: &JurisdictionStorage, expected: &str) {
    let update = NewUpdate {
        fields: NewFields {
            expected_datetime: Some(Some(time(expected))),
            ..NewFields::default()
        },
        ..NewUpdate::by("operator", time("2026-06-04T12:00:00Z"))
    };
    city.append_update(&Append {
        service_request_id: &id("26-1"),
        update: &update,
        update_id: Uuid::now_v7(),
        operation: "test",
        photos: &[],
        expected_version: None,
        only_public: false,
        now: time("2026-06-04T12:00:00Z"),
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn what_is_overdue_is_told_of_once_for_each_time_that_was_expected() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mark = async |at: &str| city.mark_overdue(time(at)).await.unwrap();
    assert_eq!(mark("2026-06-03T21:00:00Z").await, 0, "it is not over yet");
    assert_eq!(mark("2026-06-03T21:00:01Z").await, 1);
    assert_eq!(mark("2026-06-04T12:00:00Z").await, 0);
    assert_eq!(told(&city).await, ["2026-06-03T21:00:00+00:00"]);
    let found = city.find_service_request(&id("26-1")).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.updated_datetime, found.requested_datetime);

    expect(&city, "2026-06-10T21:00:00Z").await;
    assert_eq!(mark("2026-06-05T12:00:00Z").await, 0, "there is time again");
    assert_eq!(mark("2026-06-11T12:00:00Z").await, 1);
    assert_eq!(told(&city).await.len(), 2);
}

#[tokio::test]
async fn two_workers_tell_of_it_once() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let now = time("2026-06-04T12:00:00Z");
    let (one, other) = tokio::join!(city.mark_overdue(now), city.mark_overdue(now));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(told(&city).await.len(), 1);
}

#[tokio::test]
async fn what_is_closed_is_not_overdue_and_what_was_overdue_when_it_came_is_no_news() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    a_service("POTHOLE").insert(&city).await;
    // Builders import at noon of that day.
    let expected = Some(time("2026-06-01T11:00:00Z"));
    let mut closed = a_service_request().closed();
    closed.service_request.expected_datetime = expected;
    closed.insert(&city).await;
    let mut open = a_service_request();
    open.service_request.expected_datetime = expected;
    open.insert(&city).await;
    let later = time("2026-07-01T12:00:00Z");
    assert_eq!(city.mark_overdue(later).await.unwrap(), 0);
    database
        .execute("UPDATE service_request SET overdue_datetime = NULL")
        .await;
    assert_eq!(city.mark_overdue(later).await.unwrap(), 1, "the open one");
}

#[tokio::test]
async fn what_is_overdue_is_found_by_an_index_that_holds_nothing_else() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    city.mark_overdue(time("2026-06-04T12:00:00Z"))
        .await
        .unwrap();
    let indexed = "SELECT count(*) FROM pg_indexes WHERE indexname = 'service_request_overdue_idx'";
    assert_eq!(database.number(indexed).await, 1);
    // Many that are overdue and told of already: what is read must not grow with them.
    let told = "INSERT INTO service_request (jurisdiction_id, service_request_id, status,
            service_name, service_code, requested_datetime, updated_datetime, is_public,
            expected_datetime, overdue_datetime)
        SELECT jurisdiction_id, 'told-' || number, 'open', service_name, service_code,
            requested_datetime, updated_datetime, true, '2026-06-03Z', '2026-06-03Z'
        FROM (SELECT * FROM service_request LIMIT 1) AS one, generate_series(1, 3000) AS number";
    database.execute(told).await;
    database.execute("ANALYZE service_request").await;
    let client = database.client().await;
    let explain = "EXPLAIN SELECT service_request_id FROM service_request
        WHERE jurisdiction_id = 'city' AND status = 'open' AND expected_datetime < '2026-06-04Z'
            AND overdue_datetime IS DISTINCT FROM expected_datetime
        ORDER BY expected_datetime LIMIT 200 FOR UPDATE SKIP LOCKED";
    let plan: Vec<String> = client
        .query(explain, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let plan = plan.join("\n");
    assert!(plan.contains("service_request_overdue_idx"), "{plan}");
    assert!(!plan.contains("Sort"), "{plan}");
}

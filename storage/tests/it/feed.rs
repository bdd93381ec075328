//! The change feed: an order without gaps, whoever writes at the same time.

use crate::{
    filing::{Filing, id},
    history::{append, fixed},
    time,
    touches::fetches,
};
use domain::{NewUpdate, UpdateKind};
use std::collections::BTreeMap;
use storage::{
    Append, JurisdictionStorage, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};
use uuid::Uuid;

async fn sequence(feed: &JurisdictionStorage) {
    while feed.sequence_feed(3).await.unwrap() > 0 {}
}

#[tokio::test]
async fn every_change_gets_the_next_position_and_comes_with_what_is_public_now() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    for name in ["26-1", "26-2"] {
        Filing::of(&service)
            .candidates(&[name])
            .filed(&boston)
            .await;
    }
    append(&boston, &fixed("Filled"), None).await;
    assert_eq!(
        database
            .storage()
            .list_unsequenced_feeds()
            .await
            .unwrap()
            .len(),
        1
    );
    sequence(&boston).await;
    assert!(
        database
            .storage()
            .list_unsequenced_feeds()
            .await
            .unwrap()
            .is_empty()
    );

    let page = boston.list_feed(0, 10, View::Public).await.unwrap();
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|one| {
            (
                one.position,
                one.update.service_request_id.as_str(),
                one.update.version,
            )
        })
        .collect();
    assert_eq!(told, [(1, "26-1", 1), (2, "26-2", 1), (3, "26-1", 2)]);
    assert_eq!(page.read_up_to, 3);
    let first = page.entries[0].service_request.as_ref().unwrap();
    assert_eq!(first.status, domain::Status::Closed, "as it is now");
    let rest = boston.list_feed(2, 10, View::Public).await.unwrap();
    assert_eq!(rest.entries.len(), 1);
    let none = boston.list_feed(3, 10, View::Public).await.unwrap();
    assert!(none.entries.is_empty());
    assert_eq!(none.read_up_to, 3);
}

#[tokio::test]
async fn a_change_that_commits_late_gets_a_later_position() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    Filing::of(&service)
        .candidates(&["26-1"])
        .filed(&boston)
        .await;
    // A writer that began first and is not done.
    let mut writer = database.client().await;
    let late = writer.transaction().await.unwrap();
    late.execute(
        "INSERT INTO service_request_update (jurisdiction_id, service_request_id, version, update_id,
            kind, is_public, recorded_datetime, updated_datetime, status, author)
        VALUES ('boston.gov', '26-1', 7, 'u7', 'updated', true, '2020-01-01Z', '2026-06-01Z', 'open', 'x')",
        &[],
    )
    .await
    .unwrap();
    Filing::of(&service)
        .candidates(&["26-2"])
        .filed(&boston)
        .await;
    sequence(&boston).await;
    let before = boston.list_feed(0, 10, View::Public).await.unwrap();
    assert_eq!(before.entries.len(), 2, "nobody waits for the slow writer");
    late.commit().await.unwrap();
    sequence(&boston).await;
    let after = boston
        .list_feed(before.read_up_to, 10, View::Public)
        .await
        .unwrap();
    assert_eq!(after.entries.len(), 1);
    assert_eq!(after.entries[0].update.version, 7);
}

#[tokio::test]
async fn what_is_no_longer_public_comes_as_nothing() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let batch = a_service("BATCH").batch().insert(&boston).await;
    Filing::of(&service)
        .candidates(&["26-1"])
        .filed(&boston)
        .await;
    Filing::of(&batch)
        .candidates(&["26-2"])
        .filed(&boston)
        .await;
    let removed = NewUpdate {
        kind: UpdateKind::Removed,
        ..NewUpdate::by("staff:x", time("2026-06-02T10:00:00Z"))
    };
    append(&boston, &removed, None).await;
    sequence(&boston).await;
    let page = boston.list_feed(0, 10, View::Public).await.unwrap();
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|one| (one.update.kind, one.service_request.is_some()))
        .collect();
    // Nobody hears of what waits behind a token.
    assert_eq!(
        told,
        [(UpdateKind::Opened, false), (UpdateKind::Removed, false)]
    );
    let later = time("2026-06-03T12:00:00Z");
    boston.resolve_tokens(later, later).await.unwrap();
    sequence(&boston).await;
    let page = boston
        .list_feed(page.read_up_to, 10, View::Public)
        .await
        .unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].update.kind, UpdateKind::Published);
    assert!(page.entries[0].service_request.is_some());
}

/// An import commits many at once, in a city of which PostgreSQL has no statistics yet.
#[tokio::test]
async fn a_round_reads_what_it_numbers_and_not_everything_for_each() {
    const ENTRIES: &str = "INSERT INTO service_request_update (jurisdiction_id, service_request_id,
            version, update_id, kind, is_public, recorded_datetime, updated_datetime, status, author)
        SELECT 'CITY', '26-1', n, 'u' || n, 'updated', true, '2026-06-01Z', '2026-06-01Z', 'open', 'x'
        FROM generate_series(2, 5000) AS n";
    let database = TestDatabase::new().await;
    for name in ["old.gov", "city.gov"] {
        let city = a_jurisdiction(name).insert(&database).await;
        a_service("POTHOLE").insert(&city).await;
        a_service_request().id("26-1").insert(&city).await;
    }
    let of = |name: &str| ENTRIES.replace("CITY", name);
    database.execute(&of("old.gov")).await;
    database.execute("VACUUM ANALYZE").await;
    database.execute(&of("city.gov")).await;
    fetches(&database, "sequence_feed", 3_000, async |_, city| {
        assert_eq!(city.sequence_feed(1_000).await.unwrap(), 1_000);
    })
    .await;
}

/// Writers, two who number and one who reads, all at the same time: the reader has everything once,
/// and of each service request in order.
#[tokio::test]
async fn a_reader_among_writers_misses_nothing_and_reads_nothing_twice() {
    const WRITERS: usize = 4;
    const UPDATES: i32 = 25;
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("POTHOLE").insert(&boston).await;
    let names: Vec<String> = (0..WRITERS).map(|number| format!("26-{number}")).collect();
    for name in &names {
        a_service_request().id(name).insert(&boston).await;
    }
    let write = async |name: &str| {
        for _ in 0..UPDATES {
            let append = Append {
                service_request_id: &id(name),
                update: &NewUpdate::by("x", time("2026-06-02T10:00:00Z")),
                update_id: Uuid::now_v7(),
                operation: "test",
                photos: &[],
                expected_version: None,
                only_public: true,
                now: time("2026-06-02T12:00:00Z"),
            };
            boston.append_update(&append).await.unwrap();
        }
    };
    let total = WRITERS * (UPDATES as usize + 1);
    let number = async || {
        while boston.find_feed_end().await.unwrap() < total as i64 {
            boston.sequence_feed(5).await.unwrap();
        }
    };
    let read = async || {
        let mut read = Vec::new();
        let mut after = 0;
        while read.len() < total {
            let page = boston.list_feed(after, 7, View::Public).await.unwrap();
            after = page.read_up_to;
            read.extend(page.entries);
        }
        read
    };
    let writing = futures_util::future::join_all(names.iter().map(|name| write(name)));
    let (_, (), (), read) = tokio::join!(writing, number(), number(), read());

    let positions: Vec<i64> = read.iter().map(|one| one.position).collect();
    assert_eq!(positions, (1..=total as i64).collect::<Vec<_>>());
    let mut versions: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for entry in &read {
        let of = entry.update.service_request_id.as_str();
        versions.entry(of).or_default().push(entry.update.version);
    }
    for (of, versions) in versions {
        assert_eq!(versions, (1..=UPDATES + 1).collect::<Vec<_>>(), "{of}");
    }
}

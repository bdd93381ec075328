//! What happens to a service request is appended to its history, and its status follows.

use crate::{
    everything,
    faults::broken,
    filing::{Filing, id},
    time,
};
use domain::{
    Closing, ClosingReason, DetailedStatus, NewFields, NewUpdate, Status, UpdateKind, UpdatesQuery,
};
use storage::{
    Append, Appended, Extensions, JurisdictionStorage, View,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};
use uuid::Uuid;

/// Appends it to `26-1` at noon of the day after.
pub async fn append(
    to: &JurisdictionStorage,
    update: &NewUpdate,
    expected_version: Option<i32>,
) -> Appended {
    to.append_update(&Append {
        service_request_id: &id("26-1"),
        update,
        update_id: Uuid::now_v7(),
        operation: "test",
        photos: &[],
        expected_version,
        only_public: true,
        now: time("2026-06-02T12:00:00.123456Z"),
    })
    .await
    .unwrap()
}

pub fn fixed(text: &str) -> NewUpdate {
    NewUpdate {
        status: Some(DetailedStatus::Fixed),
        closing: Some(Closing::because(ClosingReason::Fixed)),
        description: Some(text.to_owned()),
        ..NewUpdate::by("key:works", time("2026-06-02T10:00:00Z"))
    }
}

async fn boston_with_one(database: &TestDatabase) -> JurisdictionStorage {
    let boston = a_jurisdiction("boston.gov").insert(database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    Filing::of(&service)
        .candidates(&["26-1"])
        .filed(&boston)
        .await;
    boston
}

#[tokio::test]
async fn a_closing_is_told_by_history_and_projection_alike() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    let appended = append(&boston, &fixed("Filled"), None).await;
    assert!(matches!(appended, Appended::Written { version: 2, .. }));

    let found = boston
        .find_service_request(&id("26-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, Status::Closed);
    assert_eq!(found.detailed_status, DetailedStatus::Fixed);
    assert_eq!(found.status_notes.as_deref(), Some("Filled"));
    assert_eq!(found.updated_datetime, time("2026-06-02T10:00:00Z"));
    assert_eq!(found.closed_datetime, Some(time("2026-06-02T10:00:00Z")));
    let history = boston.list_history(&["26-1"], View::Public).await.unwrap();
    let told: Vec<_> = history.iter().map(|one| (one.version, one.kind)).collect();
    assert_eq!(told, [(1, UpdateKind::Opened), (2, UpdateKind::Updated)]);
    assert_eq!(history[0].author, "key:k1");
    assert_eq!(
        history[1].recorded_datetime,
        time("2026-06-02T12:00:00.123456Z")
    );
    assert_eq!(
        database
            .number("SELECT count(*) FROM audit_entry WHERE operation = 'test'")
            .await,
        1
    );
}

#[tokio::test]
async fn what_its_author_sends_again_is_written_once() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    let update = NewUpdate {
        source_update_id: Some("88".to_owned()),
        ..fixed("Filled")
    };
    let Appended::Written { update_id, .. } = append(&boston, &update, None).await else {
        panic!("it was not written");
    };
    assert_eq!(
        append(&boston, &update, None).await,
        Appended::Repeated { update_id }
    );
    let other = NewUpdate {
        author: "key:other".to_owned(),
        ..update
    };
    // Another author's 88 is another update.
    let appended = append(&boston, &other, None).await;
    assert!(matches!(appended, Appended::Written { version: 3, .. }));
}

#[tokio::test]
async fn whoever_has_not_read_the_newest_version_changes_nothing() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    let appended = append(&boston, &fixed("First"), Some(1)).await;
    assert!(matches!(appended, Appended::Written { .. }));
    assert_eq!(
        append(&boston, &fixed("Second"), Some(1)).await,
        Appended::Outdated { version: 2 }
    );
    assert_eq!(
        database
            .number("SELECT count(*) FROM service_request_update")
            .await,
        2
    );
}

#[tokio::test]
async fn of_many_who_read_the_same_version_one_wins() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    let update = fixed("Filled");
    let attempts = (0..20).map(|_| append(&boston, &update, Some(1)));
    let appended = futures_util::future::join_all(attempts).await;
    let written = appended
        .iter()
        .filter(|one| matches!(one, Appended::Written { .. }));
    assert_eq!(written.count(), 1);
}

#[tokio::test]
async fn an_internal_note_is_seen_by_staff_alone() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    let note = NewUpdate {
        is_public: false,
        description: Some("Ask the landlord".to_owned()),
        fields: NewFields {
            assignee: Some(Some("Ada".to_owned())),
            ..NewFields::default()
        },
        ..NewUpdate::by("staff:x", time("2026-06-02T11:00:00Z"))
    };
    append(&boston, &note, None).await;
    let public = boston.list_history(&["26-1"], View::Public).await.unwrap();
    assert_eq!(public.len(), 1);
    let all = boston
        .list_history(&["26-1"], View::Internal)
        .await
        .unwrap();
    assert_eq!(all[1].description.as_deref(), Some("Ask the landlord"));
    assert_eq!(all[1].changed[0].field, "assignee");
    let query = UpdatesQuery {
        service_request_ids: vec![],
        updated: domain::TimeRange::default(),
        page: 1,
        page_size: 10,
    };
    assert!(boston.list_public_updates(&query).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failure_half_way_leaves_neither_history_nor_status() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    for table in ["service_request_update", "audit_entry", "service_request"] {
        broken(&database, table, "INSERT OR UPDATE", async {
            let failed = boston
                .append_update(&Append {
                    service_request_id: &id("26-1"),
                    update: &fixed("Filled"),
                    update_id: Uuid::now_v7(),
                    operation: "test",
                    photos: &[],
                    expected_version: None,
                    only_public: true,
                    now: time("2026-06-02T12:00:00Z"),
                })
                .await;
            assert!(failed.is_err(), "{table}");
        })
        .await;
    }
    let found = boston
        .find_service_request(&id("26-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, Status::Open);
    assert_eq!(
        database
            .number("SELECT count(*) FROM service_request_update")
            .await,
        1
    );
}

#[tokio::test]
async fn what_an_earlier_version_wrote_is_given_a_history() {
    let database = TestDatabase::new().await;
    let boston = boston_with_one(&database).await;
    a_service_request().id("old").insert(&boston).await;
    a_service_request().id("older").insert(&boston).await;
    // As the version before histories wrote them.
    database
        .execute("DELETE FROM service_request_update WHERE service_request_id <> '26-1'")
        .await;
    database
        .execute("UPDATE service_request SET version = NULL, detailed_status = NULL WHERE service_request_id <> '26-1'")
        .await;
    let now = time("2026-06-03T12:00:00Z");
    assert_eq!(boston.begin_histories(1, now).await.unwrap(), 1);
    assert_eq!(boston.begin_histories(10, now).await.unwrap(), 1);
    assert_eq!(boston.begin_histories(10, now).await.unwrap(), 0);
    let page = boston
        .list_service_requests(&everything(), Extensions::Included)
        .await
        .unwrap();
    for one in page.service_requests {
        assert_eq!(one.updates.len(), 1, "{}", one.service_request_id);
    }
}

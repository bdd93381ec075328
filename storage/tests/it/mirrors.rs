//! Jurisdictions that are read-only copies.

use crate::{filing::id, staff_changes::acting, time};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Mirror, Remote, RemoteName, ServiceRequest, ServiceRequestId, Status, Step, UpdateKind, Window,
};
use std::collections::HashSet;
use storage::{
    By, Changed, JurisdictionStorage, KeyChange, MirrorChange, Removal, View,
    testing::{TestDatabase, a_jurisdiction, a_service_request},
};

const BY: By = By {
    actor: "operator",
    operation: "test",
};

fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

fn later(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

fn name() -> RemoteName {
    RemoteName::parse("salem").unwrap()
}

async fn with_remote(database: &TestDatabase, jurisdiction_id: &str) -> JurisdictionStorage {
    let storage = a_jurisdiction(jurisdiction_id).insert(database).await;
    let remote = Remote::parse("salem", "https://salem.example/v2", None, None, &[], None).unwrap();
    storage
        .put_remote(&remote, KeyChange::Set, BY, now())
        .await
        .unwrap();
    storage
}

async fn begin(storage: &JurisdictionStorage) -> MirrorChange {
    let mirror = Mirror::begin(None, TimeDelta::days(1), now());
    storage
        .insert_mirror(&name(), &mirror, BY, now())
        .await
        .unwrap()
}

/// Takes over service requests, as a mirror does.
async fn copy(storage: &JurisdictionStorage, requests: &[ServiceRequest]) {
    let mut import = storage.import_by("remote:salem", now()).await.unwrap();
    for (one, line) in requests.iter().zip(1..) {
        let mut row = a_service_request().imported(line);
        row.service_request = one.clone();
        import.add(&row).await.unwrap();
    }
    import.finish().await.unwrap();
}

fn request(service_request_id: &str, days_ago: i64) -> ServiceRequest {
    let filed = now() - TimeDelta::days(days_ago);
    a_service_request()
        .id(service_request_id)
        .requested(filed)
        .service_request
}

async fn is_public(storage: &JurisdictionStorage, service_request_id: &str) -> bool {
    let found = storage.find_service_request(&id(service_request_id)).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn only_an_empty_jurisdiction_becomes_a_copy_and_says_of_what() {
    let database = TestDatabase::new().await;
    let copy = with_remote(&database, "copy.gov").await;
    let own = with_remote(&database, "own.gov").await;
    a_service_request().insert(&own).await;
    assert_eq!(begin(&copy).await, MirrorChange::Begun);
    assert_eq!(begin(&copy).await, MirrorChange::Already);
    assert_eq!(begin(&own).await, MirrorChange::NotEmpty);
    let mirrors = database.storage().list_mirrors().await.unwrap();
    assert_eq!(mirrors.len(), 1);
    assert_eq!(mirrors[0].1, "https://salem.example/v2");
    let delete = async || copy.delete_remote(&name(), BY, now()).await.unwrap();
    assert_eq!(delete().await, Removal::InUse);
    assert!(copy.delete_mirror(BY, now()).await.unwrap());
    assert!(!copy.delete_mirror(BY, now()).await.unwrap());
    assert_eq!(delete().await, Removal::Removed);
}

#[tokio::test]
async fn how_often_a_copy_is_compared_is_changed_and_nothing_else_of_it() {
    let database = TestDatabase::new().await;
    let copy = with_remote(&database, "copy.gov").await;
    let change = async |name: &RemoteName, since| {
        let every = TimeDelta::hours(1);
        let changed = copy.change_mirror(name, since, every, BY, now()).await;
        changed.unwrap()
    };
    assert!(!change(&name(), None).await);
    begin(&copy).await;
    let begun = copy.find_mirror().await.unwrap().unwrap();
    let since = begun.progress.back_to;
    let other = RemoteName::parse("other").unwrap();
    assert!(!change(&other, None).await);
    assert!(!change(&name(), Some(since - TimeDelta::days(1))).await);
    assert_eq!(copy.find_mirror().await.unwrap().as_ref(), Some(&begun));
    assert!(change(&name(), Some(since)).await && change(&name(), None).await);
    let mut changed = begun;
    changed.progress.sweep_every = TimeDelta::hours(1);
    assert_eq!(copy.find_mirror().await.unwrap(), Some(changed));
}

#[tokio::test]
async fn one_worker_at_a_time_works_on_a_copy_and_a_late_one_writes_nothing() {
    let database = TestDatabase::new().await;
    let copy = with_remote(&database, "copy.gov").await;
    begin(&copy).await;
    let due = async |at| database.storage().list_mirrors_due(at).await.unwrap().len();
    assert_eq!(due(now()).await, 1);
    let first = copy.claim_mirror(now(), later(5)).await.unwrap().unwrap();
    assert_eq!(copy.claim_mirror(later(4), later(9)).await.unwrap(), None);
    assert_eq!(due(later(4)).await, 0);
    let second = copy
        .claim_mirror(later(5), later(10))
        .await
        .unwrap()
        .unwrap();
    let mut state = second.state.clone();
    state.progress = state.progress.after(&Step::Services, None, None, later(5));
    state.progress.halvings = 2;
    state.last_answer = Some("odd".into());
    assert!(!copy.save_mirror(&first, &state).await.unwrap());
    assert!(copy.save_mirror(&second, &state).await.unwrap());
    assert_eq!(copy.find_mirror().await.unwrap().unwrap(), state);
}

#[tokio::test]
async fn what_two_comparisons_miss_is_removed_and_comes_back_when_it_is_listed_again() {
    let database = TestDatabase::new().await;
    let copied = with_remote(&database, "copy.gov").await;
    begin(&copied).await;
    copy(&copied, &[request("1", 3), request("2", 3)]).await;
    let missing = [id("1")];
    let miss = async |sweep| {
        copied
            .note_missing(&name(), &missing, sweep, later(60))
            .await
            .unwrap()
    };
    // Twice in one comparison is once.
    assert_eq!(miss(now()).await, 0);
    assert_eq!(miss(now()).await, 0);
    assert!(is_public(&copied, "1").await);
    assert_eq!(miss(later(30)).await, 1);
    assert!(!is_public(&copied, "1").await && is_public(&copied, "2").await);
    let history = copied.list_history(&["1"], View::Public).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (last.kind, last.author.as_str()),
        (UpdateKind::Removed, "remote:salem")
    );

    let back = [id("1"), id("2")];
    assert_eq!(
        copied
            .note_present(&name(), &back, later(90))
            .await
            .unwrap(),
        1
    );
    assert!(is_public(&copied, "1").await);
    // And it follows its original again.
    let mut changed = request("1", 3);
    changed.description = Some("Deeper".to_owned());
    copy(&copied, &[changed]).await;
    let found = copied.find_service_request(&id("1")).await.unwrap();
    assert_eq!(found.unwrap().description.as_deref(), Some("Deeper"));
    // It begins anew.
    assert_eq!(miss(later(120)).await, 0);
}

#[tokio::test]
async fn what_was_removed_from_a_copy_does_not_come_back() {
    let database = TestDatabase::new().await;
    let copied = with_remote(&database, "copy.gov").await;
    begin(&copied).await;
    copy(&copied, &[request("1", 3)]).await;
    let acting = acting();
    let removed = copied.remove_service_request(&id("1"), None, &acting).await;
    assert!(matches!(removed, Ok(Changed::Written { .. })));
    copy(&copied, &[request("1", 3)]).await;
    let present = [id("1")];
    let noted = copied.note_present(&name(), &present, later(90)).await;
    assert!(noted.is_ok() && !is_public(&copied, "1").await);
}

#[tokio::test]
async fn what_is_listed_in_between_was_not_missing() {
    let database = TestDatabase::new().await;
    let copied = with_remote(&database, "copy.gov").await;
    begin(&copied).await;
    copy(&copied, &[request("1", 3)]).await;
    let one = [id("1")];
    for minutes in [0, 30, 60] {
        let missed = copied
            .note_missing(&name(), &one, later(minutes), later(90))
            .await;
        assert_eq!(missed.unwrap(), 0);
        copied.note_present(&name(), &one, later(90)).await.unwrap();
    }
    assert!(is_public(&copied, "1").await);
}

#[tokio::test]
async fn a_window_is_compared_with_what_was_filed_in_it() {
    let database = TestDatabase::new().await;
    let copied = with_remote(&database, "copy.gov").await;
    begin(&copied).await;
    copy(
        &copied,
        &[request("1", 3), request("2", 4), request("3", 50)],
    )
    .await;
    let window = Window {
        start: now() - TimeDelta::days(10),
        end: now(),
    };
    let seen: HashSet<ServiceRequestId> = [id("2"), id("9")].into();
    let unseen = copied.list_unseen(window, &seen).await.unwrap();
    assert_eq!((unseen.ids, unseen.of), (vec![id("1")], 2));
}

#[tokio::test]
async fn those_that_are_open_and_old_are_listed_page_by_page() {
    let database = TestDatabase::new().await;
    let copied = with_remote(&database, "copy.gov").await;
    begin(&copied).await;
    let closed = ServiceRequest {
        status: Status::Closed,
        ..request("closed", 120)
    };
    let old: Vec<ServiceRequest> = (0..5)
        .map(|n| request(&format!("old-{n}"), 100 + n))
        .collect();
    copy(&copied, &[&old[..], &[closed, request("new", 1)]].concat()).await;
    let before = now() - TimeDelta::days(90);
    let mut after = None;
    let mut all = Vec::new();
    loop {
        let page = copied
            .list_open_before(before, after.as_ref(), 2)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        all.extend(page);
    }
    let all: Vec<String> = all.into_iter().map(ServiceRequestId::into_string).collect();
    assert_eq!(all, ["old-0", "old-1", "old-2", "old-3", "old-4"]);
}

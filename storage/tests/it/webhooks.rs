//! Webhooks: which events become deliveries, in which order they are due, and what follows from each
//! attempt.

use crate::time;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AttemptOutcome, Closing, DISABLED_AFTER, DetailedStatus, DisabledReason, Fate, NewUpdate,
    ServiceRequestId, UpdateKind, WebhookSettings, WebhookState,
};
use std::collections::{BTreeMap, BTreeSet};
use storage::{
    Append, Appended, Attempt, By, Claim, Delivery, DeliveryState, Finished, JurisdictionStorage,
    NewWebhook, Replay, ReplayOf, Storage, WebhookChange,
    testing::{TestDatabase, a_jurisdiction, a_service_request},
};
use uuid::Uuid;

const BY: By<'static> = By {
    actor: "key:test",
    operation: "test",
};
const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

fn noon() -> DateTime<Utc> {
    time("2026-11-25T12:00:00Z")
}

fn minutes(count: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(count)
}

fn settings(filter: &[(&str, &str)], is_internal: bool) -> WebhookSettings {
    let filter = filter
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    WebhookSettings::new(
        "https://crm.example/hook",
        "CRM",
        filter.collect(),
        is_internal,
    )
    .unwrap()
}

async fn add_webhook(city: &JurisdictionStorage, settings: &WebhookSettings) -> String {
    let webhook_id = Uuid::now_v7().to_string();
    let new = NewWebhook {
        webhook_id: &webhook_id,
        settings,
        secret: SECRET,
        after: Some(0),
        now: noon(),
    };
    assert!(city.insert_webhook(&new, BY).await.unwrap());
    webhook_id
}

async fn append(city: &JurisdictionStorage, id: &str, update: NewUpdate) -> String {
    let id = ServiceRequestId::parse(id).unwrap();
    let appended = city
        .append_update(&Append {
            service_request_id: &id,
            update: &update,
            update_id: Uuid::now_v7(),
            operation: "test",
            photos: &[],
            expected_version: None,
            only_public: false,
            now: noon(),
        })
        .await
        .unwrap();
    let Appended::Written { update_id, .. } = appended else {
        unreachable!("{appended:?}");
    };
    update_id
}

async fn note(city: &JurisdictionStorage, id: &str, text: &str) -> String {
    let mut update = NewUpdate::by("key:test", noon());
    update.description = Some(text.to_owned());
    append(city, id, update).await
}

async fn sequence(city: &JurisdictionStorage) {
    city.begin_histories(1_000, noon()).await.unwrap();
    while city.sequence_feed(1_000).await.unwrap() > 0 {}
}

async fn dispatch(city: &JurisdictionStorage, webhook_id: &str) -> usize {
    let mut made = 0;
    loop {
        let round = city.dispatch_webhook(webhook_id, 3, noon()).await.unwrap();
        made += round.made;
        if round.read == 0 {
            return made;
        }
    }
}

async fn claim(
    city: &JurisdictionStorage,
    webhook_id: &str,
    worker: &str,
    now: DateTime<Utc>,
) -> Claim {
    city.claim_deliveries(webhook_id, worker, now, now + TimeDelta::minutes(1), 100)
        .await
        .unwrap()
        .unwrap()
}

fn finished(position: i64, status: u16, fate: Fate) -> Finished {
    Finished {
        position,
        outcome: AttemptOutcome {
            status: Some(status),
            retry_after: None,
        },
        fate,
        attempt: Attempt {
            started_datetime: noon(),
            duration: TimeDelta::milliseconds(12),
            error: None,
            note: Some("well".to_owned()),
        },
    }
}

async fn deliver(
    city: &JurisdictionStorage,
    webhook_id: &str,
    now: DateTime<Utc>,
) -> Vec<(String, i32)> {
    let claim = claim(city, webhook_id, "w", now).await;
    let ends: Vec<Finished> = claim
        .deliveries
        .iter()
        .map(|one| finished(one.position, 204, Fate::Delivered))
        .collect();
    if !ends.is_empty() {
        city.finish_deliveries(webhook_id, "w", &ends, now)
            .await
            .unwrap();
    }
    let told = |one: &storage::Claimed| (one.service_request_id.clone(), one.version);
    claim.deliveries.iter().map(told).collect()
}

async fn deliveries(
    city: &JurisdictionStorage,
    webhook_id: &str,
    state: Option<DeliveryState>,
) -> Vec<Delivery> {
    city.list_deliveries(webhook_id, state, None, 1_000)
        .await
        .unwrap()
}

/// A city with two service requests, A and B, and with them two events.
async fn city(database: &TestDatabase) -> JurisdictionStorage {
    let city = a_jurisdiction("city.gov").insert(database).await;
    a_service_request()
        .id("A")
        .of_service("POTHOLE")
        .at(42.36, -71.06)
        .saying("A deep hole")
        .insert(&city)
        .await;
    a_service_request()
        .id("B")
        .of_service("LIGHT")
        .at(42.30, -71.10)
        .saying("Dark street")
        .insert(&city)
        .await;
    sequence(&city).await;
    city
}

#[tokio::test]
async fn each_event_that_the_filter_lets_pass_becomes_one_delivery() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut fixed = NewUpdate::by("key:test", noon());
    fixed.status = Some(DetailedStatus::Fixed);
    fixed.closing = DetailedStatus::Fixed.reason().map(Closing::because);
    append(&city, "A", fixed).await;
    let mut internal = NewUpdate::by("key:test", noon());
    internal.is_public = false;
    internal.description = Some("Call the contractor".to_owned());
    append(&city, "B", internal).await;
    sequence(&city).await;
    /// A filter, whether entries for staff alone are asked for, and how many events pass.
    type Case<'a> = (&'a [(&'a str, &'a str)], bool, usize);
    let cases: &[Case<'_>] = &[
        (&[], false, 3),
        (&[], true, 4),
        (&[("service_code", "LIGHT")], false, 1),
        (&[("service_code", "LIGHT,POTHOLE")], true, 4),
        (&[("status", "closed")], false, 1),
        (&[("status", "fixed")], false, 1),
        (&[("status", "open")], false, 2),
        (&[("status", "planned")], false, 0),
        (&[("kind", "opened")], false, 2),
        (&[("kind", "updated"), ("status", "open")], true, 1),
        (&[("bbox", "-71.07,42.35,-71.05,42.37")], false, 2),
        (
            &[("lat", "42.30"), ("long", "-71.10"), ("radius", "100")],
            false,
            1,
        ),
        (&[("q", "hole")], false, 2),
        (&[("q", "elephant")], false, 0),
        (&[("q", "hole"), ("service_code", "LIGHT")], false, 0),
    ];
    for (filter, is_internal, expected) in cases {
        let webhook_id = add_webhook(&city, &settings(filter, *is_internal)).await;
        assert_eq!(dispatch(&city, &webhook_id).await, *expected, "{filter:?}");
        assert_eq!(dispatch(&city, &webhook_id).await, 0, "{filter:?}");
        let made = deliveries(&city, &webhook_id, None).await;
        assert_eq!(made.len(), *expected, "{filter:?}");
        let hook = city.find_webhook(&webhook_id).await.unwrap().unwrap();
        assert_eq!(hook.last_position, 4, "{filter:?}");
    }
    assert_eq!(city.list_webhooks().await.unwrap().len(), cases.len());
}

#[tokio::test]
async fn without_a_word_about_it_only_what_happens_from_now_on_is_sent() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let settings = settings(&[], false);
    let new = NewWebhook {
        webhook_id: "w",
        settings: &settings,
        secret: SECRET,
        after: None,
        now: noon(),
    };
    city.insert_webhook(&new, BY).await.unwrap();
    let update_id = note(&city, "A", "Seen").await;
    sequence(&city).await;
    assert_eq!(dispatch(&city, "w").await, 1);
    assert_eq!(deliveries(&city, "w", None).await[0].update_id, update_id);
}

#[tokio::test]
async fn of_a_service_request_one_event_is_due_at_a_time_and_the_first_comes_first() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    for text in ["1", "2", "3"] {
        note(&city, "A", text).await;
    }
    sequence(&city).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    let a = |version| ("A".to_owned(), version);
    assert_eq!(
        deliver(&city, &webhook_id, noon()).await,
        [a(1), ("B".to_owned(), 1)]
    );
    assert_eq!(deliver(&city, &webhook_id, noon()).await, [a(2)]);
    // One that fails holds up those behind it, until it is dead.
    let third = claim(&city, &webhook_id, "w", noon()).await;
    let position = third.deliveries[0].position;
    let retried = finished(position, 500, Fate::Retried(minutes(5)));
    city.finish_deliveries(&webhook_id, "w", &[retried], noon())
        .await
        .unwrap();
    note(&city, "A", "4").await;
    sequence(&city).await;
    dispatch(&city, &webhook_id).await;
    assert_eq!(deliver(&city, &webhook_id, minutes(4)).await, []);
    let again = claim(&city, &webhook_id, "w", minutes(5)).await;
    assert_eq!(
        (again.deliveries[0].version, again.deliveries[0].attempts),
        (3, 1)
    );
    city.finish_deliveries(
        &webhook_id,
        "w",
        &[finished(position, 500, Fate::Dead)],
        minutes(5),
    )
    .await
    .unwrap();
    assert_eq!(deliver(&city, &webhook_id, minutes(5)).await, [a(4)]);
    assert_eq!(deliver(&city, &webhook_id, minutes(5)).await, [a(5)]);
    assert_eq!(deliver(&city, &webhook_id, minutes(5)).await, []);
    let dead = deliveries(&city, &webhook_id, Some(DeliveryState::Dead)).await;
    assert_eq!(dead.len(), 1);
    let attempts = city.list_attempts(&webhook_id, position).await.unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(
        (attempts[0].status, attempts[0].note.as_deref()),
        (Some(500), Some("well"))
    );
}

/// D10.
#[tokio::test]
async fn no_two_workers_hold_the_same_delivery_and_a_lease_that_ends_frees_it() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city.gov").insert(&database).await;
    for _ in 0..40 {
        a_service_request().insert(&city).await;
    }
    sequence(&city).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    while city
        .dispatch_webhook(&webhook_id, 100, noon())
        .await
        .unwrap()
        .read
        > 0
    {}
    let workers: Vec<String> = (0..8).map(|number| format!("worker {number}")).collect();
    let claims = workers
        .iter()
        .map(|worker| city.claim_deliveries(&webhook_id, worker, noon(), minutes(1), 5));
    let claims = futures_util::future::join_all(claims).await;
    let mut held = BTreeSet::new();
    for claim in claims {
        for delivery in claim.unwrap().unwrap().deliveries {
            assert!(
                held.insert(delivery.position),
                "{} twice",
                delivery.position
            );
        }
    }
    while let deliveries = claim(&city, &webhook_id, "rest", noon()).await.deliveries
        && !deliveries.is_empty()
    {
        held.extend(deliveries.iter().map(|one| one.position));
    }
    assert_eq!(held.len(), 40);
    let storage = database.storage();
    let almost = minutes(1) - TimeDelta::seconds(1);
    assert_eq!(due(&storage, almost).await, 0);
    assert_eq!(due(&storage, minutes(1)).await, 1);
    // The stopped one wakes and tells what he did; it is another's by now.
    let first = *held.first().unwrap();
    let stale = deliveries(&city, &webhook_id, None).await;
    assert_eq!(stale.len(), 40);
    let taken = claim(&city, &webhook_id, "second", minutes(1)).await;
    assert_eq!(taken.deliveries.len(), 40);
    for worker in &workers {
        let ends = [finished(first, 204, Fate::Delivered)];
        city.finish_deliveries(&webhook_id, worker, &ends, minutes(1))
            .await
            .unwrap();
    }
    let over = deliveries(&city, &webhook_id, Some(DeliveryState::Delivered)).await;
    assert_eq!(over, []);
    city.release_deliveries(&webhook_id, "second", &[first], minutes(1))
        .await
        .unwrap();
    let free = claim(&city, &webhook_id, "third", minutes(1)).await;
    assert_eq!(free.deliveries.len(), 1);
}

async fn due(storage: &Storage, now: DateTime<Utc>) -> usize {
    storage.list_due_webhooks(now, 10).await.unwrap().len()
}

/// Whoever makes deliveries and whoever ends them work at the same time; nothing is stuck or lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_arrives_once_and_in_order_while_all_work_at_once() {
    const REQUESTS: usize = 6;
    const UPDATES: usize = 25;
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city.gov").insert(&database).await;
    let mut ids = Vec::new();
    for _ in 0..REQUESTS {
        let inserted = a_service_request().insert(&city).await;
        ids.push(inserted.service_request_id.to_string());
    }
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    let arrived = tokio::sync::Mutex::new(Vec::<(String, i32)>::new());
    let expected = REQUESTS * (UPDATES + 1);
    let is_over = async || arrived.lock().await.len() >= expected;
    let write = async {
        for number in 0..UPDATES {
            for id in &ids {
                note(&city, id, &number.to_string()).await;
            }
            sequence(&city).await;
        }
    };
    let dispatching = async || {
        while !is_over().await {
            city.dispatch_webhook(&webhook_id, 7, Utc::now())
                .await
                .unwrap();
        }
    };
    let delivering = async |worker: &str| {
        while !is_over().await {
            let now = Utc::now();
            let claim = city
                .claim_deliveries(&webhook_id, worker, now, now + TimeDelta::minutes(5), 3)
                .await
                .unwrap()
                .unwrap();
            let ends: Vec<Finished> = claim
                .deliveries
                .iter()
                .map(|one| finished(one.position, 200, Fate::Delivered))
                .collect();
            if ends.is_empty() {
                continue;
            }
            let told = claim
                .deliveries
                .iter()
                .map(|one| (one.service_request_id.clone(), one.version));
            arrived.lock().await.extend(told);
            city.finish_deliveries(&webhook_id, worker, &ends, Utc::now())
                .await
                .unwrap();
        }
    };
    let all = futures_util::future::join5(
        write,
        dispatching(),
        dispatching(),
        delivering("a"),
        delivering("b"),
    );
    tokio::time::timeout(std::time::Duration::from_secs(60), all)
        .await
        .expect("a delivery is stuck");
    let mut by_request: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (id, version) in arrived.into_inner() {
        by_request.entry(id).or_default().push(version);
    }
    let in_order: Vec<i32> = (1..).take(UPDATES + 1).collect();
    for (id, versions) in by_request {
        assert_eq!(versions, in_order, "{id}");
    }
}

#[tokio::test]
async fn a_receiver_who_fails_for_five_days_is_sent_nothing_more_until_somebody_enables_it() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    let fail = async |status: u16, now: DateTime<Utc>| {
        let claimed = claim(&city, &webhook_id, "w", now).await;
        let ends = [finished(
            claimed.deliveries[0].position,
            status,
            Fate::Retried(now),
        )];
        let rest: Vec<i64> = claimed.deliveries[1..]
            .iter()
            .map(|one| one.position)
            .collect();
        city.release_deliveries(&webhook_id, "w", &rest, now)
            .await
            .unwrap();
        city.finish_deliveries(&webhook_id, "w", &ends, now)
            .await
            .unwrap()
    };
    let found = async || city.find_webhook(&webhook_id).await.unwrap().unwrap();
    assert_eq!(fail(500, noon()).await, None);
    assert_eq!(found().await.failing_since, Some(noon()));
    let late = noon() + DISABLED_AFTER;
    assert_eq!(fail(200, late).await, None, "it is only pending by fiat");
    assert_eq!(found().await.failing_since, None);
    assert_eq!(fail(500, late).await, None);
    let later = late + DISABLED_AFTER;
    assert_eq!(fail(500, later).await, Some(DisabledReason::Failing));
    let disabled = WebhookState::Disabled {
        reason: DisabledReason::Failing,
        since: later,
    };
    assert_eq!(found().await.state, disabled);
    assert_eq!(due(&database.storage(), later).await, 0);
    let none = city
        .claim_deliveries(&webhook_id, "w", later, later, 1)
        .await
        .unwrap();
    assert!(none.is_none());
    note(&city, "A", "Meanwhile").await;
    sequence(&city).await;
    assert_eq!(dispatch(&city, &webhook_id).await, 0);
    let change = WebhookChange {
        settings: &settings(&[], false),
        is_active: Some(true),
        now: later,
    };
    assert!(city.change_webhook(&webhook_id, &change, BY).await.unwrap());
    assert_eq!(found().await.state, WebhookState::Active);
    assert_eq!(found().await.failing_since, None);
    let waits_for = "SELECT count(*) FROM webhook_delivery
        WHERE next_attempt_datetime > '2026-11-25T12:00:00Z'::timestamptz + interval '20 days'";
    assert_eq!(
        database.number(waits_for).await,
        0,
        "what waits is due at once"
    );
    assert_eq!(dispatch(&city, &webhook_id).await, 1);
    assert_eq!(fail(410, later).await, Some(DisabledReason::Gone));
    let entries = city.list_audit_entries(None, 100).await.unwrap();
    let by_job = entries
        .iter()
        .filter(|entry| entry.actor == "job:deliver-webhooks");
    assert_eq!(by_job.count(), 2);
}

#[tokio::test]
async fn a_receiver_who_asks_for_time_is_left_alone() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    let claimed = claim(&city, &webhook_id, "w", noon()).await;
    let mut put_off = finished(
        claimed.deliveries[0].position,
        429,
        Fate::Retried(minutes(10)),
    );
    put_off.outcome.retry_after = Some(TimeDelta::minutes(10));
    let rest = [claimed.deliveries[1].position];
    city.release_deliveries(&webhook_id, "w", &rest, noon())
        .await
        .unwrap();
    city.finish_deliveries(&webhook_id, "w", &[put_off], noon())
        .await
        .unwrap();
    assert_eq!(due(&database.storage(), minutes(9)).await, 0);
    assert_eq!(due(&database.storage(), minutes(10)).await, 1);
    assert_eq!(deliver(&city, &webhook_id, minutes(10)).await.len(), 2);
    let hook = city.find_webhook(&webhook_id).await.unwrap().unwrap();
    assert_eq!((hook.paused_until, hook.failing_since), (None, None));
}

#[tokio::test]
async fn a_secret_that_was_replaced_signs_until_its_time_is_over() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    let other = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVy";
    let until = minutes(60);
    assert!(
        city.rotate_webhook_secret(&webhook_id, other, until, BY, noon())
            .await
            .unwrap()
    );
    let secrets = async |now| claim(&city, &webhook_id, "w", now).await.secrets;
    assert_eq!(secrets(minutes(59)).await, [other, SECRET]);
    assert_eq!(secrets(minutes(60)).await, [other]);
}

#[tokio::test]
async fn what_is_over_is_sent_again_one_by_one_or_by_range() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let update_id = note(&city, "A", "Seen").await;
    sequence(&city).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    let replay = async |update_id: &str| {
        city.replay_delivery(&webhook_id, update_id, BY, noon())
            .await
            .unwrap()
    };
    assert_eq!(replay(&update_id).await, Some(false), "it is pending");
    assert_eq!(replay("unknown").await, None);
    while !deliver(&city, &webhook_id, noon()).await.is_empty() {}
    assert_eq!(replay(&update_id).await, Some(true));
    assert_eq!(
        deliver(&city, &webhook_id, noon()).await,
        [("A".to_owned(), 2)]
    );

    let begin = async |of, after, until| {
        city.begin_replay(&webhook_id, of, after, until, BY, noon())
            .await
            .unwrap()
    };
    assert_eq!(
        begin(ReplayOf::Events, 1, Some(99)).await,
        Replay::Begun { until: 3 }
    );
    assert_eq!(begin(ReplayOf::Events, 0, None).await, Replay::StillRunning);
    let storage = database.storage();
    assert_eq!(storage.list_webhooks_behind(10).await.unwrap().len(), 1);
    let mut again = 0;
    while let round = city.continue_replay(&webhook_id, 1, noon()).await.unwrap()
        && round.read > 0
    {
        again += round.made;
    }
    assert_eq!(again, 2);
    assert_eq!(storage.list_webhooks_behind(10).await.unwrap(), []);
    assert_eq!(deliver(&city, &webhook_id, noon()).await.len(), 2);

    let claimed = claim(&city, &webhook_id, "w", noon()).await;
    assert!(claimed.deliveries.is_empty());
    assert_eq!(replay(&update_id).await, Some(true));
    let claimed = claim(&city, &webhook_id, "w", noon()).await;
    let dead = finished(claimed.deliveries[0].position, 500, Fate::Dead);
    city.finish_deliveries(&webhook_id, "w", &[dead], noon())
        .await
        .unwrap();
    assert_eq!(
        begin(ReplayOf::DeadLetters, 0, None).await,
        Replay::Begun { until: 3 }
    );
    let round = city.continue_replay(&webhook_id, 10, noon()).await.unwrap();
    assert_eq!(round.made, 1);
    assert_eq!(
        deliver(&city, &webhook_id, noon()).await,
        [("A".to_owned(), 2)]
    );
}

#[tokio::test]
async fn a_webhook_that_may_no_longer_hear_of_internal_notes_is_not_sent_those_that_wait() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut internal = NewUpdate::by("key:test", noon());
    internal.is_public = false;
    append(&city, "A", internal).await;
    note(&city, "A", "Public again").await;
    sequence(&city).await;
    let webhook_id = add_webhook(&city, &settings(&[], true)).await;
    dispatch(&city, &webhook_id).await;
    deliver(&city, &webhook_id, noon()).await;
    let change = WebhookChange {
        settings: &settings(&[], false),
        is_active: None,
        now: noon(),
    };
    city.change_webhook(&webhook_id, &change, BY).await.unwrap();
    let claimed = claim(&city, &webhook_id, "w", noon()).await;
    assert_eq!(claimed.deliveries.len(), 1);
    let entries = city.list_claimed_entries(&claimed).await.unwrap();
    assert!(entries.is_empty());
    let taken: Vec<_> = claimed.deliveries.iter().collect();
    city.discard_deliveries(&webhook_id, &taken, noon())
        .await
        .unwrap();
    assert_eq!(
        deliver(&city, &webhook_id, noon()).await,
        [("A".to_owned(), 3)]
    );
}

#[tokio::test]
async fn what_is_sent_is_the_service_request_as_the_public_may_see_it_then() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[("service_code", "POTHOLE")], false)).await;
    dispatch(&city, &webhook_id).await;
    let claimed = claim(&city, &webhook_id, "w", noon()).await;
    let entries = city.list_claimed_entries(&claimed).await.unwrap();
    assert!(entries[0].service_request.is_some());
    let mut removed = NewUpdate::by("key:test", noon());
    removed.kind = UpdateKind::Removed;
    append(&city, "A", removed).await;
    let entries = city.list_claimed_entries(&claimed).await.unwrap();
    assert_eq!(entries[0].service_request, None);
}

#[tokio::test]
async fn what_is_old_or_deleted_goes_page_by_page() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    assert_eq!(
        city.purge_deliveries(&webhook_id, minutes(60))
            .await
            .unwrap(),
        0
    );
    deliver(&city, &webhook_id, noon()).await;
    assert_eq!(city.purge_deliveries(&webhook_id, noon()).await.unwrap(), 0);
    assert_eq!(
        city.purge_deliveries(&webhook_id, minutes(60))
            .await
            .unwrap(),
        2
    );
    assert_eq!(deliveries(&city, &webhook_id, None).await, []);
    note(&city, "A", "More").await;
    sequence(&city).await;
    dispatch(&city, &webhook_id).await;
    assert!(city.delete_webhook(&webhook_id, BY, noon()).await.unwrap());
    assert!(!city.delete_webhook(&webhook_id, BY, noon()).await.unwrap());
    assert_eq!(city.find_webhook(&webhook_id).await.unwrap(), None);
    assert_eq!(city.list_webhooks().await.unwrap(), []);
    let storage = database.storage();
    let found = storage.list_webhooks_to_purge(None, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].2);
    assert!(!city.purge_webhook(&webhook_id).await.unwrap());
    assert!(city.purge_webhook(&webhook_id).await.unwrap());
    assert_eq!(database.number("SELECT count(*) FROM webhook").await, 0);
}

#[tokio::test]
async fn another_city_knows_nothing_of_a_webhook() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let other = a_jurisdiction("other.gov").insert(&database).await;
    let webhook_id = add_webhook(&city, &settings(&[], false)).await;
    dispatch(&city, &webhook_id).await;
    assert_eq!(other.find_webhook(&webhook_id).await.unwrap(), None);
    assert_eq!(other.list_webhooks().await.unwrap(), []);
    assert!(!other.delete_webhook(&webhook_id, BY, noon()).await.unwrap());
    assert_eq!(deliveries(&other, &webhook_id, None).await, []);
    let claimed = other
        .claim_deliveries(&webhook_id, "w", noon(), noon(), 1)
        .await
        .unwrap();
    assert!(claimed.is_none());
}

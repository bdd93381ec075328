//! How many rows the statements of webhooks touch when there are many. PostgreSQL counts them
//! itself, per table: a statement that walks through a table is found out, whatever wrote it.

use crate::{time, touches::fetches};
use chrono::TimeDelta;
use domain::{AttemptOutcome, Fate, WebhookSettings};
use storage::{
    Attempt, By, DeliveryState, Finished, NewWebhook, ReplayOf,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const BY: By<'static> = By {
    actor: "key:test",
    operation: "test",
};

/// 20,000 service requests with two events each. `busy` has deliveries of all of them: a third
/// delivered, some dead, the rest due or waiting behind those; `idle` has none.
const SERVICE_REQUESTS: &str = "INSERT INTO service_request (jurisdiction_id, service_request_id,
        status, service_name, service_code, requested_datetime, updated_datetime, location, is_public, version)
    SELECT 'city.gov', 'R' || n, 'open', 'S', 'S', '2026-11-01Z', '2026-11-01Z',
        ST_SetSRID(ST_MakePoint(-71 + n * 1e-5, 42), 4326), true, 2
    FROM generate_series(1, 20000) AS n";
const EVENTS: &str =
    "INSERT INTO service_request_update (jurisdiction_id, service_request_id, version,
        update_id, kind, is_public, position, recorded_datetime, updated_datetime, status, author)
    SELECT 'city.gov', 'R' || n, v, 'U' || n || '-' || v, 'updated', true, (v - 1) * 20000 + n,
        '2026-11-01Z', '2026-11-01Z', 'open', 'a'
    FROM generate_series(1, 20000) AS n, generate_series(1, 2) AS v";
const DELIVERIES: &str = "INSERT INTO webhook_delivery (jurisdiction_id, webhook_id, position, update_id,
        service_request_id, version, state, attempts, next_attempt_datetime, created_datetime, finished_datetime)
    SELECT jurisdiction_id, 'busy', position, update_id, service_request_id, version,
        CASE WHEN position < 13000 THEN 'delivered' WHEN position < 15000 THEN 'dead' ELSE 'pending' END,
        0, CASE WHEN position BETWEEN 15000 AND 34999 THEN '2026-11-01Z'::timestamptz END,
        '2026-11-01Z', CASE WHEN position < 15000 THEN '2026-11-01Z'::timestamptz END
    FROM service_request_update";
const ATTEMPTS: &str =
    "INSERT INTO webhook_attempt (jurisdiction_id, webhook_id, position, attempt_id,
        started_datetime, duration_ms)
    SELECT jurisdiction_id, webhook_id, position, 'a', '2026-11-01Z', 1 FROM webhook_delivery";

async fn filled() -> TestDatabase {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city.gov").insert(&database).await;
    a_service("S").insert(&city).await;
    let settings = WebhookSettings::new("https://crm.example/", "", vec![], false).unwrap();
    for webhook_id in ["busy", "idle"] {
        let new = NewWebhook {
            webhook_id,
            settings: &settings,
            secret: "whsec_",
            after: Some(0),
            now: time("2026-11-01T00:00:00Z"),
        };
        city.insert_webhook(&new, BY).await.unwrap();
    }
    for sql in [SERVICE_REQUESTS, EVENTS, DELIVERIES, ATTEMPTS] {
        database.execute(sql).await;
    }
    database
        .execute("INSERT INTO feed VALUES ('city.gov', 40000)")
        .await;
    database
        .execute("UPDATE webhook SET last_position = 40000 WHERE webhook_id = 'busy'")
        .await;
    database.execute("VACUUM ANALYZE").await;
    database
}

#[tokio::test]
async fn no_statement_of_webhooks_touches_more_than_its_page() {
    let database = filled().await;
    let now = time("2026-11-02T00:00:00Z");
    let database = &database;
    fetches(database, "list_due_webhooks", 4, async |storage, _| {
        assert_eq!(storage.list_due_webhooks(now, 10).await.unwrap().len(), 1);
    })
    .await;
    fetches(database, "list_webhooks_behind", 0, async |storage, _| {
        assert_eq!(storage.list_webhooks_behind(10).await.unwrap().len(), 1);
    })
    .await;
    // Each event with its service request, the delivery that is written, the one that is due, and
    // the look for one that is due already.
    fetches(database, "dispatch_webhook", 500 * 6, async |_, city| {
        let round = city.dispatch_webhook("idle", 500, now).await.unwrap();
        assert_eq!((round.read, round.made), (500, 500));
    })
    .await;
    fetches(database, "claim_deliveries", 64 * 3, async |_, city| {
        let lease = now + TimeDelta::minutes(1);
        let claim = city.claim_deliveries("busy", "w", now, lease, 64).await;
        let claim = claim.unwrap().unwrap();
        assert_eq!(claim.deliveries.len(), 64);
    })
    .await;
    fetches(database, "list_claimed_entries", 64 * 8, async |_, city| {
        let lease = now + TimeDelta::minutes(1);
        let claim = city.claim_deliveries("busy", "v", now, lease, 64).await;
        let claim = claim.unwrap().unwrap();
        let entries = city.list_claimed_entries(&claim).await.unwrap();
        assert_eq!(entries.len(), 64);
    })
    .await;
    fetches(database, "finish_deliveries", 64 * 16, async |_, city| {
        let lease = now + TimeDelta::minutes(1);
        let claim = city.claim_deliveries("busy", "u", now, lease, 64).await;
        let ends: Vec<Finished> = claim
            .unwrap()
            .unwrap()
            .deliveries
            .iter()
            .map(|one| Finished {
                position: one.position,
                outcome: AttemptOutcome {
                    status: Some(200),
                    retry_after: None,
                },
                fate: Fate::Delivered,
                attempt: Attempt {
                    started_datetime: now,
                    duration: TimeDelta::zero(),
                    error: None,
                    note: None,
                },
            })
            .collect();
        city.finish_deliveries("busy", "u", &ends, now)
            .await
            .unwrap();
    })
    .await;
    fetches(database, "list_deliveries", 51 * 4, async |_, city| {
        for state in [
            None,
            Some(DeliveryState::Dead),
            Some(DeliveryState::Delivered),
            Some(DeliveryState::Pending),
        ] {
            let found = city.list_deliveries("busy", state, Some(39_000), 51).await;
            assert_eq!(found.unwrap().len(), 51);
        }
    })
    .await;
    fetches(database, "find_delivery", 2, async |_, city| {
        let found = city.find_delivery("busy", "U7-1").await.unwrap();
        assert_eq!(found.unwrap().position, 7);
        assert_eq!(city.list_attempts("busy", 7).await.unwrap().len(), 1);
    })
    .await;
    fetches(database, "replay_delivery", 12, async |_, city| {
        let again = city.replay_delivery("busy", "U8-1", BY, now).await.unwrap();
        assert_eq!(again, Some(true));
    })
    .await;
    for (of, after, most) in [
        (ReplayOf::Events, 13_500, 100 * 10),
        (ReplayOf::DeadLetters, 14_000, 100 * 8),
    ] {
        fetches(database, "continue_replay", most, async |_, city| {
            let begun = city.begin_replay("busy", of, after, Some(after + 100), BY, now);
            begun.await.unwrap();
            let round = city.continue_replay("busy", 101, now).await.unwrap();
            assert_eq!(round.made, 100);
        })
        .await;
    }
    fetches(database, "purge_deliveries", 200 * 6, async |_, city| {
        let gone = city.purge_deliveries("busy", now).await.unwrap();
        assert_eq!(gone, 200);
    })
    .await;
}

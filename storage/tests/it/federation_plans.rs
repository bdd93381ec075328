//! How many rows the statements of forwards and mirrors touch when there are many.

use crate::{
    filing::{Filing, id},
    time,
    touches::fetches,
};
use chrono::TimeDelta;
use domain::{AttributeMap, ForwardState, News, Remote, RemoteName, ServiceCode, Window};
use std::collections::HashSet;
use storage::{
    By, ForwardRule, KeyChange,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const BY: By<'static> = By {
    actor: "key:test",
    operation: "test",
};

/// 20,000 service requests, one every half hour, nine of ten closed.
const SERVICE_REQUESTS: &str = "INSERT INTO service_request (jurisdiction_id, service_request_id,
        status, service_name, service_code, requested_datetime, updated_datetime, is_public, version)
    SELECT 'city.gov', 'R' || n, CASE WHEN n % 10 = 0 THEN 'open' ELSE 'closed' END, 'S', 'S',
        '2026-11-01Z'::timestamptz - n * interval '30 minutes', '2026-11-01Z', true, 1
    FROM generate_series(1, 20000) AS n";
const HISTORIES: &str = "INSERT INTO service_request_update (jurisdiction_id, service_request_id,
        version, update_id, kind, is_public, position, recorded_datetime, updated_datetime, status, author)
    SELECT jurisdiction_id, service_request_id, 1, 'U' || service_request_id, 'opened', true, NULL,
        requested_datetime, requested_datetime, 'open', 'a'
    FROM service_request";
/// Each forwarded: most are confirmed and done with, some are followed, some wait, some are dead.
const FORWARDS: &str =
    "INSERT INTO forward (jurisdiction_id, forward_id, service_request_id, remote_name,
        remote_service_code, state, created_datetime, begun_datetime, attempts, searches,
        remote_service_request_id, next_datetime, claims)
    SELECT jurisdiction_id, md5(service_request_id)::uuid, service_request_id, 'salem', 'S',
        CASE WHEN n < 15000 THEN 'confirmed' WHEN n < 18000 THEN 'pending' ELSE 'dead' END,
        requested_datetime, requested_datetime, 0, 0, CASE WHEN n < 15000 THEN 'S' || n END,
        CASE WHEN n BETWEEN 12000 AND 17999 THEN '2026-11-01Z'::timestamptz END, 0
    FROM (SELECT *, substr(service_request_id, 2)::integer AS n FROM service_request) AS numbered";

/// Most were missed once.
const MISSING: &str =
    "INSERT INTO mirror_missing (jurisdiction_id, service_request_id, sweep_datetime)
    SELECT jurisdiction_id, service_request_id, '2026-11-01Z'
    FROM service_request WHERE substr(service_request_id, 2)::integer > 2000";

fn remote() -> Remote {
    Remote::parse("salem", "https://salem.example", None, None, &[], None).unwrap()
}

async fn filled() -> TestDatabase {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city.gov").insert(&database).await;
    let service = a_service("S").insert(&city).await;
    let now = time("2026-11-01T00:00:00Z");
    city.put_remote(&remote(), KeyChange::Set, BY, now)
        .await
        .unwrap();
    let rule = ForwardRule {
        service_code: service.service_code,
        remote_name: remote().name,
        remote_service_code: ServiceCode::parse("S").unwrap(),
        attributes: AttributeMap::default(),
        closes: false,
    };
    city.put_forward_rule(&rule, BY, now).await.unwrap();
    for sql in [
        SERVICE_REQUESTS,
        HISTORIES,
        FORWARDS,
        MISSING,
        "VACUUM ANALYZE",
    ] {
        database.execute(sql).await;
    }
    database
}

#[tokio::test]
async fn no_statement_of_forwards_and_mirrors_touches_more_than_its_page() {
    let database = filled().await;
    let now = time("2026-11-02T00:00:00Z");
    let lease = now + TimeDelta::minutes(1);
    let database = &database;
    let name = RemoteName::parse("salem").unwrap();
    fetches(database, "file", 12, async |_, city| {
        let filing = Filing::of(&a_service("S").service).candidates(&["R1", "R2", "new"]);
        let receipt = filing.filed(city).await;
        assert_eq!(receipt.service_request_id.as_deref(), Some("new"));
    })
    .await;
    fetches(database, "list_remotes_due", 4, async |storage, _| {
        assert_eq!(storage.list_remotes_due(now).await.unwrap().len(), 1);
    })
    .await;
    fetches(database, "claim_forward", 8, async |_, city| {
        let claimed = city.claim_forward(&remote(), now, lease).await.unwrap();
        assert!(claimed.is_some());
    })
    .await;
    fetches(database, "claim_looks", 50 * 4, async |_, city| {
        let looks = city.claim_looks(&remote(), 50, now, lease).await.unwrap();
        assert_eq!(looks.len(), 50);
    })
    .await;
    fetches(database, "find_forward_content", 4, async |_, city| {
        let forward = city.list_forwards_of(&["R7"]).await.unwrap().remove(0);
        let content = city.find_forward_content(&forward, &remote()).await;
        assert!(content.unwrap().is_some());
    })
    .await;
    fetches(database, "list_forwards", 100, async |_, city| {
        let dead = city.list_forwards(ForwardState::Dead, None, 100).await;
        assert_eq!(dead.unwrap().len(), 100);
    })
    .await;
    fetches(database, "list_known_remote_ids", 4, async |_, city| {
        let ids = [id("S7"), id("nothing")];
        let known = city.list_known_remote_ids(&name, &ids).await.unwrap();
        assert_eq!(known.len(), 1);
    })
    .await;
    fetches(database, "apply_news", 16, async |_, city| {
        let news = News {
            status: "closed".into(),
            updated_datetime: Some(now),
            description: Some("Done".into()),
            media_urls: vec![],
            source_update_id: Some("u1".into()),
        };
        let told = city.apply_news(&name, &id("S14000"), &news, now).await;
        assert_eq!(told.unwrap(), 1);
    })
    .await;
    fetches(database, "hasten_forwards", 16, async |_, city| {
        city.hasten_forwards(&remote(), now).await.unwrap();
    })
    .await;
    fetches(database, "list_open_before", 52, async |_, city| {
        let before = time("2026-08-01T00:00:00Z");
        let page = city.list_open_before(before, None, 50).await.unwrap();
        assert_eq!(page.len(), 50);
    })
    .await;
    fetches(database, "list_open_before, next", 54, async |_, city| {
        let before = time("2026-08-01T00:00:00Z");
        let after = id("R10000");
        let page = city
            .list_open_before(before, Some(&after), 50)
            .await
            .unwrap();
        assert_eq!(page.len(), 50);
    })
    .await;
    fetches(database, "list_unseen", 60, async |_, city| {
        let window = Window {
            start: time("2026-10-01T00:00:00Z"),
            end: time("2026-10-02T00:00:00Z"),
        };
        let unseen = city.list_unseen(window, &HashSet::new()).await.unwrap();
        assert_eq!(unseen.of, 49);
    })
    .await;
    fetches(database, "note_missing", 16, async |_, city| {
        let missing = [id("R1")];
        let missed = city.note_missing(&name, &missing, now, now).await;
        assert_eq!(missed.unwrap(), 0);
    })
    .await;
    fetches(database, "note_present", 16, async |_, city| {
        let present = [id("R1"), id("R2")];
        city.note_present(&name, &present, now).await.unwrap();
    })
    .await;
}

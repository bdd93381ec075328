//! While one server after the other is replaced, the version before this one works on the schema of
//! this one: requirement M6. These are its statements, as it sends them.

use crate::time;
use domain::UpdateKind;
use storage::{
    View,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const FILE: &str = "INSERT INTO service_request (jurisdiction_id, service_request_id, status,
        service_name, service_code, description, service_notice, requested_datetime,
        updated_datetime, address, address_id, location, media_url, attribute_answers,
        extended_attributes, is_public)
    VALUES ('boston.gov', $1, 'open', 'Pothole', $2, 'A hole', NULL, '2026-06-01T12:00:00Z',
        '2026-06-01T12:00:00Z', '1 City Hall Square', NULL, NULL, NULL, NULL, NULL, $3)
    ON CONFLICT DO NOTHING";
const REPORTER: &str = "INSERT INTO reporter (jurisdiction_id, service_request_id, email, phone,
        first_name, last_name, device_id, account_id)
    VALUES ('boston.gov', $1, 'a@example.org', NULL, NULL, NULL, NULL, NULL)";
const TOKEN: &str = "INSERT INTO submission_token (jurisdiction_id, token, service_request_id,
        created_datetime) VALUES ('boston.gov', 't1', $1, '2026-06-01T12:00:00Z')";
const KEY: &str = "INSERT INTO idempotency_key (jurisdiction_id, principal, operation, key,
        fingerprint, service_request_id, token, service_notice, created_datetime)
    VALUES ('boston.gov', 'grk_1', 'POST /requests', 'k', '\\x00', $1, NULL, NULL,
        '2026-06-01T12:00:00Z') ON CONFLICT DO NOTHING";
const RESOLVE: &str = "UPDATE service_request SET is_public = true,
        updated_datetime = '2026-06-01T12:01:00Z'
    WHERE jurisdiction_id = 'boston.gov' AND service_request_id = ANY(ARRAY['old-batch'])";
const API_KEY: &str = "INSERT INTO api_key (jurisdiction_id, key_hash, key_id, label,
        created_datetime) VALUES ('boston.gov', '\\x01', 'grk_1', 'App', '2026-06-01T12:00:00Z')";
const FIND_API_KEY: &str = "SELECT key_id FROM api_key WHERE jurisdiction_id = 'boston.gov'
        AND key_hash = '\\x01' AND revoked_datetime IS NULL";
const SERVICE: &str =
    "INSERT INTO service (jurisdiction_id, service_code, service_name, description,
        has_definition, service_type, keywords, service_group, service_notice)
    VALUES ('boston.gov', 'NEW', 'New', '', false, 'realtime', '', '', '')";

#[tokio::test]
async fn what_the_version_before_writes_is_taken_and_reaches_the_feed() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("POTHOLE").insert(&boston).await;
    a_service("BATCH").batch().insert(&boston).await;
    let old = database.client().await;
    old.batch_execute(SERVICE).await.unwrap();
    old.batch_execute(API_KEY).await.unwrap();
    assert_eq!(old.query(FIND_API_KEY, &[]).await.unwrap().len(), 1);
    for (id, service, is_public) in [("old-1", "POTHOLE", true), ("old-batch", "BATCH", false)] {
        let filed = old.execute(FILE, &[&id, &service, &is_public]).await;
        assert_eq!(filed.unwrap(), 1);
        old.execute(REPORTER, &[&id]).await.unwrap();
    }
    old.execute(TOKEN, &[&"old-batch"]).await.unwrap();
    old.execute(KEY, &[&"old-1"]).await.unwrap();
    let feed = async || {
        let now = time("2026-06-01T12:02:00Z");
        while boston.begin_histories(10, now).await.unwrap() > 0 {}
        while boston.sequence_feed(10).await.unwrap() > 0 {}
        let page = boston.list_feed(0, 10, View::Public).await.unwrap();
        let told = page.entries.into_iter();
        told.map(|one| (one.update.service_request_id.into_string(), one.update.kind))
            .collect::<Vec<_>>()
    };
    let first = ("old-1".to_owned(), UpdateKind::Opened);
    assert_eq!(feed().await, std::slice::from_ref(&first));
    // The version before resolves the token of what it has filed.
    old.batch_execute(RESOLVE).await.unwrap();
    let second = ("old-batch".to_owned(), UpdateKind::Opened);
    assert_eq!(feed().await, [first, second]);
}

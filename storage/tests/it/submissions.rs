//! What is written for a POST, and what the reporter is told.

use crate::{
    everything,
    filing::{Filing, id},
    ids, time,
};
use domain::{AttributeAnswer, Position, Status};
use storage::{
    Outcome, Receipt,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

#[tokio::test]
async fn a_realtime_service_answers_an_id_and_the_request_is_public_at_once() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").promising("Soon").insert(&boston).await;
    let receipt = Filing::of(&service)
        .candidates(&["26-1"])
        .filed(&boston)
        .await;

    assert_eq!(receipt.service_request_id.as_deref(), Some("26-1"));
    assert_eq!(receipt.token, None);
    assert_eq!(receipt.service_notice.as_deref(), Some("Soon"));
    let found = boston
        .find_service_request(&id("26-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, Status::Open);
    assert_eq!(found.service_name, "Service POTHOLE");
    assert_eq!(found.service_notice.as_deref(), Some("Soon"));
    assert_eq!(found.description.as_deref(), Some("A hole"));
    assert_eq!(found.requested_datetime, time("2026-06-01T12:00:00Z"));
    assert_eq!(found.updated_datetime, found.requested_datetime);
    assert_eq!(found.expected_datetime, None);
}

#[tokio::test]
async fn a_batch_service_answers_a_token_and_the_request_is_not_public_yet() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filing = Filing::of(&service);
    let receipt = filing.filed(&boston).await;

    let expected = Receipt {
        service_request_id: None,
        token: Some(filing.token.to_string()),
        service_notice: None,
    };
    assert_eq!(receipt, expected);
    assert!(ids(&boston, &everything()).await.is_empty());
}

#[tokio::test]
async fn a_blackbox_service_answers_neither_and_the_request_is_never_public() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BOX").blackbox().insert(&boston).await;
    let receipt = Filing::of(&service).filed(&boston).await;

    assert_eq!((receipt.service_request_id, receipt.token), (None, None));
    let later = time("2030-01-01T00:00:00Z");
    assert_eq!(boston.resolve_tokens(later, later).await.unwrap(), 0);
    assert!(ids(&boston, &everything()).await.is_empty());
    assert_eq!(
        database
            .number("SELECT count(*) FROM service_request")
            .await,
        1
    );
}

#[tokio::test]
async fn where_and_what_is_stored_as_sent() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let mut filing = Filing::of(&service).candidates(&["26-1"]).photo().photo();
    let position = Position::new(42.359_4, -71.058_7);
    let answer = AttributeAnswer {
        code: "SIZE".to_owned(),
        label: "How large?".to_owned(),
        values: vec!["1".to_owned()],
        names: vec!["Small".to_owned()],
    };
    filing.submission.position = position;
    filing.submission.address_id = Some("0012".to_owned());
    filing.submission.media_urls = vec!["https://example.org/a.jpg".to_owned()];
    filing.submission.attributes = vec![answer.clone()];
    filing.filed(&boston).await;

    let found = boston
        .find_service_request(&id("26-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.position, position);
    assert_eq!(found.address_id.as_deref(), Some("0012"));
    assert_eq!(found.attributes, [answer]);
    // Files sent along come first; what does not fit into the standard's one field is an extension.
    assert_eq!(found.media_url.as_ref(), Some(&filing.photos[0].path));
    let further = [&filing.photos[1].path, "https://example.org/a.jpg"];
    let further = further.map(|url| ("media_url".to_owned(), url.to_owned()));
    assert_eq!(found.extended_attributes, further);
}

#[tokio::test]
async fn who_reported_stands_apart_and_only_if_something_was_told() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    Filing::of(&service).filed(&boston).await;
    assert_eq!(database.number("SELECT count(*) FROM reporter").await, 0);

    Filing::of(&service)
        .candidates(&["26-1"])
        .email("canary@example.org")
        .filed(&boston)
        .await;
    let told = "SELECT count(*) FROM reporter WHERE service_request_id = '26-1'
        AND email = 'canary@example.org' AND phone IS NULL";
    assert_eq!(database.number(told).await, 1);
    let elsewhere = "SELECT count(*) FROM service_request AS one WHERE one::text LIKE '%canary%'";
    assert_eq!(database.number(elsewhere).await, 0);
}

#[tokio::test]
async fn an_id_that_is_taken_gives_way_to_the_next() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    for taken in ["1", "2"] {
        a_service_request().id(taken).insert(&boston).await;
    }
    let receipt = Filing::of(&service)
        .candidates(&["1", "2", "3"])
        .filed(&boston)
        .await;
    assert_eq!(receipt.service_request_id.as_deref(), Some("3"));
}

#[tokio::test]
async fn nothing_is_written_when_no_id_is_free() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    a_service_request().id("1").insert(&boston).await;
    let filing = Filing::of(&service)
        .candidates(&["1"])
        .email("a@b")
        .photo()
        .key("key", 1);

    assert_eq!(filing.send(&boston).await.unwrap(), Outcome::NoIdFree);
    let written = "SELECT (SELECT count(*) FROM reporter) + (SELECT count(*) FROM media)
        + (SELECT count(*) FROM idempotency_key) + (SELECT count(*) FROM service_request)";
    assert_eq!(database.number(written).await, 1);
}

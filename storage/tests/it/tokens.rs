//! From a token to an id.

use crate::{
    everything,
    filing::{Filing, id},
    ids, time,
};
use domain::SubmissionToken;
use storage::{
    TokenState,
    testing::{TestDatabase, a_jurisdiction, a_service},
};
use tokio::join;

#[tokio::test]
async fn a_token_is_pending_until_it_is_resolved_and_then_tells_the_id() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filing = Filing::of(&service).candidates(&["26-1"]);
    filing.filed(&boston).await;
    let (filed, now) = (
        filing.submission.requested_datetime,
        time("2026-06-01T12:05:00Z"),
    );
    let state = boston.find_token(&filing.token).await.unwrap();
    assert_eq!(state, Some(TokenState::Pending));

    let too_early = time("2026-06-01T11:59:59Z");
    assert_eq!(boston.resolve_tokens(too_early, now).await.unwrap(), 0);
    assert_eq!(boston.resolve_tokens(filed, now).await.unwrap(), 1);
    assert_eq!(boston.resolve_tokens(filed, now).await.unwrap(), 0);

    let state = boston.find_token(&filing.token).await.unwrap();
    assert_eq!(state, Some(TokenState::Resolved("26-1".to_owned())));
    let found = boston
        .find_service_request(&id("26-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.requested_datetime, filed);
    assert_eq!(
        found.updated_datetime, now,
        "whoever polls by it hears of it"
    );
    assert_eq!(ids(&boston, &everything()).await, ["26-1"]);
}

#[tokio::test]
async fn a_token_means_nothing_to_another_jurisdiction() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filing = Filing::of(&service);
    filing.filed(&boston).await;

    let later = time("2026-06-02T00:00:00Z");
    assert_eq!(salem.find_token(&filing.token).await.unwrap(), None);
    assert_eq!(salem.resolve_tokens(later, later).await.unwrap(), 0);
    let unknown = SubmissionToken::parse("unknown").unwrap();
    assert_eq!(boston.find_token(&unknown).await.unwrap(), None);
}

#[tokio::test]
async fn two_servers_that_resolve_at_once_resolve_each_token_once() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    for _ in 0..20 {
        Filing::of(&service).filed(&boston).await;
    }
    let later = time("2026-06-02T00:00:00Z");
    let (one, other) = join!(
        boston.resolve_tokens(later, later),
        boston.resolve_tokens(later, later),
    );
    assert_eq!(one.unwrap() + other.unwrap(), 20);
    assert_eq!(ids(&boston, &everything()).await.len(), 20);
}

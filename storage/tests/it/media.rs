//! Which photos the public may see.

use crate::{filing::Filing, time};
use storage::testing::{TestDatabase, a_jurisdiction, a_service};
use uuid::Uuid;

#[tokio::test]
async fn a_photo_is_found_by_its_id_in_its_jurisdiction() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let filing = Filing::of(&service).photo();
    filing.filed(&boston).await;
    let media_id = filing.photos[0].media_id;

    let found = boston.find_photo(media_id).await.unwrap().unwrap();
    assert_eq!(found.byte_size, 12_345);
    assert_eq!(found.created_datetime, filing.submission.requested_datetime);
    assert_eq!(salem.find_photo(media_id).await.unwrap(), None);
    assert_eq!(boston.find_photo(Uuid::nil()).await.unwrap(), None);
}

#[tokio::test]
async fn a_photo_is_not_public_before_its_service_request_is() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("BATCH").batch().insert(&boston).await;
    let filing = Filing::of(&service).photo();
    filing.filed(&boston).await;
    let media_id = filing.photos[0].media_id;
    assert_eq!(boston.find_photo(media_id).await.unwrap(), None);

    let later = time("2026-06-02T00:00:00Z");
    boston.resolve_tokens(later, later).await.unwrap();
    assert!(boston.find_photo(media_id).await.unwrap().is_some());
}

#[tokio::test]
async fn photos_keep_the_order_in_which_they_were_sent() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let service = a_service("POTHOLE").insert(&boston).await;
    let filing = Filing::of(&service).photo().photo().photo();
    filing.filed(&boston).await;

    let client = database.client().await;
    let sql = "SELECT media_id::text, sort_order FROM media ORDER BY sort_order";
    let stored = client.query(sql, &[]).await.unwrap();
    let stored: Vec<(String, i32)> = stored.iter().map(|row| (row.get(0), row.get(1))).collect();
    let sent: Vec<_> = filing
        .photos
        .iter()
        .map(|photo| photo.media_id.to_string())
        .zip(1..)
        .collect();
    assert_eq!(stored, sent);
}

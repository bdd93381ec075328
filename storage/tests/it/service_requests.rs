//! The order of what is found, its pages, who may see it, and what it looks like.

use crate::{circle, codes, everything, found, ids, time};
use domain::{AttributeAnswer, Note, ServiceRequestQuery, Sort, UpdateKind};
use storage::{
    Extensions,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

#[tokio::test]
async fn every_order_is_settled_by_the_id_where_times_are_equal() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (early, late) = (time("2026-05-01T00:00:00Z"), time("2026-05-02T00:00:00Z"));
    let latest = time("2026-05-03T00:00:00Z");
    a_service_request()
        .id("b")
        .requested(early)
        .updated(latest)
        .insert(&boston)
        .await;
    a_service_request()
        .id("a")
        .requested(late)
        .insert(&boston)
        .await;
    a_service_request()
        .id("d")
        .requested(late)
        .insert(&boston)
        .await;
    a_service_request()
        .id("c")
        .requested(early)
        .updated(latest)
        .insert(&boston)
        .await;

    for (sort, expected) in [
        (Sort::RequestedDescending, ["d", "a", "c", "b"]),
        (Sort::RequestedAscending, ["b", "c", "a", "d"]),
        (Sort::UpdatedDescending, ["c", "b", "d", "a"]),
        (Sort::UpdatedAscending, ["a", "d", "b", "c"]),
    ] {
        assert_eq!(found!(boston, sort: sort), expected, "{sort:?}");
        let searched = found!(boston, sort: sort, text: Some("service".to_owned()));
        assert_eq!(searched, expected, "{sort:?}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for id in ["a", "b", "c", "d", "e"] {
        a_service_request().id(id).insert(&boston).await;
    }
    for text in [None, Some("service".to_owned())] {
        let mut pages = vec![];
        for page in 1..=4 {
            let query = ServiceRequestQuery {
                page,
                page_size: 2,
                text: text.clone(),
                ..everything()
            };
            let found = boston
                .list_service_requests(&query, Extensions::Left)
                .await
                .unwrap();
            pages.push((ids(&boston, &query).await.concat(), found.has_more));
        }
        let expected = [("ed", true), ("cb", true), ("a", false), ("", false)];
        assert_eq!(pages, expected.map(|(ids, more)| (ids.to_owned(), more)));
    }
    let all = ServiceRequestQuery {
        page_size: 5,
        ..everything()
    };
    let found = boston
        .list_service_requests(&all, Extensions::Left)
        .await
        .unwrap();
    assert!(!found.has_more, "the last page is full");
}

#[tokio::test]
async fn what_is_not_public_is_found_by_no_query() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("SECRET").blackbox().insert(&boston).await;
    let hidden = a_service_request()
        .of_service("SECRET")
        .at(42.0, -71.0)
        .insert(&boston)
        .await;
    let id = hidden.service_request_id;

    assert!(found!(boston).is_empty());
    assert!(found!(boston, service_request_ids: vec![id.clone()]).is_empty());
    assert!(found!(boston, text: Some("service".to_owned())).is_empty());
    assert!(found!(boston, area: circle(42.0, -71.0, 1_000.0)).is_empty());
    assert!(found!(boston, service_codes: codes(&["SECRET"])).is_empty());
    assert!(boston.find_service_request(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_jurisdiction_never_shows_what_was_filed_with_another() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let filed = a_service_request()
        .id("7")
        .at(42.0, -71.0)
        .insert(&boston)
        .await;
    let id = filed.service_request_id;

    assert!(found!(salem).is_empty());
    assert!(found!(salem, service_request_ids: vec![id.clone()]).is_empty());
    assert!(found!(salem, area: circle(42.0, -71.0, 1_000.0)).is_empty());
    assert!(salem.find_service_request(&id).await.unwrap().is_none());
    a_service_request()
        .id("7")
        .saying("ours")
        .insert(&salem)
        .await;
    let found = salem.find_service_request(&id).await.unwrap().unwrap();
    assert_eq!(found.description.as_deref(), Some("ours"));
}

#[tokio::test]
async fn every_field_comes_back_as_it_went_in() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let mut full = a_service_request()
        .id("full")
        .closed()
        .at(42.359_4, -71.058_7);
    let one = &mut full.service_request;
    one.status_notes = Some("Case\tclosed\\N \"at\" last\r\n🕳".to_owned());
    one.description = Some("\\.\n\\N".to_owned());
    one.agency_responsible = Some("Public Works".to_owned());
    one.service_notice = Some("Within 3 days".to_owned());
    one.expected_datetime = Some(time("2026-06-04T12:00:00Z"));
    one.address_id = Some("0012".to_owned());
    one.zipcode = Some("02201".to_owned());
    one.media_url = Some("https://example.org/a.jpg?b=c&d".to_owned());
    one.attributes = vec![AttributeAnswer {
        code: "SIZE".to_owned(),
        label: "How large?".to_owned(),
        values: vec!["1".to_owned(), "2".to_owned()],
        names: vec!["Small".to_owned(), "\"Large\"".to_owned()],
    }];
    one.extended_attributes = vec![
        ("ward".to_owned(), "3".to_owned()),
        (
            "media_url".to_owned(),
            "https://example.org/b.jpg".to_owned(),
        ),
        (
            "media_url".to_owned(),
            "https://example.org/c.jpg".to_owned(),
        ),
    ];
    one.notes = vec![Note {
        datetime: time("2026-06-01T12:30:00Z"),
        note_type: "activity".to_owned(),
        description: "Looked at".to_owned(),
    }];
    let full = full.insert(&boston).await;

    let id = full.service_request_id.clone();
    let found = boston.find_service_request(&id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&full));
    let mut page = boston
        .list_service_requests(&everything(), Extensions::Included)
        .await
        .unwrap();
    // The history begins with what was taken over.
    let history = std::mem::take(&mut page.service_requests[0].updates);
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].kind, UpdateKind::Opened);
    assert_eq!(history[0].status, full.detailed_status);
    assert_eq!(page.service_requests[..], [full]);
    let page = boston
        .list_service_requests(&everything(), Extensions::Left)
        .await
        .unwrap();
    let bare = &page.service_requests[0];
    assert!(bare.attributes.is_empty() && bare.extended_attributes.is_empty());
    assert!(bare.notes.is_empty());
}

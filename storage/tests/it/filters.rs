//! Which service requests each argument finds, alone and with others.

use crate::{circle, codes, found, time};
use chrono::TimeDelta;
use domain::{Area, ServiceRequestId, Status, TimeRange};
use storage::testing::{TestDatabase, a_jurisdiction, a_service_request};

fn range(start: Option<&str>, end: Option<&str>) -> TimeRange {
    TimeRange {
        start: start.map(time),
        end: end.map(time),
    }
}

#[tokio::test]
async fn a_status_finds_service_requests_of_that_status() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service_request().id("open").insert(&boston).await;
    a_service_request()
        .id("closed")
        .closed()
        .insert(&boston)
        .await;

    assert_eq!(found!(boston, status: Some(Status::Open)), ["open"]);
    assert_eq!(found!(boston, status: Some(Status::Closed)), ["closed"]);
    assert_eq!(found!(boston), ["open", "closed"]);
}

#[tokio::test]
async fn service_codes_find_service_requests_of_these_services() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for code in ["001", "1", "002"] {
        a_service_request()
            .id(code)
            .of_service(code)
            .insert(&boston)
            .await;
    }

    assert_eq!(found!(boston, service_codes: codes(&["001"])), ["001"]);
    assert_eq!(
        found!(boston, service_codes: codes(&["1", "002"])),
        ["1", "002"]
    );
    assert!(found!(boston, service_codes: codes(&["003"])).is_empty());
}

#[tokio::test]
async fn a_range_of_time_includes_both_its_ends() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for second in ["10", "11", "12", "13"] {
        let at = time(&format!("2026-05-01T08:00:{second}Z"));
        a_service_request()
            .id(second)
            .requested(at)
            .insert(&boston)
            .await;
    }
    let (start, end) = (Some("2026-05-01T08:00:11Z"), Some("2026-05-01T08:00:12Z"));

    assert_eq!(found!(boston, requested: range(start, end)), ["12", "11"]);
    assert_eq!(found!(boston, requested: range(end, None)), ["13", "12"]);
    assert_eq!(found!(boston, requested: range(None, start)), ["11", "10"]);
    assert_eq!(found!(boston, updated: range(start, end)), ["12", "11"]);
    assert_eq!(found!(boston, updated: range(end, None)), ["13", "12"]);
    assert_eq!(found!(boston, updated: range(None, start)), ["11", "10"]);
}

#[tokio::test]
async fn an_update_is_found_by_when_it_happened_and_not_by_when_the_request_was_filed() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let filed = time("2025-01-01T00:00:00Z");
    let changed = a_service_request().id("changed").requested(filed);
    changed
        .updated(time("2026-05-02T00:00:00Z"))
        .insert(&boston)
        .await;
    a_service_request()
        .id("old")
        .requested(filed)
        .insert(&boston)
        .await;

    let since = range(Some("2026-05-01T00:00:00Z"), None);
    assert_eq!(found!(boston, updated: since), ["changed"]);
    assert!(found!(boston, requested: since).is_empty());
}

#[tokio::test]
async fn a_box_holds_what_lies_within_and_on_its_edge() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service_request()
        .id("inside")
        .at(42.35, -71.06)
        .insert(&boston)
        .await;
    a_service_request()
        .id("edge")
        .at(42.30, -71.06)
        .insert(&boston)
        .await;
    a_service_request()
        .id("outside")
        .at(42.29, -71.06)
        .insert(&boston)
        .await;
    a_service_request().id("nowhere").insert(&boston).await;

    let area = Area::bbox("-71.1,42.3,-71.0,42.4").ok();
    assert_eq!(found!(boston, area: area), ["inside", "edge"]);
    let turned = Area::bbox("42.3,-71.1,42.4,-71.0").ok();
    assert!(found!(boston, area: turned).is_empty());
}

/// Metres are metres, wherever: a degree of longitude is 82.5 km in Boston, 55.8 km in Oslo.
#[tokio::test]
async fn a_circle_is_measured_in_metres() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for (latitude, degree) in [(42.0, 82_853.0), (60.0, 55_800.0)] {
        for metres in [95.0, 105.0] {
            for (way, north, east) in [("n", 1.0, 0.0), ("e", 0.0, 1.0), ("w", 0.0, -1.0)] {
                let id = format!("{latitude}-{metres}-{way}");
                let position = (
                    latitude + north * metres / 111_200.0,
                    10.0 + east * metres / degree,
                );
                a_service_request()
                    .id(&id)
                    .at(position.0, position.1)
                    .insert(&boston)
                    .await;
            }
        }
        let expected: Vec<String> = ["w", "n", "e"]
            .map(|way| format!("{latitude}-95-{way}"))
            .into();
        assert_eq!(
            found!(boston, area: circle(latitude, 10.0, 100.0)),
            expected
        );
        assert_eq!(found!(boston, area: circle(latitude, 10.0, 110.0)).len(), 6);
    }
}

#[tokio::test]
async fn a_circle_reaches_across_the_antimeridian() {
    let database = TestDatabase::new().await;
    let fiji = a_jurisdiction("fiji.gov.fj").insert(&database).await;
    a_service_request()
        .id("here")
        .at(-16.8, 179.9995)
        .insert(&fiji)
        .await;
    a_service_request()
        .id("there")
        .at(-16.8, -179.9995)
        .insert(&fiji)
        .await;

    assert_eq!(
        found!(fiji, area: circle(-16.8, 179.9995, 200.0)),
        ["there", "here"]
    );
}

#[tokio::test]
async fn words_are_looked_for_in_description_address_and_service_name() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service_request()
        .id("description")
        .saying("A deep HOLE, sir")
        .insert(&boston)
        .await;
    a_service_request()
        .id("address")
        .address("2 Hole Street")
        .insert(&boston)
        .await;
    let mut named = a_service_request().id("name").of_service("H");
    named.service_request.service_name = "Hole in the road".to_owned();
    named.insert(&boston).await;
    a_service_request()
        .id("other")
        .saying("Holes")
        .insert(&boston)
        .await;

    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        found!(boston, text: text("hole")),
        ["name", "description", "address"]
    );
    assert_eq!(found!(boston, text: text("deep hole")), ["description"]);
    assert_eq!(found!(boston, text: text("hole -deep -road")), ["address"]);
    assert_eq!(found!(boston, text: text("\"hole street\"")), ["address"]);
    assert_eq!(found!(boston, text: text("hole or holes")).len(), 4);
    for odd in ["'", "\"", "& | !", "-", "((", "\\", "' OR 1=1 --"] {
        assert!(found!(boston, text: text(odd)).is_empty(), "{odd}");
    }
}

#[tokio::test]
async fn filters_narrow_each_other() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let day = time("2026-05-01T00:00:00Z");
    let right = a_service_request()
        .of_service("A")
        .saying("rat")
        .at(42.35, -71.06)
        .requested(day);
    right.clone().id("right").insert(&boston).await;
    right
        .clone()
        .id("service")
        .of_service("B")
        .insert(&boston)
        .await;
    right.clone().id("status").closed().insert(&boston).await;
    right
        .clone()
        .id("text")
        .saying("mouse")
        .insert(&boston)
        .await;
    right
        .clone()
        .id("place")
        .at(43.0, -71.06)
        .insert(&boston)
        .await;
    right
        .clone()
        .id("late")
        .requested(day + TimeDelta::days(2))
        .insert(&boston)
        .await;
    right
        .id("touched")
        .updated(day + TimeDelta::days(2))
        .insert(&boston)
        .await;

    let found = found!(
        boston,
        service_codes: codes(&["A", "C"]),
        status: Some(Status::Open),
        text: Some("rat".to_owned()),
        area: circle(42.35, -71.06, 1_000.0),
        requested: TimeRange { start: Some(day), end: Some(day) },
        updated: TimeRange { start: None, end: Some(day) },
    );
    assert_eq!(found, ["right"]);
}

#[tokio::test]
async fn ids_find_exactly_these_whatever_else_is_asked() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for id in ["a", "b", "c"] {
        a_service_request().id(id).insert(&boston).await;
    }
    let wanted = ["a", "c", "unknown"].map(|id| ServiceRequestId::parse(id).unwrap());

    let found = found!(
        boston,
        service_request_ids: wanted.into(),
        status: Some(Status::Closed),
        service_codes: codes(&["X"]),
        text: Some("nothing".to_owned()),
        area: circle(0.0, 0.0, 1.0),
    );
    assert_eq!(found, ["c", "a"]);
}

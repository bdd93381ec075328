//! Who is responsible where.

use crate::time;
use domain::{Position, ServiceCode};
use storage::{
    JurisdictionStorage,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

/// Two squares that meet in one point, drawn in one line: the area is not valid.
const HOURGLASS: &str = r#"{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}"#;
const WITH_A_HOLE: &str = r#"{"type":"MultiPolygon","coordinates":[
    [[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[3,1],[3,3],[1,3],[1,1]]],
    [[[10,10],[11,10],[11,11],[10,11],[10,10]]]]}"#;

async fn is_inside(jurisdiction: &JurisdictionStorage, position: Position) -> bool {
    let code = ServiceCode::parse("POTHOLE").unwrap();
    let now = time("2026-06-01T12:00:00Z");
    let terms = jurisdiction.find_terms(&code, Some(position), now, chrono_tz::UTC);
    terms.await.unwrap().unwrap().is_inside
}

#[tokio::test]
async fn a_jurisdiction_comes_back_as_it_went_in() {
    let database = TestDatabase::new().await;
    let (boston, salem) = (a_jurisdiction("boston.gov"), a_jurisdiction("salem.gov"));
    salem.clone().insert(&database).await;
    boston.clone().insert(&database).await;

    let listed = database.storage().list_jurisdictions().await.unwrap();
    assert_eq!(listed, [boston.new.jurisdiction, salem.new.jurisdiction]);
}

#[tokio::test]
async fn a_jurisdiction_that_is_there_is_left_as_it_is() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov");
    boston.clone().insert(&database).await;
    for mut other in [boston.clone(), boston.clone().within(HOURGLASS)] {
        other.new.jurisdiction.name = "Other".to_owned();
        let inserted = database.storage().insert_jurisdiction(&other.new).await;
        assert!(!inserted.unwrap());
    }
    let listed = database.storage().list_jurisdictions().await.unwrap();
    assert_eq!(listed, [boston.new.jurisdiction]);
}

#[tokio::test]
async fn a_position_is_inside_a_boundary_or_outside() {
    let database = TestDatabase::new().await;
    for (name, boundary, inside, outside) in [
        (
            "hourglass",
            HOURGLASS,
            vec![(1.0, 0.5), (1.0, 1.5)],
            vec![(0.5, 1.0), (1.0, 3.0)],
        ),
        (
            "hole",
            WITH_A_HOLE,
            vec![(0.5, 0.5), (10.5, 10.5), (0.0, 2.0)],
            vec![(2.0, 2.0), (5.0, 5.0)],
        ),
    ] {
        let jurisdiction = a_jurisdiction(name)
            .within(boundary)
            .insert(&database)
            .await;
        a_service("POTHOLE").insert(&jurisdiction).await;
        for (positions, expected) in [(inside, true), (outside, false)] {
            for (latitude, longitude) in positions {
                let position = Position::new(latitude, longitude).unwrap();
                let is_inside = is_inside(&jurisdiction, position).await;
                assert_eq!(is_inside, expected, "{name} {position:?}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_boundary_a_jurisdiction_is_responsible_everywhere() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("POTHOLE").insert(&boston).await;
    let pole = Position::new(-90.0, 0.0).unwrap();
    assert!(is_inside(&boston, pole).await);
}

#[tokio::test]
async fn a_boundary_that_is_no_area_is_refused() {
    let database = TestDatabase::new().await;
    let storage = database.storage();
    let line = r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#;
    for (odd, area) in [
        ("{", None),
        ("{}", None),
        (line, Some(0.0)),
        (HOURGLASS, Some(2.0)),
    ] {
        assert_eq!(storage.area_of_geojson(odd).await.unwrap(), area, "{odd}");
    }
    let broken = a_jurisdiction("boston.gov").within("{}");
    assert!(storage.insert_jurisdiction(&broken.new).await.is_err());
    assert_eq!(storage.list_jurisdictions().await.unwrap(), []);
}

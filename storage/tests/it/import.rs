//! Taking over what another system has filed.

use crate::{everything, ids, time};
use chrono::{DateTime, Utc};
use domain::{ServiceCode, ServiceRequestId, ServiceRequestQuery, ServiceType, Status};
use std::fs;
use storage::{
    ImportSummary, JurisdictionStorage, Repeated,
    testing::{ServiceRequestBuilder, TestDatabase, a_jurisdiction, a_service, a_service_request},
};

const NOW: &str = "2026-06-02T00:00:00Z";

/// Imports these as the lines 1, 2, ….
async fn import(
    jurisdiction: &JurisdictionStorage,
    rows: &[ServiceRequestBuilder],
    newest_becomes: Option<DateTime<Utc>>,
) -> ImportSummary {
    let mut import = jurisdiction
        .import(newest_becomes, time(NOW))
        .await
        .unwrap();
    for (row, line) in rows.iter().zip(1..) {
        import.add(&row.clone().imported(line)).await.unwrap();
    }
    import.finish().await.unwrap()
}

#[tokio::test]
async fn the_same_import_again_changes_nothing() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let rows = [
        a_service_request()
            .closed()
            .at(42.0, -71.0)
            .saying("A hole"),
        a_service_request().of_service("OTHER"),
    ];
    let first = import(&boston, &rows, None).await;
    assert_eq!(
        (first.taken, first.unchanged, first.new_services),
        (2, 0, 2)
    );
    let versions = "SELECT sum(xmin::text::bigint)::bigint FROM service_request";
    let before = database.number(versions).await;

    let second = import(&boston, &rows, None).await;
    assert_eq!(
        (second.taken, second.unchanged, second.new_services),
        (0, 2, 0)
    );
    assert_eq!(
        database.number(versions).await,
        before,
        "not a row was written"
    );
}

#[tokio::test]
async fn what_differs_is_taken_and_nothing_else() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (same, moved) = (a_service_request(), a_service_request().at(42.0, -71.0));
    let described = a_service_request();
    let before = [same.clone(), moved.clone(), described.clone()];
    import(&boston, &before, None).await;

    let after = [
        same,
        moved.at(42.000_001, -71.0),
        described.saying("More"),
        a_service_request(),
    ];
    let summary = import(&boston, &after, None).await;
    assert_eq!((summary.taken, summary.unchanged), (3, 1));
    for row in after {
        let id = row.service_request.service_request_id.clone();
        let found = boston.find_service_request(&id).await.unwrap();
        assert_eq!(found, Some(row.service_request));
    }
}

#[tokio::test]
async fn a_row_whose_id_came_before_is_told_and_left() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let rows = [
        a_service_request().id("a").saying("first"),
        a_service_request().id("b"),
        a_service_request().id("a").saying("second"),
    ];
    for (taken, unchanged) in [(2, 0), (0, 2)] {
        let summary = import(&boston, &rows, None).await;
        let repeated = Repeated {
            line: 3,
            service_request_id: "a".to_owned(),
        };
        assert_eq!(summary.repeated, [repeated]);
        assert_eq!((summary.taken, summary.unchanged), (taken, unchanged));
    }
    let first = rows[0].service_request.clone();
    let found = boston
        .find_service_request(&first.service_request_id)
        .await
        .unwrap();
    assert_eq!(found, Some(first));
}

/// Rows of 2 KB that fill more than one piece of a file.
fn more_than_a_piece() -> impl Iterator<Item = ServiceRequestBuilder> {
    let text = "A hole. ".repeat(256);
    (0..600).map(move |_| a_service_request().saying(&text))
}

#[tokio::test]
async fn rows_whose_ids_came_long_before_are_told_or_numbered() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let first = [
        a_service_request().id("a").saying("first"),
        a_service_request().derived_id("h"),
    ];
    let last = [
        a_service_request().id("a").saying("second"),
        a_service_request().derived_id("h"),
        a_service_request().derived_id("h"),
    ];
    let rows: Vec<_> = first
        .iter()
        .cloned()
        .chain(more_than_a_piece())
        .chain(last)
        .collect();
    for (taken, unchanged) in [(604, 0), (0, 604)] {
        let summary = import(&boston, &rows, None).await;
        let repeated = Repeated {
            line: 603,
            service_request_id: "a".to_owned(),
        };
        assert_eq!(summary.repeated, [repeated]);
        assert_eq!((summary.taken, summary.unchanged), (taken, unchanged));
    }
    for (id, text) in [
        ("a", Some("first")),
        ("h", None),
        ("h-2", None),
        ("h-3", None),
    ] {
        let id = ServiceRequestId::parse(id).unwrap();
        let found = boston.find_service_request(&id).await.unwrap().unwrap();
        assert_eq!(found.description.as_deref(), text, "{id}");
    }
    let entries = "SELECT count(*) FROM service_request_update WHERE kind = 'opened'";
    assert_eq!(database.number(entries).await, 604);
}

#[tokio::test]
async fn of_two_imports_at_once_the_second_finds_what_the_first_has_written() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let rows: Vec<_> = more_than_a_piece().collect();
    // Its service is there: nobody waits for it to be made.
    import(&boston, &[a_service_request()], None).await;
    let (one, other) = tokio::join!(import(&boston, &rows, None), import(&boston, &rows, None));
    let mut counts = [one, other].map(|summary| (summary.taken, summary.unchanged));
    counts.sort_unstable();
    assert_eq!(counts, [(0, 600), (600, 0)]);
}

#[tokio::test]
async fn a_file_of_one_line_holds_many_rows() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let mut import = boston.import(None, time(NOW)).await.unwrap();
    for id in ["a", "b", "c"] {
        let row = a_service_request().id(id).imported(1);
        import.add(&row).await.unwrap();
    }
    let summary = import.finish().await.unwrap();
    assert_eq!((summary.taken, summary.repeated), (3, vec![]));
}

#[tokio::test]
async fn equal_rows_of_a_source_without_ids_are_numbered() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let rows = [0; 3].map(|_| a_service_request().derived_id("h"));
    for (taken, unchanged) in [(3, 0), (0, 3)] {
        let summary = import(&boston, &rows, None).await;
        assert_eq!(summary.repeated, []);
        assert_eq!((summary.taken, summary.unchanged), (taken, unchanged));
    }
    assert_eq!(ids(&boston, &everything()).await, ["h-3", "h-2", "h"]);
}

#[tokio::test]
async fn an_import_moved_in_time_reopens_what_would_be_closed_later() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let (early, newest) = (time("2020-01-01T00:00:00Z"), time("2020-01-31T00:00:00Z"));
    let mut later = a_service_request().id("later").requested(early).closed();
    later.service_request.status_notes = Some("Done".to_owned());
    later.service_request.updated_datetime = time("2020-02-01T00:00:00Z");
    later.service_request.expected_datetime = Some(time("2020-02-02T00:00:00Z"));
    let rows = [
        a_service_request().id("closed").requested(early).closed(),
        later,
        a_service_request().id("newest").requested(newest),
    ];
    let target = time("2026-06-01T00:00:00Z");
    import(&boston, &rows, Some(target)).await;

    let page = boston
        .list_service_requests(&everything(), storage::Extensions::Left)
        .await
        .unwrap();
    let [newest, later, closed] = &page.service_requests[..] else {
        unreachable!("{page:?}");
    };
    assert_eq!(newest.requested_datetime, target);
    assert_eq!(later.requested_datetime, time("2026-05-02T00:00:00Z"));
    assert_eq!(later.status, Status::Open);
    assert_eq!(later.status_notes, None);
    assert_eq!(later.updated_datetime, later.requested_datetime);
    assert_eq!(later.expected_datetime, Some(time("2026-06-03T00:00:00Z")));
    assert_eq!(closed.status, Status::Closed);
    assert_eq!(closed.updated_datetime, time("2026-05-02T01:00:00Z"));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_made_and_moves_the_changeset() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("KNOWN")
        .named("As it was")
        .batch()
        .insert(&boston)
        .await;
    let mut row = a_service_request().of_service("NEW").imported(1);
    row.service_group = Some("Streets".to_owned());
    let mut import = boston.import(None, time(NOW)).await.unwrap();
    import.add(&row).await.unwrap();
    import
        .add(&a_service_request().of_service("KNOWN").imported(2))
        .await
        .unwrap();
    let summary = import.finish().await.unwrap();
    assert_eq!((summary.taken, summary.new_services), (2, 1));

    let [known, new] = &boston.list_services().await.unwrap()[..] else {
        unreachable!("there are two services");
    };
    assert_eq!(
        (&known.service_name[..], known.service_type),
        ("As it was", ServiceType::Batch)
    );
    assert_eq!(new.service_code, ServiceCode::parse("NEW").unwrap());
    assert_eq!(
        (&new.service_name[..], new.service_type),
        ("Service NEW", ServiceType::Realtime)
    );
    assert_eq!(new.service_group, "Streets");
    let jurisdictions = database.storage().list_jurisdictions().await.unwrap();
    assert_eq!(jurisdictions[0].changeset, time(NOW));
}

#[tokio::test]
async fn what_belongs_to_a_blackbox_service_is_taken_but_not_public() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    a_service("BOX").blackbox().insert(&boston).await;
    let rows = [
        a_service_request().of_service("BOX"),
        a_service_request().id("public"),
    ];
    assert_eq!(import(&boston, &rows, None).await.taken, 2);
    assert_eq!(ids(&boston, &everything()).await, ["public"]);
}

#[tokio::test]
async fn an_import_leaves_what_other_jurisdictions_have() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let salem = a_jurisdiction("salem.gov").insert(&database).await;
    let ours = a_service_request()
        .id("1")
        .saying("ours")
        .insert(&salem)
        .await;
    import(
        &boston,
        &[a_service_request().id("1").saying("theirs")],
        None,
    )
    .await;
    let found = salem
        .find_service_request(&ours.service_request_id)
        .await
        .unwrap();
    assert_eq!(found, Some(ours));
}

#[tokio::test]
async fn an_import_of_nothing_takes_nothing() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let summary = import(&boston, &[], Some(time(NOW))).await;
    assert_eq!(summary, ImportSummary::default());
}

/// Kilobytes that this process holds.
fn resident_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn an_import_holds_little_however_much_goes_through_and_leaves_nothing_when_dropped() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let text = "A hole. ".repeat(256);
    let repeated = a_service_request().saying(&text);
    let before = resident_kb();
    let mut import = boston.import(None, time(NOW)).await.unwrap();
    for line in 1..=29_000 {
        let new = a_service_request().saying(&text);
        for row in [new, repeated.clone()] {
            import.add(&row.imported(line)).await.unwrap();
        }
    }
    // 120 MB went through; other tests of this process hold something, too.
    let grown = resident_kb().saturating_sub(before);
    assert!(grown < 40_000, "{grown} kB");
    drop(import);

    let query = ServiceRequestQuery {
        page_size: 1,
        ..everything()
    };
    assert!(ids(&boston, &query).await.is_empty());
    assert_eq!(boston.list_services().await.unwrap(), []);
}

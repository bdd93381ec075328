//! What staff find: everything that the public finds, what it may not, and who reported.

use crate::{
    filing::{Filing, id},
    plans, time,
};
use domain::{
    ClosingReason, DetailedStatus, Priority, StaffFilter, StaffQuery, StaffServiceRequest, Status,
    TimeRange,
};
use storage::{
    JurisdictionStorage, StaffView, Total,
    testing::{TestDatabase, a_jurisdiction, a_service, a_service_request},
};

const ALL: StaffView<'_> = StaffView {
    agencies: None,
    reporters: true,
};

fn asking(filter: StaffFilter) -> StaffQuery {
    StaffQuery {
        query: crate::everything(),
        filter,
        total: false,
    }
}

async fn found(city: &JurisdictionStorage, filter: StaffFilter) -> Vec<String> {
    let page = city.list_staff_service_requests(&asking(filter), ALL).await;
    ids(page.unwrap().service_requests)
}

fn ids(found: Vec<StaffServiceRequest>) -> Vec<String> {
    found
        .into_iter()
        .map(|one| one.service_request.service_request_id.into_string())
        .collect()
}

/// Four service requests, the newest first: `D` is of a blackbox service; the others are public,
/// and `A` was imported closed.
async fn city(database: &TestDatabase) -> JurisdictionStorage {
    let city = a_jurisdiction("city").insert(database).await;
    let pothole = a_service("POTHOLE").insert(&city).await;
    let complaint = a_service("COMPLAINT").blackbox().insert(&city).await;
    a_service_request().id("A").closed().insert(&city).await;
    for (name, service, minute) in [("B", &pothole, 1), ("C", &pothole, 2), ("D", &complaint, 3)] {
        let mut filing = Filing::of(service).candidates(&[name]);
        filing.submission.requested_datetime += chrono::TimeDelta::minutes(minute);
        if name != "B" {
            filing = filing.email(&format!("{name}@Example.org"));
        }
        filing.submission.reporter.phone = (name == "C").then(|| "+1 617 555 0100".to_owned());
        filing.filed(&city).await;
    }
    let private = "UPDATE service_request SET agency_responsible = 'Works', assignee = 'jane',
            priority = 'urgent', detailed_status = 'in_progress', duplicate_of = 'C',
            expected_datetime = '2026-06-02T12:00:00Z' WHERE service_request_id = 'B';
        UPDATE service_request SET status = 'closed', detailed_status = 'duplicate',
            closing_reason = 'duplicate_of', expected_datetime = '2026-06-01T12:00:00Z'
            WHERE service_request_id = 'D'";
    database.execute(private).await;
    city
}

#[tokio::test]
async fn staff_see_what_is_not_public_too_in_one_order() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    assert_eq!(
        found(&city, StaffFilter::default()).await,
        ["D", "C", "B", "A"]
    );
    let mut query = asking(StaffFilter::default());
    query.query.page_size = 2;
    query.total = true;
    for (page, expected, has_more) in [(1, ["D", "C"], true), (2, ["B", "A"], false)] {
        query.query.page = page;
        let found = city.list_staff_service_requests(&query, ALL).await.unwrap();
        let total = Total {
            count: 4,
            is_exact: true,
        };
        assert_eq!(found.total, Some(total));
        assert_eq!(found.has_more, has_more);
        assert_eq!(ids(found.service_requests), expected);
    }
}

#[tokio::test]
async fn every_private_filter_narrows() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let now = time("2026-06-10T12:00:00Z");
    let none = StaffFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let filters: [(StaffFilter, &[&str]); 20] = [
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::InProgress],
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::Open],
                ..none()
            },
            &["C"],
        ),
        // Of what was imported no more is known than that it is closed.
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::Closed],
                ..none()
            },
            &["A"],
        ),
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::Closed, DetailedStatus::Open],
                ..none()
            },
            &["C", "A"],
        ),
        (
            StaffFilter {
                closing_reasons: vec![ClosingReason::DuplicateOf],
                ..none()
            },
            &["D"],
        ),
        (
            StaffFilter {
                agencies_responsible: vec!["Works".to_owned()],
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                assignees: vec!["jane".to_owned(), "joe".to_owned()],
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                is_assigned: Some(true),
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                is_assigned: Some(false),
                ..none()
            },
            &["D", "C", "A"],
        ),
        (
            StaffFilter {
                priorities: vec![Priority::Urgent],
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                is_public: Some(false),
                ..none()
            },
            &["D"],
        ),
        (
            StaffFilter {
                is_public: Some(true),
                ..none()
            },
            &["C", "B", "A"],
        ),
        (
            StaffFilter {
                overdue: Some((true, now)),
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                overdue: Some((false, now)),
                ..none()
            },
            &["D", "C", "A"],
        ),
        (
            StaffFilter {
                expected: TimeRange {
                    start: Some(time("2026-06-02T00:00:00Z")),
                    end: None,
                },
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                duplicate_of: Some(id("C")),
                ..none()
            },
            &["B"],
        ),
        (
            StaffFilter {
                email: text("d@example.ORG"),
                ..none()
            },
            &["D"],
        ),
        (
            StaffFilter {
                phone: text("+1 617 555 0100"),
                ..none()
            },
            &["C"],
        ),
        (
            StaffFilter {
                has_reporter: Some(true),
                ..none()
            },
            &["D", "C"],
        ),
        (
            StaffFilter {
                has_reporter: Some(false),
                ..none()
            },
            &["B", "A"],
        ),
    ];
    for (filter, expected) in filters {
        assert_eq!(found(&city, filter.clone()).await, expected, "{filter:?}");
        let mut query = asking(filter);
        query.total = true;
        let page = city.list_staff_service_requests(&query, ALL).await.unwrap();
        let count = page.total.map(|total| total.count);
        assert_eq!(count, i64::try_from(expected.len()).ok(), "{query:?}");
    }
}

#[tokio::test]
async fn the_public_filters_hold_for_what_is_private_too() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let mut query = asking(StaffFilter::default());
    query.query.status = Some(Status::Closed);
    let closed = city.list_staff_service_requests(&query, ALL).await.unwrap();
    assert_eq!(ids(closed.service_requests), ["D", "A"]);
    query.query.status = None;
    query.query.text = Some("hole".to_owned());
    let holes = city.list_staff_service_requests(&query, ALL).await.unwrap();
    assert_eq!(ids(holes.service_requests), ["D", "C", "B"]);
    query.query.service_request_ids = vec![id("A"), id("D"), id("nothing")];
    let both = city.list_staff_service_requests(&query, ALL).await.unwrap();
    assert_eq!(ids(both.service_requests), ["D", "A"]);
}

#[tokio::test]
async fn who_reported_is_told_to_those_who_may_know_and_to_nobody_else() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let find = async |name: &str, reporters| {
        let view = StaffView { reporters, ..ALL };
        let found = city.find_staff_service_request(&id(name), view).await;
        found.unwrap().unwrap()
    };
    let reporter = find("D", true).await.reporter.unwrap();
    assert_eq!(reporter.email.as_deref(), Some("D@Example.org"));
    assert_eq!(find("D", false).await.reporter, None);
    assert_eq!(find("B", true).await.reporter, None, "he told nothing");
    let view = StaffView {
        reporters: false,
        ..ALL
    };
    let query = asking(StaffFilter::default());
    let page = city
        .list_staff_service_requests(&query, view)
        .await
        .unwrap();
    assert!(
        page.service_requests
            .iter()
            .all(|one| one.reporter.is_none())
    );
}

#[tokio::test]
async fn staff_of_an_agency_see_what_is_theirs_and_nothing_else() {
    let database = TestDatabase::new().await;
    let city = city(&database).await;
    let agencies = ["Works".to_owned(), "Parks".to_owned()];
    let view = StaffView {
        agencies: Some(&agencies),
        ..ALL
    };
    let mut query = asking(StaffFilter::default());
    query.total = true;
    let page = city
        .list_staff_service_requests(&query, view)
        .await
        .unwrap();
    assert_eq!(page.total.map(|total| total.count), Some(1));
    assert_eq!(ids(page.service_requests), ["B"]);
    query.query.service_request_ids = vec![id("A"), id("B"), id("C")];
    let page = city
        .list_staff_service_requests(&query, view)
        .await
        .unwrap();
    assert_eq!(ids(page.service_requests), ["B"]);
    for (name, is_there) in [("A", false), ("B", true), ("C", false)] {
        let found = city.find_staff_service_request(&id(name), view).await;
        assert_eq!(found.unwrap().is_some(), is_there, "{name}");
    }
}

#[tokio::test]
async fn one_city_does_not_see_the_service_requests_of_another() {
    let database = TestDatabase::new().await;
    let _city = city(&database).await;
    let other = a_jurisdiction("other").insert(&database).await;
    assert!(found(&other, StaffFilter::default()).await.is_empty());
    let find = other.find_staff_service_request(&id("B"), ALL).await;
    assert_eq!(find.unwrap(), None);
    let email = StaffFilter {
        email: Some("d@example.org".to_owned()),
        ..StaffFilter::default()
    };
    assert!(found(&other, email).await.is_empty());
}

/// Of forty thousand, forty are jane's, forty urgent, and so on; one in twenty is private: two
/// thousand, which may be looked through.
const PRIVATE: &str = "UPDATE service_request SET
        agency_responsible = CASE WHEN n % 1000 = 1 THEN 'Rare' ELSE 'Agency ' || n % 5 END,
        assignee = CASE n % 1000 WHEN 2 THEN 'jane' ELSE CASE WHEN n % 3 = 0 THEN 'joe' END END,
        priority = CASE n % 1000 WHEN 3 THEN 'urgent' ELSE 'normal' END,
        detailed_status = CASE WHEN status = 'open' THEN CASE WHEN n % 1000 < 10 THEN 'planned' ELSE 'open' END
            ELSE CASE WHEN n % 1000 < 10 THEN 'duplicate' ELSE 'fixed' END END,
        closing_reason = CASE WHEN status = 'closed' THEN
            CASE WHEN n % 1000 < 10 THEN 'duplicate_of' ELSE 'fixed' END END,
        expected_datetime = CASE WHEN status = 'open' AND n % 100 <> 1
            THEN '2027-01-01T00:00:00Z' ELSE requested_datetime + interval '10 days' END,
        duplicate_of = CASE WHEN n % 1000 = 4 THEN '000000' END,
        is_public = n % 20 <> 0
    FROM (SELECT jurisdiction_id AS j, service_request_id AS i, service_request_id::integer AS n
        FROM service_request) AS numbered
    WHERE jurisdiction_id = j AND service_request_id = i;
    INSERT INTO reporter (jurisdiction_id, service_request_id, email, phone)
    SELECT jurisdiction_id, service_request_id, service_request_id || '@example.org', service_request_id
    FROM service_request WHERE service_request_id::integer % 2 = 0;
    ANALYZE";

#[tokio::test]
async fn the_few_that_a_private_filter_finds_are_not_looked_for_all_over_the_city() {
    let database = plans::database().await;
    database.execute(PRIVATE).await;
    let city = plans::city(&database, "big");
    let now = time("2026-06-01T12:00:00Z");
    let none = StaffFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let rare = ["Rare".to_owned()];
    let of_agency = StaffView {
        agencies: Some(&rare),
        ..ALL
    };
    let filters = [
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::Planned],
                ..none()
            },
            ALL,
            "detailed_status_idx",
        ),
        (
            StaffFilter {
                detailed_statuses: vec![DetailedStatus::Duplicate],
                ..none()
            },
            ALL,
            "detailed_status_idx",
        ),
        (
            StaffFilter {
                closing_reasons: vec![ClosingReason::DuplicateOf],
                ..none()
            },
            ALL,
            "closing_reason_idx",
        ),
        (
            StaffFilter {
                agencies_responsible: rare.to_vec(),
                ..none()
            },
            ALL,
            "agency_responsible_idx",
        ),
        (none(), of_agency, "agency_responsible_idx"),
        (
            StaffFilter {
                assignees: vec!["jane".to_owned()],
                ..none()
            },
            ALL,
            "assignee_idx",
        ),
        (
            StaffFilter {
                priorities: vec![Priority::Urgent],
                ..none()
            },
            ALL,
            "priority_idx",
        ),
        (
            StaffFilter {
                overdue: Some((true, now)),
                ..none()
            },
            ALL,
            "expected_idx",
        ),
        (
            StaffFilter {
                expected: TimeRange {
                    start: Some(now),
                    end: Some(now + chrono::TimeDelta::days(3)),
                },
                ..none()
            },
            ALL,
            "expected_idx",
        ),
        (
            StaffFilter {
                duplicate_of: Some(id("000000")),
                ..none()
            },
            ALL,
            "duplicate_of_idx",
        ),
        (
            StaffFilter {
                email: text("000002@EXAMPLE.org"),
                ..none()
            },
            ALL,
            "reporter_email_idx",
        ),
        (
            StaffFilter {
                phone: text("000002"),
                ..none()
            },
            ALL,
            "reporter_phone_idx",
        ),
        (none(), ALL, "private_requested_idx"),
        (
            StaffFilter {
                is_public: Some(false),
                ..none()
            },
            ALL,
            "private_requested_idx",
        ),
        (
            StaffFilter {
                has_reporter: Some(false),
                ..none()
            },
            ALL,
            "private_requested_idx",
        ),
    ];
    for (filter, view, index) in filters {
        let mut query = asking(filter);
        query.query.page_size = 50;
        let plan = city.explain_staff_list(&query, view).await.unwrap();
        if std::env::var("SHOW_PLANS").is_ok() {
            println!("{query:?}\n{plan}\n");
        }
        assert!(plan.contains(index), "{query:?}\n{plan}");
        assert!(
            !plan.contains("Seq Scan on service_request"),
            "{query:?}\n{plan}"
        );
        assert!(plans::removed(&plan) <= 2_000, "{query:?}\n{plan}");
    }
}

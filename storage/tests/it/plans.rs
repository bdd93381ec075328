//! No search reads a whole table, with more rows than would go unnoticed.

use crate::{everything, time};
use chrono::TimeDelta;
use domain::{
    Area, Position, ServiceCode, ServiceRequestId, ServiceRequestQuery, Sort, Status, TimeRange,
};
use storage::{
    JurisdictionStorage, Storage,
    testing::{TestDatabase, a_jurisdiction, a_service_request},
};

/// The sizes of the jurisdictions: one has more than the adaptive statement sorts.
pub const CITIES: [(&str, u64); 4] = [
    ("big", 40_000),
    ("middle", 15_000),
    ("small", 4_000),
    ("tiny", 1_000),
];

/// Sixty thousand service requests of five years, spread over a tenth of a degree, the same each
/// time. The name changes when the rows do.
pub async fn database() -> TestDatabase {
    TestDatabase::filled("_plans_1", fill).await
}

async fn fill(storage: &Storage) {
    let mut state = 311_u64;
    // Knuth's generator: the same numbers everywhere, and no dependency.
    let mut below = |limit: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % limit
    };
    let oldest = time("2021-06-01T00:00:00Z");
    for (name, count) in CITIES {
        let city = a_jurisdiction(name).new;
        storage.insert_jurisdiction(&city).await.unwrap();
        let city = storage.jurisdiction(&city.jurisdiction.jurisdiction_id);
        let mut import = city
            .import(None, time("2026-06-01T00:00:00Z"))
            .await
            .unwrap();
        for number in 0..count {
            let seconds = i64::try_from(below(5 * 365 * 86_400)).unwrap();
            let (north, east) = (below(10_000) as f64, below(10_000) as f64);
            let mut one = a_service_request()
                .id(&format!("{number:06}"))
                .of_service(&format!("S{}", below(25)))
                .requested(oldest + TimeDelta::seconds(seconds))
                .at(42.0 + north / 1e5, -71.0 + east / 1e5)
                .saying(if below(500) == 0 {
                    "A rare rat"
                } else {
                    "A common hole"
                });
            if below(10) > 0 {
                one = one.closed();
            }
            import.add(&one.imported(number + 1)).await.unwrap();
        }
        import.finish().await.unwrap();
    }
}

/// One of the cities.
pub fn city(database: &TestDatabase, name: &str) -> JurisdictionStorage {
    let id = domain::JurisdictionId::parse(name).unwrap();
    database.storage().jurisdiction(&id)
}

async fn plan(city: &JurisdictionStorage, query: &ServiceRequestQuery) -> String {
    let plan = city.explain_list(query).await.unwrap();
    if std::env::var("SHOW_PLANS").is_ok() {
        println!("{query:?}\n{plan}\n");
    }
    plan
}

/// Rows that were read and thrown away.
pub fn removed(plan: &str) -> u64 {
    let lines = plan.lines().filter_map(|line| {
        let (_, count) = line.split_once("Rows Removed by ")?;
        count.rsplit(' ').next()?.parse::<u64>().ok()
    });
    lines.sum()
}

/// Every filter left out and set, combined: 128 queries.
fn combinations() -> Vec<ServiceRequestQuery> {
    let last_year = TimeRange {
        start: Some(time("2025-06-01T00:00:00Z")),
        end: None,
    };
    let block = Area::bbox("-70.96,42.04,-70.95,42.05").ok();
    let mut queries = vec![everything()];
    let set: [fn(&mut ServiceRequestQuery, TimeRange, Option<Area>); 7] = [
        |query, _, _| query.status = Some(Status::Open),
        |query, _, _| query.service_codes = vec![ServiceCode::parse("S7").unwrap()],
        |query, range, _| query.requested = range,
        |query, range, _| query.updated = range,
        |query, _, block| query.area = block,
        |query, _, _| query.text = Some("rat".to_owned()),
        |query, _, _| query.sort = Sort::UpdatedDescending,
    ];
    for set in set {
        for mut query in queries.clone() {
            set(&mut query, last_year, block);
            queries.push(query);
        }
    }
    queries
}

#[tokio::test]
async fn no_combination_of_filters_reads_the_whole_table() {
    let database = database().await;
    let city = city(&database, "big");
    for mut query in combinations() {
        query.page_size = 50;
        let plan = plan(&city, &query).await;
        assert!(
            !plan.contains("Seq Scan on service_request"),
            "{query:?}\n{plan}"
        );
    }
}

#[tokio::test]
async fn a_list_is_walked_in_the_order_of_an_index_up_to_its_page() {
    let database = database().await;
    let city = city(&database, "big");
    for sort in Sort::ALL.map(|(_, sort)| sort) {
        for (status, codes) in [
            (None, vec![]),
            (Some(Status::Open), vec![]),
            (None, vec!["S7"]),
        ] {
            let by_update = matches!(sort, Sort::UpdatedAscending | Sort::UpdatedDescending);
            if by_update && (status.is_some() || !codes.is_empty()) {
                continue; // no index has this order: sorting a year of one service is cheap enough
            }
            for page in [1, 20] {
                let query = ServiceRequestQuery {
                    service_codes: codes
                        .iter()
                        .map(|code| ServiceCode::parse(code).unwrap())
                        .collect(),
                    status,
                    sort,
                    page,
                    page_size: 50,
                    ..everything()
                };
                let plan = plan(&city, &query).await;
                assert!(!plan.contains("Sort"), "{query:?}\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn ids_are_found_by_the_primary_key() {
    let database = database().await;
    let ids: Vec<_> = (0..50)
        .map(|n| ServiceRequestId::parse(&format!("{n:06}")).unwrap())
        .collect();
    for count in [1, 50] {
        let query = ServiceRequestQuery {
            service_request_ids: ids[..count].to_vec(),
            ..everything()
        };
        let plan = plan(&city(&database, "big"), &query).await;
        assert!(plan.contains("service_request_pk"), "{plan}");
        assert!(removed(&plan) == 0, "{plan}");
    }
}

#[tokio::test]
async fn an_area_without_service_requests_is_not_looked_for_all_over_the_city() {
    let database = database().await;
    let center = Position::new(41.0, -71.0).unwrap();
    for area in [
        Area::bbox("-71.2,41.2,-71.1,41.3").unwrap(),
        Area::Circle {
            center,
            radius_m: 2_000.0,
        },
    ] {
        let query = ServiceRequestQuery {
            area: Some(area),
            ..everything()
        };
        let plan = plan(&city(&database, "big"), &query).await;
        assert!(removed(&plan) < 100, "{plan}");
        assert!(plan.contains("service_request_location_idx"), "{plan}");
    }
}

#[tokio::test]
async fn a_word_that_nobody_wrote_is_not_looked_for_in_every_row() {
    let database = database().await;
    let query = ServiceRequestQuery {
        text: Some("unicorn".to_owned()),
        ..everything()
    };
    let plan = plan(&city(&database, "big"), &query).await;
    assert!(removed(&plan) < 100, "{plan}");
    assert!(plan.contains("service_request_search_idx"), "{plan}");
}

/// Whether the walk was taken instead of the sort of the few.
fn walked(plan: &str) -> bool {
    let (few, walk) = plan
        .split_once("Append")
        .map(|(_, both)| both)
        .unwrap()
        .rsplit_once("->  Limit")
        .unwrap();
    let never = |branch: &str| branch.contains("never executed");
    assert!(never(few) != never(walk), "one of both:\n{plan}");
    never(few)
}

#[tokio::test]
async fn few_matches_are_sorted_and_many_are_walked_to() {
    let database = database().await;
    let city = city(&database, "big");
    let block = Area::bbox("-70.96,42.04,-70.95,42.05").ok();
    let whole = Area::bbox("-71.5,41.5,-70.5,42.5").ok();
    let words = |text: &str| Some(text.to_owned());
    for (area, text, expected) in [
        (block, None, false),
        (whole, None, true),
        (None, words("rat"), false),
        (None, words("hole"), true),
        (whole, words("hole"), true),
        (block, words("rat"), false),
    ] {
        for page in [1, 10] {
            let query = ServiceRequestQuery {
                area,
                text: text.clone(),
                page,
                page_size: 50,
                ..everything()
            };
            let plan = plan(&city, &query).await;
            assert_eq!(walked(&plan), expected, "{query:?}\n{plan}");
        }
    }
}

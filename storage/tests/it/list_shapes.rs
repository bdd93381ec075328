//! However a list is found, it is the same list: what the statements answer is held against the
//! plainest one that there is.

use crate::{
    everything,
    plans::{city, database},
    time,
};
use domain::{ServiceCode, ServiceRequestQuery, Sort, TimeRange};

/// Queries whose statements have a shape of their own, with their conditions in SQL.
fn queries() -> Vec<(ServiceRequestQuery, String)> {
    let mut queries = Vec::new();
    let after = |at: &str| TimeRange {
        start: Some(time(at)),
        end: None,
    };
    // Few that were updated, many, and so many that they are not sorted.
    for at in [
        "2026-05-31T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "2000-01-01T00:00:00Z",
    ] {
        let query = ServiceRequestQuery {
            updated: after(at),
            ..everything()
        };
        queries.push((query, format!("updated_datetime >= '{at}'")));
    }
    for codes in [&["S1", "S2"][..], &["S3", "S4", "S5", "none"]] {
        let parsed = codes.iter().map(|code| ServiceCode::parse(code).unwrap());
        let query = ServiceRequestQuery {
            service_codes: parsed.collect(),
            requested: TimeRange {
                start: Some(time("2026-03-01T00:00:00Z")),
                end: Some(time("2026-05-30T00:00:00Z")),
            },
            ..everything()
        };
        let condition = format!(
            "service_code = ANY('{{{}}}') AND requested_datetime
                BETWEEN '2026-03-01T00:00:00Z' AND '2026-05-30T00:00:00Z'",
            codes.join(",")
        );
        queries.push((query, condition));
    }
    queries
}

#[tokio::test]
async fn every_shape_of_a_list_answers_what_the_plainest_statement_answers() {
    let database = database().await;
    let big = city(&database, "big");
    let client = database.client().await;
    for (query, condition) in queries() {
        for (sort, order) in [
            (Sort::RequestedDescending, "DESC"),
            (Sort::RequestedAscending, "ASC"),
        ] {
            for (page, page_size) in [(1, 7), (3, 20), (1, 50), (2, 100), (1, 1_000), (30, 400)] {
                let asked = ServiceRequestQuery {
                    sort,
                    page,
                    page_size,
                    ..query.clone()
                };
                let found = big.list_keys(&asked).await.unwrap();
                let plain = client
                    .query(
                        &format!(
                            "SELECT service_request_id FROM service_request
                            WHERE jurisdiction_id = 'big' AND is_public AND {condition}
                            ORDER BY requested_datetime {order}, service_request_id {order}
                            LIMIT {} OFFSET {}",
                            page_size + 1,
                            (page - 1) * page_size
                        ),
                        &[],
                    )
                    .await
                    .unwrap();
                assert_eq!(
                    found.has_more,
                    plain.len() > page_size as usize,
                    "{asked:?}"
                );
                let plain: Vec<String> = plain.iter().map(|row| row.get(0)).collect();
                let found: Vec<&str> = found
                    .keys
                    .iter()
                    .map(|key| &key.service_request_id[..])
                    .collect();
                assert_eq!(found, plain[..found.len()], "{asked:?}");
                assert!(
                    found.len() >= plain.len().min(page_size as usize),
                    "{asked:?}"
                );
            }
        }
    }
}

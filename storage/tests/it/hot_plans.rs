//! The plan of every hot statement is the one that was chosen: a lost index, or a column that an index
//! does not hold any more, shows here. Written anew by
//! `UPDATE_PLANS=1 cargo test -p storage --all-features --test it hot_plans`.

use crate::{
    everything,
    plans::{CITIES, city, database},
    time,
};
use domain::{
    Area, Position, ServiceCode, ServiceRequestId, ServiceRequestQuery, Sort, Status, TimeRange,
};
use std::fmt::Write;
use storage::testing::{HOT_STATEMENTS, HotStatement, TestDatabase};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/hot_plans.txt");

/// What is asked most, each with a name.
fn queries() -> Vec<(&'static str, ServiceRequestQuery)> {
    let all = || ServiceRequestQuery {
        page_size: 50,
        ..everything()
    };
    let since = |at| TimeRange {
        start: Some(time(at)),
        end: None,
    };
    let codes = |codes: &[&str]| {
        codes
            .iter()
            .map(|code| ServiceCode::parse(code).unwrap())
            .collect()
    };
    let recent = || ServiceRequestQuery {
        requested: TimeRange {
            start: Some(time("2026-03-01T00:00:00Z")),
            end: Some(time("2026-05-30T00:00:00Z")),
        },
        ..all()
    };
    vec![
        ("the newest", recent()),
        (
            "page 20",
            ServiceRequestQuery {
                page: 20,
                ..recent()
            },
        ),
        (
            "open",
            ServiceRequestQuery {
                status: Some(Status::Open),
                ..recent()
            },
        ),
        (
            "of one service",
            ServiceRequestQuery {
                service_codes: codes(&["S7"]),
                ..recent()
            },
        ),
        (
            "of several services",
            ServiceRequestQuery {
                service_codes: codes(&["S7", "S8", "S9"]),
                ..recent()
            },
        ),
        (
            "changed lately",
            ServiceRequestQuery {
                updated: since("2026-05-20T00:00:00Z"),
                ..all()
            },
        ),
        (
            "changed lately, the last first",
            ServiceRequestQuery {
                updated: since("2026-05-20T00:00:00Z"),
                sort: Sort::UpdatedDescending,
                ..all()
            },
        ),
        (
            "within a box",
            ServiceRequestQuery {
                area: Area::bbox("-70.96,42.04,-70.95,42.05").ok(),
                ..recent()
            },
        ),
        (
            "within a circle",
            ServiceRequestQuery {
                area: Some(Area::Circle {
                    center: Position::new(42.05, -70.95).unwrap(),
                    radius_m: 500.0,
                }),
                ..recent()
            },
        ),
        (
            "with a word",
            ServiceRequestQuery {
                text: Some("rat".to_owned()),
                ..recent()
            },
        ),
        (
            "by their ids",
            ServiceRequestQuery {
                service_request_ids: vec![ServiceRequestId::parse("000001").unwrap()],
                ..all()
            },
        ),
    ]
}

/// The plan without what differs from run to run: numbers, and what was measured.
fn shape(plan: &str) -> String {
    let measured = [
        "Rows Removed",
        "Heap Fetches",
        "Heap Blocks",
        "Sort Method",
        "Buckets",
        "Worker",
        "Buffers",
        "Full-sort",
        "Pre-sorted",
    ];
    let mut shape = String::new();
    for line in plan.lines() {
        if measured
            .iter()
            .any(|name| line.trim_start().starts_with(name))
        {
            continue;
        }
        let line = line.split(" (actual").next().unwrap_or(line);
        let line = line.split(" (never executed)").next().unwrap_or(line);
        let mut in_number = false;
        for c in without_shapes(line.trim_end()).chars() {
            if !(c.is_ascii_digit() || (in_number && c == '.')) {
                in_number = false;
                shape.push(c);
            } else if !in_number {
                in_number = true;
                shape.push('N');
            }
        }
        shape.push('\n');
    }
    shape
}

/// Boxes, points and the like are long words.
fn without_shapes(line: &str) -> String {
    let words = line.split('\'');
    let words = words.map(|word| {
        let is_hex = word.len() > 40 && word.chars().all(|c| c.is_ascii_hexdigit());
        if is_hex { "shape" } else { word }
    });
    words.collect::<Vec<_>>().join("'")
}

async fn plan_of(database: &TestDatabase, statement: &HotStatement) -> String {
    let client = database.client().await;
    let HotStatement { sql, values, .. } = statement;
    let given = if values.is_empty() {
        String::new()
    } else {
        format!("({values})")
    };
    // Some tables here are so small that no index would be worth looking at.
    client
        .batch_execute(&format!(
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;
             PREPARE hot AS {sql}"
        ))
        .await
        .unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE hot{given}");
    let messages = client.simple_query(&explain).await.unwrap();
    let lines = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_hot_statement_has_the_plan_that_was_chosen_for_it() {
    let database = database().await;
    for (name, count) in CITIES {
        let given = city(&database, name)
            .sequence_feed(1_000_000)
            .await
            .unwrap();
        assert_eq!(given as u64, count);
    }
    // As autovacuum leaves it: what an index holds is not looked up in the table.
    database.execute("VACUUM (ANALYZE)").await;
    let big = city(&database, "big");
    let mut found = String::new();
    for (name, query) in queries() {
        let plan = match big.explain_kept_plan(&query).await.unwrap() {
            Some(kept) => kept,
            None => big.explain_list(&query).await.unwrap(),
        };
        write!(found, "== service requests: {name}\n{}\n", shape(&plan)).unwrap();
    }
    for statement in &HOT_STATEMENTS {
        let plan = plan_of(&database, statement).await;
        write!(found, "== {}\n{}\n", statement.name, shape(&plan)).unwrap();
    }
    if std::env::var_os("UPDATE_PLANS").is_some() {
        std::fs::write(SNAPSHOT, &found).unwrap();
    }
    let chosen = std::fs::read_to_string(SNAPSHOT).unwrap();
    for (is, was) in found.split("== ").zip(chosen.split("== ")) {
        assert_eq!(is, was, "the plan has changed; see the head of this file");
    }
    assert_eq!(found.len(), chosen.len());
    assert!(!found.contains("Seq Scan on service_request"), "{found}");
}

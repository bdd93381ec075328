//! Lists that an argument narrows, each against its own SQL.

use super::{Setting, sql};
use crate::{
    Failure,
    data::CITY,
    load::Requests,
    pgbench::Planning,
    scenario::{Scenario, Yardstick},
};
use rand::{RngExt, rngs::StdRng};
use std::rc::Rc;

/// Middles of areas lie in the city, from here on, in millionths of a degree.
const WEST: i64 = -71_120_000;
/// And here nobody files anything: the sea.
const SEA: i64 = -70_400_000;
/// A part of an address that about one in a hundred has.
const WORD: &str = "tremont";

pub(super) fn all(setting: &Setting<'_>) -> Result<Vec<Scenario>, Failure> {
    let scenario =
        |name, what, requests, script, planning, variables: Vec<(&'static str, String)>| {
            let mut sql = sql(script, planning);
            sql.variables.extend(variables);
            Scenario {
                name,
                what,
                requests,
                expected: 200,
                connections: &[1, 8],
                target: |_| 0.6,
                yardstick: Yardstick::Sql(sql),
                writes: false,
            }
        };
    let one = |path: &str| -> Requests { Rc::new(vec![setting.get(path)]) };
    let codes = services(setting)?;
    let after = setting.cluster().run(
        "SELECT to_char(max(updated_datetime) - interval '1 day', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
        FROM service_request WHERE jurisdiction_id = :'city' AND is_public",
        &[("city", CITY)],
    )?;
    let boxes = |west| setting.draw(|chance| format!("requests.json?bbox={}", bbox(west, chance)));
    let circles = setting.draw(|chance| {
        let (long, lat) = place(WEST, chance);
        format!("requests.json?lat={lat:.6}&long={long:.6}&radius=500")
    });
    let periods = periods(setting)?;
    let [first, .., last] = &periods[..] else {
        return Err("the last ninety days have fewer than two periods".into());
    };
    let area = |west: i64| {
        vec![
            ("west0", west.to_string()),
            ("first_period", first.clone()),
            ("last_period", last.clone()),
        ]
    };
    let names: Vec<String> = periods
        .iter()
        .map(|period| format!("\"{CITY} {period}\""))
        .collect();
    Ok(vec![
        scenario(
            "status",
            "`status=open`, 50",
            one("requests.json?status=open&page_size=50"),
            include_str!("../../sql/status.sql"),
            Planning::Kept,
            vec![],
        ),
        scenario(
            "codes",
            "`service_code` of three services, 50",
            one(&format!("requests.json?service_code={codes}&page_size=50")),
            include_str!("../../sql/codes.sql"),
            Planning::Auto,
            vec![("codes", format!("{{{codes}}}"))],
        ),
        scenario(
            "bbox",
            "`bbox` of 1 km, drawn from the city",
            boxes(WEST),
            include_str!("../../sql/bbox.sql"),
            Planning::Custom,
            area(WEST),
        ),
        scenario(
            "bbox-empty",
            "`bbox` of 1 km where nothing is",
            boxes(SEA),
            include_str!("../../sql/bbox.sql"),
            Planning::Custom,
            area(SEA),
        ),
        scenario(
            "radius",
            "`radius` of 500 m, drawn from the city",
            circles,
            include_str!("../../sql/radius.sql"),
            Planning::Custom,
            area(WEST),
        ),
        scenario(
            "words",
            "`q` of a street's name, 50",
            one(&format!("requests.json?q={WORD}&page_size=50")),
            include_str!("../../sql/words.sql"),
            Planning::Custom,
            vec![
                ("word", WORD.to_owned()),
                ("periods", format!("{{{}}}", names.join(","))),
            ],
        ),
        scenario(
            "updated",
            "`updated_after` a day ago, 50",
            one(&format!("requests.json?updated_after={after}&page_size=50")),
            include_str!("../../sql/updated.sql"),
            Planning::Custom,
            vec![("after", after.clone())],
        ),
        scenario(
            "page20",
            "page 20 of 50",
            one("requests.json?page=20&page_size=50"),
            include_str!("../../sql/page20.sql"),
            Planning::Kept,
            vec![],
        ),
    ])
}

/// The third to fifth of the services that are asked for most.
fn services(setting: &Setting<'_>) -> Result<String, Failure> {
    setting.cluster().run(
        "SELECT string_agg(service_code, ',') FROM (
            SELECT service_code FROM bench_sample GROUP BY service_code
            ORDER BY count(*) DESC, service_code OFFSET 2 LIMIT 3) AS frequent",
        &[],
    )
}

/// The periods of thirty days that the last ninety days and tomorrow touch, by which indexes are divided.
fn periods(setting: &Setting<'_>) -> Result<Vec<String>, Failure> {
    let found = setting.cluster().run(
        "SELECT generate_series(
            floor(extract(epoch FROM now() - interval '90 days') / 2592000)::integer,
            floor(extract(epoch FROM now() + interval '1 day') / 2592000)::integer)",
        &[],
    )?;
    Ok(found.lines().map(str::to_owned).collect())
}

/// As the scripts draw it.
fn place(west: i64, chance: &mut StdRng) -> (f64, f64) {
    let degrees = |millionths: i64| millionths as f64 / 1e6;
    (
        degrees(west + chance.random_range(0..=70_000)),
        degrees(42_300_000 + chance.random_range(0..=60_000)),
    )
}

fn bbox(west: i64, chance: &mut StdRng) -> String {
    let (west, south) = place(west, chance);
    format!(
        "{west:.6},{south:.6},{:.6},{:.6}",
        west + 0.012,
        south + 0.009
    )
}

//! GET requests: paging, places, words and order, as servers have added them to the standard.

use conformance_tests::answer::Answer;
use conformance_tests::demo::{self, Demo, INSIDE};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::time::{DAY, now, utc};
use serde_json::Value;

fn find(parameters: &[(&str, &str)]) -> Vec<Value> {
    Demo::boston().endpoint.find(parameters)
}

fn id(row: &Value) -> &str {
    text(row, "service_request_id")
}

/// A window that no other test files anything into.
fn quiet() -> String {
    utc(now() - DAY)
}

/// Metres between a row and Boston's City Hall, on a sphere.
fn metres(row: &Value) -> f64 {
    let (lat, long) = (
        row["lat"].as_f64().unwrap_or(0.0),
        row["long"].as_f64().unwrap_or(0.0),
    );
    let (here_lat, here_long): (f64, f64) = (
        INSIDE.0.parse().unwrap_or(0.0),
        INSIDE.1.parse().unwrap_or(0.0),
    );
    let (a, b) = (lat.to_radians(), here_lat.to_radians());
    let (dy, dx) = ((a - b) / 2.0, (long - here_long).to_radians() / 2.0);
    let h = dy.sin().powi(2) + a.cos() * b.cos() * dx.sin().powi(2);
    2.0 * 6_371_000.0 * h.sqrt().asin()
}

fn links(answer: &Answer) -> Vec<(String, String)> {
    let header = answer.header("link").unwrap_or_default();
    let parts = header.split(", <").filter_map(|part| {
        let (url, rest) = part.trim_start_matches('<').split_once('>')?;
        let relation = rest.split("rel=").nth(1)?.trim_matches(['"', ';', ' ']);
        Some((relation.to_owned(), url.to_owned()))
    });
    parts.collect()
}

#[test]
fn pages_do_not_overlap_and_together_are_the_list() {
    let end = quiet();
    let window = ("end_date", end.as_str());
    let all: Vec<_> = find(&[window, ("page_size", "60")])
        .iter()
        .map(|row| id(row).to_owned())
        .collect();
    let mut paged = Vec::new();
    for page in ["1", "2", "3"] {
        let rows = find(&[window, ("page_size", "20"), ("page", page)]);
        assert_eq!(rows.len(), 20);
        paged.extend(rows.iter().map(|row| id(row).to_owned()));
    }
    assert_eq!(paged, all);
}

#[test]
fn a_page_past_the_end_is_empty() {
    let end = quiet();
    assert_eq!(
        find(&[("end_date", &end), ("page", "9999")]),
        Vec::<Value>::new()
    );
}

#[test]
fn a_link_header_leads_forward_and_back() {
    let end = quiet();
    let parameters = [
        ("end_date", end.as_str()),
        ("page_size", "10"),
        ("page", "2"),
        ("status", "closed"),
    ];
    let answer = Demo::boston()
        .endpoint
        .get("requests", Format::Json, &parameters)
        .expect(200);
    let links = links(&answer);
    for (relation, page) in [("next", "3"), ("prev", "1"), ("first", "1")] {
        let url = links
            .iter()
            .find(|(rel, _)| rel == relation)
            .map(|(_, url)| url.clone());
        let url = url.unwrap_or_else(|| panic!("no {relation} in {links:?}"));
        let linked = conformance_tests::http::Call::new("GET", url)
            .send()
            .expect(200)
            .rows();
        let asked = find(&[parameters[0], parameters[1], parameters[3], ("page", page)]);
        assert_eq!(linked, asked, "{relation}");
    }
}

#[test]
fn the_first_page_links_to_none_before_and_the_last_to_none_after() {
    let relations = |parameters: &[(&str, &str)]| {
        let answer = Demo::boston()
            .endpoint
            .get("requests", Format::Json, parameters)
            .expect(200);
        links(&answer)
            .into_iter()
            .map(|(relation, _)| relation)
            .collect::<Vec<_>>()
    };
    let end = quiet();
    let first = relations(&[("end_date", &end), ("page_size", "10")]);
    assert!(
        first.contains(&"next".into()) && !first.contains(&"prev".into()),
        "{first:?}"
    );
    let word = demo::unique();
    let demo = Demo::boston();
    demo.endpoint
        .file(&demo.report(&demo.plain).with("description", &word));
    let last = relations(&[("q", &word)]);
    assert!(!last.contains(&"next".into()), "{last:?}");
}

#[test]
fn a_page_size_beyond_a_thousand_gives_a_thousand_or_400() {
    let answer = Demo::boston()
        .endpoint
        .get("requests", Format::Json, &[("page_size", "5000")]);
    if answer.status == 200 {
        assert!(answer.rows().len() <= 1000);
    } else {
        answer.blames(Format::Json, 400, "page_size");
    }
}

#[test]
fn a_page_that_is_no_number_is_400() {
    for format in Format::BOTH {
        for parameter in ["page", "page_size"] {
            for wrong in ["one", "-1", "1.5", "1e3", "99999999999999999999999", "٣"] {
                let answer = Demo::boston()
                    .endpoint
                    .get("requests", format, &[(parameter, wrong)]);
                answer.blames(format, 400, parameter);
            }
        }
    }
}

#[test]
fn a_circle_finds_what_lies_within_its_metres() {
    let circle = [("lat", INSIDE.0), ("long", INSIDE.1)];
    let end = quiet();
    let near = find(&[
        circle[0],
        circle[1],
        ("radius", "500"),
        ("end_date", &end),
        ("page_size", "1000"),
    ]);
    assert!(!near.is_empty());
    for row in &near {
        assert!(metres(row) <= 505.0, "{} m: {row}", metres(row));
    }
    let far = find(&[
        circle[0],
        circle[1],
        ("radius", "900"),
        ("end_date", &end),
        ("page_size", "1000"),
    ]);
    let also_near = far
        .iter()
        .filter(|row| metres(row) < 495.0)
        .all(|row| near.contains(row));
    assert!(far.len() >= near.len() && (also_near || near.len() == 1000));
}

#[test]
fn half_a_circle_is_400() {
    for format in Format::BOTH {
        let endpoint = &Demo::boston().endpoint;
        endpoint
            .get("requests", format, &[("lat", INSIDE.0)])
            .blames(format, 400, "long");
        endpoint
            .get("requests", format, &[("long", INSIDE.1)])
            .blames(format, 400, "lat");
        for radius in ["-1", "far", "NaN", "1e400"] {
            let circle = [("lat", INSIDE.0), ("long", INSIDE.1), ("radius", radius)];
            endpoint
                .get("requests", format, &circle)
                .blames(format, 400, "radius");
        }
    }
}

#[test]
fn a_box_finds_what_lies_inside_of_it() {
    let end = quiet();
    let rows = find(&[
        ("bbox", "-71.07,42.35,-71.05,42.37"),
        ("end_date", &end),
        ("page_size", "1000"),
    ]);
    assert!(!rows.is_empty());
    for row in rows {
        let (lat, long) = (row["lat"].as_f64().unwrap(), row["long"].as_f64().unwrap());
        assert!(
            (42.35..=42.37).contains(&lat) && (-71.07..=-71.05).contains(&long),
            "{row}"
        );
    }
}

#[test]
fn a_box_that_is_none_is_400() {
    let wrong = [
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "-71.05,42.35,-71.07,42.37",
        "-71.07,42.37,-71.05,42.35",
        "NaN,NaN,NaN,NaN",
        "-181,0,0,1",
        "0,-91,1,1",
        "0,0,1e400,1",
        ",,,",
    ];
    for format in Format::BOTH {
        for bbox in wrong {
            Demo::boston()
                .endpoint
                .get("requests", format, &[("bbox", bbox)])
                .blames(format, 400, "bbox");
        }
    }
}

#[test]
fn words_are_found_in_description_address_and_service_name() {
    let demo = Demo::boston();
    let (word, street) = (demo::unique(), demo::unique());
    let form = demo
        .report(&demo.plain)
        .with("description", &format!("Ein {word} hier"));
    let filed = demo
        .endpoint
        .file(&form.and("address_string", &format!("{street} Street")));
    assert_eq!(demo.endpoint.find_ids(&[("q", &word)]), [filed.as_str()]);
    assert_eq!(
        demo.endpoint.find_ids(&[("q", &word.to_uppercase())]),
        [filed.as_str()]
    );
    assert_eq!(demo.endpoint.find_ids(&[("q", &street)]), [filed.as_str()]);
    assert_eq!(
        demo.endpoint
            .find_ids(&[("q", &format!("{street} {word}"))]),
        [filed.as_str()]
    );
    let named = find(&[("q", &demo.plain.name), ("page_size", "1000")]);
    assert!(
        named.iter().any(|row| id(row) == filed),
        "{}",
        demo.plain.name
    );
}

#[test]
fn search_operators_and_quotes_are_only_words() {
    for q in [
        "'",
        "\"",
        "a & | ! ( )",
        ":*",
        "%",
        "\\",
        "<->",
        "--",
        "hole' OR '1'='1",
        "🕳",
        "a\u{301}",
        "*",
    ] {
        let answer =
            Demo::boston()
                .endpoint
                .get("requests", Format::Json, &[("q", q), ("page_size", "5")]);
        assert_eq!(answer.status, 200, "{q}: {}", answer.shown());
    }
}

#[test]
fn rows_come_in_the_order_asked_for() {
    let end = quiet();
    for (field, newest_first) in [
        ("requested_datetime", false),
        ("-requested_datetime", true),
        ("updated_datetime", false),
        ("-updated_datetime", true),
    ] {
        let rows = find(&[("sort", field), ("end_date", &end), ("page_size", "200")]);
        let dates: Vec<_> = rows
            .iter()
            .map(|row| text(row, field.trim_start_matches('-')))
            .collect();
        let sorted = dates.is_sorted_by(|a, b| if newest_first { a >= b } else { a <= b });
        assert!(
            sorted && dates.first() != dates.last(),
            "{field}: {dates:?}"
        );
    }
}

#[test]
fn an_order_by_anything_else_is_400() {
    for format in Format::BOTH {
        for sort in [
            "description",
            "+requested_datetime;drop table",
            "--updated_datetime",
            "1",
            "requested_datetime,status",
        ] {
            Demo::boston()
                .endpoint
                .get("requests", format, &[("sort", sort)])
                .blames(format, 400, "sort");
        }
    }
}

#[test]
fn one_parameter_with_two_different_values_is_400_and_with_the_same_one_is_not() {
    let endpoint = &Demo::boston().endpoint;
    let pairs = [
        ("page", "1", "2"),
        ("page_size", "10", "20"),
        ("q", "a", "b"),
        ("bbox", "0,0,1,1", "0,0,2,2"),
        ("sort", "updated_datetime", "-updated_datetime"),
        ("start_date", "2024-01-01", "2024-01-02"),
    ];
    for (name, one, other) in pairs {
        for format in Format::BOTH {
            endpoint
                .get("requests", format, &[(name, one), (name, other)])
                .blames(format, 400, name);
        }
        endpoint
            .get("requests", Format::Json, &[(name, one), (name, one)])
            .expect(200);
    }
}

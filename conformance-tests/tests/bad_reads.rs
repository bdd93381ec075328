//! Every parameter and every path segment of every read method with everything that does not belong
//! there: requirements I1, I2, I3 and I9.

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::Format;
use conformance_tests::hostile::{ask, names, values};
use conformance_tests::http::{Call, Form, percent};
use conformance_tests::server::Server;
use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

/// The parameters of the method that has the most, ours included.
const OF_REQUESTS: [&str; 16] = [
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "updated_after",
    "updated_before",
    "lat",
    "long",
    "radius",
    "bbox",
    "q",
    "sort",
    "page",
    "page_size",
    "extensions",
];

/// What every method takes or passes over.
const OF_ALL: [&str; 4] = ["jurisdiction_id", "api_key", "callback", ""];

fn read(resource: &str, query: &str) -> conformance_tests::answer::Answer {
    ask(|format| {
        let path = format!("/open311/v2/{resource}.{}", format.suffix());
        Server::shared().call("GET", &path).raw_query(query)
    })
}

/// Sends every value in this parameter, with the others beside it that it needs.
fn try_all(resource: &str, parameter: &str) {
    let usual = Form::of(&[("jurisdiction_id", "boston.demo"), ("page_size", "2")]);
    let usual = match parameter {
        "lat" => usual.and("long", "-71.06").and("radius", "500"),
        "long" => usual.and("lat", "42.36").and("radius", "500"),
        "radius" => usual.and("lat", "42.36").and("long", "-71.06"),
        _ => usual,
    };
    let beside = usual.without(parameter).encoded();
    for value in values() {
        let query = format!("{beside}&{parameter}={value}");
        names(&read(resource, &query), parameter);
    }
}

#[test]
fn every_parameter_of_the_list_takes_every_value_calmly() {
    std::thread::scope(|scope| {
        for half in OF_REQUESTS.chunks(OF_REQUESTS.len() / 2) {
            scope.spawn(move || {
                for parameter in half {
                    try_all("requests", parameter);
                }
            });
        }
    });
}

#[test]
fn every_parameter_of_the_other_methods_takes_every_value_calmly() {
    let demo = Demo::boston();
    let id = demo.endpoint.find_ids(&[("page_size", "1")]).remove(0);
    let definition = format!("services/{}", percent(&demo.detailed.code));
    let single = format!("requests/{id}");
    for parameter in OF_ALL {
        try_all("services", parameter);
    }
    for resource in ["discovery", &definition, &single] {
        try_all(resource, "jurisdiction_id");
    }
    try_all(&single, "extensions");
}

#[test]
fn every_path_segment_takes_every_value_calmly() {
    for (resource, argument) in [
        ("services", "service_code"),
        ("requests", "service_request_id"),
        ("tokens", "token"),
    ] {
        let segments = values().into_iter().chain([
            "..%2F..%2Fservices".to_owned(),
            "%2e%2e".to_owned(),
            "a%2Fb".to_owned(),
            "a.json".to_owned(),
            "a%3Fb".to_owned(),
            "x".repeat(60_000),
        ]);
        for segment in segments.filter(|one| !one.is_empty()) {
            let path = format!("{resource}/{segment}");
            let answer = read(&path, "jurisdiction_id=boston.demo");
            assert_eq!(answer.status, 404, "{path}: {}", answer.shown());
            names(&answer, argument);
        }
    }
}

#[test]
fn every_other_segment_takes_every_value_calmly() {
    for segment in values().iter().filter(|one| !one.is_empty()) {
        for path in [
            format!("/jurisdictions/{segment}/open311/v2/services.json"),
            format!("/open311/v2/services.{segment}.json"),
            format!("/open311/{segment}/services.json"),
            format!("/{segment}.json"),
        ] {
            let answer = Server::shared().call("GET", &path).send();
            answer.faults(Format::Json, answer.status);
            assert!([400, 404].contains(&answer.status), "{path}");
        }
        for path in [
            format!("/media/{segment}/0.jpg"),
            format!("/media/boston.demo/{segment}.jpg"),
            format!("/media/boston.demo/..%2F{segment}.jpg"),
            format!("/open311/v2/services.{segment}"),
        ] {
            let answer = Server::shared().call("GET", &path).send();
            answer.faults(Format::Xml, 404);
        }
    }
}

#[test]
fn no_page_is_so_far_that_a_number_overflows() {
    for page in ["1000000", "1000001", "4294967295", "4294967296"] {
        for page_size in ["1", "1000", "1001", "4294967295", "4294967296"] {
            read(
                "requests",
                &format!("jurisdiction_id=boston.demo&page={page}&page_size={page_size}"),
            );
        }
    }
}

fn value() -> impl Strategy<Value = String> {
    proptest::prop_oneof![
        3 => select(values()),
        2 => any::<String>().prop_map(|text| percent(&text)),
        1 => proptest::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| {
            bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
        }),
    ]
}

#[test]
fn any_mix_of_parameters_is_answered_calmly() {
    let names: Vec<_> = OF_REQUESTS.iter().chain(&OF_ALL).copied().collect();
    let pairs = subsequence(names, 0..=4).prop_flat_map(|names| {
        let each = names.into_iter().map(|name| {
            proptest::collection::vec(value(), 1..=2).prop_map(move |values| (name, values))
        });
        each.collect::<Vec<_>>()
    });
    const RESOURCES: [&str; 5] = [
        "services",
        "services/{}",
        "requests",
        "requests/{}",
        "tokens/{}",
    ];
    let strategy = (select(&RESOURCES[..]), value(), pairs, any::<bool>());
    let config = Config {
        cases: 150,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |(resource, segment, pairs, city)| {
        let resource = resource.replace("{}", &segment);
        let call = |format: Format| {
            let path = format!("/open311/v2/{resource}.{}", format.suffix());
            let mut call: Call = Server::shared().call("GET", &path);
            for (name, values) in &pairs {
                for value in values {
                    call = call.raw_query(&format!("{name}={value}"));
                }
            }
            if city {
                call = call.raw_query("jurisdiction_id=boston.demo");
            }
            call
        };
        ask(call);
        Ok(())
    });
    outcome.unwrap();
}

//! Every parameter of every method with everything that does not belong there: always
//! a 2xx or a clear 4xx in the format asked for, the same in both, and nothing written.

use conformance_tests::answer::Answer;
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::http::{Call, Form, percent};
use conformance_tests::server::Server;
use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

/// The parameters of all read methods, ours included, and one that nobody knows.
const PARAMETERS: [&str; 20] = [
    "jurisdiction_id",
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "page",
    "page_size",
    "updated_after",
    "updated_before",
    "lat",
    "long",
    "radius",
    "bbox",
    "q",
    "sort",
    "extensions",
    "api_key",
    "callback",
    "",
];
const RESOURCES: [&str; 7] = [
    "discovery",
    "services",
    "services/{}",
    "requests",
    "requests",
    "requests/{}",
    "tokens/{}",
];
/// The fields of a report.
const FIELDS: [&str; 24] = [
    "api_key",
    "jurisdiction_id",
    "service_code",
    "lat",
    "long",
    "address_string",
    "address_id",
    "email",
    "device_id",
    "account_id",
    "first_name",
    "last_name",
    "phone",
    "description",
    "media_url",
    "media",
    "attribute[{string}]",
    "attribute[{number}]",
    "attribute[{datetime}][]",
    "attribute[{singlevaluelist}]",
    "attribute[{multivaluelist}][]",
    "attribute[",
    "status",
    "",
];

/// What does not belong into a parameter, percent-encoded.
fn unwelcome() -> Vec<String> {
    let plain = [
        "",
        " ",
        "0",
        "-1",
        "1.5",
        "1e400",
        "NaN",
        "99999999999999999999",
        "2024-02-30",
        "2024-02-30T25:61:61Z",
        "9999-12-31T23:59:59.999999999+23:59",
        "true",
        "null",
        "[]",
        "{}",
        "abc",
        ",",
        ",,,",
        "a,b,,c",
        "a\0b",
        "\0",
        "\u{202E}\u{5D0}\u{5D1}",
        "🕳",
        "\u{7}\u{1B}",
        "' or 1=1; --",
        "\"><script>",
        "../../etc/passwd",
        "%",
        "&a=b",
        "\r\nX-Injected: 1",
        "\u{FEFF}",
        "\u{FFFF}",
        "${x}",
        "-91",
        "181",
        "1,2,3,4",
    ];
    let raw = [
        "%FF",
        "%C3%28",
        "%ED%A0%80",
        "%",
        "%ZZ",
        "%00",
        "%u0041",
        "a=b",
        "+",
    ];
    let oversized = [
        "x".repeat(5_000),
        percent(&"ü".repeat(3_000)),
        "1".repeat(400),
    ];
    let encoded = plain.iter().map(|text| percent(text));
    encoded
        .chain(raw.map(str::to_owned))
        .chain(oversized)
        .collect()
}

fn value() -> impl Strategy<Value = String> {
    proptest::prop_oneof![
        3 => select(unwelcome()),
        2 => any::<String>().prop_map(|text| percent(&text)),
    ]
}

/// Parameters with one value, two, or none at all ("missing" is not being chosen).
fn pairs(
    names: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = Vec<(String, String)>> {
    subsequence(names, 0..=most).prop_flat_map(|names| {
        let each = |name: &str| {
            let name = name.to_owned();
            proptest::collection::vec(value(), 1..=2).prop_map(move |values| {
                values
                    .into_iter()
                    .map(|v| (name.clone(), v))
                    .collect::<Vec<_>>()
            })
        };
        names
            .into_iter()
            .map(each)
            .collect::<Vec<_>>()
            .prop_map(|pairs| pairs.concat())
    })
}

fn joined(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={value}", percent(name)))
        .collect();
    pairs.join("&")
}

/// Demands a 2xx with a readable document or a 4xx with an errors document.
#[track_caller]
fn is_clear(answer: &Answer, format: Format) {
    if (200..300).contains(&answer.status) {
        assert_eq!(
            answer.header("content-type"),
            Some(format.media_type()),
            "{}",
            answer.asked
        );
        match format {
            Format::Xml => drop(answer.xml()),
            Format::Json => drop(answer.json()),
        }
        return;
    }
    assert!(
        (400..500).contains(&answer.status),
        "{} {}: {}",
        answer.status,
        answer.asked,
        answer.shown()
    );
    answer.faults(format, answer.status);
    assert_eq!(answer.header("x-injected"), None);
}

/// Sends the same to both formats; returns the status that both must have.
#[track_caller]
fn ask(call: impl Fn(Format) -> Call) -> u16 {
    let [xml, json] = Format::BOTH.map(|format| {
        let answer = call(format).send();
        is_clear(&answer, format);
        answer
    });
    assert_eq!(
        xml.status,
        json.status,
        "{}: {} {}",
        xml.asked,
        xml.shown(),
        json.shown()
    );
    xml.status
}

fn read(resource: &str, query: &str) -> u16 {
    ask(|format| {
        let path = format!("/open311/v2/{resource}.{}", format.suffix());
        Server::shared().call("GET", &path).raw_query(query)
    })
}

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
}

#[test]
fn every_parameter_of_every_read_takes_every_value_calmly() {
    let usual = [("jurisdiction_id", "boston.demo"), ("page_size", "2")];
    for parameter in PARAMETERS {
        let beside = Form::of(&usual).without(parameter).encoded();
        for value in unwelcome() {
            let query = format!("{beside}&{parameter}={value}");
            read("requests", &query);
            if parameter == "jurisdiction_id" {
                read("services", &query);
            }
        }
    }
}

#[test]
fn every_path_segment_takes_every_value_calmly() {
    for resource in ["services", "requests", "tokens"] {
        for value in unwelcome()
            .iter()
            .filter(|value| !value.is_empty() && !value.contains('='))
        {
            let status = read(
                &format!("{resource}/{value}"),
                "jurisdiction_id=boston.demo",
            );
            assert!((400..500).contains(&status), "{resource}/{value}: {status}");
        }
    }
}

#[test]
fn any_mix_of_parameters_is_answered_calmly() {
    let strategy = (
        select(&RESOURCES[..]),
        value(),
        pairs(&PARAMETERS[1..], 4),
        any::<bool>(),
    );
    let outcome = runner(400).run(&strategy, |(resource, segment, pairs, city)| {
        let resource = resource.replace("{}", &segment.replace('=', ""));
        let mut query = joined(&pairs);
        if city {
            query.push_str("&jurisdiction_id=boston.demo");
        }
        read(&resource, &query);
        Ok(())
    });
    outcome.unwrap();
}

/// A server of its own: the tests count its rows.
struct Office {
    home: Home,
    _server: Server,
    demo: Demo,
}

impl Office {
    fn open() -> Self {
        let home = Home::new();
        let server = home.serve_demo();
        let demo = Demo::boston_on(&server);
        Self {
            home,
            _server: server,
            demo,
        }
    }

    fn rows(&self) -> u64 {
        self.home
            .database()
            .sql("select count(*) from service_request")
            .parse()
            .unwrap_or_default()
    }

    /// The field under the name that this server's detailed service gives it.
    fn named(&self, field: &str) -> String {
        demo::DATATYPES
            .iter()
            .fold(field.to_owned(), |field, datatype| {
                field.replace(
                    &format!("{{{datatype}}}"),
                    self.demo.detailed.code_of(datatype),
                )
            })
    }

    /// Files a report with these fields changed in both formats; returns how many were taken.
    #[track_caller]
    fn file(&self, pairs: &[(String, String)]) -> u64 {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (self.named(name), value.clone()))
            .collect();
        let report = self.demo.report(&self.demo.detailed);
        let report = pairs
            .iter()
            .fold(report, |form: Form, (name, _)| form.without(name));
        let body = format!("{}&{}", report.encoded(), joined(&pairs));
        let status = ask(|format| {
            self.demo
                .endpoint
                .call("POST", "requests", format)
                .raw_form(&body)
        });
        if status == 200 { 2 } else { 0 }
    }
}

#[test]
fn every_field_of_a_report_takes_every_value_calmly_and_refusals_write_nothing() {
    let office = Office::open();
    let before = office.rows();
    let mut taken = 0;
    for field in FIELDS {
        for value in unwelcome() {
            taken += office.file(&[(field.to_owned(), value)]);
        }
        assert_eq!(office.rows(), before + taken, "{field}");
    }
}

#[test]
fn any_mix_of_fields_is_answered_calmly_and_refusals_write_nothing() {
    let office = Office::open();
    let before = office.rows();
    let taken = std::cell::Cell::new(0);
    let outcome = runner(300).run(&pairs(&FIELDS, 3), |pairs| {
        taken.set(taken.get() + office.file(&pairs));
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(office.rows(), before + taken.get());
}

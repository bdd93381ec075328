//! Every field of a report with everything that does not belong there, urlencoded and multipart: a
//! refusal names the field and writes nothing. Requirements I1, I2, I3.

use std::sync::atomic::{AtomicU64, Ordering};

use conformance_tests::answer::Answer;
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::Format;
use conformance_tests::home::Home;
use conformance_tests::hostile::{ask, names, values};
use conformance_tests::http::{Form, percent};
use conformance_tests::server::Server;
use proptest::prelude::{Strategy, any};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

/// The fields of a report, but for the names and the account, which are read as the telephone number
/// is; a datatype in braces stands for the attribute that has it.
const FIELDS: [&str; 21] = [
    "api_key",
    "jurisdiction_id",
    "service_code",
    "lat",
    "long",
    "address_string",
    "address_id",
    "email",
    "device_id",
    "phone",
    "description",
    "media_url",
    "media",
    "attribute[{string}]",
    "attribute[{number}]",
    "attribute[{datetime}]",
    "attribute[{singlevaluelist}]",
    "attribute[{multivaluelist}]",
    "attribute[",
    "status",
    "",
];

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

    /// How many service requests there are, and rows in the other tables.
    fn rows(&self) -> (u64, Vec<(String, String)>) {
        let mut counts = self.home.database().row_counts();
        let number = |table: &str| {
            let mut found = counts.iter();
            let found = found.find(|(name, _)| name.ends_with(table));
            found
                .and_then(|(_, count)| count.parse().ok())
                .unwrap_or_default()
        };
        let filed = number(".service_request");
        let history = number(".service_request_update");
        assert_eq!(history, filed, "each has the beginning of its history");
        let sql = |sql: &str| self.home.database().sql(sql);
        assert_eq!(
            sql("select count(*) from audit_entry where operation = 'post_service_request'"),
            sql("select count(*) from service_request_update where author like 'key:%'"),
            "the audit log knows of each that a key has filed"
        );
        // A reporter's row comes with a service request that tells one, that of a feed with the first
        // entry of a history, that of the audit log with what a key has done.
        let come_with = [
            "service_request",
            "service_request_update",
            "reporter",
            "feed",
            "audit_entry",
        ];
        counts.retain(|(name, _)| {
            come_with
                .iter()
                .all(|table| !name.ends_with(&format!(".{table}")))
        });
        (filed, counts)
    }

    /// The field under the name that this server's detailed service gives it.
    fn named(&self, field: &str) -> String {
        let service = &self.demo.detailed;
        demo::DATATYPES
            .iter()
            .fold(field.to_owned(), |field, datatype| {
                field.replace(&format!("{{{datatype}}}"), service.code_of(datatype))
            })
    }

    /// Files a good report in which these fields are replaced, in both formats.
    #[track_caller]
    fn file(&self, pairs: &[(String, String)]) -> Answer {
        let report = self.demo.report(&self.demo.detailed);
        let report = pairs
            .iter()
            .fold(report, |form: Form, (name, _)| form.without(name));
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("&{}={value}", percent(name)));
        let body = report.encoded() + &pairs.collect::<String>();
        ask(|format| {
            let call = self.demo.endpoint.call("POST", "requests", format);
            call.raw_form(&body)
        })
    }
}

#[test]
fn every_field_takes_every_value_calmly_and_refusals_name_it_and_write_nothing() {
    let office = &Office::open();
    let (before, others) = office.rows();
    let taken = &AtomicU64::new(0);
    std::thread::scope(|scope| {
        for fields in FIELDS.chunks(4) {
            scope.spawn(move || {
                for field in fields {
                    let field = office.named(field);
                    for value in values() {
                        let answer = office.file(&[(field.clone(), value)]);
                        names(&answer, &field);
                        let filed = if answer.status == 200 { 2 } else { 0 };
                        taken.fetch_add(filed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken > 0);
    assert_eq!(office.rows(), (before + taken, others));
}

#[test]
fn a_missing_field_is_named_unless_it_is_optional() {
    let office = Office::open();
    let (before, _) = office.rows();
    for (fields, named, status) in [
        (&["api_key"][..], "api_key", 403),
        (&["service_code"], "service_code", 400),
        (&["lat"], "lat", 400),
        (&["long"], "long", 400),
        (&["lat", "long"], "lat", 400),
    ] {
        let report = office.demo.report(&office.demo.detailed);
        let form = fields
            .iter()
            .fold(report, |form, field| form.without(field));
        for format in Format::BOTH {
            let answer = office.demo.endpoint.post(format, &form);
            answer.blames(format, status, named);
        }
    }
    assert_eq!(office.rows().0, before);
}

#[test]
fn any_mix_of_fields_is_answered_calmly_and_refusals_write_nothing() {
    let office = Office::open();
    let (before, others) = office.rows();
    let value = proptest::prop_oneof![
        3 => select(values()),
        2 => any::<String>().prop_map(|text| percent(&text)),
    ];
    let pairs = subsequence(&FIELDS[..], 0..=3).prop_flat_map(move |names| {
        let each = names.into_iter().map(|name| {
            proptest::collection::vec(value.clone(), 1..=2).prop_map(move |values| (name, values))
        });
        each.collect::<Vec<_>>()
    });
    let config = Config {
        cases: 100,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let taken = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&pairs, |pairs| {
        let pairs: Vec<_> = pairs
            .iter()
            .flat_map(|(name, values)| {
                values
                    .iter()
                    .map(|value| (office.named(name), value.clone()))
            })
            .collect();
        if office.file(&pairs).status == 200 {
            taken.set(taken.get() + 2);
        }
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(office.rows(), (before + taken.get(), others));
}

#[test]
fn a_field_that_is_not_utf_8_is_named_in_a_multipart_body_too() {
    let demo = Demo::boston();
    for field in ["description", "email", "lat", "attribute[X]"] {
        for bytes in [&b"\xFF\xFE"[..], b"sch\xF6n", b"\xED\xA0\x80", b"a\0b"] {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
            let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
            let answer = ask(|format| {
                let call = demo.endpoint.call("POST", "requests", format);
                call.raw_query("api_key=demo-key")
                    .body("multipart/form-data; boundary=b", body.clone())
            });
            assert_eq!(answer.status, 400, "{}", answer.shown());
            names(&answer, field);
        }
    }
}

#[test]
fn json_is_no_form_however_it_is_built() {
    let demo = Demo::boston();
    for body in [
        "{}",
        "[[[[",
        "{\"a\":1,\"a\":2}",
        "1e400",
        "\"\\ud800\"",
        &"[".repeat(100_000),
    ] {
        let answer = ask(|format| {
            let call = demo.endpoint.call("POST", "requests", format);
            call.body("application/json", body)
        });
        assert_eq!(answer.status, 415, "{}", answer.shown());
    }
}

//! A copy of each endpoint.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use conformance_tests::endpoint::Endpoint as Ours;
use conformance_tests::home::Home;

use crate::defects::{self, Defect};
use crate::endpoint::Endpoint;
use crate::endpoint::city::{City, ServiceRequest};
use crate::endpoint::sample;
use crate::endpoint::site::Setup;
use crate::endpoint::spoil::Spoil;
use crate::liberties::{self, Liberty};

/// All copies together, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(900);
/// The kit's city spans 200 days; half of it is two windows. Some endpoints have only what is older.
const BACK_TO: TimeDelta = TimeDelta::days(100);
const FAR_BACK_TO: TimeDelta = TimeDelta::days(190);

/// How much of an endpoint is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    /// All of it.
    Whole,
    /// What can be read.
    Part,
    /// It cannot be read.
    Nothing,
}

/// What an endpoint does, how much is copied of it, and whether it is told that it is not all.
const ODD: &[(&str, Copied, bool)] = &[
    ("writes umlauts in Latin-1", Copied::Part, true),
    (
        "writes codes as numbers with leading zeros",
        Copied::Part,
        true,
    ),
    (
        "lists service requests without service_request_id",
        Copied::Part,
        true,
    ),
    ("leaves requested_datetime out of some", Copied::Part, true),
    ("wants an API key for reading", Copied::Nothing, true),
    (
        "refuses arguments that it does not know",
        Copied::Nothing,
        true,
    ),
    // Its answers are those of an endpoint that has no more.
    ("ignores start_date and end_date", Copied::Part, false),
    ("swaps start_date and end_date", Copied::Nothing, false),
];

/// The same of those that have but one format.
const OTHER_FORMAT: &[(&str, &str)] = &[
    ("offers JSON only", "xml"),
    ("announces JSON and has none", "json"),
];

/// Those that say something else of a service request than they know.
const OTHER_WORDS: &[&str] = &[
    "answers descriptions with markup in them",
    "leaves out the time zone",
    "cuts descriptions short in the list",
];

/// An endpoint and what is copied of it.
struct Case {
    does: &'static str,
    format: &'static str,
    name: String,
    since: DateTime<Utc>,
    /// What the endpoint knows, before it is wrong about it.
    city: City,
    _endpoint: Endpoint,
}

impl Case {
    fn start(number: usize, does: &'static str, spoils: &[Spoil], format: &'static str) -> Self {
        let setup = Setup {
            jurisdictions: vec!["example.org"],
            kind: "test",
            json: true,
        };
        let mut city = sample::city("example.org");
        spoils.iter().for_each(|spoil| spoil.city(&mut city));
        let is_old = does == "has only old service requests";
        let since = Utc::now() - if is_old { FAR_BACK_TO } else { BACK_TO };
        Self {
            does,
            format,
            name: format!("c{number}"),
            since,
            city,
            _endpoint: Endpoint::start(&setup, spoils.to_vec()),
        }
    }

    fn expected(&self) -> (Copied, bool) {
        if OTHER_FORMAT.contains(&(self.does, self.format)) {
            return (Copied::Nothing, true);
        }
        let odd = ODD.iter().find(|(does, ..)| *does == self.does);
        odd.map_or((Copied::Whole, false), |(_, copied, told)| (*copied, *told))
    }

    /// Holds the copy against what there is. `told`: what its operator is told.
    #[track_caller]
    fn check(&self, copy: &Copy, told: &str) {
        let case = format!("it {} ({}): {told}", self.does, self.format);
        let truth = self.truth();
        // One of them hears of something new now and then.
        let mut invented = copy.keys().filter(|id| !truth.contains_key(*id));
        assert!(
            invented.all(|id| id.starts_with("from-outside-")),
            "{case}: {copy:?}"
        );
        let missing = truth.keys().filter(|id| !copy.contains_key(*id)).count();
        let copied = match missing {
            0 => Copied::Whole,
            _ if missing == truth.len() => Copied::Nothing,
            _ => Copied::Part,
        };
        let (expected, is_told) = self.expected();
        assert_eq!(copied, expected, "{case}: {missing} of {}", truth.len());
        assert!(!is_told || !told.is_empty(), "{case}: nobody learns of it");
        for (id, (at, said)) in copy.iter().filter(|_| !OTHER_WORDS.contains(&self.does)) {
            let Some((known_at, known)) = truth.get(id) else {
                continue;
            };
            assert_eq!(said, known, "{case}");
            // The city was made twice: once there and once here.
            assert!((at - known_at).abs() <= 5, "{case}: {at}, not {known_at}");
        }
    }

    /// What is there to be copied: what it is called, and what is said of it.
    fn truth(&self) -> Copy {
        let all = self.city.requests.iter();
        let told = all.filter(|one| one.requested >= self.since);
        told.map(|one| (one.id.clone(), (one.requested.timestamp(), said(one))))
            .collect()
    }
}

/// When each service request was filed, in seconds, and what is said of it.
type Copy = BTreeMap<String, (i64, String)>;

/// Status, service and words of a service request. White space is no word.
fn said(request: &ServiceRequest) -> String {
    let status = if request.is_open { "open" } else { "closed" };
    let text = request.description.clone().unwrap_or_default();
    let words: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let code = &request.service_code;
    format!("{status}|{code}|{words}")
}

/// The same of the copies, with the names of the copy and of the service request.
const SAID: &str = "SELECT jurisdiction_id || '|' || service_request_id || '|' || \
    extract(epoch FROM requested_datetime)::bigint || '|' || status || '|' || service_code || '|' || \
    regexp_replace(coalesce(description, ''), '\\s', '', 'g') \
    FROM service_request WHERE jurisdiction_id ~ '^c[0-9]+$' AND is_public";

fn cases() -> Vec<Case> {
    type Way = (&'static str, &'static [Spoil]);
    let right: Way = ("is right", &[]);
    let wrong = |defects: &'static [Defect]| defects.iter().map(|one| (one.does, one.spoils));
    let free = |liberties: &'static [Liberty]| liberties.iter().map(|one| (one.does, one.spoils));
    let of_json: Vec<&str> = wrong(defects::json::DEFECTS)
        .map(|(does, _)| does)
        .collect();
    let in_xml = defects::all().map(|one| (one.does, one.spoils));
    let in_xml = in_xml.filter(|(does, _)| !of_json.contains(does));
    let in_xml = in_xml.chain(free(liberties::answers::LIBERTIES));
    let in_xml = in_xml.chain(free(liberties::documents::LIBERTIES));
    // How something is written is another matter in the other format.
    let in_json = wrong(defects::json::DEFECTS).chain(wrong(defects::formats::DEFECTS));
    let in_json = in_json.chain(free(liberties::documents::LIBERTIES));
    let in_json = in_json.filter(|(does, _)| !does.contains("XML"));
    let in_xml = [right].into_iter().chain(in_xml).map(|way| (way, "xml"));
    let in_json = [right].into_iter().chain(in_json).map(|way| (way, "json"));
    (0..)
        .zip(in_xml.chain(in_json))
        .map(|(number, ((does, spoils), format))| Case::start(number, does, spoils, format))
        .collect()
}

/// Makes a jurisdiction for each case that is a mirror of it. By hand: three commands for each would
/// take longer than the test.
fn mirror(home: &Home, cases: &[Case]) {
    for cases in cases.chunks(20) {
        let mut sql = String::new();
        for case in cases {
            let Case {
                does,
                name,
                since,
                format,
                _endpoint: endpoint,
                ..
            } = case;
            // Its operator has to know how few it lists, because it does not tell.
            let at_most = match *does {
                "answers ten service requests and no more" => 10,
                _ => 1_000,
            };
            write!(
                sql,
                "INSERT INTO jurisdiction (jurisdiction_id, name, time_zone, contact, id_format, changeset)
                VALUES ('{name}', '{name}', 'UTC', '', '{{yy}}-####-####', now());
                INSERT INTO remote (jurisdiction_id, remote_name, base_url, dialect, fields, created_datetime)
                VALUES ('{name}', 'r', '{}', '[[\"format\",\"{format}\"],[\"max_rows\",\"{at_most}\"]]', '[]', now());
                INSERT INTO mirror (jurisdiction_id, remote_name, created_datetime, back_to_datetime,
                    sweep_every_seconds, is_complete, next_datetime, failures, claims)
                VALUES ('{name}', 'r', now(), '{since}', 86400, false, now(), 0, 0);\n",
                endpoint.url
            )
            .expect("a string can be written to");
        }
        home.database().sql(&sql);
    }
}

/// Waits until each copy is complete and compared, or its original has failed twice in a row.
fn await_copies(home: &Home) {
    let started = Instant::now();
    let working = "SELECT count(*) FROM mirror WHERE last_sweep_datetime IS NULL AND failures < 2";
    while home.database().sql(working) != "0" {
        let waited = started.elapsed();
        assert!(waited < PATIENCE, "{}", home.database().sql("TABLE mirror"));
        thread::sleep(Duration::from_millis(500));
    }
}

/// What `georeport mirror list` says was wrong last, by the names of the copies.
fn told(home: &Home) -> BTreeMap<String, String> {
    let listed = home.run(&["mirror", "list"]).stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let lines = listed.lines().filter_map(|line| {
        let (name, rest) = line.split_once('\t')?;
        Some((name.to_owned(), rest.rsplit('\t').next()?.to_owned()))
    });
    lines.collect()
}

/// What the copies hold.
fn copies(home: &Home) -> BTreeMap<String, Copy> {
    let mut copies: BTreeMap<String, Copy> = BTreeMap::new();
    for line in home.database().sql(SAID).lines() {
        let mut parts = line.splitn(4, '|');
        let mut part = || parts.next().expect("four parts").to_owned();
        let (name, id, at, said) = (part(), part(), part(), part());
        let at = at.parse().expect("seconds");
        copies.entry(name).or_default().insert(id, (at, said));
    }
    copies
}

#[test]
fn a_copy_holds_nothing_that_is_not_there_and_all_that_can_be_read() {
    let home = Home::new();
    let server = home.serve_demo_with(&["--outbound-allow", "127.0.0.0/8"]);
    let cases = cases();
    mirror(&home, &cases);
    await_copies(&home);
    let (mut copies, mut told) = (copies(&home), told(&home));
    assert_eq!(told.len(), cases.len(), "{told:?}");
    for case in &cases {
        let copy = copies.remove(&case.name).unwrap_or_default();
        case.check(&copy, &told.remove(&case.name).unwrap_or_default());
        if case.does == "is right" {
            let served = Ours::standard(&server, &case.name).find(&[]);
            assert!(served.len() > 20 && served.len() <= copy.len());
        }
    }
    assert!(copies.is_empty(), "{copies:?}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

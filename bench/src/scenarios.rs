//! The scenarios: the rows of the table that issue 5 set as targets.

mod filters;

use crate::{
    Failure,
    cluster::Cluster,
    data::{CITY, Layout, POST_CITY},
    http::{self, header},
    load,
    pgbench::{Planning, Sql},
    program,
    scenario::{Caching, Scenario, Yardstick},
    server::{Installation, Server},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::rc::Rc;

/// How many different requests are prepared where they differ.
const MANY: usize = 4_000;
const ALL: &[usize] = &[1, 8, 64];
/// One by its id: the target is set for 8 to 16.
const FEW_AND_MORE: &[usize] = &[1, 8, 16, 64];
/// In the standard's document, where requests are.
const PATH: &str = "/open311/v2";

/// What the scenarios are made for.
pub struct Setting<'a> {
    /// The server's binary.
    pub installation: &'a Installation,
    /// A server that runs.
    pub server: &'a Server,
    /// Its rows.
    pub layout: Layout,
}

impl Setting<'_> {
    fn cluster(&self) -> &Cluster {
        &self.server.cluster
    }

    /// One GET of the city.
    fn get(&self, path: &str) -> Vec<u8> {
        self.get_with(path, "")
    }

    fn get_with(&self, path: &str, headers: &str) -> Vec<u8> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("{PATH}/{path}{mark}jurisdiction_id={CITY}");
        http::get(&self.server.address, &path, headers)
    }

    /// Many that differ by what is drawn.
    fn draw(&self, mut path: impl FnMut(&mut StdRng) -> String) -> Rc<Vec<Vec<u8>>> {
        let mut chance = StdRng::seed_from_u64(311);
        Rc::new((0..MANY).map(|_| self.get(&path(&mut chance))).collect())
    }

    fn single(&self) -> Rc<Vec<Vec<u8>>> {
        self.draw(|chance| {
            let block = chance.random_range(0..self.layout.blocks());
            let id = self.layout.id(block, chance.random_range(0..60));
            format!("requests/{id}.json")
        })
    }
}

fn sql(script: &'static str, planning: Planning) -> Sql {
    let variables = vec![("city", CITY.to_owned())];
    Sql {
        script,
        variables,
        planning,
    }
}

/// All scenarios that run with such caching.
///
/// # Errors
/// When the server cannot be asked for what they are made of.
pub fn all(setting: &Setting<'_>, caching: Caching) -> Result<Vec<Scenario>, Failure> {
    let mut all = match caching {
        Caching::Off => uncached(setting),
        Caching::On => repeated(setting)?,
    };
    match caching {
        Caching::Off => all.extend(filters::all(setting)?),
        Caching::On => all.push(post(setting)?),
    }
    Ok(all)
}

fn uncached(setting: &Setting<'_>) -> Vec<Scenario> {
    let scenario = |name, what, requests, target, yardstick| Scenario {
        name,
        what,
        requests,
        expected: 200,
        connections: if name == "single" { FEW_AND_MORE } else { ALL },
        target,
        yardstick,
        writes: false,
    };
    let mut single = sql(include_str!("../sql/single.sql"), Planning::Auto);
    single.variables.extend([
        ("blocks", setting.layout.blocks().to_string()),
        ("regions", setting.layout.regions.to_string()),
    ]);
    let list50 = sql(include_str!("../sql/list50.sql"), Planning::Kept);
    let list1000 = sql(include_str!("../sql/list1000.sql"), Planning::Kept);
    let one = |path| Rc::new(vec![setting.get(path)]);
    vec![
        scenario(
            "single",
            "`requests/{id}.json`, drawn from all of a city",
            setting.single(),
            |_| 0.6,
            Yardstick::Sql(single),
        ),
        scenario(
            "list50",
            "`requests.json`, the newest 50",
            one("requests.json?page_size=50"),
            |_| 0.7,
            Yardstick::Sql(list50),
        ),
        scenario(
            "list1000",
            "`requests.json`, the newest 1000",
            one("requests.json"),
            |_| 2.0,
            Yardstick::Sql(list1000),
        ),
        scenario(
            "xml1000",
            "the same as XML, against JSON",
            one("requests.xml"),
            |_| 0.9,
            Yardstick::Other(one("requests.json")),
        ),
    ]
}

fn repeated(setting: &Setting<'_>) -> Result<Vec<Scenario>, Failure> {
    let scenario = |name, what, path: &str| Scenario {
        name,
        what,
        requests: Rc::new(vec![setting.get(path)]),
        expected: 200,
        connections: ALL,
        target: |_| 0.7,
        yardstick: Yardstick::Static,
        writes: false,
    };
    let id = setting.layout.id(setting.layout.blocks() - 1, 0);
    let mut all = vec![
        scenario("again-services", "`services.json` again", "services.json"),
        scenario(
            "again-definition",
            "a service definition again",
            "services/sidewalk-repair.json",
        ),
        scenario(
            "again-single",
            "one service request again",
            &format!("requests/{id}.json"),
        ),
        scenario(
            "again-list50",
            "50 service requests again",
            "requests.json?page_size=50",
        ),
        scenario(
            "again-list1000",
            "1000 service requests again",
            "requests.json",
        ),
    ];
    let (_, answer) = load::once(&setting.server.address, &setting.get("requests.json"))?;
    let head = String::from_utf8_lossy(&answer);
    // Without an ETag nothing can be asked on a condition; the answers then are 200, and wrong.
    let etag = header(&head, "etag").unwrap_or("\"none\"");
    let condition = format!("If-None-Match: {etag}\r\n");
    all.push(Scenario {
        requests: Rc::new(vec![setting.get_with("requests.json", &condition)]),
        expected: 304,
        ..scenario(
            "conditional",
            "1000 service requests that the client has (`If-None-Match`)",
            "requests.json",
        )
    });
    Ok(all)
}

fn post(setting: &Setting<'_>) -> Result<Scenario, Failure> {
    let mut create = setting.installation.command(&["key", "create"]);
    let key = program::output(create.args(["--jurisdiction", POST_CITY, "--label", "bench"]))?;
    // One that asks nothing more, so that nothing has to be answered.
    let service = setting.cluster().run(
        "SELECT service_code, service_name, service_notice FROM service
        WHERE jurisdiction_id = 'post.example' AND service_type = 'realtime' AND NOT has_definition
            AND service_notice <> '' ORDER BY service_code LIMIT 1",
        &[],
    )?;
    let service: Vec<&str> = service.split('|').collect();
    let [code, name, notice] = service[..] else {
        return Err("no service can be filed without attributes".into());
    };
    let description = "The slab in front of the house is loose and tilts when one steps on it";
    let mut chance = StdRng::seed_from_u64(311);
    let requests = (0..MANY).map(|_| {
        let long = -71.0589 + f64::from(chance.random_range(0..1_000)) * 1e-5;
        let form = format!(
            "api_key={key}&jurisdiction_id={POST_CITY}&service_code={code}&lat=42.3601&long={long:.5}\
             &description={}&email=jane%40example.org&first_name=Jane&last_name=Doe",
            description.replace(' ', "+")
        );
        http::post(&setting.server.address, &format!("{PATH}/requests.json"), &form)
    });
    let variables = vec![
        ("code", code.to_owned()),
        ("name", name.to_owned()),
        ("notice", notice.to_owned()),
        ("description", description.to_owned()),
    ];
    Ok(Scenario {
        name: "post",
        what: "`POST requests.json`, durable",
        requests: Rc::new(requests.collect()),
        expected: 200,
        connections: ALL,
        target: |connections| if connections < 64 { 0.7 } else { 1.0 },
        yardstick: Yardstick::Sql(Sql {
            script: include_str!("../sql/post.sql"),
            variables,
            planning: Planning::Auto,
        }),
        writes: true,
    })
}

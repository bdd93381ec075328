//! `jurisdiction_id`: needed where several jurisdictions are served, in either place.

use conformance_tests::demo::{BOSTON, Demo, ZURICH};
use conformance_tests::endpoint::{Endpoint, Format, text};
use conformance_tests::server::Server;

/// The methods, with resources that exist in Boston only.
const RESOURCES: [&str; 5] = [
    "services",
    "services/x",
    "requests",
    "requests/x",
    "tokens/x",
];

#[test]
fn a_missing_or_empty_jurisdiction_is_400_on_every_method() {
    let server = Server::shared();
    for format in Format::BOTH {
        for resource in RESOURCES {
            for query in ["", "jurisdiction_id="] {
                let path = format!("/open311/v2/{resource}.{}", format.suffix());
                server.call("GET", &path).raw_query(query).send().blames(
                    format,
                    400,
                    "jurisdiction_id",
                );
            }
        }
        let demo = Demo::boston();
        let post = server.call("POST", &format!("/open311/v2/requests.{}", format.suffix()));
        post.form(&demo.report(&demo.plain))
            .send()
            .blames(format, 400, "jurisdiction_id");
    }
}

#[test]
fn an_unknown_jurisdiction_is_404_on_every_method_and_both_base_paths() {
    let server = Server::shared();
    let demo = Demo::boston();
    let unknown = [
        Endpoint::standard(server, "nowhere.example"),
        Endpoint::fixed(server, "nowhere.example"),
    ];
    for endpoint in unknown {
        for format in Format::BOTH {
            for resource in RESOURCES {
                endpoint
                    .get(resource, format, &[])
                    .blames(format, 404, "jurisdiction_id");
            }
            endpoint
                .post(format, &demo.report(&demo.plain))
                .blames(format, 404, "jurisdiction_id");
        }
    }
}

#[test]
fn a_post_takes_the_jurisdiction_from_the_form_too() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain).and("jurisdiction_id", BOSTON);
    let answer = Server::shared()
        .call("POST", "/open311/v2/requests.json")
        .form(&form)
        .send()
        .expect(200);
    let id = text(&answer.row(), "service_request_id").to_owned();
    assert_eq!(
        text(&demo.endpoint.request(&id), "service_code"),
        demo.plain.code
    );
}

#[test]
fn the_fixed_base_path_needs_no_parameter_and_takes_an_empty_one() {
    let fixed = Endpoint::fixed(Server::shared(), BOSTON);
    let services = fixed.services();
    let empty = fixed
        .get("services", Format::Json, &[("jurisdiction_id", "")])
        .expect(200);
    assert_eq!(empty.rows(), services);
    let same = fixed
        .get("services", Format::Json, &[("jurisdiction_id", BOSTON)])
        .expect(200);
    assert_eq!(same.rows(), services);
    let demo = Demo::boston();
    let id = fixed.file(&demo.report(&demo.plain));
    assert_eq!(fixed.request(&id), demo.endpoint.request(&id));
}

#[test]
fn another_jurisdiction_beside_the_fixed_one_is_refused_or_ignored() {
    let fixed = Endpoint::fixed(Server::shared(), BOSTON);
    let answer = fixed.get("services", Format::Json, &[("jurisdiction_id", ZURICH)]);
    if answer.status == 200 {
        assert_eq!(
            answer.rows(),
            fixed.services(),
            "never the other city's services"
        );
    } else {
        answer.blames(Format::Json, answer.status, "jurisdiction_id");
        assert!([400, 404].contains(&answer.status));
    }
}

#[test]
fn a_jurisdiction_shows_its_own_requests_only() {
    let demo = Demo::boston();
    let zurich = Endpoint::standard(Server::shared(), ZURICH);
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    assert_eq!(zurich.find(&[("service_request_id", &id)]).len(), 0);
    let rows = zurich.find(&[("page_size", "1000")]);
    assert!(!rows.is_empty());
    for row in rows {
        let lat = row["lat"].as_f64();
        assert!(lat.is_none_or(|lat| (47.0..48.0).contains(&lat)), "{row}");
    }
}

#[test]
fn a_point_of_one_city_is_outside_of_the_other() {
    let zurich = Endpoint::standard(Server::shared(), ZURICH);
    let service = zurich
        .services()
        .into_iter()
        .find(|service| service["metadata"] == false);
    let service = service.expect("Zürich has a service without attributes");
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .with("service_code", text(&service, "service_code"));
    let faults = zurich.post(Format::Json, &form).faults(Format::Json, 400);
    assert!(
        faults
            .iter()
            .any(|fault| fault.description.contains("bound")),
        "{faults:?}"
    );
    let there = form.with("lat", "47.3769").with("long", "8.5417");
    zurich.post(Format::Json, &there).expect(200);
}

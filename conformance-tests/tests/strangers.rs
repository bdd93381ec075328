//! What a stranger's first try of the server found: each stays mended.

use std::time::Duration;

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::{Format, text};
use conformance_tests::home::Home;
use conformance_tests::http::Multipart;
use conformance_tests::raw;
use conformance_tests::server::Server;
use conformance_tests::shared;

#[test]
fn ids_override_all_other_arguments_right_or_wrong() {
    let demo = Demo::boston();
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    for (name, value) in [
        ("status", "done"),
        ("start_date", "soon"),
        ("bbox", "x"),
        ("page", "2"),
        ("page_size", "none"),
    ] {
        let found = demo
            .endpoint
            .find_ids(&[("service_request_id", &id), (name, value)]);
        assert_eq!(found, std::slice::from_ref(&id), "{name}={value}");
    }
}

#[test]
fn invented_methods_do_not_fill_the_counters() {
    let server = Server::shared();
    let head = "ZZINVENTED /discovery.xml HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let (answer, _) = raw::exchange(server.authority(), head.as_bytes(), Duration::from_secs(5));
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 405 "));
    let metrics = server.call("GET", "/metrics").send().expect(200);
    assert!(metrics.text().contains("method=\"other\""));
    assert!(!metrics.text().contains("ZZINVENTED"));
}

#[test]
fn a_compressed_body_is_415() {
    let demo = Demo::boston();
    for format in Format::BOTH {
        let call = demo.endpoint.call("POST", "requests", format);
        let call = call.header("Content-Encoding", "gzip");
        call.form(&demo.report(&demo.plain))
            .send()
            .faults(format, 415);
    }
}

#[test]
fn a_photo_that_would_be_lost_is_refused() {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain);
    let as_text = form.clone().with("media", "iVBORw0KGgo=");
    let photo = shared::bytes("data/photos/gps_nikon_dscn0010.jpg");
    let half = photo.get(..photo.len() / 2).expect("half a photo");
    for format in Format::BOTH {
        demo.endpoint
            .post(format, &as_text)
            .blames(format, 400, "media");
        for content in [&b""[..], half] {
            let parts = Multipart::of(&form).file("media", "a.jpg", "image/jpeg", content);
            let call = demo.endpoint.call("POST", "requests", format);
            let answer = call.multipart(&parts).send();
            assert!([400, 415].contains(&answer.status), "{}", answer.shown());
            assert!(
                answer.faults(format, answer.status)[0]
                    .description
                    .starts_with("media")
            );
        }
    }
}

#[test]
fn a_photo_whose_name_is_told_in_the_long_way_only_is_taken() {
    let demo = Demo::boston();
    let photo = shared::bytes("data/photos/gps_south_kodak_cx7530.jpg");
    let parts = Multipart::of(&demo.report(&demo.plain))
        .raw_file("name=\"media\"; filename*=UTF-8''gr%C3%BCn.jpg", &photo);
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .multipart(&parts);
    let id = text(&call.send().expect(200).row(), "service_request_id").to_owned();
    assert!(text(&demo.endpoint.request(&id), "media_url").contains("/media/"));
}

#[test]
fn a_file_that_does_not_fit_its_mapping_and_a_boundary_in_metres_are_failures() {
    let home = Home::new();
    home.run_ok(&[
        "jurisdiction",
        "add",
        "a.city",
        "--name",
        "A",
        "--timezone",
        "UTC",
    ]);
    let wrong = home.write("wrong.csv", "a,b,c\n1,2,3\n");
    let output = home.run(&["import", "requests", &wrong, "--jurisdiction", "a.city"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--mapping"));
    let metres = home.write(
        "metres.geojson",
        r#"{"type":"Polygon","coordinates":[[[2683920,1245604],[2683930,1245604],[2683930,1245614],[2683920,1245604]]]}"#,
    );
    let add = [
        "jurisdiction",
        "add",
        "b.city",
        "--name",
        "B",
        "--timezone",
        "UTC",
        "--boundary",
    ];
    let output = home.run(&[&add[..], &[metres.as_str()]].concat());
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("WGS84"));
}

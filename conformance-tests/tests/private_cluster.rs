//! The private cluster in the data folder, whatever state that is found in: requirement B10.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use conformance_tests::demo::Demo;
use conformance_tests::endpoint::text;
use conformance_tests::home::Home;

/// A refusal to start is a sentence for an operator.
#[track_caller]
fn is_clear(refusal: &str, word: &str) {
    assert!(refusal.contains(word), "{word} is not mentioned: {refusal}");
    for inside in ["panicked", "RUST_BACKTRACE"] {
        assert!(!refusal.contains(inside), "{refusal}");
    }
}

#[test]
fn a_server_that_was_killed_alone_starts_again_on_its_running_cluster() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    server.kill();
    let server = home.serve_demo();
    assert_eq!(
        text(
            &Demo::boston_on(&server).endpoint.request(&id),
            "service_request_id"
        ),
        id
    );
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let server = home.serve_demo();
    let postmaster = home.database().postmaster();
    let refusal = home
        .try_serve(&["--demo"])
        .expect_err("two servers on one folder");
    assert!(
        !refusal.contains("panicked") && !refusal.trim().is_empty(),
        "{refusal}"
    );
    let demo = Demo::boston_on(&server);
    demo.endpoint.file(&demo.report(&demo.plain));
    assert_eq!(
        home.database().postmaster(),
        postmaster,
        "one postmaster, the first"
    );
}

#[test]
fn a_stale_pid_file_that_names_a_stranger_hurts_nobody() {
    let home = Home::new();
    let server = home.serve_demo();
    let demo = Demo::boston_on(&server);
    let id = demo.endpoint.file(&demo.report(&demo.plain));
    home.database().kill();
    server.kill();
    // The number of a crashed postmaster may belong to anybody by now: to this test.
    let path = home.data_dir().join("postgres/postmaster.pid");
    let file = fs::read_to_string(&path).unwrap();
    let (_, rest) = file.split_once('\n').unwrap();
    fs::write(&path, format!("{}\n{rest}", std::process::id())).unwrap();
    match home.try_serve(&["--demo"]) {
        Ok(server) => {
            let row = Demo::boston_on(&server).endpoint.request(&id);
            assert_eq!(text(&row, "service_request_id"), id);
        }
        Err(refusal) => is_clear(&refusal, "postmaster.pid"),
    }
}

#[test]
fn a_cluster_of_another_major_version_is_left_alone_and_named() {
    let home = Home::new();
    drop(home.serve_demo());
    let path = home.data_dir().join("postgres/PG_VERSION");
    let version = fs::read_to_string(&path).unwrap();
    fs::write(&path, "13\n").unwrap();
    let refusal = home.try_serve(&["--demo"]).map(drop).unwrap_err();
    is_clear(&refusal, "PostgreSQL 13");
    fs::write(&path, version).unwrap();
    home.serve_demo();
}

#[test]
fn a_folder_that_the_clusters_user_cannot_enter_is_named_or_no_obstacle() {
    let home = Home::new();
    let data_dir = home.data_dir();
    let folder = data_dir.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    match home.try_serve(&["--demo"]) {
        Ok(server) => assert!(server.stop().0.success()),
        Err(refusal) => is_clear(&refusal, &folder.to_string_lossy()),
    }
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let home = Home::new();
    home.write("data", "not a folder");
    let refusal = home.try_serve(&["--demo"]).map(drop).unwrap_err();
    is_clear(&refusal, "data");
}

//! Starts that go well.

use crate::harness::*;
use std::fs::{self};
use std::os::unix::fs::MetadataExt;

use storage::private_cluster::PrivateCluster;

#[test]
fn the_first_start_makes_a_database_and_the_next_one_finds_it_again() {
    let folder = TestFolder::new();
    let data_dir = folder.path().join("made/for/us");

    let mut cluster = PrivateCluster::start(&data_dir).unwrap();
    assert!(cluster.is_running());
    keep_a_row(cluster.url());
    cluster.stop().unwrap();
    let cluster = PrivateCluster::start(&data_dir).unwrap();

    assert_the_row_is_there(cluster.url());
    let mode = fs::metadata(data_dir.join("postgres")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn nothing_is_lost_in_a_power_cut_and_nobody_else_can_connect() {
    let folder = TestFolder::new();
    let cluster = PrivateCluster::start(folder.path()).unwrap();

    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
    ] {
        let shown = query(cluster.url(), &format!("SHOW {setting}"));
        assert_eq!(shown, value, "{setting}");
    }
}

#[test]
fn dropping_it_stops_the_database_and_frees_the_folder() {
    let folder = TestFolder::new();
    let cluster = PrivateCluster::start(folder.path()).unwrap();
    let pid = server_pid(folder.path());

    drop(cluster);

    assert!(!is_alive(pid));
    assert!(!folder.path().join("postgres/postmaster.pid").exists());
    PrivateCluster::start(folder.path()).unwrap();
}

#[test]
fn a_second_start_on_the_same_folder_is_refused() {
    let folder = TestFolder::new();
    let mut first = PrivateCluster::start(folder.path()).unwrap();

    let error = PrivateCluster::start(folder.path()).unwrap_err();

    let ours = format!(
        "another georeport (pid {}) already runs",
        std::process::id()
    );
    assert!(error.to_string().starts_with(&ours), "{error}");
    assert!(first.is_running());
    assert_eq!(query(first.url(), "SELECT 1"), "1");
}

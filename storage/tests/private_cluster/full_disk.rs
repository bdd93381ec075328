//! A disk without room.

use crate::harness::*;

use storage::private_cluster::{ClusterError, PrivateCluster};

#[test]
fn what_initdb_and_postgres_say_of_a_full_disk_is_understood() {
    let folder = TestFolder::new();
    let data_dir = folder.path().join("data");
    let programs = programs_that_fail(folder.path(), "No space left on device");

    let no_room_to_make = PrivateCluster::start_with(Some(&programs), &data_dir).unwrap_err();
    assert!(
        matches!(no_room_to_make, ClusterError::DiskFull { .. }),
        "{no_room_to_make}"
    );
    assert_nothing_half_made(&data_dir);

    let makes_one = r#"for last; do :; done; echo 17 >"$last/PG_VERSION""#;
    fake_program(&programs, "initdb", makes_one);
    let no_room_to_start = PrivateCluster::start_with(Some(&programs), &data_dir).unwrap_err();
    assert!(
        matches!(no_room_to_start, ClusterError::DiskFull { .. }),
        "{no_room_to_start}"
    );
}

#[test]
fn any_other_failure_is_quoted_from_what_the_program_said() {
    let folder = TestFolder::new();
    let data_dir = folder.path().join("data");
    let programs = programs_that_fail(folder.path(), "the moon is in the wrong phase");

    let error = PrivateCluster::start_with(Some(&programs), &data_dir).unwrap_err();

    assert!(
        error.to_string().contains("the moon is in the wrong phase"),
        "{error}"
    );
    assert_nothing_half_made(&data_dir);
}

#[test]
fn a_full_disk_is_survived_and_the_data_is_there_when_there_is_room_again() {
    let Some(small) = SmallDisk::mount("size=20m") else {
        // Only root may mount; the words of the programs are tested above for everybody.
        return;
    };
    let data_dir = small.path().join("data");
    let error = PrivateCluster::start(&data_dir).unwrap_err();
    assert!(matches!(error, ClusterError::DiskFull { .. }), "{error}");
    assert_nothing_half_made(&data_dir);

    small.resize("size=100m");
    let cluster = PrivateCluster::start(&data_dir).unwrap();
    keep_a_row(cluster.url());
    cluster.stop().unwrap();
    small.fill();
    use_up_the_last_page_of(&data_dir.join("postgres.log"));
    let error = PrivateCluster::start(&data_dir).unwrap_err();
    assert!(matches!(error, ClusterError::DiskFull { .. }), "{error}");

    small.resize("size=120m");
    let cluster = PrivateCluster::start(&data_dir).unwrap();
    assert_the_row_is_there(cluster.url());
}

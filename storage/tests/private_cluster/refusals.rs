//! Folders and installations that nothing can be started with.

use crate::harness::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use storage::private_cluster::{ClusterError, PrivateCluster};

#[test]
fn a_closed_folder_on_the_way_is_named() {
    let folder = TestFolder::new();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let as_root = fs::metadata(&closed).unwrap().uid() == 0;
    let mode = if as_root { 0o700 } else { 0o000 };
    fs::set_permissions(&closed, Permissions::from_mode(mode)).unwrap();

    let error = PrivateCluster::start(&closed.join("data")).unwrap_err();

    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let message = error.to_string();
    assert!(message.contains(&*closed.to_string_lossy()), "{message}");
    assert!(message.contains("--data-dir"), "{message}");
    assert_eq!(matches!(error, ClusterError::ClosedFolder { .. }), as_root);
}

#[test]
fn a_file_in_place_of_the_data_folder_is_refused() {
    let folder = TestFolder::new();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();

    for data_dir in [file.clone(), file.join("data")] {
        let error = PrivateCluster::start(&data_dir).unwrap_err();
        assert!(matches!(error, ClusterError::NotAFolder { .. }), "{error}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    // Not even root can make a folder there.
    let error = PrivateCluster::start(Path::new("/sys/georeport")).unwrap_err();

    assert!(matches!(error, ClusterError::NotWritable { .. }), "{error}");
}

#[test]
fn a_database_of_another_user_is_refused() {
    let folder = TestFolder::new();
    // Belongs to root, who never runs the database.
    symlink("/usr", folder.path().join("postgres")).unwrap();

    let error = PrivateCluster::start(folder.path()).unwrap_err();

    assert!(
        matches!(error, ClusterError::WrongOwner { owner: 0, .. }),
        "{error}"
    );
}

#[test]
fn a_database_of_another_version_is_refused_with_both_versions() {
    let folder = TestFolder::new();
    PrivateCluster::start(folder.path()).unwrap();
    let version = folder.path().join("postgres/PG_VERSION");
    let installed = fs::read_to_string(&version).unwrap();

    fs::write(&version, "9\n").unwrap();
    let message = PrivateCluster::start(folder.path())
        .unwrap_err()
        .to_string();

    assert!(message.contains("made by PostgreSQL 9"), "{message}");
    let installed = format!("installed is PostgreSQL {}", installed.trim());
    assert!(message.contains(&installed), "{message}");

    fs::remove_file(&version).unwrap();
    let error = PrivateCluster::start(folder.path()).unwrap_err();
    assert!(
        matches!(error, ClusterError::NotADatabase { .. }),
        "{error}"
    );
}

#[test]
fn missing_postgres_and_postgis_are_named_with_the_command_that_installs_them() {
    let folder = TestFolder::new();
    let data_dir = folder.path().join("data");
    let programs = folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let start = || PrivateCluster::start_with(Some(&programs), &data_dir).unwrap_err();

    let no_postgres = start().to_string();
    fake_program(&programs, "postgres", "echo 'postgres (PostgreSQL) 17.2'");
    fake_program(&programs, "pg_config", "echo /nowhere");
    let no_postgis = start().to_string();

    assert!(
        no_postgres.contains("apt-get install postgresql-15-postgis-3"),
        "{no_postgres}"
    );
    assert!(
        no_postgis.contains("apt-get install postgresql-17-postgis-3"),
        "{no_postgis}"
    );
    assert!(no_postgres.contains("DATABASE_URL") && no_postgis.contains("DATABASE_URL"));
    assert!(!data_dir.join("postgres").exists());
}

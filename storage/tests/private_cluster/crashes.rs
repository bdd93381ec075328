//! What a killed server or database leaves behind.

use crate::harness::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use storage::private_cluster::{ClusterError, PrivateCluster};

#[test]
fn another_process_is_told_the_url_only_while_the_server_runs() {
    let folder = TestFolder::new();
    assert_eq!(PrivateCluster::running_url(folder.path()).unwrap(), None);
    let missing = folder.path().join("missing");
    assert_eq!(PrivateCluster::running_url(&missing).unwrap(), None);

    let server = OtherProcess::serving(folder.path());
    let url = PrivateCluster::running_url(folder.path()).unwrap().unwrap();
    assert_eq!(query(&url, "SELECT current_database()"), "georeport");

    server.kill();
    assert_eq!(PrivateCluster::running_url(folder.path()).unwrap(), None);
}

#[test]
fn the_database_ends_by_itself_when_its_server_is_killed_and_keeps_what_was_committed() {
    let folder = TestFolder::new();
    let server = OtherProcess::serving(folder.path());
    let url = PrivateCluster::running_url(folder.path()).unwrap().unwrap();
    keep_a_row(&url);
    let database = server_pid(folder.path());

    server.kill();

    wait_until("the database has ended", || !is_alive(database));
    let cluster = PrivateCluster::start(folder.path()).unwrap();
    assert_the_row_is_there(cluster.url());
}

#[test]
fn a_start_right_after_the_server_was_killed_waits_for_the_old_database_to_end() {
    let folder = TestFolder::new();
    OtherProcess::serving(folder.path()).kill();

    let cluster = PrivateCluster::start(folder.path()).unwrap();

    assert_eq!(query(cluster.url(), "SELECT 1"), "1");
}

#[test]
fn a_killed_database_is_noticed_and_recovers_at_the_next_start() {
    let folder = TestFolder::new();
    let mut cluster = PrivateCluster::start(folder.path()).unwrap();
    keep_a_row(cluster.url());

    signal("KILL", server_pid(folder.path()));

    wait_until("the crash is noticed", || !cluster.is_running());
    assert!(matches!(cluster.stop(), Err(ClusterError::Failed { .. })));
    let cluster = PrivateCluster::start(folder.path()).unwrap();
    assert_the_row_is_there(cluster.url());
}

#[test]
fn workers_that_outlive_a_killed_database_are_waited_for() {
    let folder = TestFolder::new();
    let mut cluster = PrivateCluster::start(folder.path()).unwrap();
    let url = cluster.url().to_owned();
    // It looks at nothing but its work, so it does not notice the death of its parent.
    let work = "DO $$ BEGIN FOR i IN 1..60000000 LOOP END LOOP; END $$";
    let busy = thread::spawn(move || try_query(&url, work).is_err());
    thread::sleep(Duration::from_millis(200));

    signal("KILL", server_pid(folder.path()));
    wait_until("the crash is noticed", || !cluster.is_running());
    drop(cluster);
    let cluster = PrivateCluster::start(folder.path()).unwrap();

    assert_eq!(query(cluster.url(), "SELECT 1"), "1");
    busy.join().unwrap();
}

#[test]
fn a_database_without_its_server_is_stopped_and_started_anew() {
    let folder = TestFolder::new();
    let cluster = PrivateCluster::start(folder.path()).unwrap();
    let program = query(
        cluster.url(),
        "SELECT setting || '/postgres' FROM pg_config() WHERE name = 'BINDIR'",
    );
    cluster.stop().unwrap();
    let pgdata = folder.path().join("postgres");
    let mut orphan = as_owner_of(&pgdata, &program)
        .arg("-D")
        .arg(&pgdata)
        .arg("-k")
        .arg(&pgdata)
        .args(["-c", "listen_addresses="])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the orphan lets clients in", || {
        fs::read_to_string(pgdata.join("postmaster.pid")).is_ok_and(|pid| pid.contains("ready"))
    });

    let cluster = PrivateCluster::start(folder.path()).unwrap();

    assert!(orphan.wait().unwrap().success());
    assert_eq!(query(cluster.url(), "SELECT 1"), "1");
}

#[test]
fn a_stale_pid_file_does_not_matter_whoever_has_its_number_now() {
    let folder = TestFolder::new();
    PrivateCluster::start(folder.path())
        .unwrap()
        .stop()
        .unwrap();
    let pgdata = folder.path().join("postgres");
    let mut stranger = as_owner_of(&pgdata, "sleep").arg("60").spawn().unwrap();
    let path = pgdata.display();

    for (case, pid_file) in [
        ("of a stranger", format!("{}\n{path}\n", stranger.id())),
        ("of nobody", format!("4000000\n{path}\n")),
        ("cut short", String::new()),
    ] {
        for name in ["postmaster.pid", ".s.PGSQL.5432.lock"] {
            fs::write(pgdata.join(name), &pid_file).unwrap();
            let owner = fs::metadata(&pgdata).unwrap();
            chown(pgdata.join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let started = PrivateCluster::start(folder.path());
        assert!(started.is_ok(), "{case}: {:?}", started.err());
    }

    assert!(matches!(stranger.try_wait(), Ok(None)));
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn what_a_first_start_cut_short_left_behind_is_removed() {
    let folder = TestFolder::new();
    let left_over = folder.path().join("postgres.new-7");
    fs::create_dir_all(left_over.join("base")).unwrap();
    fs::write(left_over.join("PG_VERSION"), "15\n").unwrap();

    PrivateCluster::start(folder.path()).unwrap();

    assert!(!left_over.exists());
}

#[test]
fn a_first_start_killed_half_way_is_begun_anew() {
    let folder = TestFolder::new();
    let server = OtherProcess::starting(folder.path());
    let half_way = folder
        .path()
        .join(format!("postgres.new-{}/base", server.0.id()));
    wait_until("the database is half made", || half_way.exists());
    server.kill();

    let cluster = PrivateCluster::start(folder.path()).unwrap();

    assert_eq!(query(cluster.url(), "SELECT 1"), "1");
}

#[test]
fn a_path_too_long_or_too_odd_for_a_socket_gets_one_in_tmp() {
    let folder = TestFolder::new();
    let data_dir = folder
        .path()
        .join(format!("Größe, %2F 'x' {}", "y".repeat(80)));

    let cluster = PrivateCluster::start(&data_dir).unwrap();

    assert_eq!(query(cluster.url(), "SELECT 1"), "1");
    let told = PrivateCluster::running_url(&data_dir).unwrap();
    assert_eq!(told.as_deref(), Some(cluster.url()));
    let socket_dir = socket_dir(cluster.url());
    assert!(socket_dir.starts_with("/tmp"));
    cluster.stop().unwrap();
    assert!(!socket_dir.exists());

    fs::create_dir(&socket_dir).unwrap();
    fs::set_permissions(&socket_dir, Permissions::from_mode(0o777)).unwrap();
    let error = PrivateCluster::start(&data_dir).unwrap_err();
    fs::remove_dir(&socket_dir).unwrap();
    assert!(
        matches!(error, ClusterError::UnsafeSocketFolder { .. }),
        "{error}"
    );
}

//! The embedded database, with a real PostgreSQL: as root and as an ordinary user.
//!
//! Longer than a page because one file holds every way a start can go wrong; what the tests
//! share follows after them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests may panic like the tests themselves"
)]

use std::env;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use storage::private_cluster::{ClusterError, PrivateCluster};
use tempfile::TempDir;
use tokio_postgres::SimpleQueryMessage;

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

/// Not a test: the process that [`OtherProcess`] starts. Does nothing when called by hand.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn serve_until_killed() {
    let Some(folder) = env::var_os("GEOREPORT_TEST_FOLDER") else {
        return;
    };
    let _cluster = PrivateCluster::start(Path::new(&folder)).unwrap();
    println!("serving");
    loop {
        thread::park();
    }
}

/// A georeport in a process of its own.
struct OtherProcess(Child);

impl OtherProcess {
    fn starting(folder: &Path) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "serve_until_killed", "--nocapture"])
            .env("GEOREPORT_TEST_FOLDER", folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn serving(folder: &Path) -> Self {
        let mut process = Self::starting(folder);
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        // The test runner begins the line with the name of the test.
        let serves = lines.any(|line| line.unwrap().ends_with("serving"));
        assert!(serves, "the other process did not start");
        process
    }

    /// With SIGKILL: it can clean up nothing.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A temporary folder that the database's user may enter.
struct TestFolder(TempDir);

impl TestFolder {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("cluster-")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A disk in memory.
struct SmallDisk(TestFolder);

impl SmallDisk {
    /// `None` when we may not mount.
    fn mount(size: &str) -> Option<Self> {
        let folder = TestFolder::new();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "none"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,{size}");
        run(Command::new("mount")
            .args(["-o", &options])
            .arg(self.path()));
    }

    fn fill(&self) {
        let file = self.path().join("fill");
        let filled = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k"])
            .arg(format!("of={}", file.display()))
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!filled.success(), "the disk is not full");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("--lazy").arg(self.path()));
    }
}

fn keep_a_row(url: &str) {
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
}

fn assert_the_row_is_there(url: &str) {
    assert_eq!(query(url, "SELECT answer FROM kept"), "42");
}

fn assert_nothing_half_made(data_dir: &Path) {
    for entry in fs::read_dir(data_dir).unwrap() {
        let entry = entry.unwrap();
        assert!(!entry.file_type().unwrap().is_dir(), "{entry:?}");
    }
}

/// On a full disk: so that not even a log line has room.
fn use_up_the_last_page_of(file: &Path) {
    let mut file = OpenOptions::new().append(true).open(file).unwrap();
    while file.write_all(b"\n").is_ok() {}
}

/// The first column of the first row, or nothing.
fn query(url: &str, sql: &str) -> String {
    try_query(url, sql).unwrap()
}

fn try_query(url: &str, sql: &str) -> Result<String, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await?;
        drop(client);
        connection.await.unwrap()?;
        let first = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(first.unwrap_or_default())
    })
}

fn socket_dir(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    match config.get_hosts() {
        [tokio_postgres::config::Host::Unix(path)] => path.clone(),
        other => panic!("not one socket: {other:?}"),
    }
}

fn server_pid(data_dir: &Path) -> u32 {
    let pid_file = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).unwrap();
    pid_file.lines().next().unwrap().parse().unwrap()
}

/// Zombies do not count.
fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn signal(name: &str, pid: u32) {
    run(Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {pid}")));
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(10);
    let mut is_so = is_so;
    while !is_so() {
        assert!(Instant::now() < give_up, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A command run as the owner of a folder.
fn as_owner_of(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").stdin(Stdio::null());
    let owner = fs::metadata(folder).unwrap();
    let us = fs::metadata("/proc/self").unwrap();
    if us.uid() != owner.uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command
}

/// A folder with an `initdb` and a `postgres` that only complain.
fn programs_that_fail(folder: &Path, complaint: &str) -> PathBuf {
    let programs = folder.join("bin");
    let share = folder.join("share");
    fs::create_dir_all(share.join("extension")).unwrap();
    fs::write(share.join("extension/postgis.control"), "").unwrap();
    fs::create_dir(&programs).unwrap();
    let complain = format!("echo 'FATAL:  {complaint}' >&2; exit 1");
    let answer = "[ \"$1\" = --version ] && echo 'postgres (PostgreSQL) 17.2' && exit";
    fake_program(&programs, "postgres", &format!("{answer}\n{complain}"));
    fake_program(&programs, "initdb", &complain);
    fake_program(
        &programs,
        "pg_config",
        &format!("echo '{}'", share.display()),
    );
    programs
}

/// Written by a process of its own: had we the script open for writing while another test starts
/// a process, that one would have it open too, and the script could not be run ("text file busy").
fn fake_program(folder: &Path, name: &str, script: &str) {
    run(Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#,
            "sh",
        ])
        .arg(folder.join(name))
        .arg(script));
}

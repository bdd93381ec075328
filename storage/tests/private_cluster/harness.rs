//! What the tests share.

use std::env;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::SimpleQueryMessage;

/// A georeport in a process of its own.
pub struct OtherProcess(pub Child);

impl OtherProcess {
    pub fn starting(folder: &Path) -> Self {
        // This test runs from target/*/deps, examples lie beside that.
        let tests = env::current_exe().unwrap();
        let target = tests.parent().and_then(Path::parent).unwrap();
        let child = Command::new(target.join("examples/private_cluster"))
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cargo build -p storage --examples: {error}"));
        Self(child)
    }

    pub fn serving(folder: &Path) -> Self {
        let mut process = Self::starting(folder);
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let serves = lines.any(|line| line.unwrap().starts_with("serving"));
        assert!(serves, "the other process did not start");
        process
    }

    /// With SIGKILL: it can clean up nothing.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A temporary folder that the database's user may enter.
pub struct TestFolder(pub TempDir);

impl TestFolder {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("cluster-")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A disk in memory.
pub struct SmallDisk(pub TestFolder);

impl SmallDisk {
    /// `None` when we may not mount.
    pub fn mount(size: &str) -> Option<Self> {
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

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn resize(&self, size: &str) {
        let options = format!("remount,{size}");
        run(Command::new("mount")
            .args(["-o", &options])
            .arg(self.path()));
    }

    pub fn fill(&self) {
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

pub fn keep_a_row(url: &str) {
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
}

pub fn assert_the_row_is_there(url: &str) {
    assert_eq!(query(url, "SELECT answer FROM kept"), "42");
}

pub fn assert_nothing_half_made(data_dir: &Path) {
    for entry in fs::read_dir(data_dir).unwrap() {
        let entry = entry.unwrap();
        assert!(!entry.file_type().unwrap().is_dir(), "{entry:?}");
    }
}

/// On a full disk: so that not even a log line has room.
pub fn use_up_the_last_page_of(file: &Path) {
    let mut file = OpenOptions::new().append(true).open(file).unwrap();
    while file.write_all(b"\n").is_ok() {}
}

/// The first column of the first row, or nothing.
pub fn query(url: &str, sql: &str) -> String {
    try_query(url, sql).unwrap()
}

pub fn try_query(url: &str, sql: &str) -> Result<String, tokio_postgres::Error> {
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

pub fn socket_dir(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    match config.get_hosts() {
        [tokio_postgres::config::Host::Unix(path)] => path.clone(),
        other => panic!("not one socket: {other:?}"),
    }
}

pub fn server_pid(data_dir: &Path) -> u32 {
    let pid_file = fs::read_to_string(data_dir.join("postgres/postmaster.pid")).unwrap();
    pid_file.lines().next().unwrap().parse().unwrap()
}

/// Zombies do not count.
pub fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

pub fn signal(name: &str, pid: u32) {
    run(Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {pid}")));
}

pub fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

pub fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(10);
    let mut is_so = is_so;
    while !is_so() {
        assert!(Instant::now() < give_up, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A command run as the owner of a folder.
pub fn as_owner_of(folder: &Path, program: &str) -> Command {
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
pub fn programs_that_fail(folder: &Path, complaint: &str) -> PathBuf {
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
pub fn fake_program(folder: &Path, name: &str, script: &str) {
    run(Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#,
            "sh",
        ])
        .arg(folder.join(name))
        .arg(script));
}

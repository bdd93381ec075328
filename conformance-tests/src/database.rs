//! The private cluster seen from beside the server: SQL over its socket, its processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A private cluster that runs, or ran, under a data folder.
#[derive(Clone, Debug)]
pub struct Database {
    cluster: PathBuf,
}

impl Database {
    /// The cluster of a server with this `--data-dir`.
    pub fn of(data_dir: &Path) -> Self {
        Self {
            cluster: data_dir.join("postgres"),
        }
    }

    /// The process id of the postmaster, if it runs.
    pub fn postmaster(&self) -> Option<u32> {
        let pid = self.pid_file_line(0)?.trim().parse().ok()?;
        // A file of a crashed run may name a process of somebody else by now.
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (name.trim() == "postgres").then_some(pid)
    }

    /// The unix socket that the cluster listens on.
    pub fn socket(&self) -> PathBuf {
        self.socket_dir().join(".s.PGSQL.5432")
    }

    /// Line 5 of the pid file; see PostgreSQL's `miscadmin.h`.
    fn socket_dir(&self) -> PathBuf {
        let line = self
            .pid_file_line(4)
            .expect("the cluster runs and says where its socket is");
        PathBuf::from(line.trim())
    }

    fn pid_file_line(&self, index: usize) -> Option<String> {
        let text = fs::read_to_string(self.cluster.join("postmaster.pid")).ok()?;
        text.lines().nth(index).map(str::to_owned)
    }

    /// Executes SQL; one line per row, columns divided by `|`.
    #[track_caller]
    pub fn sql(&self, statements: &str) -> String {
        let output = self
            .psql(statements)
            .output()
            .expect("psql can be executed");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statements}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn psql(&self, statements: &str) -> Command {
        let mut command = Command::new(program("psql"));
        command
            .arg("--host")
            .arg(self.socket_dir())
            .args(["--username", "postgres"]);
        command.args([
            "--dbname",
            "georeport",
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--quiet",
        ]);
        command.args(["--set", "ON_ERROR_STOP=1", "--command", statements]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The whole database as SQL text.
    pub fn dump(&self) -> String {
        let mut command = Command::new(program("pg_dump"));
        command
            .arg("--host")
            .arg(self.socket_dir())
            .args(["--username", "postgres", "georeport"]);
        let output = command.output().expect("pg_dump can be executed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The product's own tables.
    pub fn tables(&self) -> Vec<String> {
        let names = self.sql(
            "select format('%I.%I', schemaname, tablename) from pg_tables \
             where schemaname not in ('pg_catalog', 'information_schema') \
             and tablename <> 'spatial_ref_sys' and tablename !~ 'migration' order by 1",
        );
        names.lines().map(str::to_owned).collect()
    }

    /// Each table with its number of rows.
    pub fn row_counts(&self) -> Vec<(String, String)> {
        let tables = self.tables().into_iter();
        tables
            .map(|table| {
                (
                    table.clone(),
                    self.sql(&format!("select count(*) from {table}")),
                )
            })
            .collect()
    }

    /// Kills the postmaster and all its children as a power cut would.
    pub fn kill(&self) {
        let postmaster = self.postmaster().expect("the cluster runs");
        let children = children_of(postmaster);
        kill("KILL", postmaster);
        for child in children {
            kill("KILL", child);
        }
    }
}

/// A program of the newest installed PostgreSQL.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    newest.map_or_else(
        || PathBuf::from(name),
        |version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/{name}")),
    )
}

/// Sends a signal to one process. It may have ended meanwhile.
pub fn kill(signal: &str, pid: u32) {
    let mut command = Command::new("kill");
    command
        .args(["-s", signal, &pid.to_string()])
        .stderr(Stdio::null());
    command.status().expect("kill can be executed");
}

/// Whether a process of this id exists.
pub fn is_running(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// The fourth field of `/proc/PID/stat`; the second, the name, may hold blanks.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

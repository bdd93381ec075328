//! The database: its address, and statements by psql.

use crate::{Failure, process, program};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// A database that runs.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its URL.
    pub url: String,
    /// Its first process; `None`: it runs elsewhere.
    postmaster: Option<u32>,
}

impl Cluster {
    /// The one that was named.
    pub fn named(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            postmaster: None,
        }
    }

    /// The private one of a georeport that serves from `data_dir`.
    ///
    /// # Errors
    /// When none runs there.
    pub fn private(data_dir: &Path) -> Result<Self, Failure> {
        let file = data_dir.join("postgres/postmaster.pid");
        let said =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let lines: Vec<&str> = said.lines().collect();
        let [pid, _, _, port, socket_dir, ..] = lines[..] else {
            return Err(format!("{} is cut off", file.display()).into());
        };
        let host = socket_dir.replace('/', "%2F");
        Ok(Self {
            url: format!("postgresql://postgres@{host}:{port}/georeport"),
            postmaster: Some(pid.trim().parse()?),
        })
    }

    /// The processor time of all its processes in microseconds; 0 when it runs elsewhere.
    pub fn cpu_us(&self) -> u64 {
        self.postmaster.map_or(0, process::cluster_cpu_us)
    }

    /// Runs statements with psql, in which `:name` stands for a variable, and answers what they
    /// print.
    ///
    /// # Errors
    /// When one of them fails; those before it stand unless they are in a transaction.
    pub fn run(&self, statements: &str, variables: &[(&str, &str)]) -> Result<String, Failure> {
        let mut command = Command::new(program::postgresql("psql"));
        command
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--dbname", &self.url]);
        for (name, value) in variables {
            command.args(["--set", &format!("{name}={value}")]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("psql cannot be run: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(statements.as_bytes())?;
        }
        let done = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        if !done.status.success() {
            return Err(format!("psql: {said}").into());
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }
}

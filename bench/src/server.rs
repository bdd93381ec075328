//! The server under test: a process, and the commands of the same binary.

use crate::{Failure, cluster::Cluster, process, program};
use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Where a server's binary and data are.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The binary.
    pub binary: PathBuf,
    /// Its data folder.
    pub data_dir: PathBuf,
    /// The database, if it is not the private one.
    pub database_url: Option<String>,
    /// Options of every `serve`.
    pub serve_options: Vec<String>,
}

impl Installation {
    /// A command of the binary, without what an operator may have set for another one.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GEOREPORT_") {
                command.env_remove(name);
            }
        }
        command.env_remove("DATABASE_URL").args(arguments);
        command.arg("--data-dir").arg(&self.data_dir);
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        command
    }

    /// Whether `serve` knows an option.
    pub fn knows(&self, option: &str) -> bool {
        let mut help = Command::new(&self.binary);
        program::output(help.args(["serve", "--help"])).is_ok_and(|text| text.contains(option))
    }

    /// Starts a server as a city runs it, but that nobody is turned away for asking often.
    ///
    /// # Errors
    /// When it does not start.
    pub fn serve(&self, options: &[&str]) -> Result<Server, Failure> {
        fs::create_dir_all(&self.data_dir)?;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data_dir.join("serve.log"))?;
        log.set_len(0)?;
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .args(["--write-rate", "none", "--log-level", "info"])
            .args(options)
            .args(&self.serve_options)
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?);
        let mut child = command.spawn().map_err(|error| {
            let binary = self.binary.display();
            format!("{binary} cannot be run: {error}; cargo build --profile dist -p api")
        })?;
        let mut said = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut said)?;
        }
        let address = said.trim().strip_prefix("listening on http://");
        let Some(address) = address.map(str::to_owned) else {
            let log = self.data_dir.join("serve.log");
            return Err(format!("the server did not start: see {}", log.display()).into());
        };
        let mut server = Server {
            child,
            address,
            cluster: Cluster::named(""),
            log,
        };
        server.cluster = match &self.database_url {
            Some(url) => Cluster::named(url),
            None => Cluster::private(&absolute(&self.data_dir)?)?,
        };
        Ok(server)
    }
}

/// Without symbolic links: the database's user starts elsewhere.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    Ok(fs::canonicalize(path)?)
}

/// A running server. It is stopped when dropped, and its private database with it.
pub struct Server {
    child: Child,
    /// Address and port.
    pub address: String,
    /// Its database.
    pub cluster: Cluster,
    log: File,
}

impl Server {
    /// Its processor time in microseconds.
    pub fn cpu_us(&self) -> u64 {
        process::cpu_us(self.child.id())
    }

    /// Its resident memory now and at its highest, in MiB.
    pub fn memory_mib(&self) -> (f64, f64) {
        process::memory_mib(self.child.id())
    }

    /// Empties its log: a line for each request is much, after a while.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn empty_log(&self) -> Result<(), Failure> {
        Ok(self.log.set_len(0)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        program::terminate(self.child.id());
        let _ = self.child.wait();
    }
}

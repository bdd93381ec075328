//! The embedded default database: a PostgreSQL of our own in the data folder.
//!
//! Used when no `DATABASE_URL` is given. It listens on a socket in a private folder only, so it
//! needs no port and no password. From its URL on, everything is the same as with a database
//! that runs elsewhere.

mod binaries;
mod data_dir;
mod error;
mod initdb;
mod pid_file;
mod process;
mod user;

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use self::binaries::Binaries;
use self::data_dir::DataDir;
pub use self::error::ClusterError;
use self::pid_file::PidFile;
use self::process::Postmaster;
use self::user::{ClusterUser, output};

/// How long the workers of a killed server may take to notice that it is gone.
const WORKERS_LEAVE: Duration = Duration::from_secs(10);

/// A running PostgreSQL of our own. It stops (a fast shutdown, waited for) when dropped.
#[derive(Debug)]
pub struct PrivateCluster {
    // Dropped in this order: the lock is held until the server has stopped.
    server: Postmaster,
    url: String,
    _lock: File,
}

impl PrivateCluster {
    /// Starts the database in `data_dir`, which is made on first use, as is the database.
    ///
    /// The programs are searched in `$PG_BIN` if it is set, else where systems install them.
    /// Blocks for 30 ms to a second, longer after a crash.
    ///
    /// **Call it on the main thread, before the async runtime starts.** Linux stops the database
    /// when the *thread* that started it ends, which is how the database ends with us even when
    /// we are killed; a thread of a pool may end at any time.
    ///
    /// # Errors
    /// See [`ClusterError`]; nothing half made and no process is left behind.
    pub fn start(data_dir: &Path) -> Result<Self, ClusterError> {
        let pg_bin = env::var_os("PG_BIN")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from);
        Self::start_with(pg_bin.as_deref(), data_dir)
    }

    /// Like [`PrivateCluster::start`], with the folder of PostgreSQL's programs as an argument;
    /// `None` searches where systems install them.
    ///
    /// # Errors
    /// As for [`PrivateCluster::start`].
    pub fn start_with(pg_bin: Option<&Path>, data_dir: &Path) -> Result<Self, ClusterError> {
        let data_dir = DataDir::prepare(data_dir, ClusterUser::find()?)?;
        let lock = data_dir.lock()?;
        let pgdata = data_dir.pgdata();
        let made_by = data_dir.made_by()?;
        let binaries = Binaries::find(pg_bin, made_by.map(|version| (version, pgdata.as_path())))?;
        if made_by.is_none() {
            tracing::info!(folder = %pgdata.display(), "creating the database");
            initdb::create_database(&data_dir, &binaries)?;
        }
        pid_file::settle_left_over(&data_dir)?;
        data_dir.make_socket_dir()?;
        let server = start_when_free(&binaries, &data_dir)?;
        create_georeport(&binaries, &data_dir)?;
        Ok(Self {
            server,
            url: url(&data_dir.socket_dir),
            _lock: lock,
        })
    }

    /// The URL of the database of a georeport that serves from `data_dir` right now, in whatever
    /// process; `None` when none does, or when its database is just starting or stopping.
    ///
    /// # Errors
    /// [`ClusterError::Io`] when we may not read the folder.
    pub fn running_url(data_dir: &Path) -> Result<Option<String>, ClusterError> {
        if !data_dir::is_served(data_dir)? {
            return Ok(None);
        }
        let said = PidFile::read(&data_dir::pgdata(data_dir))?;
        Ok(said
            .filter(|said| said.is_ready)
            .map(|said| url(&said.socket_dir)))
    }

    /// Where clients of this database connect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the server process is alive; `false` when it crashed or was stopped by others.
    pub fn is_running(&mut self) -> bool {
        self.server.is_running()
    }

    /// Stops the database and waits until everything is on disk.
    ///
    /// Connections are cut off. After a minute the shutdown is made immediate, which loses
    /// nothing either but costs the next start a recovery.
    ///
    /// # Errors
    /// [`ClusterError::Failed`], [`ClusterError::DiskFull`] when it ended badly, now or earlier.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        self.server.stop()
    }
}

/// Starts the server; again, for a while, as long as workers of a killed one use its memory.
fn start_when_free(binaries: &Binaries, data_dir: &DataDir) -> Result<Postmaster, ClusterError> {
    let give_up = Instant::now() + WORKERS_LEAVE;
    loop {
        match Postmaster::start(binaries, data_dir.clone()) {
            Err(ClusterError::Failed { said, .. })
                if said.contains("pre-existing shared memory block")
                    && Instant::now() < give_up =>
            {
                thread::sleep(Duration::from_millis(100));
            }
            started_or_failed => return started_or_failed,
        }
    }
}

/// Makes the database `georeport` if it is missing.
fn create_georeport(binaries: &Binaries, data_dir: &DataDir) -> Result<(), ClusterError> {
    let psql = |sql: &str| {
        // The one in this folder: Debian's /usr/bin/psql is a wrapper with settings of its own.
        let mut command = data_dir.user.command(&binaries.program("psql"));
        command
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--username=postgres", "--dbname=postgres", "--port=5432"])
            .arg("--host")
            .arg(&data_dir.socket_dir)
            .args(["--command", sql]);
        let done = output(command)?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&done.stderr);
        Err(ClusterError::said("psql", &said, &data_dir.path))
    };
    if psql("SELECT count(*) FROM pg_database WHERE datname = 'georeport'")? == "0" {
        psql("CREATE DATABASE georeport")?;
    }
    Ok(())
}

/// A socket's folder has only plain characters (see `DataDir`), of which a URL minds the slash.
fn url(socket_dir: &Path) -> String {
    let host = socket_dir.to_string_lossy().replace('/', "%2F");
    format!("postgresql://postgres@{host}:5432/georeport")
}

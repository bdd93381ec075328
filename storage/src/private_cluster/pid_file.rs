//! `postmaster.pid`: what PostgreSQL says about itself, and what a dead one left behind.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::data_dir::DataDir;
use super::error::ClusterError;

/// How long a server left over from an earlier run may take to stop: it writes out its memory.
const STOPPING: Duration = Duration::from_secs(30);

/// The parts of `postmaster.pid` we use.
/// <https://www.postgresql.org/docs/current/storage-file-layout.html>
#[derive(Debug)]
pub(super) struct PidFile {
    /// Line 1: the process id of the server; `None` when the file was cut short.
    pub(super) pid: Option<u32>,
    /// Line 5: the folder of the socket.
    pub(super) socket_dir: PathBuf,
    /// Line 8: whether clients are let in.
    pub(super) is_ready: bool,
    /// Lines 2 and following, as they are.
    rest: String,
}

impl PidFile {
    /// Reads the file in a database folder; `None` when there is none.
    ///
    /// Errors: [`ClusterError::Io`].
    pub(super) fn read(pgdata: &Path) -> Result<Option<Self>, ClusterError> {
        let path = path_in(pgdata);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ClusterError::io("read", &path)(error)),
        };
        // Its second line is a path, which need not be UTF-8.
        let text = String::from_utf8_lossy(&bytes);
        let line = |number: usize| text.lines().nth(number - 1).unwrap_or_default();
        Ok(Some(Self {
            pid: line(1).trim().parse().ok(),
            socket_dir: line(5).into(),
            is_ready: line(8).starts_with("ready"),
            rest: text
                .split_once('\n')
                .map_or("", |(_, rest)| rest)
                .to_owned(),
        }))
    }
}

/// Clears the way for a new server: stops one that outlived its georeport, and makes PostgreSQL
/// see that the file of a dead one is stale.
///
/// Call it with the lock of the data folder held, so that no other georeport owns the server.
///
/// Errors: [`ClusterError::LeftOverServer`] when the old server does not stop within half a minute;
/// [`ClusterError::Io`].
pub(super) fn settle_left_over(data_dir: &DataDir) -> Result<(), ClusterError> {
    let give_up = Instant::now() + STOPPING;
    while let Some(left_over) = PidFile::read(&data_dir.pgdata())? {
        let Some(pid) = left_over.pid else {
            return mark_stale(&left_over, data_dir);
        };
        if !ask_to_stop(pid, data_dir)? {
            return mark_stale(&left_over, data_dir);
        }
        if Instant::now() > give_up {
            return Err(ClusterError::LeftOverServer { pid });
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Sends SIGINT (the fast shutdown, which loses nothing) if the process serves this folder.
///
/// A server works in its database folder; that tells it from whatever got its number later.
/// Done as the user of the database, who can harm nobody else's process. Where there is no
/// `/proc`, nothing is sent, and PostgreSQL itself refuses to start beside a living server.
fn ask_to_stop(pid: u32, data_dir: &DataDir) -> Result<bool, ClusterError> {
    let script = r#"test "/proc/$1/cwd" -ef "$2" && kill -INT "$1""#;
    let pid = OsString::from(pid.to_string());
    let sent = data_dir
        .user
        .shell(script, &[&pid, data_dir.pgdata().as_os_str()])?;
    Ok(sent.status.success())
}

/// Puts our own process id in the file of a dead server.
///
/// PostgreSQL refuses to start while any process of its user has the number in the file, and in
/// a container the numbers come round at once. It takes its parent's number for stale. Deleting
/// the file would work too, but the rest of it holds the key by which PostgreSQL notices worker
/// processes that outlived a killed server and still write to the files.
fn mark_stale(left_over: &PidFile, data_dir: &DataDir) -> Result<(), ClusterError> {
    // Put together in our own folder, where the user of the database cannot place a link.
    let new = data_dir.path.join("postmaster.pid.new");
    let text = format!("{}\n{}", std::process::id(), left_over.rest);
    fs::write(&new, text).map_err(ClusterError::write("write", &new))?;
    data_dir.user.hand_over(&new)?;
    let path = path_in(&data_dir.pgdata());
    fs::rename(&new, &path).map_err(ClusterError::write("replace", &path))?;
    // The lock of the socket names the dead server as well, and guards nothing else.
    let socket_lock = data_dir.socket_dir.join(".s.PGSQL.5432.lock");
    match fs::remove_file(&socket_lock) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ClusterError::write("remove", &socket_lock)(error))
        }
        _ => Ok(()),
    }
}

fn path_in(pgdata: &Path) -> PathBuf {
    pgdata.join("postmaster.pid")
}

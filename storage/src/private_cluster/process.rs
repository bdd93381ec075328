//! The server process: starting it, waiting until it lets clients in, stopping it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::data_dir::DataDir;
use super::error::ClusterError;
use super::pid_file::PidFile;

/// How long a starting server may be silent. In a crash recovery, which may take long, it
/// reports its progress every ten seconds (`log_startup_progress_interval`).
const SILENCE: Duration = Duration::from_secs(60);

/// How long the fast shutdown may take before the immediate one, which the next start repairs; and
/// how long that one may.
const PATIENCE: Duration = Duration::from_secs(60);

/// At the start, a log longer than this is emptied.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// How much of the end of the log is read for a message.
const LONGEST_QUOTE: u64 = 16 * 1024;

/// Given on the command line, so that there is no file that a power cut could undo. Whatever
/// concerns durability keeps its default: on.
const SETTINGS: [&str; 10] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "max_connections=500",
    "shared_buffers=256MB",
    "cluster_name=georeport",
    "logging_collector=off",
    "log_destination=stderr",
    "log_timezone=UTC",
    "timezone=UTC",
];

/// A server process, our child. It is stopped when dropped.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    data_dir: DataDir,
    /// How long the log was before this server wrote to it.
    log_start: u64,
}

impl Postmaster {
    /// Starts the server and waits until it lets clients in.
    ///
    /// Errors: [`ClusterError::Failed`] with the end of its log, [`ClusterError::DiskFull`],
    /// [`ClusterError::CannotRun`], [`ClusterError::Io`].
    pub(super) fn start(binaries: &Binaries, data_dir: DataDir) -> Result<Self, ClusterError> {
        let (log, log_start) = open_log(&data_dir)?;
        let second = log
            .try_clone()
            .map_err(ClusterError::io("open", &data_dir.log_file()))?;
        let mut command = data_dir.user.command(&binaries.program("postgres"));
        command.arg("-D").arg(data_dir.pgdata());
        let mut sockets = OsString::from("unix_socket_directories=");
        sockets.push(&data_dir.socket_dir);
        command.arg("-c").arg(sockets);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // In a group of its own, Ctrl-C in the terminal reaches us first and not the database.
        command.process_group(0).stdout(log).stderr(second);
        let child = spawn(&mut command)?;
        let mut server = Self {
            child,
            data_dir,
            log_start,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Whether the process has not ended.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server and waits for its end; does nothing when it has ended well already.
    ///
    /// Errors: [`ClusterError::Failed`] when it ended badly, now or earlier.
    pub(super) fn stop(&mut self) -> Result<(), ClusterError> {
        self.stop_within(PATIENCE)
    }

    fn stop_within(&mut self, patience: Duration) -> Result<(), ClusterError> {
        let pid = OsString::from(self.child.id().to_string());
        // The immediate shutdown is awaited as long as ever: nothing stronger is left.
        for (signal, patience) in [("INT", patience), ("QUIT", PATIENCE)] {
            if !self.is_running() {
                break;
            }
            let script = format!("kill -{signal} \"$1\"");
            self.data_dir.user.shell(&script, &[&pid])?;
            let give_up = Instant::now() + patience;
            while self.is_running() && Instant::now() < give_up {
                thread::sleep(Duration::from_millis(2));
            }
        }
        match self.child.try_wait() {
            Ok(Some(status)) if status.success() => {
                self.data_dir.remove_socket_dir();
                Ok(())
            }
            _ => Err(self.failure("stopping the database")),
        }
    }

    /// Needs no client: line 8 of `postmaster.pid` says `ready`, and line 1 that it is our child.
    fn wait_until_ready(&mut self) -> Result<(), ClusterError> {
        let pgdata = self.data_dir.pgdata();
        let mut log_length = 0;
        let mut give_up = Instant::now() + SILENCE;
        while self.is_running() {
            let said = PidFile::read(&pgdata)?;
            if said.is_some_and(|said| said.is_ready && said.pid == Some(self.child.id())) {
                return Ok(());
            }
            let length = self.data_dir.log_file().metadata().map_or(0, |m| m.len());
            if length != log_length {
                log_length = length;
                give_up = Instant::now() + SILENCE;
            }
            if Instant::now() > give_up {
                return Err(self.failure("starting the database (silent for a minute)"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(self.failure("starting the database"))
    }

    /// What the server's log says about a failure.
    fn failure(&self, what: &'static str) -> ClusterError {
        if matches!(self.data_dir.is_disk_full(), Ok(true)) {
            let path = self.data_dir.path.clone();
            return ClusterError::DiskFull { path };
        }
        let log_file = self.data_dir.log_file();
        let mut said = Vec::new();
        let read = File::open(&log_file).and_then(|mut log| {
            let end = log.metadata()?.len();
            let quoted = end.saturating_sub(LONGEST_QUOTE).max(self.log_start);
            log.seek(SeekFrom::Start(quoted))?;
            log.read_to_end(&mut said)
        });
        let said = match read {
            Ok(_) => String::from_utf8_lossy(&said).into_owned(),
            Err(error) => format!("its log cannot be read: {error}"),
        };
        let quote = format!("{said}\n(from {})", log_file.display());
        ClusterError::said(what, &quote, &self.data_dir.path)
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        if self.is_running()
            && let Err(error) = self.stop()
        {
            tracing::error!(%error, "the database did not stop as it should");
        }
    }
}

/// Starts a process that outlives the call.
///
/// Errors: [`ClusterError::CannotRun`].
fn spawn(command: &mut Command) -> Result<Child, ClusterError> {
    command.spawn().map_err(|source| ClusterError::CannotRun {
        program: command.get_program().into(),
        source,
    })
}

/// Opens the log for appending, and tells how long it is.
fn open_log(data_dir: &DataDir) -> Result<(File, u64), ClusterError> {
    let path = data_dir.log_file();
    let open = || {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)?;
        if log.metadata()?.len() > LONGEST_LOG {
            log.set_len(0)?;
        }
        let length = log.metadata()?.len();
        Ok((log, length))
    };
    open().map_err(ClusterError::write("open", &path))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::private_cluster::user::ClusterUser;

    #[test]
    fn a_server_deaf_to_the_fast_shutdown_gets_the_immediate_one() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let share = folder.path().join("share");
        // Not by sh: what is ignored when it starts, as in the background of a script, it cannot trap.
        // It is ready when it listens to signals, and not before.
        let deaf_server = r#"[ "$1" = --version ] && echo 'postgres (PostgreSQL) 15.1' && exit
            exec perl -e '$SIG{INT} = "IGNORE"; $SIG{QUIT} = sub { exit 0 };
                open my $file, ">", "$ARGV[0]/postmaster.pid";
                print $file $$, "\n" x 7, "ready\n";
                close $file;
                sleep 1 while 1' "$2""#;
        let tells_share = format!("echo {}", share.display());
        for (name, script) in [("postgres", deaf_server), ("pg_config", &tells_share)] {
            // By another process: see `fake_program` in the tests of this module.
            let write = r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod 755 "$1""#;
            let mut command = Command::new("sh");
            command
                .args(["-c", write, "sh"])
                .arg(folder.path().join(name));
            assert!(command.arg(script).status().unwrap().success());
        }
        fs::create_dir_all(share.join("extension")).unwrap();
        fs::write(share.join("extension/postgis.control"), "").unwrap();
        let user = ClusterUser::find().unwrap();
        let data_dir = DataDir::prepare(&folder.path().join("data"), user).unwrap();
        fs::create_dir(data_dir.pgdata()).unwrap();
        data_dir.user.hand_over(&data_dir.pgdata()).unwrap();
        let binaries = Binaries::find(Some(folder.path()), None).unwrap();

        let mut server = Postmaster::start(&binaries, data_dir).unwrap();

        assert!(server.is_running());
        server.stop_within(Duration::from_millis(100)).unwrap();
        assert!(!server.is_running());
    }
}

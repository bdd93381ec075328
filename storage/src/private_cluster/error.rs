//! What can go wrong with the embedded database, each with the next step to take.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded database could not be started, asked or stopped.
///
/// The message of each says what happened and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Something that is not a folder is where the data folder should be.
    #[error("{} is not a folder: choose another with --data-dir", path.display())]
    NotAFolder {
        /// What was found, or what could not be entered.
        path: PathBuf,
    },
    /// We may not write where we have to.
    #[error(
        "cannot write to {}: {source}; make it writable for the user who runs georeport, \
         or choose another folder with --data-dir", path.display()
    )]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// We are root, PostgreSQL runs as an ordinary user, and that user cannot get to the folder.
    #[error(
        "the user {user}, who runs the database, may not enter {}; choose another folder with \
         --data-dir, for example /var/lib/georeport (or open it: chmod a+x {})",
        closed.display(), closed.display()
    )]
    ClosedFolder {
        /// The topmost folder that is closed.
        closed: PathBuf,
        /// The user PostgreSQL would run as.
        user: String,
    },
    /// The database files belong to somebody else.
    #[error(
        "{} belongs to the user number {owner}, but the database runs as {user}; start georeport \
         as before, or hand the files over: chown -R {user} {}", path.display(), path.display()
    )]
    WrongOwner {
        /// The folder of the database.
        path: PathBuf,
        /// The uid of its owner.
        owner: u32,
        /// The user PostgreSQL would run as.
        user: String,
    },
    /// Another server holds the data folder.
    #[error(
        "another georeport (pid {pid}) already runs on {}; stop it first, \
         or choose another folder with --data-dir", data_dir.display()
    )]
    AlreadyRunning {
        /// Its process id, as it wrote it down.
        pid: String,
        /// The folder both want.
        data_dir: PathBuf,
    },
    /// An earlier database server of this folder does not stop.
    #[error(
        "a database server (pid {pid}) left over from an earlier run is still stopping; \
         wait a little and start again"
    )]
    LeftOverServer {
        /// Its process id.
        pid: u32,
    },
    /// We are root and there is no user to run PostgreSQL as.
    #[error(
        "PostgreSQL refuses to run as root and there is neither a user postgres nor nobody; \
         run georeport as an ordinary user, or set DATABASE_URL"
    )]
    NoUser,
    /// PostgreSQL is not installed.
    #[error(
        "PostgreSQL was not found in {looked_in}; install it with PostGIS: \
         apt-get install postgresql-15-postgis-3, or set PG_BIN to the folder of its programs, \
         or set DATABASE_URL to use a database that runs elsewhere"
    )]
    NoPostgres {
        /// Where we looked, for reading.
        looked_in: String,
    },
    /// PostgreSQL is there, PostGIS is not.
    #[error(
        "PostgreSQL {major} in {} has no PostGIS; install it: \
         apt-get install postgresql-{major}-postgis-3, \
         or set DATABASE_URL to use a database that runs elsewhere", bin.display()
    )]
    NoPostgis {
        /// The major version of PostgreSQL.
        major: u32,
        /// The folder of its programs.
        bin: PathBuf,
    },
    /// The database files are those of another major version of PostgreSQL.
    #[error(
        "{} was made by PostgreSQL {made_by}, installed is PostgreSQL {installed}; install the \
         one that made it (apt-get install postgresql-{made_by}-postgis-3), or move the data: \
         with pg_upgrade, or by a pg_dump with the old version and a restore into a new --data-dir",
        path.display()
    )]
    OtherVersion {
        /// The folder of the database.
        path: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The newest major version found.
        installed: u32,
    },
    /// There is a folder where the database should be, but no database in it.
    #[error(
        "{} holds no PostgreSQL database (there is no readable PG_VERSION in it); move it away \
         to start with an empty database, or put the backup back", path.display()
    )]
    NotADatabase {
        /// The folder.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left on the disk of {}; free some (`df -h {}` shows what is left; a new \
         database needs about 100 MB) and start again", path.display(), path.display()
    )]
    DiskFull {
        /// The folder that needs space.
        path: PathBuf,
    },
    /// The folder for the socket is not safe to use.
    #[error(
        "the folder {} for the socket of the database is not a private folder of the user {user}; \
         remove it, or choose a shorter --data-dir, which needs no such folder", path.display()
    )]
    UnsafeSocketFolder {
        /// The folder under /tmp.
        path: PathBuf,
        /// The user PostgreSQL would run as.
        user: String,
    },
    /// One of PostgreSQL's programs reported a failure.
    #[error("{what} failed: {said}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// What the program said, and where more is to be read.
        said: String,
    },
    /// A program could not be run at all.
    #[error("cannot run {}: {source}; is it installed and executable?", program.display())]
    CannotRun {
        /// The program.
        program: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// Any other refusal of the operating system.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
}

impl ClusterError {
    /// Names what was tried on which path; meant for `map_err`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Self::DiskFull { path }
                }
                io::ErrorKind::NotADirectory => Self::NotAFolder { path },
                _ => Self::Io {
                    doing,
                    path,
                    source,
                },
            }
        }
    }

    /// Like [`ClusterError::io`], where the likely cause is that we may not write there.
    pub(super) fn write(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable {
                    path: path.to_owned(),
                    source,
                }
            }
            _ => Self::io(doing, path)(source),
        }
    }

    /// What a failed program's own words mean; `folder` is where it was writing.
    pub(super) fn said(what: &'static str, said: &str, folder: &Path) -> Self {
        if names_a_full_disk(said) {
            return Self::DiskFull {
                path: folder.to_owned(),
            };
        }
        Self::Failed {
            what,
            said: last_lines(said),
        }
    }
}

/// Whether a message (in the C locale) says that a disk or a quota is full. The last is the hint
/// PostgreSQL gives when half a page fitted on the disk.
pub(super) fn names_a_full_disk(text: &str) -> bool {
    [
        "No space left on device",
        "Disk quota exceeded",
        "Check free disk space",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// The end of a longer text: the cause stands in the last lines.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let end = lines.get(lines.len().saturating_sub(8)..).unwrap_or(&[]);
    if end.is_empty() {
        return "(it said nothing)".to_owned();
    }
    end.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognised_in_the_words_of_postgres_and_of_the_system() {
        let folder = Path::new("/data");
        let full = |error| matches!(error, ClusterError::DiskFull { path } if path == folder);

        for said in [
            "FATAL:  could not write lock file \"postmaster.pid\": No space left on device",
            "PANIC:  could not write to file \"pg_wal/xlogtemp.7\": No space left on device\nx",
            "could not extend file \"base/5/1\": Disk quota exceeded",
            "FATAL:  wrote only 4096 of 8192 bytes at block 20\nHINT:  Check free disk space.",
        ] {
            assert!(full(ClusterError::said("starting", said, folder)), "{said}");
        }
        let system = io::Error::from(io::ErrorKind::StorageFull);
        assert!(full(ClusterError::write("create", folder)(system)));
        assert!(!full(ClusterError::said("starting", "FATAL: no", folder)));
    }

    #[test]
    fn a_long_log_is_quoted_by_its_last_lines() {
        let log: String = (0..100).map(|line| format!("line {line}\n")).collect();

        let error = ClusterError::said("starting", &log, Path::new("/data")).to_string();

        assert!(error.ends_with("line 98\nline 99"), "{error}");
        assert!(!error.contains("line 50"), "{error}");
    }
}

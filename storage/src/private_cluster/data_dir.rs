//! The data folder: its lock, the database files in it, and where the socket goes.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::{ClusterError, names_a_full_disk};
use super::user::ClusterUser;

/// The longest path of a socket that every system takes: 104 bytes on macOS, with the final zero.
const LONGEST_SOCKET_PATH: usize = 103;

/// A data folder that exists and that the database's user can enter.
#[derive(Debug, Clone)]
pub(super) struct DataDir {
    /// Absolute, without symbolic links.
    pub(super) path: PathBuf,
    /// Where the socket of the database goes.
    pub(super) socket_dir: PathBuf,
    /// Who runs the database and owns its files.
    pub(super) user: ClusterUser,
}

impl DataDir {
    /// Makes the folder if needed and checks that the database can live in it.
    ///
    /// Errors: [`ClusterError::NotAFolder`], [`ClusterError::NotWritable`],
    /// [`ClusterError::ClosedFolder`], [`ClusterError::WrongOwner`], [`ClusterError::Io`].
    pub(super) fn prepare(path: &Path, user: ClusterUser) -> Result<Self, ClusterError> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(ClusterError::NotAFolder { path: path.into() }),
            Err(_) => {
                fs::create_dir_all(path).map_err(ClusterError::write("create", path))?;
                if user.we_are_root {
                    // Whatever the umask: the user of the database has to pass through.
                    fs::set_permissions(path, Permissions::from_mode(0o755))
                        .map_err(ClusterError::write("open", path))?;
                }
            }
        }
        let path = fs::canonicalize(path).map_err(ClusterError::io("find", path))?;
        if let Some(closed) = user.closed_folder(&path)? {
            let user = user.name;
            return Err(ClusterError::ClosedFolder { closed, user });
        }
        let data_dir = Self {
            socket_dir: socket_dir(&path),
            path,
            user,
        };
        match fs::metadata(data_dir.pgdata()) {
            Ok(found) if found.uid() != data_dir.user.uid => Err(ClusterError::WrongOwner {
                path: data_dir.pgdata(),
                owner: found.uid(),
                user: data_dir.user.name,
            }),
            _ => Ok(data_dir),
        }
    }

    /// Takes the exclusive lock, which lasts as long as the file stays open, and writes our
    /// process id into it.
    ///
    /// Errors: [`ClusterError::AlreadyRunning`], [`ClusterError::NotWritable`],
    /// [`ClusterError::Io`].
    pub(super) fn lock(&self) -> Result<File, ClusterError> {
        let path = lock_file(&self.path);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            // Whoever can read it can lock us out.
            .mode(0o600)
            .open(&path)
            .map_err(ClusterError::write("open", &path))?;
        // A subcommand that asks whether we run holds the lock for an instant: try more than once.
        for _ in 0..20 {
            match file.try_lock() {
                Ok(()) => {
                    file.set_len(0)
                        .and_then(|()| writeln!(file, "{}", std::process::id()))
                        .map_err(ClusterError::write("write", &path))?;
                    return Ok(file);
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) => {
                    return Err(ClusterError::io("lock", &path)(error));
                }
            }
        }
        let pid = fs::read_to_string(&path).map_err(ClusterError::io("read", &path))?;
        Err(ClusterError::AlreadyRunning {
            pid: pid.trim().to_owned(),
            data_dir: self.path.clone(),
        })
    }

    /// The folder of the database files.
    pub(super) fn pgdata(&self) -> PathBuf {
        pgdata(&self.path)
    }

    /// The file for what the server says. It lies in our folder, not in that of the database,
    /// where the user of the database could put a link for root to follow.
    pub(super) fn log_file(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// The major version of PostgreSQL that made the database; `None` when there is none yet.
    ///
    /// Errors: [`ClusterError::NotADatabase`].
    pub(super) fn made_by(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.pgdata();
        if !path.exists() {
            return Ok(None);
        }
        match fs::read_to_string(path.join("PG_VERSION")).map(|text| text.trim().parse()) {
            Ok(Ok(version)) => Ok(Some(version)),
            _ => Err(ClusterError::NotADatabase { path }),
        }
    }

    /// Makes the folder of the socket if it is not the database's own.
    ///
    /// Errors: [`ClusterError::UnsafeSocketFolder`], [`ClusterError::Io`].
    pub(super) fn make_socket_dir(&self) -> Result<(), ClusterError> {
        let path = &self.socket_dir;
        if *path == self.pgdata() {
            return Ok(());
        }
        match make_private_folder(path) {
            Ok(()) => return self.user.hand_over(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(ClusterError::write("create", path)(error)),
        }
        // Anybody can make a folder in /tmp: do not talk through somebody else's.
        let found = fs::symlink_metadata(path).map_err(ClusterError::io("look at", path))?;
        if found.is_dir() && found.uid() == self.user.uid && found.mode() & 0o077 == 0 {
            return Ok(());
        }
        Err(ClusterError::UnsafeSocketFolder {
            path: path.clone(),
            user: self.user.name.clone(),
        })
    }

    /// Removes the folder of the socket if it is not the database's own and the server has left it.
    ///
    /// A folder that stays does no harm, so there is no error.
    pub(super) fn remove_socket_dir(&self) {
        if self.socket_dir != self.pgdata()
            && let Err(error) = fs::remove_dir(&self.socket_dir)
        {
            tracing::debug!(folder = %self.socket_dir.display(), %error, "socket folder stays");
        }
    }

    /// Whether the database's user can write no more to the disk. Tried, because a server that
    /// finds the disk full cannot say so in a log on the same disk, and root may still write
    /// when others may not.
    pub(super) fn is_disk_full(&self) -> Result<bool, ClusterError> {
        let script = r#"head -c 65536 /dev/zero >"$1"; rm -f "$1""#;
        let probe = self.pgdata().join("space.probe");
        let tried = self.user.shell(script, &[probe.as_os_str()])?;
        let said = String::from_utf8_lossy(&tried.stderr);
        Ok(names_a_full_disk(&said))
    }
}

/// Whether a georeport holds the lock of a data folder.
///
/// Errors: [`ClusterError::Io`].
pub(super) fn is_served(data_dir: &Path) -> Result<bool, ClusterError> {
    let path = lock_file(data_dir);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(ClusterError::io("open", &path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(ClusterError::io("lock", &path)(error)),
    }
}

/// The folder of the database files in a data folder.
pub(super) fn pgdata(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

fn lock_file(data_dir: &Path) -> PathBuf {
    data_dir.join("serve.lock")
}

/// The private folder of the database if its path fits into a socket's and needs no quoting (in
/// a PostgreSQL setting, in a URL, in libpq's list of hosts); else a short one in /tmp.
fn socket_dir(data_dir: &Path) -> PathBuf {
    let own = pgdata(data_dir);
    let is_plain = own.to_str().is_some_and(|path| {
        path.chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    });
    if is_plain && own.join(".s.PGSQL.5432").as_os_str().len() <= LONGEST_SOCKET_PATH {
        return own;
    }
    let mut hasher = DefaultHasher::new();
    data_dir.hash(&mut hasher);
    PathBuf::from(format!("/tmp/georeport-{:016x}", hasher.finish()))
}

/// Makes a folder only its owner may enter.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

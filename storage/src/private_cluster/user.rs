//! Who runs PostgreSQL, which refuses to run as root.

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::ClusterError;

/// The user PostgreSQL runs as: `postgres`, else `nobody`, when we are root; otherwise ourselves.
#[derive(Debug, Clone)]
pub(super) struct ClusterUser {
    /// For messages: the name, or the number where we are this user ourselves.
    pub(super) name: String,
    /// The owner of the database files.
    pub(super) uid: u32,
    gid: u32,
    /// Whether this user is another than ourselves.
    pub(super) we_are_root: bool,
    /// Whether `setpriv --pdeathsig` works here (Linux with util-linux; BusyBox's does not).
    can_follow_us: bool,
}

impl ClusterUser {
    /// Finds the user.
    ///
    /// Errors: [`ClusterError::NoUser`]; [`ClusterError::CannotRun`] without the program `id`.
    pub(super) fn find() -> Result<Self, ClusterError> {
        let can_follow_us = Command::new("setpriv")
            .args(["--pdeathsig", "INT", "--", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        let user = |name: Option<&str>, we_are_root| -> Result<Option<Self>, ClusterError> {
            let (Some(uid), Some(gid)) = (number("-u", name)?, number("-g", name)?) else {
                return Ok(None);
            };
            Ok(Some(Self {
                name: name.map_or_else(|| uid.to_string(), str::to_owned),
                uid,
                gid,
                we_are_root,
                can_follow_us,
            }))
        };
        if let Some(ourselves) = user(None, false)?
            && ourselves.uid != 0
        {
            return Ok(ourselves);
        }
        for name in ["postgres", "nobody"] {
            if let Some(unprivileged) = user(Some(name), true)? {
                return Ok(unprivileged);
            }
        }
        Err(ClusterError::NoUser)
    }

    /// A program run as this user, which gets SIGINT when the thread that started it ends.
    ///
    /// It sees only `PATH`: our environment holds secrets, and `PG*` variables meant for another
    /// database. `LC_ALL=C` keeps its messages in the language we search them in.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = if self.can_follow_us {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "INT", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("LC_ALL", "C")
            // Ours may be closed to this user.
            .current_dir("/")
            .stdin(Stdio::null());
        if self.we_are_root {
            // The standard library drops the supplementary groups of root, too.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes this user the owner of a file or folder.
    ///
    /// Errors: [`ClusterError::NotWritable`], [`ClusterError::Io`].
    pub(super) fn hand_over(&self, path: &Path) -> Result<(), ClusterError> {
        chown(path, Some(self.uid), Some(self.gid))
            .map_err(ClusterError::write("change the owner of", path))
    }

    /// Runs a shell script as this user, with `args` as `$1`, `$2` and so on.
    ///
    /// Errors: [`ClusterError::CannotRun`]; a failing script is not an error here.
    pub(super) fn shell(&self, script: &str, args: &[&OsStr]) -> Result<Output, ClusterError> {
        let mut command = self.command(Path::new("sh"));
        command.args(["-c", script, "sh"]).args(args);
        output(command)
    }

    /// The topmost folder on the way to `path` (itself included) that this user may not enter.
    ///
    /// Really tried, because the mode bits do not tell of access lists and security modules.
    pub(super) fn closed_folder(&self, path: &Path) -> Result<Option<PathBuf>, ClusterError> {
        let mut closed = None;
        for folder in path.ancestors() {
            let tried = self.shell("test -x \"$1\"", &[folder.as_os_str()])?;
            if tried.status.success() {
                break;
            }
            closed = Some(folder.to_owned());
        }
        Ok(closed)
    }
}

/// Runs a command to its end.
///
/// Errors: [`ClusterError::CannotRun`] when it cannot be started.
pub(super) fn output(mut command: Command) -> Result<Output, ClusterError> {
    command.output().map_err(|source| ClusterError::CannotRun {
        program: command.get_program().into(),
        source,
    })
}

/// The number that `id` prints: of the user `name`, or of ourselves. `None`: no such user.
fn number(which: &str, name: Option<&str>) -> Result<Option<u32>, ClusterError> {
    let mut command = Command::new("id");
    command.arg(which).args(name);
    let printed = output(command)?.stdout;
    Ok(String::from_utf8_lossy(&printed).trim().parse().ok())
}

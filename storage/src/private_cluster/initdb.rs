//! The first start: making the database files.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::data_dir::{DataDir, make_private_folder};
use super::error::ClusterError;
use super::user::output;

/// How the name of a folder begins in which `initdb` is at work; our process id follows.
const UNFINISHED: &str = "postgres.new-";

/// Makes an empty database cluster: whole, on disk, or not at all.
///
/// It is made in a folder beside the real one and renamed when complete. What an attempt that
/// was cut short left behind is removed first, and after a failure too.
///
/// Errors: [`ClusterError::DiskFull`], [`ClusterError::Failed`],
/// [`ClusterError::NotWritable`], [`ClusterError::Io`].
pub(super) fn create_database(data_dir: &DataDir, binaries: &Binaries) -> Result<(), ClusterError> {
    remove_unfinished(data_dir)?;
    // Its own name for each attempt: when we are killed, initdb takes a moment to end, and
    // removes by name what it made. A start within that moment must not lose its files.
    let new = format!("{UNFINISHED}{}", std::process::id());
    let new = data_dir.path.join(new);
    let made = initdb(data_dir, binaries, &new);
    if made.is_err() {
        remove_folder(&new)?;
        return made;
    }
    let path = data_dir.pgdata();
    fs::rename(&new, &path).map_err(ClusterError::write("create", &path))?;
    File::open(&data_dir.path)
        .and_then(|folder| folder.sync_all())
        .map_err(ClusterError::io("write to disk", &data_dir.path))
}

fn remove_unfinished(data_dir: &DataDir) -> Result<(), ClusterError> {
    let read = ClusterError::io("read", &data_dir.path);
    for entry in fs::read_dir(&data_dir.path).map_err(read)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove_folder(&entry.path())?;
        }
    }
    Ok(())
}

fn initdb(data_dir: &DataDir, binaries: &Binaries, new: &Path) -> Result<(), ClusterError> {
    make_private_folder(new).map_err(ClusterError::write("create", new))?;
    data_dir.user.hand_over(new)?;
    // It writes everything to disk (fsync) before it ends.
    let mut command = data_dir.user.command(&binaries.program("initdb"));
    command
        .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", "--data-checksums", "-D"])
        .arg(new);
    let done = output(command)?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(ClusterError::said("initdb", &said, &data_dir.path))
}

/// Removes a folder, for a while against a process that is still writing to it.
fn remove_folder(path: &Path) -> Result<(), ClusterError> {
    let give_up = Instant::now() + Duration::from_secs(5);
    loop {
        match fs::remove_dir_all(path) {
            _ if !path.exists() => return Ok(()),
            Err(error) if Instant::now() > give_up => {
                return Err(ClusterError::write("remove", path)(error));
            }
            _ => thread::sleep(Duration::from_millis(20)),
        }
    }
}

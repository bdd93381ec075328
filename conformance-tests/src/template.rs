//! A data folder with the demo in it, to be copied.
//!
//! A first start creates a cluster and takes over thousands of rows: ten seconds. A copy
//! of its result starts in half a second, and these tests start some seventy servers.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use crate::binary;
use crate::home::{Home, PREFIX};
use crate::time;

/// Copies the template to a path where nothing is yet.
pub(crate) fn copy_to(data_dir: &Path) {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    let template = TEMPLATE.get_or_init(find_or_make);
    // The cluster keeps its owner, who may be another user.
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(template).arg(data_dir);
    let copied = copy.status().expect("cp can be executed");
    assert!(copied.success(), "{} cannot be copied", template.display());
}

/// The template of this user, this binary and this day: the demo moves with the time.
fn find_or_make() -> PathBuf {
    let user = fs::metadata("/proc/self").map(|process| process.uid());
    let family = format!("{PREFIX}template-{}-", user.unwrap_or_default());
    let name = format!("{family}{}-{}", time::now() / time::DAY, fingerprint());
    let template = std::env::temp_dir().join(&name);
    if !template.exists() {
        remove_old(&family);
        let home = Home::new();
        let (status, log) = home.serve(&["--demo"]).stop();
        assert!(status.success(), "{status}: {log}");
        // Another test process may have been faster; its template is as good.
        let _theirs_or_ours = fs::rename(home.data_dir(), &template);
    }
    template
}

/// Changes with every build of the binary.
fn fingerprint() -> String {
    let metadata = fs::metadata(binary::path()).expect("the binary under test exists");
    let modified = metadata.modified().ok();
    let age = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{}-{}", metadata.len(), age.unwrap_or_default().as_millis())
}

/// Removes templates that no test run can still be using: a run takes less than two hours.
fn remove_old(family: &str) {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        let is_old = age.is_some_and(|age| age > Duration::from_secs(2 * 60 * 60));
        if is_old && entry.file_name().to_string_lossy().starts_with(family) {
            // What cannot be removed is only left over.
            let _left_over = fs::remove_dir_all(entry.path());
        }
    }
}

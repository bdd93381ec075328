//! Programs of other ecosystems that tests drive; `.ci/tools` installs them under `target/tools`.

use std::path::{Path, PathBuf};

/// A program of the Python environment, such as `schemathesis`.
#[track_caller]
pub fn python(program: &str) -> PathBuf {
    installed(&format!("python/bin/{program}"))
}

/// A program of the Node packages, such as `tsc`.
#[track_caller]
pub fn node(program: &str) -> PathBuf {
    installed(&format!("node/node_modules/.bin/{program}"))
}

/// The folder that holds the Node packages, for scripts that lie elsewhere.
#[track_caller]
pub fn node_packages() -> PathBuf {
    installed("node/node_modules")
}

#[track_caller]
fn installed(name: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let path = workspace.join(target).join("tools").join(name);
    assert!(
        path.exists(),
        "{} is missing: run .ci/tools",
        path.display()
    );
    path
}

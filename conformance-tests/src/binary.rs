//! The binary under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the binary is: `GEOREPORT_BIN`, or what cargo built beside these tests.
pub fn path() -> PathBuf {
    std::env::var_os("GEOREPORT_BIN").map_or_else(|| built("georeport"), PathBuf::from)
}

/// A call of the conformance kit.
pub fn kit() -> Command {
    without_configuration(Command::new(built("georeport-conformance")))
}

fn built(name: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let path = workspace.join(target).join(profile).join(name);
    assert!(
        path.exists(),
        "{} is missing: cargo build --workspace, or set GEOREPORT_BIN",
        path.display()
    );
    path
}

/// A call of the binary.
pub fn command() -> Command {
    without_configuration(Command::new(path()))
}

/// A call of the binary that ends with the thread that makes it, at the latest with the
/// test process, however that ends.
pub fn mortal_command() -> Command {
    let mut command = without_configuration(Command::new("setpriv"));
    command.args(["--pdeathsig", "TERM"]).arg(path());
    command
}

/// The developer's own configuration must not reach the server under test.
fn without_configuration(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GEOREPORT_") || text.starts_with("PG") || text == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    // All tests call from one address. Those of rates set them by option, which wins.
    for action in ["READ", "WRITE", "TOKEN"] {
        command.env(format!("GEOREPORT_{action}_RATE"), "none");
    }
    command.stdin(Stdio::null());
    command
}

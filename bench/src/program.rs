//! Other programs: PostgreSQL's, and ways to run them.

use crate::Failure;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A program of PostgreSQL: in `$PG_BIN`, else in the newest one that Debian has installed, else on
/// the path. Debian's own `psql` on the path is a script that costs 35 ms each time.
pub fn postgresql(name: &str) -> PathBuf {
    if let Some(folder) = env::var_os("PG_BIN").filter(|folder| !folder.is_empty()) {
        return Path::new(&folder).join(name);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let program = entry.path().join("bin").join(name);
        program.is_file().then_some((version, program))
    });
    newest
        .max_by_key(|(version, _)| *version)
        .map_or_else(|| name.into(), |(_, program)| program)
}

/// Runs a command to its end and answers what it printed.
///
/// # Errors
/// As for [`checked`].
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let printed = checked(command)?.stdout;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be run or fails; with what it said.
pub fn checked(command: &mut Command) -> Result<Output, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command
        .output()
        .map_err(|error| format!("{name} cannot be run: {error}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let printed = String::from_utf8_lossy(&done.stdout);
        // The first lines say it; what follows from it is long.
        let told: Vec<&str> = said.lines().chain(printed.lines()).take(3).collect();
        return Err(format!("{name} failed ({}): {}", done.status, told.join(" / ")).into());
    }
    Ok(done)
}

/// Tells a process to end in good order.
pub fn terminate(pid: u32) {
    // One that has ended by itself needs nothing.
    let _ = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .output();
}

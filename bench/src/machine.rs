//! What it was measured on.

use crate::{Failure, cluster::Cluster, program};
use std::{fs, process::Command};

/// One line each: a name, and what it is.
///
/// # Errors
/// When the database does not tell its settings.
pub fn describe(cluster: &Cluster) -> Result<Vec<(&'static str, String)>, Failure> {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let printed = |program: &str, arguments: &[&str]| {
        program::output(Command::new(program).args(arguments)).unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let settings = cluster.run(
        "SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
        WHERE name IN ('shared_buffers', 'fsync', 'synchronous_commit', 'full_page_writes',
            'max_connections', 'work_mem', 'max_wal_size', 'wal_sync_method')",
        &[],
    )?;
    let changed = !printed("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
    let commit = printed("git", &["rev-parse", "--short", "HEAD"]);
    Ok(vec![
        ("date", printed("date", &["-u", "+%F %H:%M UTC"])),
        (
            "commit",
            format!("{commit}{}", if changed { ", changed" } else { "" }),
        ),
        (
            "processor",
            format!(
                "{}, {cores} cores",
                after(&file("/proc/cpuinfo"), "model name")
            ),
        ),
        ("memory", after(&file("/proc/meminfo"), "MemTotal")),
        ("kernel", printed("uname", &["-sr"])),
        (
            "PostgreSQL",
            cluster.run("SELECT current_setting('server_version')", &[])?,
        ),
        (
            "PostGIS",
            cluster.run(
                "SELECT extversion FROM pg_extension WHERE extname = 'postgis'",
                &[],
            )?,
        ),
        ("settings", settings),
        (
            "load at the end",
            file("/proc/loadavg")
                .split(' ')
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
        ),
    ])
}

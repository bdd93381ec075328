//! The yardstick of what comes from the database: pgbench with prepared statements.

use crate::{Failure, cluster::Cluster, program};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

/// How statements with arguments are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planning {
    /// As PostgreSQL does by itself: after five times perhaps once for all.
    Auto,
    /// Anew for the arguments of each, as it is best for searches.
    Custom,
    /// Once for all, as it is best for what an index answers in its order.
    Kept,
}

/// A script of pgbench, and what it needs.
#[derive(Debug, Clone)]
pub struct Sql {
    /// The text: statements, and what pgbench draws for them.
    pub script: &'static str,
    /// Names that stand in the script, with their values.
    pub variables: Vec<(&'static str, String)>,
    /// How it is planned.
    pub planning: Planning,
}

/// Runs the script over as many connections as the server gets, and answers how often it ran each
/// second.
///
/// The first seconds do not count: a new connection costs PostgreSQL much more than a statement, and
/// those of the server are open already.
///
/// # Errors
/// When a statement fails.
pub fn run(
    cluster: &Cluster,
    sql: &Sql,
    connections: usize,
    duration: Duration,
    folder: &Path,
) -> Result<f64, Failure> {
    let file = folder.join("pgbench.sql");
    fs::write(&file, sql.script)?;
    // What the server tells its connections, too.
    let mut settings = "-c jit=off -c timezone=UTC -c max_parallel_workers_per_gather=0".to_owned();
    settings.push_str(match sql.planning {
        Planning::Auto => "",
        Planning::Custom => " -c plan_cache_mode=force_custom_plan",
        Planning::Kept => " -c plan_cache_mode=force_generic_plan",
    });
    let warm = 1 + connections / 16;
    let seconds = warm + duration.as_secs_f64().ceil() as usize;
    let mut command = Command::new(program::postgresql("pgbench"));
    command
        .env("PGOPTIONS", settings)
        .args([
            "--no-vacuum",
            "--protocol=prepared",
            "--jobs=1",
            "--progress=1",
        ])
        .arg(format!("--client={connections}"))
        .arg(format!("--time={seconds}"))
        .arg("--file")
        .arg(&file);
    // A number that grows from one run to the next: what is written after it is new and comes last.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    command.arg(format!("--define=n={}", since.as_micros() / 100));
    for (name, value) in &sql.variables {
        command.arg(format!("--define={name}={value}"));
    }
    let done = program::checked(command.arg(&cluster.url))?;
    let said = String::from_utf8_lossy(&done.stderr);
    rate(&said, warm).ok_or_else(|| format!("pgbench was too slow, or failed: {said}").into())
}

/// Transactions per second, from what pgbench tells each second; `None` also when some have failed.
fn rate(said: &str, warm: usize) -> Option<f64> {
    // progress: 2.0 s, 22733.0 tps, lat 0.350 ms stddev 0.142, 0 failed
    let told = said
        .lines()
        .filter_map(|line| line.strip_prefix("progress: "));
    let counted: Option<Vec<f64>> = told
        .skip(warm)
        .map(|line| {
            let rate = line.split(", ").nth(1)?.strip_suffix(" tps")?;
            line.ends_with(", 0 failed").then(|| rate.parse().ok())?
        })
        .collect();
    let counted = counted.filter(|rates| !rates.is_empty())?;
    Some(counted.iter().sum::<f64>() / counted.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "pgbench (15.18)\n\
        progress: 1.0 s, 10.0 tps, lat 0.4 ms stddev 0.1, 0 failed\n\
        progress: 2.0 s, 200.0 tps, lat 0.4 ms stddev 0.1, 0 failed\n\
        progress: 3.0 s, 100.0 tps, lat 0.4 ms stddev 0.1, 0 failed\n";

    #[test]
    fn the_rate_is_that_of_the_seconds_after_connecting() {
        assert_eq!(rate(SAID, 1), Some(150.0));
        assert_eq!(rate(SAID, 3), None);
    }

    #[test]
    fn transactions_that_failed_are_no_yardstick() {
        assert_eq!(rate(&SAID.replace("0 failed", "3 failed"), 1), None);
    }
}

//! The data: as many service requests as wanted, shaped like Boston's.
//!
//! The real rows that ship with the demo are imported and multiplied: each row made is a real one,
//! moved in time by whole weeks and in place by a few metres. A region has five cities, of 60, 25,
//! 10, 4 and 1 per cent, whose rows follow each other in time as they came; together they file 548 a
//! day. A million rows are one region and five years; more are more regions, fewer are less time.

use crate::{Failure, cluster::Cluster, program, server::Installation};
use std::{fs, io::IsTerminal, path::Path};

/// The city that is asked: 60 of 100 rows of the first region.
pub const CITY: &str = "city1.example";
/// Where the measured POSTs go.
pub const POST_CITY: &str = "post.example";
/// Where the measured imports go.
pub const IMPORT_CITY: &str = "import.example";

/// Rows of a region in a week.
const PER_WEEK: u64 = 3_836;
/// The rows of a region; so many fill five years.
const PER_REGION: u64 = 1_000_000;
/// Rows of one statement.
const CHUNK: u64 = 50_000;

/// How the rows are laid out: what a script needs to draw an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// All rows.
    pub rows: u64,
    /// Regions of five cities.
    pub regions: u64,
}

impl Layout {
    /// For about so many rows.
    pub fn of(rows: u64) -> Self {
        let regions = rows.div_ceil(PER_REGION).max(1);
        let block = 100 * regions;
        Self {
            rows: rows.div_ceil(block) * block,
            regions,
        }
    }

    /// In each block every region has a hundred rows.
    pub fn blocks(self) -> u64 {
        self.rows / self.regions / 100
    }

    /// The id of a row of [`CITY`]; `share` is below 60. `sql/single.sql` does the same.
    pub fn id(self, block: u64, share: u64) -> u64 {
        101_000_000_000 + (block * 100 + share * 37 % 100) * self.regions
    }
}

/// Makes the data unless it is there, with a server that runs on the database.
///
/// # Errors
/// When the database or the server's commands refuse.
pub fn build(
    installation: &Installation,
    cluster: &Cluster,
    layout: Layout,
) -> Result<(), Failure> {
    let step = |what: &str| eprintln!("{} rows: {what}", layout.rows);
    let [rows, regions] = [layout.rows, layout.regions].map(|number| number.to_string());
    if is_built(cluster)? {
        return Ok(());
    }
    let known = cluster.run("SELECT count(*) FROM jurisdiction", &[])?;
    if known != "0" {
        return Err("the database was not finished, or is not for benchmarks: delete it".into());
    }
    step("importing Boston's real ones");
    import_sample(installation)?;
    let now = cluster.run("SELECT date_trunc('second', now())", &[])?;
    let per_week = (PER_WEEK * layout.regions).to_string();
    let made = [("city", CITY), ("now", &now), ("regions", &regions)];
    cluster.run(include_str!("../sql/data/sample.sql"), &made)?;
    let sample = cluster.run("SELECT count(*) FROM bench_sample", &[])?;
    for first in (0..layout.rows).step_by(usize::try_from(CHUNK)?) {
        let end = layout.rows.min(first + CHUNK);
        let [from, to] = [first, end - 1].map(|number| number.to_string());
        let drawn = [
            ("first", from.as_str()),
            ("last", &to),
            ("rows", &rows),
            ("regions", &regions),
            ("per_week", &per_week),
            ("sample", &sample),
            ("now", &now),
        ];
        cluster.run(include_str!("../sql/data/fill.sql"), &drawn)?;
        if std::io::stderr().is_terminal() || end.is_multiple_of(1_000_000) {
            step(&format!("made {end}"));
        }
    }
    step("making the indexes, vacuum, analyze");
    cluster.run(include_str!("../sql/data/finish.sql"), &[("rows", &rows)])?;
    step("done");
    Ok(())
}

/// Reads the table once, so that nothing which is measured waits for the disk.
///
/// # Errors
/// When the database refuses.
pub fn warm_up(cluster: &Cluster) -> Result<(), Failure> {
    cluster.run("SELECT sum(length(description)) FROM service_request", &[])?;
    Ok(())
}

fn is_built(cluster: &Cluster) -> Result<bool, Failure> {
    let found = cluster.run("SELECT to_regclass('bench_done') IS NOT NULL", &[])?;
    Ok(found == "t")
}

/// The demo's rows of Boston, with its services, in [`CITY`].
fn import_sample(installation: &Installation) -> Result<(), Failure> {
    let demo = Path::new("api/demo");
    let run = |arguments: &[&str]| program::output(&mut installation.command(arguments));
    let boundary = format!(
        "--boundary={}",
        demo.join("boston.boundary.geojson").display()
    );
    let services = demo.join("boston.services.json").display().to_string();
    let requests = demo.join("boston.csv.gz").display().to_string();
    let rejects = installation.data_dir.join("sample.rejects.csv");
    let rejects = format!("--rejects={}", rejects.display());
    let zone = "--timezone=America/New_York";
    run(&[
        "jurisdiction",
        "add",
        CITY,
        "--name=The first city",
        zone,
        &boundary,
    ])?;
    let city = format!("--jurisdiction={CITY}");
    run(&["import", "services", &city, &services])?;
    run(&[
        "import",
        "requests",
        &city,
        "--mapping=boston",
        &rejects,
        &requests,
    ])?;
    Ok(())
}

/// Deletes what a run that was cut off has left.
///
/// # Errors
/// When the database refuses.
pub fn clear_left_over(cluster: &Cluster) -> Result<(), Failure> {
    let found = cluster.run(
        "SELECT EXISTS (SELECT FROM service_request
            WHERE jurisdiction_id IN ('post.example', 'yardstick.example', 'import.example'))",
        &[],
    )?;
    if found == "t" { clear(cluster) } else { Ok(()) }
}

/// Deletes what was measured into the jurisdictions for it.
///
/// # Errors
/// When the database refuses.
pub fn clear(cluster: &Cluster) -> Result<(), Failure> {
    cluster.run(include_str!("../sql/data/clear.sql"), &[])?;
    Ok(())
}

/// Removes a private database that was not finished. One that runs is left alone, as is a folder
/// without one.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_unfinished(data_dir: &Path) -> Result<(), Failure> {
    let database = data_dir.join("postgres");
    let runs = database.join("postmaster.pid").exists();
    if database.is_dir() && !runs && !data_dir.join("complete").exists() {
        fs::remove_dir_all(data_dir)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rows_than_a_million_are_more_regions() {
        assert_eq!(Layout::of(50_000).regions, 1);
        assert_eq!(Layout::of(1_000_000).blocks(), 10_000);
        let large = Layout::of(10_000_000);
        assert_eq!((large.regions, large.blocks()), (10, 10_000));
        assert_eq!(Layout::of(1_000_001).rows, 1_000_200);
    }

    #[test]
    fn ids_of_the_city_lie_within_the_rows_and_are_all_different() {
        let layout = Layout::of(2_000_000);
        let ids: std::collections::BTreeSet<u64> = (0..60)
            .map(|share| layout.id(layout.blocks() - 1, share))
            .collect();
        assert_eq!(ids.len(), 60);
        assert!(ids.last().unwrap() - 101_000_000_000 < layout.rows);
    }
}

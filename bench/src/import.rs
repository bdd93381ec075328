//! `georeport import` against `psql \copy` of the same columns into the same table with its indexes.

use crate::{
    Failure,
    cluster::Cluster,
    data::{self, IMPORT_CITY},
    program,
    server::Installation,
    statistics::Spread,
};
use std::{path::Path, time::Instant};

/// What an import writes.
const COLUMNS: &str = "jurisdiction_id, service_request_id, status, status_notes, service_name, \
    service_code, description, agency_responsible, service_notice, requested_datetime, \
    updated_datetime, expected_datetime, address, address_id, zipcode, location, media_url, \
    is_public, version, overdue_datetime";
/// And of the history.
const HISTORY_COLUMNS: &str = "jurisdiction_id, service_request_id, version, update_id, kind, \
    is_public, recorded_datetime, updated_datetime, status, description, author";

/// The same rows both ways.
#[derive(Debug)]
pub struct Measured {
    /// Rows.
    pub rows: u64,
    /// The time of the import by that of `\copy` into `service_request`.
    pub ratio: Spread,
    /// The same by that of `\copy` into both tables that an import writes.
    pub ratio_with_history: Spread,
    /// Seconds.
    pub import: Spread,
    /// Seconds, of `service_request` alone.
    pub copy: Spread,
}

/// Imports up to so many rows, and copies them, into an empty jurisdiction each time.
///
/// # Errors
/// When the import or the database refuses, or not every row is taken.
pub fn measure(
    installation: &Installation,
    limit: u64,
    rounds: usize,
) -> Result<Measured, Failure> {
    let folder = installation.data_dir.canonicalize()?;
    let [source, copied, history] =
        ["import.csv", "copy.tsv", "history.tsv"].map(|name| folder.join(name));
    let server = installation.serve(&["--no-work"])?;
    let cluster = &server.cluster;
    export(cluster, &source, limit)?;
    let (mut imports, mut copies, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows = 0;
    for _ in 0..rounds.max(1) {
        let begin = Instant::now();
        let mut import =
            installation.command(&["import", "requests", "--jurisdiction", IMPORT_CITY]);
        let said = program::output(
            import
                .arg("--rejects")
                .arg(folder.join("rejects.csv"))
                .arg(&source),
        )?;
        imports.push(begin.elapsed().as_secs_f64());
        let taken = said
            .lines()
            .find_map(|line| line.split_once(" taken, 0 unchanged, 0 refused"));
        rows = taken
            .ok_or_else(|| format!("not all rows were taken: {said}"))?
            .0
            .parse()?;
        let save = |table: &str, columns: &str, file: &Path| {
            let file = file.display();
            format!(
                "\\copy (SELECT {columns} FROM {table} WHERE jurisdiction_id = '{IMPORT_CITY}') TO '{file}'\n"
            )
        };
        cluster.run(&save("service_request", COLUMNS, &copied), &[])?;
        cluster.run(
            &save("service_request_update", HISTORY_COLUMNS, &history),
            &[],
        )?;
        data::clear(cluster)?;
        let [first, second] = copy(cluster, &copied, &history)?;
        copies.push(first);
        both.push(first + second);
    }
    for file in [source, copied, history] {
        std::fs::remove_file(file)?;
    }
    let by = |others: &[f64]| {
        let ratios: Vec<f64> = imports
            .iter()
            .zip(others)
            .map(|(import, other)| import / other)
            .collect();
        Spread::of(&ratios).ok_or("nothing was measured")
    };
    Ok(Measured {
        rows,
        ratio: by(&copies)?,
        ratio_with_history: by(&both)?,
        import: Spread::of(&imports).ok_or("nothing was measured")?,
        copy: Spread::of(&copies).ok_or("nothing was measured")?,
    })
}

/// Rows of all cities as a file of GeoReport's own columns.
fn export(cluster: &Cluster, file: &Path, limit: u64) -> Result<(), Failure> {
    let file = file.display();
    let iso =
        |column: &str| format!("to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS {column}");
    let times = [
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
    ]
    .map(iso)
    .join(", ");
    let select = format!(
        "SET timezone = 'UTC';\n\\copy (SELECT service_request_id, status, status_notes, service_name, \
        service_code, description, agency_responsible, service_notice, {times}, address, address_id, \
        zipcode, ST_Y(location) AS lat, ST_X(location) AS long, media_url FROM service_request \
        ORDER BY service_request_id LIMIT {limit}) TO '{file}' WITH (FORMAT csv, HEADER)\n"
    );
    cluster.run(&select, &[])?;
    Ok(())
}

/// Copies the rows of both tables, takes that back, and answers the seconds of each.
fn copy(cluster: &Cluster, requests: &Path, history: &Path) -> Result<[f64; 2], Failure> {
    let (requests, history) = (requests.display(), history.display());
    let said = cluster.run(
        &format!(
            "BEGIN;\n\\timing on\n\\copy service_request ({COLUMNS}) FROM '{requests}'\n\
            \\copy service_request_update ({HISTORY_COLUMNS}) FROM '{history}'\n\\timing off\nROLLBACK;\n\
            VACUUM (ANALYZE) service_request, service_request_update;\nCHECKPOINT;\n"
        ),
        &[],
    )?;
    let seconds: Vec<f64> = said.lines().filter_map(seconds).collect();
    seconds
        .try_into()
        .map_err(|_other_number| format!("psql told other times than two: {said}").into())
}

/// From psql's "Time: 1234.567 ms (00:01.235)".
fn seconds(line: &str) -> Option<f64> {
    let milliseconds: f64 = line
        .strip_prefix("Time: ")?
        .split(' ')
        .next()?
        .parse()
        .ok()?;
    Some(milliseconds / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_command_is_the_one_in_milliseconds() {
        assert_eq!(seconds("Time: 1500.000 ms (00:01.500)"), Some(1.5));
        assert_eq!(seconds("COPY 3"), None);
    }
}

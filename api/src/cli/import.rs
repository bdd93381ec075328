//! `georeport import …`.

use super::{
    Failure,
    database::{jurisdiction, with_storage},
};
use crate::{
    config::DatabaseArgs,
    import::{
        Adjustment, Cause, Mapping, Refusal, RejectFile, ServicesItem, Source, read_services,
        to_service_request,
    },
};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use domain::{ImportedServiceRequest, datetime};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    io::IsTerminal,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Duration,
};
use storage::{ImportSummary, JurisdictionStorage, ServicesImport, ServicesSummary};
use tokio::sync::mpsc;

/// What can be taken over.
#[derive(Subcommand)]
pub enum ImportCommand {
    /// A GeoReport service list or service definitions, XML or JSON
    Services(ServicesArgs),
    /// Service requests: GeoReport XML or JSON, or a city's own CSV or JSON with a mapping; plain
    /// or gzip
    Requests(Box<RequestsArgs>),
}

/// Options of `import services`.
#[derive(Args)]
pub struct ServicesArgs {
    /// The files; definitions may be in files of their own
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The jurisdiction
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `import requests`.
#[derive(Args)]
pub struct RequestsArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The jurisdiction; times without a zone are read as its own
    #[arg(long, env = "GEOREPORT_JURISDICTION", value_name = "ID")]
    jurisdiction: String,
    /// Which column is which field: boston, nyc, chicago, sf, zurich, or a file like those under
    /// api/mappings; without it the columns have GeoReport's own names
    #[arg(long, env = "GEOREPORT_MAPPING", value_name = "NAME|FILE")]
    mapping: Option<String>,
    /// Move the whole file in time so that its newest service request was filed now
    #[arg(long, env = "GEOREPORT_SHIFT_TO_NOW", value_parser = clap::builder::FalseyValueParser::new())]
    shift_to_now: bool,
    /// Where rows that cannot be taken are listed [default: the file's name with .rejects.csv, in
    /// the current folder]
    #[arg(long, env = "GEOREPORT_REJECTS", value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &ImportCommand) -> Result<(), Failure> {
    match command {
        ImportCommand::Services(args) => with_storage(&args.database, async |storage| {
            let (_, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
            let summary = import_services(&storage, &args.files).await?;
            for code in &summary.refused {
                println!("refused: a definition of {code}, which is no service here");
            }
            let ServicesSummary {
                taken,
                unchanged,
                refused,
            } = summary;
            println!(
                "{taken} taken, {unchanged} unchanged, {} refused",
                refused.len()
            );
            if taken + unchanged == 0 && !refused.is_empty() {
                return Err("nothing could be taken: import the services first".into());
            }
            Ok(())
        }),
        ImportCommand::Requests(args) => {
            let mapping = match args.mapping.as_deref() {
                None => Mapping::georeport()?,
                Some(path) if Path::new(path).is_file() => {
                    Mapping::from_toml(&std::fs::read_to_string(path)?)?
                }
                Some(name) => Mapping::named(name)?,
            };
            let name = args
                .file
                .file_name()
                .unwrap_or(args.file.as_os_str())
                .to_string_lossy();
            let default = || PathBuf::from(format!("{name}.rejects.csv"));
            let rejects = args.rejects.clone().unwrap_or_else(default);
            with_storage(&args.database, async |storage| {
                let (jurisdiction, storage) = jurisdiction(&storage, &args.jurisdiction).await?;
                let now = Utc::now();
                let import = RequestsImport {
                    file: &args.file,
                    mapping,
                    zone: jurisdiction.time_zone,
                    newest_becomes: args.shift_to_now.then(|| datetime::to_seconds(now)),
                    now,
                    rejects,
                };
                let report = import.run(&storage).await?;
                report.print();
                report.check()
            })
        }
    }
}

/// Takes over the services and definitions of files, all of them or none.
pub(crate) async fn import_services(
    storage: &JurisdictionStorage,
    files: &[PathBuf],
) -> Result<ServicesSummary, Failure> {
    let mut import = ServicesImport::default();
    for file in files {
        for item in read_services(Source::open(file)?)? {
            match item {
                ServicesItem::Service(service, definition) => {
                    import.services.push(service);
                    import.definitions.extend(definition);
                }
                ServicesItem::Definition(definition) => import.definitions.push(definition),
            }
        }
    }
    Ok(storage
        .import_services(&import, datetime::to_seconds(Utc::now()))
        .await?)
}

/// One import of service requests.
pub(crate) struct RequestsImport<'a> {
    pub file: &'a Path,
    pub mapping: Mapping,
    pub zone: chrono_tz::Tz,
    /// See [`JurisdictionStorage::import`].
    pub newest_becomes: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    pub rejects: PathBuf,
}

/// What became of it.
pub(crate) struct Report {
    summary: ImportSummary,
    refused: BTreeMap<&'static str, u64>,
    adjusted: BTreeMap<Adjustment, u64>,
    rejects: Option<PathBuf>,
}

/// What the reading thread tells.
enum Row {
    Taken(Box<ImportedServiceRequest>),
    Refused(Refusal),
}

impl RequestsImport<'_> {
    /// Reads the file in a thread of its own while PostgreSQL takes the rows in.
    pub(crate) async fn run(self, storage: &JurisdictionStorage) -> Result<Report, Failure> {
        if is_same_file(&self.rejects, self.file) {
            return Err(format!(
                "{} is the file to import itself: --rejects would write over it",
                self.rejects.display()
            )
            .into());
        }
        let source = Source::open(self.file)?;
        let bar = progress(&source);
        // As many as storage hands over at once, so that reading goes on meanwhile.
        let (sender, mut rows) = mpsc::channel(4_096);
        let reader = tokio::task::spawn_blocking(move || {
            let mut adjusted: BTreeMap<Adjustment, u64> = BTreeMap::new();
            let read = source.for_each(|record| {
                let row = match record.and_then(|record| {
                    to_service_request(&record, &self.mapping, self.zone, self.now)
                }) {
                    Ok((row, adjustments)) => {
                        for adjustment in adjustments {
                            *adjusted.entry(adjustment).or_default() += 1;
                        }
                        Row::Taken(Box::new(row))
                    }
                    Err(refusal) => Row::Refused(refusal),
                };
                match sender.blocking_send(row) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_gone) => ControlFlow::Break(()),
                }
            });
            read.map(|()| adjusted)
        });
        let mut import = storage.import(self.newest_becomes, self.now).await?;
        let listed = self.rejects.display().to_string();
        let cannot_list = |error| format!("{listed}: refused rows cannot be listed: {error}");
        let mut rejects = RejectFile::new(self.rejects);
        while let Some(row) = rows.recv().await {
            match row {
                Row::Taken(row) => import.add(&row).await?,
                Row::Refused(refusal) => rejects.add(&refusal).map_err(cannot_list)?,
            }
        }
        let adjusted = reader.await??;
        // As long as nothing is taken.
        rejects.flush().map_err(cannot_list)?;
        bar.set_message("taking the rows over");
        let summary = import.finish().await?;
        bar.finish_and_clear();
        let taken = summary.taken;
        let taken_but = |error| format!("{taken} rows were taken, but {}", cannot_list(error));
        for repeated in &summary.repeated {
            rejects
                .add(&Refusal {
                    line: repeated.line,
                    service_request_id: Some(repeated.service_request_id.clone()),
                    cause: Cause::RepeatedId,
                })
                .map_err(taken_but)?;
        }
        let rejects = rejects.finish().map_err(taken_but)?;
        Ok(Report {
            summary,
            refused: rejects.by_kind,
            adjusted,
            rejects: rejects.path,
        })
    }
}

impl Report {
    /// Counts by reason, then the line that scripts read.
    fn print(&self) {
        for (kind, count) in &self.refused {
            println!("refused {count}: {kind}");
        }
        for (adjustment, count) in &self.adjusted {
            println!("adjusted {count}: {adjustment}");
        }
        if let Some(path) = &self.rejects {
            println!("refused rows are listed in {}", path.display());
        }
        if self.summary.new_services > 0 {
            println!("{} services were made for them", self.summary.new_services);
        }
        println!("{self}");
    }
}

impl Report {
    /// A file of which nothing could be taken was read with the wrong mapping.
    fn check(&self) -> Result<(), Failure> {
        if self.summary.taken + self.summary.unchanged == 0 && !self.refused.is_empty() {
            return Err(
                "no row could be taken: does --mapping fit the columns of the file?".into(),
            );
        }
        Ok(())
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ImportSummary {
            taken, unchanged, ..
        } = &self.summary;
        let refused: u64 = self.refused.values().sum();
        write!(f, "{taken} taken, {unchanged} unchanged, {refused} refused")
    }
}

/// Whether both are there and the same.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress(source: &Source) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(source.bytes_total());
    let style =
        ProgressStyle::with_template("{bar:40} {percent}% of the file read, {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let read = source.bytes_read();
    let moving = bar.clone();
    tokio::spawn(async move {
        while !moving.is_finished() {
            moving.set_position(read.load(Ordering::Relaxed));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    bar
}

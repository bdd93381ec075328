//! `georeport jurisdiction …`.

use super::{Failure, database::with_storage};
use crate::{config::DatabaseArgs, import::read_boundary};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use domain::{IdFormat, Jurisdiction, JurisdictionId, Violation, Violations, datetime, text};
use std::path::{Path, PathBuf};
use storage::{NewJurisdiction, Storage};

/// What can be done with jurisdictions.
#[derive(Subcommand)]
pub enum JurisdictionCommand {
    /// Add one; next, take over its services with `georeport import services`
    Add(Box<AddArgs>),
    /// Name those that are served
    List(ListArgs),
}

/// Options of `jurisdiction add`.
#[derive(Args)]
pub struct AddArgs {
    /// What clients send as jurisdiction_id, such as boston.gov
    #[arg(value_name = "ID")]
    jurisdiction_id: String,
    /// What people call it
    #[arg(long, env = "GEOREPORT_NAME")]
    name: String,
    /// Its time zone, such as America/New_York
    #[arg(long, env = "GEOREPORT_TIMEZONE", value_name = "ZONE")]
    timezone: String,
    /// A GeoJSON file with its area; points outside are refused. Without it, none is
    #[arg(long, env = "GEOREPORT_BOUNDARY", value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// How to reach its people (contact in its discovery)
    #[arg(
        long,
        env = "GEOREPORT_JURISDICTION_CONTACT",
        value_name = "TEXT",
        default_value = ""
    )]
    contact: String,
    /// How its service_request_ids look: {yy} and {yyyy} are the year, each # a random digit
    #[arg(long, env = "GEOREPORT_ID_FORMAT", value_name = "FORMAT", default_value = IdFormat::DEFAULT)]
    id_format: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Options of `jurisdiction list`.
#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Carries it out.
pub fn run(command: &JurisdictionCommand) -> Result<(), Failure> {
    match command {
        JurisdictionCommand::Add(args) => {
            let parsed = parse(args, Utc::now()).map_err(Failure::from);
            let boundary = args.boundary.as_deref().map(boundary).transpose();
            let (jurisdiction, boundary) = match (parsed, boundary) {
                (Ok(jurisdiction), Ok(boundary)) => (jurisdiction, boundary),
                (Err(one), Err(other)) => return Err(format!("{one}; {other}").into()),
                (Err(one), _) | (_, Err(one)) => return Err(one),
            };
            with_storage(&args.database, async |storage| {
                add(&storage, jurisdiction, boundary).await
            })
        }
        JurisdictionCommand::List(args) => with_storage(&args.database, async |storage| {
            for one in storage.list_jurisdictions().await? {
                println!("{}\t{}\t{}", one.jurisdiction_id, one.name, one.time_zone);
            }
            Ok(())
        }),
    }
}

fn parse(args: &AddArgs, now: DateTime<Utc>) -> Result<Jurisdiction, Violations> {
    let mut violations = Violations::none();
    let jurisdiction_id = violations.take(JurisdictionId::parse(&args.jurisdiction_id));
    if args.name.trim().is_empty() {
        violations.add(Violation::missing("--name"));
    }
    let name = violations.take(text::line("--name", args.name.trim(), text::MAX_LINE));
    let contact = violations.take(text::line("--contact", args.contact.trim(), text::MAX_LINE));
    let id_format = violations.take(IdFormat::parse(&args.id_format));
    let time_zone = violations.take(args.timezone.parse().map_err(|_unknown| {
        Violation::new(
            "--timezone",
            "is not a zone of the IANA list, such as America/New_York",
        )
    }));
    // A path fixes the jurisdiction: the id must be able to stand in one.
    let in_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if jurisdiction_id
        .as_ref()
        .is_some_and(|id| !id.as_str().chars().all(in_path))
    {
        violations.add(Violation::new(
            "jurisdiction_id",
            "may hold letters, digits, '.', '-' and '_' only",
        ));
    }
    match (jurisdiction_id, name, contact, id_format, time_zone) {
        (Some(jurisdiction_id), Some(name), Some(contact), Some(id_format), Some(time_zone))
            if violations.0.is_empty() =>
        {
            Ok(Jurisdiction {
                jurisdiction_id,
                name,
                time_zone,
                contact,
                id_format,
                changeset: datetime::to_seconds(now),
            })
        }
        _ => Err(violations),
    }
}

/// What a boundary file holds.
fn boundary(path: &Path) -> Result<String, Failure> {
    let told = |problem: String| format!("{}: {problem}", path.display());
    let bytes = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    Ok(read_boundary(&bytes).map_err(told)?)
}

/// Adds a jurisdiction and says so.
async fn add(
    storage: &Storage,
    jurisdiction: Jurisdiction,
    boundary: Option<String>,
) -> Result<(), Failure> {
    let id = jurisdiction.jurisdiction_id.clone();
    if let Some(geojson) = &boundary {
        match storage.area_of_geojson(geojson).await? {
            Some(area) if area > 0.0 => {}
            _ => return Err("--boundary holds no area that PostGIS can read".into()),
        }
    }
    let new = NewJurisdiction {
        jurisdiction,
        boundary,
    };
    if !storage.insert_jurisdiction(&new).await? {
        return Err(format!("there is a jurisdiction {id} already").into());
    }
    println!("added {id}; next: georeport import services FILE --jurisdiction {id}");
    Ok(())
}

//! `georeport jurisdiction …`.

use super::{Failure, database::with_storage};
use crate::config::DatabaseArgs;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use domain::{IdFormat, Jurisdiction, JurisdictionId, Violation, Violations, datetime, text};
use serde_json::{Value, json};
use std::{
    io::Read,
    path::{Path, PathBuf},
};
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
            let boundary = args.boundary.as_deref().map(read_boundary).transpose();
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

/// The geometry of a GeoJSON file: bare, in a feature, or those of all features together.
///
/// # Errors
/// When it is not GeoJSON.
pub(crate) fn read_boundary(path: &Path) -> Result<String, Failure> {
    let told = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let bytes = std::fs::read(path).map_err(|error| told(&error))?;
    let mut text = String::new();
    // The first two bytes tell gzip: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text)
    } else {
        (&bytes[..]).read_to_string(&mut text)
    }
    .map_err(|error| told(&error))?;
    let json: Value =
        serde_json::from_str(&text).map_err(|error| told(&format!("is not JSON: {error}")))?;
    let geometry = match json["type"].as_str() {
        Some("FeatureCollection") => {
            let features = json["features"].as_array().cloned().unwrap_or_default();
            let geometries: Vec<Value> =
                features.iter().map(|one| one["geometry"].clone()).collect();
            json!({ "type": "GeometryCollection", "geometries": geometries })
        }
        Some("Feature") => json["geometry"].clone(),
        Some("Polygon" | "MultiPolygon" | "GeometryCollection") => json,
        _ => return Err(told(&"is not GeoJSON with an area").into()),
    };
    if !is_in_degrees(&geometry) {
        return Err(told(&"is not in degrees WGS84, longitude first").into());
    }
    Ok(geometry.to_string())
}

/// Whether every position in a geometry may be one on the globe.
fn is_in_degrees(json: &Value) -> bool {
    match json {
        Value::Array(position) if position.iter().all(Value::is_number) => {
            let within = |at: usize, limit: f64| {
                let degrees = position.get(at).and_then(Value::as_f64);
                degrees.is_some_and(|degrees| degrees.abs() <= limit)
            };
            position.is_empty() || (within(0, 180.0) && within(1, 90.0))
        }
        Value::Array(parts) => parts.iter().all(is_in_degrees),
        Value::Object(members) => ["coordinates", "geometries"]
            .into_iter()
            .filter_map(|name| members.get(name))
            .all(is_in_degrees),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metres_are_no_degrees() {
        let polygon =
            |x: f64, y: f64| json!({"type": "Polygon", "coordinates": [[[x, y], [x, 47.0]]]});
        assert!(is_in_degrees(&polygon(8.5, 47.4)));
        assert!(!is_in_degrees(&polygon(2_683_920.0, 1_245_604.0)));
        let all = json!({"type": "GeometryCollection", "geometries": [polygon(47.4, 98.5)]});
        assert!(!is_in_degrees(&all));
    }
}

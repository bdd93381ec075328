//! The demo: a part of Boston's and of Zürich's real data, moved in time so that its newest row is
//! from today. `api/demo/README.md` says where it comes from.

use crate::{
    cli::{
        Failure,
        import::{RequestsImport, import_services},
    },
    import::{Mapping, read_boundary},
};
use chrono::Utc;
use domain::{
    IdFormat, Jurisdiction, JurisdictionId, QueryParameters, ServiceRequestQuery, datetime,
};
use std::path::Path;
use storage::{Extensions, NewJurisdiction, Storage};

struct City {
    jurisdiction_id: &'static str,
    name: &'static str,
    time_zone: chrono_tz::Tz,
    mapping: &'static str,
    services: &'static [u8],
    requests: &'static [u8],
    boundary: &'static str,
}

const CITIES: [City; 2] = [
    City {
        jurisdiction_id: "boston.demo",
        name: "Boston (demo)",
        time_zone: chrono_tz::America::New_York,
        mapping: "boston",
        services: include_bytes!("../demo/boston.services.json"),
        requests: include_bytes!("../demo/boston.csv.gz"),
        boundary: include_str!("../demo/boston.boundary.geojson"),
    },
    City {
        jurisdiction_id: "zurich.demo",
        name: "Zürich (Demo)",
        time_zone: chrono_tz::Europe::Zurich,
        mapping: "zurich",
        services: include_bytes!("../demo/zurich.services.json"),
        requests: include_bytes!("../demo/zurich.csv.gz"),
        boundary: include_str!("../demo/zurich.boundary.geojson"),
    },
];

/// Whether the jurisdiction is one of the demo's.
pub fn is_demo(id: &JurisdictionId) -> bool {
    CITIES
        .iter()
        .any(|city| city.jurisdiction_id == id.as_str())
}

/// Brings the demo into a database that does not have it yet. The files lie in `folder` afterwards,
/// as an example of what `georeport import` takes.
///
/// # Errors
/// When a file cannot be written or the database refuses.
pub async fn seed(storage: &Storage, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for city in &CITIES {
        seed_city(storage, folder, city)
            .await
            .map_err(|error| format!("the demo data of {} cannot be loaded: {error}", city.name))?;
    }
    Ok(())
}

async fn seed_city(storage: &Storage, folder: &Path, city: &City) -> Result<(), Failure> {
    let now = datetime::to_seconds(Utc::now());
    let jurisdiction = Jurisdiction {
        jurisdiction_id: JurisdictionId::parse(city.jurisdiction_id)?,
        name: city.name.into(),
        time_zone: city.time_zone,
        contact: "This is a demonstration: nobody reads what is filed here.".into(),
        id_format: IdFormat::parse(IdFormat::DEFAULT)?,
        changeset: now,
    };
    let scoped = storage.jurisdiction(&jurisdiction.jurisdiction_id);
    let boundary = Some(read_boundary(city.boundary.as_bytes())?);
    storage
        .insert_jurisdiction(&NewJurisdiction {
            jurisdiction,
            boundary,
        })
        .await?;
    let services = folder.join(format!("{}.services.json", city.mapping));
    std::fs::write(&services, city.services)?;
    import_services(&scoped, &[services]).await?;
    // Rows that are there stay: a second start must not move them in time again.
    let any = [
        ("updated_after", "1970-01-01T00:00:00Z"),
        ("page_size", "1"),
    ];
    let any = any
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let any = ServiceRequestQuery::parse(&QueryParameters::new(any), now, city.time_zone)?;
    if !scoped
        .list_service_requests(&any, Extensions::Left)
        .await?
        .service_requests
        .is_empty()
    {
        return Ok(());
    }
    let requests = folder.join(format!("{}.csv.gz", city.mapping));
    std::fs::write(&requests, city.requests)?;
    let import = RequestsImport {
        file: &requests,
        mapping: Mapping::named(city.mapping)?,
        zone: city.time_zone,
        newest_becomes: Some(now),
        now,
        rejects: folder.join(format!("{}.rejects.csv", city.mapping)),
    };
    let report = import.run(&scoped).await?;
    tracing::info!(jurisdiction_id = city.jurisdiction_id, %report, "demo data loaded");
    Ok(())
}

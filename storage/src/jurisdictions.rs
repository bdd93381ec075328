//! Who takes service requests here.

use crate::{
    Storage, StorageError,
    geometry::{
        st_area, st_collection_extract, st_geom_from_geojson, st_make_valid, st_multi,
        st_unary_union,
    },
    schema::jurisdiction,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{IdFormat, Jurisdiction, JurisdictionId};

/// A jurisdiction to be added.
#[derive(Debug, Clone)]
pub struct NewJurisdiction {
    /// Everything but its boundary.
    pub jurisdiction: Jurisdiction,
    /// A GeoJSON geometry (not a feature), WGS84: polygons. `None`: it is responsible everywhere.
    pub boundary: Option<String>,
}

type Row = (String, String, String, String, String, DateTime<Utc>);

impl Storage {
    /// Every jurisdiction, by id. There are few: an operator adds each by hand.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_jurisdictions(&self) -> Result<Vec<Jurisdiction>, StorageError> {
        use jurisdiction::dsl;
        let rows: Vec<Row> = self
            .read(async |connection| {
                dsl::jurisdiction
                    .select((
                        dsl::jurisdiction_id,
                        dsl::name,
                        dsl::time_zone,
                        dsl::contact,
                        dsl::id_format,
                        dsl::changeset,
                    ))
                    .order(dsl::jurisdiction_id)
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(to_jurisdiction).collect()
    }

    /// Adds a jurisdiction. `false`: there is one with that id, and it is left as it is.
    ///
    /// # Errors
    /// When the boundary is no area, and as every write.
    pub async fn insert_jurisdiction(&self, new: &NewJurisdiction) -> Result<bool, StorageError> {
        let Jurisdiction {
            jurisdiction_id,
            name,
            time_zone,
            contact,
            id_format,
            changeset,
        } = &new.jurisdiction;
        let values = (
            jurisdiction::jurisdiction_id.eq(jurisdiction_id.as_str()),
            jurisdiction::name.eq(name),
            jurisdiction::time_zone.eq(time_zone.name()),
            jurisdiction::contact.eq(contact),
            jurisdiction::id_format.eq(id_format.as_str()),
            jurisdiction::changeset.eq(changeset),
        );
        let insert = diesel::insert_into(jurisdiction::table);
        let mut connection = self.connection().await?;
        let inserted = match &new.boundary {
            None => {
                insert
                    .values(values)
                    .on_conflict_do_nothing()
                    .execute(&mut connection)
                    .await?
            }
            Some(geojson) => {
                // Real boundaries touch themselves; a point test wants a valid area.
                let area = st_multi(st_unary_union(st_collection_extract(
                    st_make_valid(st_geom_from_geojson(geojson)),
                    3,
                )));
                insert
                    .values((values, jurisdiction::boundary.eq(area)))
                    .on_conflict_do_nothing()
                    .execute(&mut connection)
                    .await?
            }
        };
        Ok(inserted == 1)
    }

    /// The area of a GeoJSON geometry in square degrees, or `None` when it is not one that
    /// PostGIS can read.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn area_of_geojson(&self, geojson: &str) -> Result<Option<f64>, StorageError> {
        let asked = self
            .read(async |connection| {
                diesel::select(st_area(st_make_valid(st_geom_from_geojson(geojson))))
                    .get_result(connection)
                    .await
            })
            .await;
        match asked {
            Ok(area) => Ok(Some(area)),
            Err(StorageError::Unexpected(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn to_jurisdiction(row: Row) -> Result<Jurisdiction, StorageError> {
    let (jurisdiction_id, name, time_zone, contact, id_format, changeset) = row;
    Ok(Jurisdiction {
        jurisdiction_id: JurisdictionId::parse(&jurisdiction_id).map_err(StorageError::corrupt)?,
        name,
        time_zone: time_zone.parse().map_err(StorageError::corrupt)?,
        contact,
        id_format: IdFormat::parse(&id_format).map_err(StorageError::corrupt)?,
        changeset,
    })
}

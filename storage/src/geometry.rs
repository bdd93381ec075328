//! Positions and PostGIS points: the only file that knows that x is the longitude.

use crate::StorageError;
use diesel::sql_types::{Integer, Text};
use domain::{Area, Position};
use postgis_diesel::{sql_types::Geometry, types::Point};
use tokio_postgres::types::{FromSql, Type};

/// WGS84.
const SRID: u32 = 4326;
/// Metres in one degree of latitude, the least there are anywhere.
const METRES_PER_DEGREE: f64 = 110_500.0;

diesel::define_sql_function! {
    #[sql_name = "ST_GeomFromGeoJSON"]
    fn st_geom_from_geojson(geojson: Text) -> Geometry;
}

diesel::define_sql_function! {
    #[sql_name = "ST_MakeValid"]
    fn st_make_valid(geometry: Geometry) -> Geometry;
}

diesel::define_sql_function! {
    #[sql_name = "ST_CollectionExtract"]
    fn st_collection_extract(geometry: Geometry, dimension: Integer) -> Geometry;
}

diesel::define_sql_function! {
    #[sql_name = "ST_UnaryUnion"]
    fn st_unary_union(geometry: Geometry) -> Geometry;
}

diesel::define_sql_function! {
    #[sql_name = "ST_Multi"]
    fn st_multi(geometry: Geometry) -> Nullable<Geometry>;
}

diesel::define_sql_function! {
    #[sql_name = "ST_Area"]
    fn st_area(geometry: Geometry) -> diesel::sql_types::Double;
}

/// The point of a position.
pub(crate) fn to_point(position: Position) -> Point {
    Point {
        x: position.longitude,
        y: position.latitude,
        srid: Some(SRID),
    }
}

/// The position of a point.
pub(crate) fn to_position(point: &Point) -> Result<Position, StorageError> {
    Position::new(point.y, point.x)
        .ok_or_else(|| StorageError::corrupt("a location is not on the globe"))
}

/// A position as PostGIS reads a point out of text: EWKB, little-endian, in hexadecimal digits.
/// <https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT>
pub(crate) fn to_text(position: Position) -> String {
    let [x, y] = [position.longitude, position.latitude].map(|at| at.to_bits().swap_bytes());
    format!("0101000020{:08X}{x:016X}{y:016X}", SRID.swap_bytes())
}

/// A position as PostGIS sends a point: EWKB, little-endian.
/// <https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT>
pub(crate) struct SentPosition(pub Position);

impl<'a> FromSql<'a> for SentPosition {
    fn from_sql(
        _: &Type,
        sent: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        /// A point, with the SRID told.
        const POINT: [u8; 5] = [1, 1, 0, 0, 0x20];
        let rest = sent.strip_prefix(&POINT).ok_or("is no point")?;
        let (_srid, rest) = rest.split_first_chunk::<4>().ok_or("is cut off")?;
        let (x, rest) = rest.split_first_chunk().ok_or("is cut off")?;
        let (y, _) = rest.split_first_chunk().ok_or("is cut off")?;
        let position = Position::new(f64::from_le_bytes(*y), f64::from_le_bytes(*x));
        Ok(Self(position.ok_or("is not on the globe")?))
    }

    fn accepts(sent_type: &Type) -> bool {
        sent_type.name() == "geometry"
    }
}

/// The degrees (west, south, east, north) of a box that holds `area`, which an index can find.
pub(crate) fn envelope(area: &Area) -> [f64; 4] {
    match area {
        Area::Box {
            south_west,
            north_east,
        } => [
            south_west.longitude,
            south_west.latitude,
            north_east.longitude,
            north_east.latitude,
        ],
        Area::Circle { center, radius_m } => {
            let north = radius_m / METRES_PER_DEGREE;
            // Meridians draw together towards the poles: the farther end decides.
            let farthest = (center.latitude.abs() + north).min(89.9);
            let east = north / farthest.to_radians().cos();
            let (south, north) = (center.latitude - north, center.latitude + north);
            let (west, east) = (center.longitude - east, center.longitude + east);
            // Beyond the antimeridian longitudes begin anew: then the box goes all the way round.
            if west < -180.0 || east > 180.0 {
                [-180.0, south, 180.0, north]
            } else {
                [west, south, east, north]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_of_a_circle_holds_it() {
        let center = Position::new(60.0, 10.0).unwrap();
        let [west, south, east, north] = envelope(&Area::Circle {
            center,
            radius_m: 1_000.0,
        });
        // At 60 degrees a degree of longitude is about 55.8 km.
        assert!(west < 10.0 - 1.0 / 55.8 && east > 10.0 + 1.0 / 55.8);
        assert!(south < 60.0 - 1.0 / 111.4 && north > 60.0 + 1.0 / 111.4);
        assert!(east - west < 0.04);
    }

    #[test]
    fn the_envelope_of_a_circle_across_the_antimeridian_goes_round() {
        let center = Position::new(-17.0, 179.999).unwrap();
        let [west, _, east, _] = envelope(&Area::Circle {
            center,
            radius_m: 1_000.0,
        });
        assert_eq!([west, east], [-180.0, 180.0]);
    }
}

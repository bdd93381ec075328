//! A place to look for service requests: `lat`, `long`, `radius` and `bbox`, a line each.

use crate::told;
use domain::{Area, Position};

/// What is taken lies on the globe.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (lat, long, radius, bbox) = (next(), next(), next(), next());
    match Position::parse(lat, long) {
        Ok(center) => {
            on_globe(center);
            match Area::circle(center, radius) {
                Ok(area) => within_bounds(area),
                Err(violation) => told::refusal(&violation),
            }
        }
        Err(violations) => violations.iter().for_each(told::refusal),
    }
    match Area::bbox(bbox) {
        Ok(area) => within_bounds(area),
        Err(violation) => told::refusal(&violation),
    }
}

/// A circle has a radius, and the corners of a box are not swapped.
pub(crate) fn within_bounds(area: Area) {
    match area {
        Area::Circle { center, radius_m } => {
            on_globe(center);
            assert!(
                radius_m > 0.0 && radius_m <= Area::MAX_RADIUS_M,
                "{radius_m}"
            );
        }
        Area::Box {
            south_west,
            north_east,
        } => {
            on_globe(south_west);
            on_globe(north_east);
            assert!(south_west.latitude <= north_east.latitude);
            assert!(south_west.longitude <= north_east.longitude);
        }
    }
}

pub(crate) fn on_globe(position: Position) {
    assert!(position.latitude.abs() <= 90.0, "{position:?}");
    assert!(position.longitude.abs() <= 180.0, "{position:?}");
}

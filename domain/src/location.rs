//! Places on the globe, in degrees WGS84.

use crate::Violation;

/// A point, WGS84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// North positive, -90 to 90.
    pub latitude: f64,
    /// East positive, -180 to 180.
    pub longitude: f64,
}

impl Position {
    /// The position of the standard's `lat` and `long`, both as sent.
    ///
    /// # Errors
    /// One violation for each that is not a plain decimal number or is out of range.
    pub fn parse(lat: &str, long: &str) -> Result<Self, Vec<Violation>> {
        match (degrees("lat", lat, 90.0), degrees("long", long, 180.0)) {
            (Ok(latitude), Ok(longitude)) => Ok(Self {
                latitude,
                longitude,
            }),
            (lat, long) => Err([lat.err(), long.err()].into_iter().flatten().collect()),
        }
    }

    /// A position from numbers that a file holds, if it is one on the globe.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        ((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)).then_some(
            Self {
                latitude,
                longitude,
            },
        )
    }
}

/// A plain decimal number between `-limit` and `limit`.
fn degrees(argument: &str, text: &str, limit: f64) -> Result<f64, Violation> {
    decimal(text)
        .filter(|degrees| (-limit..=limit).contains(degrees))
        .ok_or_else(|| {
            Violation::new(
                argument,
                format!("is not a decimal number between -{limit} and {limit} (degrees WGS84)"),
            )
        })
}

/// Digits with an optional sign and point: no exponent, no `NaN`, no comma, no blank inside.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned.len() <= 40;
    plain
        .then(|| text.parse().ok())
        .flatten()
        .map(|n: f64| n + 0.0) // -0 becomes 0
}

/// A part of the globe that a query asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Area {
    /// Everything within `radius_m` metres of `center`.
    Circle {
        /// The middle.
        center: Position,
        /// Metres, above 0, at most [`Area::MAX_RADIUS_M`].
        radius_m: f64,
    },
    /// Everything between two corners.
    Box {
        /// The corner with the smaller latitude and longitude.
        south_west: Position,
        /// The corner with the larger latitude and longitude.
        north_east: Position,
    },
}

impl Area {
    /// The largest radius that is accepted: 100 km, wider than any city.
    pub const MAX_RADIUS_M: f64 = 100_000.0;

    /// A `radius` as sent, in metres.
    ///
    /// # Errors
    /// When it is not a decimal number above 0 and at most [`Area::MAX_RADIUS_M`].
    pub fn circle(center: Position, radius: &str) -> Result<Self, Violation> {
        decimal(radius)
            .filter(|metres| *metres > 0.0 && *metres <= Self::MAX_RADIUS_M)
            .map(|radius_m| Self::Circle { center, radius_m })
            .ok_or_else(|| {
                Violation::new(
                    "radius",
                    format!(
                        "is not a number of metres above 0 and at most {}",
                        Self::MAX_RADIUS_M
                    ),
                )
            })
    }

    /// `bbox` as sent: `minlong,minlat,maxlong,maxlat`.
    ///
    /// # Errors
    /// When it is not four such numbers.
    pub fn bbox(text: &str) -> Result<Self, Violation> {
        let wrong = || {
            Violation::new(
                "bbox",
                "is not four degrees WGS84: minlong,minlat,maxlong,maxlat",
            )
        };
        let numbers: Vec<f64> = text
            .split(',')
            .map(decimal)
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let [west, south, east, north] = numbers[..] else {
            return Err(wrong());
        };
        if west > east || south > north {
            return Err(wrong());
        }
        Ok(Self::Box {
            south_west: Position::new(south, west).ok_or_else(wrong)?,
            north_east: Position::new(north, east).ok_or_else(wrong)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_on_the_globe_are_positions() {
        assert!(Position::parse("42.3594", "-71.0587").is_ok());
        assert!(Position::parse(" 0.00001 ", "+180").is_ok());
        for odd in [
            "NaN", "inf", "1e2", "1e400", "91", "42,3", "", ".", "4 2", "0x10", "٤٢", "--1",
        ] {
            let violations = Position::parse(odd, odd).unwrap_err();
            assert!(violations.iter().any(|v| v.argument == "lat"), "{odd}");
        }
    }

    #[test]
    fn both_faults_are_told_at_once() {
        assert_eq!(Position::parse("north", "west").unwrap_err().len(), 2);
    }

    #[test]
    fn a_box_whose_corners_are_swapped_is_refused() {
        assert!(Area::bbox("-71.2,42.2,-71.0,42.4").is_ok());
        assert!(Area::bbox("-71.0,42.2,-71.2,42.4").is_err());
        assert!(Area::bbox("42.2,-71.2,42.4,-71.0,1").is_err());
    }

    #[test]
    fn a_radius_is_metres_and_bounded() {
        let center = Position::new(0.0, 0.0).unwrap();
        assert!(Area::circle(center, "250.5").is_ok());
        for odd in ["0", "-1", "100001", "1km", ""] {
            assert!(Area::circle(center, odd).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(latitude in -90.0_f64..=90.0, longitude in -180.0_f64..=180.0) {
            let position = Position::parse(&latitude.to_string(), &longitude.to_string()).unwrap();
            prop_assert_eq!(position, Position { latitude, longitude });
        }
    }
}

//! Holds any GeoReport v2 endpoint against the letter of the standard.

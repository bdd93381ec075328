//! The boundary of a jurisdiction: GeoJSON, plain or gzip.

use api::fuzzing::read_boundary;

/// What is handed to PostGIS is an object of JSON again; what is refused is told.
pub fn check(bytes: &[u8]) {
    match read_boundary(bytes) {
        Ok(geometry) => {
            let json: serde_json::Value = serde_json::from_str(&geometry).unwrap();
            assert!(json.is_object(), "{geometry}");
        }
        Err(problem) => assert!(!problem.is_empty()),
    }
}

//! The area of a jurisdiction as a file. <https://www.rfc-editor.org/rfc/rfc7946>

use serde_json::{Value, json};
use std::io::Read;

/// The geometry of a GeoJSON document, plain or gzip: bare, in a feature, or those of all features
/// together.
///
/// # Errors
/// What the document is, when it is not GeoJSON with an area in degrees.
pub fn read_boundary(bytes: &[u8]) -> Result<String, String> {
    let mut text = String::new();
    // The first two bytes tell gzip: <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text)
    } else {
        let mut bytes = bytes;
        bytes.read_to_string(&mut text)
    }
    .map_err(|error| error.to_string())?;
    let json: Value =
        serde_json::from_str(&text).map_err(|error| format!("is not JSON: {error}"))?;
    let geometry = match json["type"].as_str() {
        Some("FeatureCollection") => {
            let features = json["features"].as_array().cloned().unwrap_or_default();
            let geometries: Vec<Value> =
                features.iter().map(|one| one["geometry"].clone()).collect();
            json!({ "type": "GeometryCollection", "geometries": geometries })
        }
        Some("Feature") => json["geometry"].clone(),
        Some("Polygon" | "MultiPolygon" | "GeometryCollection") => json,
        _ => return Err("is not GeoJSON with an area".into()),
    };
    if !geometry.is_object() {
        return Err("is not GeoJSON with an area".into());
    }
    if !is_in_degrees(&geometry) {
        return Err("is not in degrees WGS84, longitude first".into());
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
    fn a_feature_without_a_geometry_has_no_area() {
        let told = read_boundary(br#"{"type":"Feature","geometry":null}"#).unwrap_err();
        assert_eq!(told, "is not GeoJSON with an area");
    }

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

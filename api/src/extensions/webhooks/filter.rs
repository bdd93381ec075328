//! Which events a webhook is sent, in JSON.

use crate::openapi::words;
use domain::{Violation, Violations, WebhookFilter};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Which events are sent; what is null or left out lets all pass. The arguments are those of GET
/// requests, and `kind`.
#[derive(Default, Serialize, ToSchema)]
pub struct FilterDocument<'a> {
    /// Of these services only.
    #[schema(nullable)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    service_code: Vec<&'a str>,
    /// With these statuses only, as the event tells them; open and closed stand for all that are so.
    #[schema(nullable, value_type = Vec<words::DetailedStatus>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status: Vec<&'a str>,
    /// Of these kinds only.
    #[schema(nullable, value_type = Vec<words::EventKind>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kind: Vec<&'a str>,
    /// Within this box: west, south, east, north.
    #[serde(skip_serializing_if = "Option::is_none")]
    bbox: Option<&'a str>,
    /// Around this latitude; with `long` and `radius`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lat: Option<f64>,
    /// Around this longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    long: Option<f64>,
    /// No farther than so many metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    radius: Option<f64>,
    /// With these words in description, address or service name.
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<&'a str>,
}

impl<'a> From<&'a WebhookFilter> for FilterDocument<'a> {
    fn from(filter: &'a WebhookFilter) -> Self {
        let mut document = Self::default();
        for (name, value) in filter.arguments() {
            let words = || {
                let words = value.split(',').map(str::trim);
                words.filter(|word| !word.is_empty())
            };
            let number = value.trim().parse().ok();
            match &name[..] {
                "service_code" => document.service_code.extend(words()),
                "status" => document.status.extend(words()),
                "kind" => document.kind.extend(words()),
                "bbox" => document.bbox = Some(value),
                "lat" => document.lat = number,
                "long" => document.long = number,
                "radius" => document.radius = number,
                "q" => document.q = Some(value),
                _ => {}
            }
        }
        document
    }
}

/// The arguments in the field `filter`; what they mean is the domain's affair.
pub fn arguments_of(filter: &Value, violations: &mut Violations) -> Vec<(String, String)> {
    let mut arguments = Vec::new();
    let Some(fields) = filter.as_object() else {
        if !filter.is_null() {
            violations.add(Violation::new("filter", "is not an object"));
        }
        return arguments;
    };
    for (name, value) in fields {
        let values = match value {
            Value::Null => continue,
            Value::Array(values) => &values[..],
            one => std::slice::from_ref(one),
        };
        for value in values {
            match value {
                Value::String(text) => arguments.push((name.clone(), text.clone())),
                Value::Number(number) => arguments.push((name.clone(), number.to_string())),
                _ => {
                    let problem = "is neither text nor a number, nor a list of these";
                    violations.add(Violation::new(name, problem));
                }
            }
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_is_shown_as_it_was_sent() {
        let sent = json!({"service_code": ["001", "002"], "status": "open", "kind": ["updated"],
            "lat": 42.36, "long": -71.06, "radius": 500, "q": "deep hole", "bbox": null});
        let mut violations = Violations::none();
        let filter = WebhookFilter::parse(arguments_of(&sent, &mut violations)).unwrap();
        assert_eq!(violations, Violations::none());
        let shown = serde_json::to_value(FilterDocument::from(&filter)).unwrap();
        let expected = json!({"service_code": ["001", "002"], "status": ["open"],
            "kind": ["updated"], "lat": 42.36, "long": -71.06, "radius": 500.0, "q": "deep hole"});
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_no_argument_is_told() {
        let mut violations = Violations::none();
        arguments_of(
            &json!({"status": [["open"], {}], "q": true}),
            &mut violations,
        );
        assert_eq!(violations.0.len(), 3);
        let mut violations = Violations::none();
        arguments_of(&json!([]), &mut violations);
        assert_eq!(violations.0.len(), 1);
    }
}

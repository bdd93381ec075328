//! Who is told of changes, and of which.

use crate::{
    Area, DetailedStatus, DisabledReason, QueryParameters, ServiceCode, Status, UpdateKind,
    Violation, Violations,
    query::{area, collect},
    text::{MAX_LINE, line},
};
use chrono::{DateTime, Utc};

/// Longer addresses are refused by servers.
const MAX_URL: usize = 2_000;

/// Which events a webhook is sent, by the arguments that GET requests has for service requests, and
/// `kind`. A status is that of the event; a place, a service and words are those that the service
/// request has when the event is looked at.
/// <https://wiki.open311.org/GeoReport_v2/#get-service-requests>
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookFilter {
    arguments: Vec<(String, String)>,
    /// When not empty: of these services only.
    pub service_codes: Vec<ServiceCode>,
    /// When not empty: of these statuses only; `open` and `closed` stand for all that are so.
    pub statuses: Vec<DetailedStatus>,
    /// Within this area.
    pub area: Option<Area>,
    /// With these words in description, address or service name.
    pub text: Option<String>,
    /// When not empty: of these kinds only.
    pub kinds: Vec<UpdateKind>,
}

impl WebhookFilter {
    /// Every argument.
    pub const ARGUMENTS: [&str; 8] = [
        "service_code",
        "status",
        "lat",
        "long",
        "radius",
        "bbox",
        "q",
        "kind",
    ];

    /// The filter that these arguments make; lists are separated by commas, or repeated.
    ///
    /// # Errors
    /// Every fault of every argument.
    pub fn parse(arguments: Vec<(String, String)>) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        for (name, _) in &arguments {
            if !Self::ARGUMENTS.contains(&name.as_str()) {
                let known = Self::ARGUMENTS.join(", ");
                let problem = format!("is no filter; there are {known}");
                violations.add(Violation::new(name, problem));
            }
        }
        let parameters = QueryParameters::new(arguments.clone());
        let mut one = |name: &str| violations.take(parameters.one(name)).flatten();
        let (lat, long, radius) = (one("lat"), one("long"), one("radius"));
        let (bbox, text) = (one("bbox"), one("q"));
        let mut kinds: Vec<UpdateKind> = Vec::new();
        for word in parameters.list("kind") {
            match UpdateKind::parse(word) {
                Ok(kind) if kinds.contains(&kind) => {}
                Ok(kind) => kinds.push(kind),
                Err(violation) => violations.add(violation),
            }
        }
        let filter = Self {
            service_codes: collect(
                parameters.list("service_code"),
                ServiceCode::parse,
                &mut violations,
            ),
            statuses: statuses(&parameters.list("status"), &mut violations),
            area: area(lat, long, radius, bbox, &mut violations),
            text: text.and_then(|text| violations.take(line("q", text, MAX_LINE))),
            kinds,
            arguments,
        };
        violations.check()?;
        Ok(filter)
    }

    /// The arguments that it was made of.
    pub fn arguments(&self) -> &[(String, String)] {
        &self.arguments
    }
}

/// The statuses that are named, and those that `open` and `closed` stand for.
fn statuses(words: &[&str], violations: &mut Violations) -> Vec<DetailedStatus> {
    let mut wanted = Vec::new();
    for word in words {
        let named: Vec<DetailedStatus> = match Status::parse(word) {
            Ok(summary) => DetailedStatus::ALL
                .into_iter()
                .filter(|one| one.status() == summary)
                .collect(),
            Err(_no_summary) => violations
                .take(DetailedStatus::parse(word))
                .into_iter()
                .collect(),
        };
        for status in named {
            if !wanted.contains(&status) {
                wanted.push(status);
            }
        }
    }
    wanted
}

/// Whether a webhook is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    Active,
    /// It is not; what happens meanwhile is sent once it is active again.
    Disabled {
        /// Why.
        reason: DisabledReason,
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// What somebody decides about a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookSettings {
    /// Where events are sent; its form is judged by whoever sends.
    pub url: String,
    /// What people call it; may be empty.
    pub label: String,
    /// Which events are sent.
    pub filter: WebhookFilter,
    /// Whether entries that the public may not see are sent too.
    pub is_internal: bool,
}

impl WebhookSettings {
    /// The settings, if they are in order.
    ///
    /// # Errors
    /// Every fault.
    pub fn new(
        url: &str,
        label: &str,
        filter: Vec<(String, String)>,
        is_internal: bool,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let url = if url.trim().is_empty() {
            Err(Violation::missing("url"))
        } else {
            line("url", url.trim(), MAX_URL)
        };
        let url = violations.take(url);
        let label = match label.trim() {
            "" => Some(String::new()),
            label => violations.take(line("label", label, MAX_LINE)),
        };
        let filter = WebhookFilter::parse(filter)
            .map_err(|faults| violations.0.extend(faults.0))
            .ok();
        match (url, label, filter) {
            (Some(url), Some(label), Some(filter)) if violations.0.is_empty() => Ok(Self {
                url,
                label,
                filter,
                is_internal,
            }),
            _ => Err(violations),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[(&str, &str)]) -> Result<WebhookFilter, Violations> {
        let arguments = arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        WebhookFilter::parse(arguments.collect())
    }

    #[test]
    fn a_filter_is_made_of_the_arguments_of_get_requests_and_a_kind() {
        let filter = parse(&[
            ("service_code", "001,002"),
            ("service_code", "003"),
            ("bbox", "-71.1,42.3,-71.0,42.4"),
            ("q", "pothole"),
            ("kind", "updated,removed,updated"),
        ])
        .unwrap();
        assert_eq!(filter.service_codes.len(), 3);
        assert!(filter.area.is_some());
        assert_eq!(filter.text.as_deref(), Some("pothole"));
        assert_eq!(filter.kinds, [UpdateKind::Updated, UpdateKind::Removed]);
        let again = WebhookFilter::parse(filter.arguments().to_vec()).unwrap();
        assert_eq!(again, filter);
    }

    #[test]
    fn without_arguments_everything_passes() {
        let filter = parse(&[]).unwrap();
        assert!(filter.service_codes.is_empty() && filter.statuses.is_empty());
        assert!(filter.kinds.is_empty() && filter.area.is_none() && filter.text.is_none());
    }

    #[test]
    fn open_and_closed_stand_for_all_that_are_so() {
        let closed = parse(&[("status", "closed")]).unwrap().statuses;
        assert!(closed.contains(&DetailedStatus::Fixed));
        assert!(!closed.contains(&DetailedStatus::Planned));
        let fixed = parse(&[("status", "fixed")]).unwrap().statuses;
        assert_eq!(fixed, [DetailedStatus::Fixed]);
        let all = parse(&[("status", "open,closed,fixed")]).unwrap().statuses;
        assert_eq!(all.len(), DetailedStatus::ALL.len());
    }

    #[test]
    fn every_fault_is_told() {
        let faults = parse(&[
            ("colour", "red"),
            ("status", "done"),
            ("kind", "exploded"),
            ("lat", "42"),
            ("bbox", "1"),
        ])
        .unwrap_err();
        let told = faults.to_string();
        for name in ["colour", "status", "kind", "long", "radius", "bbox"] {
            assert!(told.contains(name), "{name}: {told}");
        }
        let filter = vec![("colour".to_owned(), "red".to_owned())];
        let faults = WebhookSettings::new(" ", "a\nb", filter, false).unwrap_err();
        let named: Vec<_> = faults.0.iter().map(|one| one.argument.as_str()).collect();
        assert_eq!(named, ["url", "label", "colour"]);
    }
}

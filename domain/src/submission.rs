//! A new service request: what was sent, and what is written if it may be accepted.
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>

use crate::{
    AttributeAnswer, Jurisdiction, Position, QueryParameters, Reporter, Service, ServiceCode,
    ServiceDefinition, Violation, Violations, datetime,
    text::{MAX_DESCRIPTION, MAX_LINE, MAX_URL, bounded, line},
};
use chrono::{DateTime, Utc};

/// What was sent, readable without knowing the service.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The service that it is about; `None` when that is one of the faults.
    pub service_code: Option<ServiceCode>,
    /// Where, as a point.
    pub position: Option<Position>,
    /// Where, in words.
    pub address: Option<String>,
    /// Where, in the jurisdiction's register.
    pub address_id: Option<String>,
    /// What.
    pub description: Option<String>,
    /// Pictures or pages elsewhere, in the order sent.
    pub media_urls: Vec<String>,
    /// Who.
    pub reporter: Reporter,
    /// Attribute codes and the values sent for each, in the order sent.
    pub attributes: Vec<(String, Vec<String>)>,
    /// What is wrong with it, whatever the service.
    pub violations: Violations,
}

/// What is written when a service request is accepted.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The service that it is about.
    pub service: Service,
    /// Where, as a point.
    pub position: Option<Position>,
    /// Where, in words.
    pub address: Option<String>,
    /// Where, in the jurisdiction's register.
    pub address_id: Option<String>,
    /// What.
    pub description: Option<String>,
    /// Pictures or pages elsewhere, in the order sent.
    pub media_urls: Vec<String>,
    /// Who.
    pub reporter: Reporter,
    /// Answers to the service definition.
    pub attributes: Vec<AttributeAnswer>,
    /// When it came, in whole seconds.
    pub requested_datetime: DateTime<Utc>,
    /// When it should be done, by the service level; `None`: nothing is promised.
    pub expected_datetime: Option<DateTime<Utc>>,
}

impl Draft {
    /// Reads the arguments of a POST, except `attribute[…]`, which come gathered.
    pub fn parse(arguments: &QueryParameters, attributes: Vec<(String, Vec<String>)>) -> Self {
        let mut violations = Violations::none();
        let service_code = violations.take(arguments.one("service_code")).map(|sent| {
            sent.map_or_else(
                || Err(Violation::missing("service_code")),
                ServiceCode::parse,
            )
        });
        let service_code = service_code.and_then(|parsed| violations.take(parsed));
        let mut optional = |name: &str, max: usize| {
            let text = violations.take(arguments.one(name)).flatten()?;
            let rule = if name == "description" { bounded } else { line };
            violations.take(rule(name, text, max))
        };
        let description = optional("description", MAX_DESCRIPTION);
        // `address` is what some clients (open311_java) send for `address_string`.
        let address =
            optional("address_string", MAX_LINE).or_else(|| optional("address", MAX_LINE));
        let address_id = optional("address_id", MAX_LINE);
        let position = position(arguments, &mut violations);
        let media_urls = arguments
            .all("media_url")
            .filter_map(|url| violations.take(web_address(url)))
            .collect();
        let reporter = Reporter::parse(
            // `deviceid` is what FixMyStreet sends for `device_id`.
            |name| match arguments.one(name)? {
                None if name == "device_id" => arguments.one("deviceid"),
                found => Ok(found),
            },
            &mut violations,
        );
        let sent = |name| arguments.all(name).next().is_some();
        if !["lat", "long", "address_string", "address", "address_id"]
            .into_iter()
            .any(sent)
        {
            violations.add(Violation::new(
                "lat",
                "and long were not provided, nor address_string, nor address_id: a location is required",
            ));
        }
        Self {
            service_code,
            position,
            address,
            address_id,
            description,
            media_urls,
            reporter,
            attributes,
            violations,
        }
    }

    /// The submission, if the service's definition is satisfied and the place lies in the
    /// jurisdiction. `inside` is what the boundary says of the point; without a point nobody asks.
    /// Nothing is promised yet: only the storage knows what.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn submit(
        self,
        jurisdiction: &Jurisdiction,
        service: Service,
        definition: &ServiceDefinition,
        inside: bool,
        now: DateTime<Utc>,
    ) -> Result<Submission, Violations> {
        let mut violations = self.violations;
        if self.position.is_some() && !inside {
            violations.add(Violation::new(
                "lat",
                format!(
                    "and long lie outside the boundary of {} ({})",
                    jurisdiction.name, jurisdiction.jurisdiction_id
                ),
            ));
        }
        let attributes =
            definition.check(&self.attributes, jurisdiction.time_zone, &mut violations);
        violations.check()?;
        Ok(Submission {
            service,
            position: self.position,
            address: self.address,
            address_id: self.address_id,
            description: self.description,
            media_urls: self.media_urls,
            reporter: self.reporter,
            attributes,
            requested_datetime: datetime::to_seconds(now),
            expected_datetime: None,
        })
    }
}

/// `lat` and `long`: both or neither.
fn position(arguments: &QueryParameters, violations: &mut Violations) -> Option<Position> {
    let lat = violations.take(arguments.one("lat"))?;
    let long = violations.take(arguments.one("long"))?;
    match (lat, long) {
        (Some(lat), Some(long)) => Position::parse(lat, long)
            .map_err(|faults| violations.0.extend(faults))
            .ok(),
        (None, None) => None,
        (Some(_), None) => {
            violations.add(Violation::new(
                "long",
                "was not provided; lat and long belong together",
            ));
            None
        }
        (None, Some(_)) => {
            violations.add(Violation::new(
                "lat",
                "was not provided; lat and long belong together",
            ));
            None
        }
    }
}

/// A URL that may be shown to others: `http` or `https`, without blanks. It is never fetched.
pub(crate) fn web_address(text: &str) -> Result<String, Violation> {
    let url = line("media_url", text, MAX_URL)?;
    let lower = url.to_ascii_lowercase();
    let host = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
        .unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || url.contains(char::is_whitespace) {
        return Err(Violation::new("media_url", "is not an http or https URL"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(arguments: &[(&str, &str)]) -> Violations {
        let arguments = arguments
            .iter()
            .map(|(n, v)| ((*n).into(), (*v).into()))
            .collect();
        Draft::parse(&QueryParameters::new(arguments), vec![]).violations
    }

    #[test]
    fn one_of_the_three_locations_is_enough() {
        for location in [
            &[("lat", "1"), ("long", "2")][..],
            &[("address_string", "Main Street")],
            &[("address", "Main Street")],
            &[("address_id", "7")],
        ] {
            let sent = [&[("service_code", "a")], location].concat();
            assert_eq!(faults(&sent), Violations::none(), "{location:?}");
        }
        let refused = faults(&[("service_code", "a"), ("lat", "")]);
        assert!(refused.to_string().contains("a location is required"));
    }

    #[test]
    fn half_a_point_is_no_place_even_beside_an_address() {
        let sent = [("service_code", "a"), ("lat", "1"), ("address_string", "x")];
        assert!(
            faults(&sent)
                .to_string()
                .starts_with("long was not provided")
        );
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let long = "x".repeat(4_001);
        let faults = faults(&[
            ("description", &long),
            ("lat", "x"),
            ("long", "200"),
            ("media_url", "javascript:1"),
            ("email", "a\nb"),
        ]);
        let named: Vec<&str> = faults
            .0
            .iter()
            .map(|fault| fault.argument.as_str())
            .collect();
        assert_eq!(
            named,
            [
                "service_code",
                "description",
                "lat",
                "long",
                "media_url",
                "email"
            ]
        );
    }
}

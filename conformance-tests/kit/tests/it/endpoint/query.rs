//! The arguments of GET service requests.

use chrono::{DateTime, TimeDelta, Utc};

use super::city::{City, ServiceRequest};
use super::request::Arguments;
use super::site::Failure;

const SPAN: TimeDelta = TimeDelta::days(90);

/// What is asked for, the newest first.
pub fn select<'a>(
    city: &'a City,
    arguments: &Arguments,
) -> Result<Vec<&'a ServiceRequest>, Failure> {
    let ids = arguments.list("service_request_id");
    let mut found: Vec<&ServiceRequest> = if ids.is_empty() {
        let filter = Filter::parse(arguments)?;
        city.public()
            .filter(|request| filter.wants(request))
            .collect()
    } else {
        city.public()
            .filter(|request| ids.contains(&&*request.id))
            .collect()
    };
    found.sort_by_key(|request| std::cmp::Reverse(request.requested));
    found.truncate(city.at_most);
    Ok(found)
}

struct Filter<'a> {
    service_codes: Vec<&'a str>,
    statuses: Vec<&'a str>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl<'a> Filter<'a> {
    fn parse(arguments: &'a Arguments) -> Result<Self, Failure> {
        let statuses = arguments.list("status");
        if statuses
            .iter()
            .any(|status| !["open", "closed"].contains(status))
        {
            return Err(Failure::new(400, "status is open or closed"));
        }
        let (start, end) = range(arguments)?;
        Ok(Self {
            service_codes: arguments.list("service_code"),
            statuses,
            start,
            end,
        })
    }

    fn wants(&self, request: &ServiceRequest) -> bool {
        let status = if request.is_open { "open" } else { "closed" };
        (self.start..=self.end).contains(&request.requested.to_utc())
            && (self.statuses.is_empty() || self.statuses.contains(&status))
            && (self.service_codes.is_empty()
                || self.service_codes.contains(&&*request.service_code))
    }
}

/// `start_date` and `end_date`; where one is missing, 90 days from or to the other.
fn range(arguments: &Arguments) -> Result<(DateTime<Utc>, DateTime<Utc>), Failure> {
    let date = |name| arguments.get(name).map(|text| read(name, text)).transpose();
    let now = Utc::now();
    let (start, end) = match (date("start_date")?, date("end_date")?) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, start + SPAN),
        (None, Some(end)) => (end - SPAN, end),
        (None, None) => (now - SPAN, now),
    };
    if end - start > SPAN {
        return Err(Failure::new(400, "the span may not exceed 90 days"));
    }
    Ok((start, end))
}

fn read(name: &str, text: &str) -> Result<DateTime<Utc>, Failure> {
    date(text).ok_or_else(|| Failure::new(400, &format!("{name} is no date-time with a zone")))
}

/// A W3C date-time with its zone; a blank stands for the plus that was not encoded.
pub fn date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replace(' ', "+").replace('Z', "+00:00");
    let seconds = DateTime::parse_from_rfc3339(&text);
    let time = seconds.or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M%:z"));
    time.ok().map(|time| time.to_utc())
}

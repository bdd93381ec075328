//! Which service requests a caller asks for.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>

use crate::{
    Area, Position, ServiceCode, ServiceRequestId, Status, Violation, Violations,
    datetime::{self, Bound},
    text::{MAX_LINE, line},
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// The standard: without dates the most recent 90 days, and no range may be longer.
pub const DEFAULT_WINDOW_DAYS: i64 = 90;
/// Without dates, what is dated up to a day ahead is still recent: another server's clock may be fast.
pub const DEFAULT_WINDOW_DAYS_AHEAD: i64 = 1;
/// The standard: at most 1000 service requests in one answer.
pub const MAX_ROWS: u32 = 1_000;
/// No jurisdiction has so many pages.
const MAX_PAGE: u32 = 1_000_000;

/// A range of time, both ends included, either open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// The earliest.
    pub start: Option<DateTime<Utc>>,
    /// The latest.
    pub end: Option<DateTime<Utc>>,
}

/// The order of the answer; equal times are ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Newest first; the default.
    RequestedDescending,
    /// Oldest first.
    RequestedAscending,
    /// Last changed first.
    UpdatedDescending,
    /// Longest unchanged first.
    UpdatedAscending,
}

impl Sort {
    /// Every order, with the word for it: a minus turns it round.
    pub const ALL: [(&str, Self); 4] = [
        ("-requested_datetime", Self::RequestedDescending),
        ("requested_datetime", Self::RequestedAscending),
        ("-updated_datetime", Self::UpdatedDescending),
        ("updated_datetime", Self::UpdatedAscending),
    ];
}

/// A query that has passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRequestQuery {
    /// When not empty: exactly these, whatever the rest says
    /// ("this overrides all other arguments").
    pub service_request_ids: Vec<ServiceRequestId>,
    /// When not empty: of these services only.
    pub service_codes: Vec<ServiceCode>,
    /// When set: of this status only.
    pub status: Option<Status>,
    /// Filed in this range.
    pub requested: TimeRange,
    /// Changed in this range.
    pub updated: TimeRange,
    /// Within this area.
    pub area: Option<Area>,
    /// With these words in description, address or service name.
    pub text: Option<String>,
    /// The order.
    pub sort: Sort,
    /// 1-based.
    pub page: u32,
    /// 1 to [`MAX_ROWS`].
    pub page_size: u32,
}

/// The arguments as sent: empty counts as absent, lists may be repeated.
#[derive(Debug, Clone, Default)]
pub struct QueryParameters {
    arguments: Vec<(String, String)>,
}

impl QueryParameters {
    /// The arguments of a query string, decoded.
    pub fn new(arguments: Vec<(String, String)>) -> Self {
        Self { arguments }
    }

    /// The names that were sent, each as often as it was.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().map(|(name, _)| name.as_str())
    }

    /// The values sent under `name`, without empty ones.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.arguments
            .iter()
            .filter(move |(argument, _)| argument == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The parts of a comma list that may also be repeated, without blanks around them.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// The one value of an argument.
    ///
    /// # Errors
    /// When it was sent twice with different values.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Violation> {
        let mut values = self
            .arguments
            .iter()
            .filter(|(argument, value)| argument == name && !value.trim().is_empty());
        let first = values.next();
        match first {
            Some((_, value)) if values.any(|(_, other)| other != value) => Err(Violation::new(
                name,
                "was sent more than once with different values",
            )),
            _ => Ok(first.map(|(_, value)| value.as_str())),
        }
    }
}

impl ServiceRequestQuery {
    /// The query that `parameters` ask for at the moment `now`, in a jurisdiction of `zone`.
    ///
    /// # Errors
    /// Every fault of every argument.
    pub fn parse(
        parameters: &QueryParameters,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Self, Violations> {
        Self::parse_within(parameters, zone, |range, any_update, violations| {
            window(range, any_update, now, violations)
        })
    }

    /// The same without the 90 days, which are meant for the public.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_of_all_times(parameters: &QueryParameters, zone: Tz) -> Result<Self, Violations> {
        Self::parse_within(parameters, zone, |range, _, violations| {
            ordered(range, "start_date", "end_date", violations)
        })
    }

    fn parse_within(
        parameters: &QueryParameters,
        zone: Tz,
        window: impl Fn(TimeRange, bool, &mut Violations) -> TimeRange,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let ids = parameters.list("service_request_id");
        if !ids.is_empty() {
            return Self::by_id(ids);
        }
        let mut one = |name: &str| violations.take(parameters.one(name)).flatten();
        let (start, end) = (one("start_date"), one("end_date"));
        let (updated_after, updated_before) = (one("updated_after"), one("updated_before"));
        let (lat, long, radius, bbox) = (one("lat"), one("long"), one("radius"), one("bbox"));
        let (text, sort) = (one("q"), one("sort"));

        let mut time = |name, text: Option<&str>, bound| {
            text.and_then(|text| violations.take(datetime::parse(name, text, zone, bound)))
        };
        let updated = TimeRange {
            start: time("updated_after", updated_after, Bound::Start),
            end: time("updated_before", updated_before, Bound::End),
        };
        let requested = TimeRange {
            start: time("start_date", start, Bound::Start),
            end: time("end_date", end, Bound::End),
        };
        let paging = paging(parameters, &mut violations);
        let any_update = updated_after.is_some() || updated_before.is_some();
        let query = Self {
            service_codes: collect(
                parameters.list("service_code"),
                ServiceCode::parse,
                &mut violations,
            ),
            status: status(&parameters.list("status"), &mut violations),
            requested: window(requested, any_update, &mut violations),
            updated: ordered(updated, "updated_after", "updated_before", &mut violations),
            area: area(lat, long, radius, bbox, &mut violations),
            text: text.and_then(|text| violations.take(line("q", text, MAX_LINE))),
            sort: order(sort, &mut violations),
            page: paging.0,
            page_size: paging.1,
            service_request_ids: vec![],
        };
        violations.check()?;
        Ok(query)
    }

    /// Exactly these: "this overrides all other arguments", right or wrong.
    fn by_id(ids: Vec<&str>) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        if ids.len() > MAX_ROWS as usize {
            violations.add(Violation::new(
                "service_request_id",
                format!("lists {} ids; at most {MAX_ROWS} are accepted", ids.len()),
            ));
        }
        let service_request_ids = collect(ids, ServiceRequestId::parse, &mut violations);
        violations.check()?;
        Ok(Self {
            service_request_ids,
            service_codes: vec![],
            status: None,
            requested: TimeRange::default(),
            updated: TimeRange::default(),
            area: None,
            text: None,
            sort: Sort::RequestedDescending,
            page: 1,
            page_size: MAX_ROWS,
        })
    }
}

/// `page` and `page_size`.
pub(crate) fn paging(parameters: &QueryParameters, violations: &mut Violations) -> (u32, u32) {
    let mut one = |name: &str| violations.take(parameters.one(name)).flatten();
    let (page, page_size) = (one("page"), one("page_size"));
    let page = number("page", page, 0, MAX_PAGE, 1, violations).max(1);
    let page_size = number("page_size", page_size, 1, u32::MAX, MAX_ROWS, violations);
    (page, page_size.min(MAX_ROWS))
}

pub(crate) fn collect<T: Ord>(
    parts: Vec<&str>,
    parse: impl Fn(&str) -> Result<T, Violation>,
    violations: &mut Violations,
) -> Vec<T> {
    let mut parsed: Vec<T> = Vec::new();
    for part in parts {
        match parse(part) {
            Ok(value) => parsed.push(value),
            Err(violation) if violations.0.contains(&violation) => {}
            Err(violation) => violations.add(violation),
        }
    }
    parsed.sort();
    parsed.dedup();
    parsed
}

/// One status narrows; both are the same as none.
fn status(words: &[&str], violations: &mut Violations) -> Option<Status> {
    let wanted = collect(words.to_vec(), Status::parse, violations);
    match wanted[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// The 90 days: the most recent ones when nothing is said, those after a start or before an end
/// alone, and never more.
fn window(
    asked: TimeRange,
    any_update: bool,
    now: DateTime<Utc>,
    violations: &mut Violations,
) -> TimeRange {
    let days = TimeDelta::days(DEFAULT_WINDOW_DAYS);
    let range = ordered(asked, "start_date", "end_date", violations);
    match (range.start, range.end) {
        // A range on updates reaches closings of older service requests; there would be no other
        // way to hear of them.
        (None, None) if any_update => range,
        (None, None) => TimeRange {
            start: Some(now - days),
            end: Some(now + TimeDelta::days(DEFAULT_WINDOW_DAYS_AHEAD)),
        },
        (Some(start), None) => TimeRange {
            start: Some(start),
            end: start.checked_add_signed(days),
        },
        (None, Some(end)) => TimeRange {
            start: end.checked_sub_signed(days),
            end: Some(end),
        },
        (Some(start), Some(end)) => {
            // An hour more: ninety local days may hold a change of the clocks.
            if end - start > days + TimeDelta::hours(1) {
                violations.add(Violation::new(
                    "end_date",
                    format!(
                        "is more than {DEFAULT_WINDOW_DAYS} days after start_date; ask for at most {DEFAULT_WINDOW_DAYS} days at a time"
                    ),
                ));
            }
            range
        }
    }
}

pub(crate) fn ordered(
    range: TimeRange,
    start: &str,
    end: &str,
    violations: &mut Violations,
) -> TimeRange {
    if let (Some(from), Some(to)) = (range.start, range.end)
        && to < from
    {
        violations.add(Violation::new(end, format!("is before {start}")));
    }
    range
}

pub(crate) fn area(
    lat: Option<&str>,
    long: Option<&str>,
    radius: Option<&str>,
    bbox: Option<&str>,
    violations: &mut Violations,
) -> Option<Area> {
    let any_circle = lat.is_some() || long.is_some() || radius.is_some();
    if any_circle && bbox.is_some() {
        violations.add(Violation::new(
            "bbox",
            "cannot be combined with lat, long and radius",
        ));
    }
    if let Some(bbox) = bbox {
        return violations.take(Area::bbox(bbox));
    }
    if !any_circle {
        return None;
    }
    for (name, value) in [("lat", lat), ("long", long), ("radius", radius)] {
        if value.is_none() {
            violations.add(Violation::new(
                name,
                "was not provided; lat, long and radius belong together",
            ));
        }
    }
    // What was left out is told already; what is there is checked all the same.
    let center = Position::parse(lat.unwrap_or("0"), long.unwrap_or("0"))
        .map_err(|faults| violations.0.extend(faults))
        .ok()?;
    let circle = violations.take(Area::circle(center, radius?))?;
    (lat.is_some() && long.is_some()).then_some(circle)
}

fn order(text: Option<&str>, violations: &mut Violations) -> Sort {
    let Some(text) = text else {
        return Sort::RequestedDescending;
    };
    let known = Sort::ALL.iter().find(|(word, _)| *word == text.trim());
    known.map_or_else(
        || {
            let words = Sort::ALL.map(|(word, _)| word).join(", ");
            violations.add(Violation::new("sort", format!("is not one of {words}")));
            Sort::RequestedDescending
        },
        |(_, sort)| *sort,
    )
}

fn number(
    name: &str,
    text: Option<&str>,
    min: u32,
    max: u32,
    default: u32,
    violations: &mut Violations,
) -> u32 {
    let Some(text) = text.map(str::trim) else {
        return default;
    };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(number) if digits && (min..=max).contains(&number) => number,
        _ => {
            let upto = if max == u32::MAX {
                String::new()
            } else {
                format!(" to {max}")
            };
            violations.add(Violation::new(
                name,
                format!("is not a whole number from {min}{upto}"),
            ));
            default
        }
    }
}

#[cfg(test)]
mod tests;

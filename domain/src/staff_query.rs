//! Which service requests staff ask for: everything that the public may ask, and what it may not.

use crate::{
    ClosingReason, DetailedStatus, Priority, QueryParameters, ServiceRequestId,
    ServiceRequestQuery, TimeRange, Violation, Violations,
    datetime::{self, Bound},
    query::{collect, ordered},
    text::{MAX_LINE, line},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The arguments that the public has too.
const PUBLIC: [&str; 15] = [
    "service_request_id",
    "service_code",
    "status",
    "start_date",
    "end_date",
    "updated_after",
    "updated_before",
    "lat",
    "long",
    "radius",
    "bbox",
    "q",
    "sort",
    "page",
    "page_size",
];
/// The arguments that staff have beside them.
const PRIVATE: [&str; 15] = [
    "detailed_status",
    "closing_reason",
    "agency_responsible",
    "assignee",
    "is_assigned",
    "priority",
    "is_public",
    "overdue",
    "expected_after",
    "expected_before",
    "duplicate_of",
    "email",
    "phone",
    "has_reporter",
    "total",
];

/// A query of the staff's that has passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffQuery {
    /// What the public may ask too; without dates, of all times.
    pub query: ServiceRequestQuery,
    /// What only staff may ask.
    pub filter: StaffFilter,
    /// Whether it is told how many there are on all pages.
    pub total: bool,
}

/// What only staff may ask. What is empty or `None` restricts nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StaffFilter {
    /// Of these detailed statuses only.
    pub detailed_statuses: Vec<DetailedStatus>,
    /// Closed for these reasons only.
    pub closing_reasons: Vec<ClosingReason>,
    /// Of these agencies only.
    pub agencies_responsible: Vec<String>,
    /// Of these members of the staff only.
    pub assignees: Vec<String>,
    /// Of anybody of the staff, or of nobody.
    pub is_assigned: Option<bool>,
    /// Of these priorities only.
    pub priorities: Vec<Priority>,
    /// Those that the public may see, or those that it may not.
    pub is_public: Option<bool>,
    /// Those that should be done by the moment of the query and are not, or the others.
    pub overdue: Option<(bool, DateTime<Utc>)>,
    /// Expected to be done in this range.
    pub expected: TimeRange,
    /// Duplicates of this one only.
    pub duplicate_of: Option<ServiceRequestId>,
    /// By the reporter with this address, in any case.
    pub email: Option<String>,
    /// By the reporter with this number, exactly as he wrote it.
    pub phone: Option<String>,
    /// By somebody who told who he is, or by somebody who did not.
    pub has_reporter: Option<bool>,
}

impl StaffQuery {
    /// The query that `parameters` ask for at the moment `now`, in a jurisdiction of `zone`.
    ///
    /// # Errors
    /// Every fault of every argument. One that there is not is a fault: a misspelt filter would
    /// answer everything.
    pub fn parse(
        parameters: &QueryParameters,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        for name in parameters.names() {
            if !PUBLIC.contains(&name) && !PRIVATE.contains(&name) {
                let fault = Violation::new(name, "is no argument of this address");
                if !violations.0.contains(&fault) {
                    violations.add(fault);
                }
            }
        }
        let query = ServiceRequestQuery::parse_of_all_times(parameters, zone)
            .map_err(|faults| violations.0.extend(faults.0))
            .ok();
        let filter = filter(parameters, now, zone, &mut violations);
        let total = violations.take(truth(parameters, "total")).flatten();
        match query {
            Some(query) if violations.0.is_empty() => Ok(Self {
                query,
                filter,
                total: total.unwrap_or(false),
            }),
            _ => Err(violations),
        }
    }
}

fn filter(
    parameters: &QueryParameters,
    now: DateTime<Utc>,
    zone: Tz,
    violations: &mut Violations,
) -> StaffFilter {
    let mut one = |name: &str| violations.take(parameters.one(name)).flatten();
    let (after, before) = (one("expected_after"), one("expected_before"));
    let (email, phone) = (one("email"), one("phone"));
    let duplicate_of = one("duplicate_of");
    let mut time = |name, text: Option<&str>, bound| {
        text.and_then(|text| violations.take(datetime::parse(name, text, zone, bound)))
    };
    let expected = TimeRange {
        start: time("expected_after", after, Bound::Start),
        end: time("expected_before", before, Bound::End),
    };
    let expected = ordered(expected, "expected_after", "expected_before", violations);
    let mut text = |name, text: Option<&str>| {
        text.and_then(|text| violations.take(line(name, text.trim(), MAX_LINE)))
    };
    let (email, phone) = (text("email", email), text("phone", phone));
    let duplicate_of = duplicate_of.and_then(|id| {
        let parsed = ServiceRequestId::parse(id);
        violations.take(parsed.map_err(|fault| Violation::new("duplicate_of", fault.problem)))
    });
    // Names may hold a comma: several are sent by repeating the argument.
    let mut lines = |name| {
        let sent: Vec<&str> = parameters.all(name).collect();
        collect(sent, |text| line(name, text, MAX_LINE), violations)
    };
    let (agencies_responsible, assignees) = (lines("agency_responsible"), lines("assignee"));
    let mut truth = |name| violations.take(truth(parameters, name)).flatten();
    let (is_assigned, is_public) = (truth("is_assigned"), truth("is_public"));
    let (overdue, has_reporter) = (truth("overdue"), truth("has_reporter"));
    let words = |name| parameters.list(name);
    StaffFilter {
        detailed_statuses: collect(
            words("detailed_status"),
            |word| {
                DetailedStatus::parse(word)
                    .map_err(|fault| Violation::new("detailed_status", fault.problem))
            },
            violations,
        ),
        closing_reasons: collect(words("closing_reason"), ClosingReason::parse, violations),
        agencies_responsible,
        assignees,
        is_assigned,
        priorities: collect(words("priority"), Priority::parse, violations),
        is_public,
        overdue: overdue.map(|overdue| (overdue, now)),
        expected,
        duplicate_of,
        email,
        phone,
        has_reporter,
    }
}

/// `true` or `false`.
fn truth(parameters: &QueryParameters, name: &str) -> Result<Option<bool>, Violation> {
    match parameters.one(name)?.map(str::trim) {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(Violation::new(name, "is not true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[(&str, &str)]) -> Result<StaffQuery, Violations> {
        let sent = arguments.iter();
        let sent = sent.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        StaffQuery::parse(
            &QueryParameters::new(sent.collect()),
            now,
            chrono_tz::America::New_York,
        )
    }

    #[test]
    fn nothing_asked_is_everything_of_all_times() {
        let query = parse(&[]).unwrap();
        assert_eq!(query.filter, StaffFilter::default());
        assert_eq!(query.query.requested, TimeRange::default());
        assert!(!query.total);
        let range = [("start_date", "2020-01-01"), ("end_date", "2026-01-01")];
        assert!(parse(&range).is_ok(), "90 days are for the public");
        let start = parse(&[("start_date", "2020-01-01")]).unwrap();
        assert_eq!(start.query.requested.end, None);
    }

    #[test]
    fn every_argument_is_read() {
        let query = parse(&[
            ("detailed_status", "in_progress,PLANNED"),
            ("closing_reason", "fixed"),
            ("agency_responsible", "Works, Streets"),
            ("agency_responsible", "Parks"),
            ("assignee", "jane"),
            ("is_assigned", "true"),
            ("priority", "urgent,high"),
            ("is_public", "false"),
            ("overdue", "TRUE"),
            ("expected_after", "2026-06-01"),
            ("expected_before", "2026-06-01"),
            ("duplicate_of", "26-1"),
            ("email", " A@example.org "),
            ("phone", "+1 617"),
            ("has_reporter", "true"),
            ("total", "true"),
            ("status", "open"),
        ])
        .unwrap();
        let filter = query.filter;
        assert_eq!(filter.detailed_statuses.len(), 2);
        assert_eq!(filter.agencies_responsible, ["Parks", "Works, Streets"]);
        assert_eq!(filter.priorities.len(), 2);
        assert!(filter.overdue.is_some_and(|(overdue, _)| overdue));
        let day = filter.expected;
        assert_eq!(
            day.end.unwrap() - day.start.unwrap(),
            chrono::TimeDelta::seconds(86_399)
        );
        assert_eq!(filter.email.as_deref(), Some("A@example.org"));
        assert!(query.total);
    }

    #[test]
    fn every_fault_is_told_and_so_is_an_argument_that_there_is_not() {
        let faults = parse(&[
            ("asignee", "jane"),
            ("asignee", "joe"),
            ("detailed_status", "done"),
            ("priority", "asap"),
            ("overdue", "maybe"),
            ("status", "x"),
            ("expected_after", "soon"),
        ])
        .unwrap_err();
        let mut named: Vec<&str> = faults.0.iter().map(|one| one.argument.as_str()).collect();
        named.sort_unstable();
        let expected = [
            "asignee",
            "detailed_status",
            "expected_after",
            "overdue",
            "priority",
            "status",
        ];
        assert_eq!(named, expected);
    }
}

//! Which updates a caller of the Service Request Updates extension asks for.

use crate::{
    MAX_ROWS, QueryParameters, ServiceRequestId, TimeRange, Violation, Violations,
    datetime::{self, Bound},
    query::{collect, ordered, paging},
};
use chrono_tz::Tz;

/// A query that has passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatesQuery {
    /// When not empty: on these service requests only.
    pub service_request_ids: Vec<ServiceRequestId>,
    /// Told to have happened in this range.
    pub updated: TimeRange,
    /// 1-based.
    pub page: u32,
    /// 1 to [`MAX_ROWS`].
    pub page_size: u32,
}

impl UpdatesQuery {
    /// The query that `parameters` ask for in a jurisdiction of `zone`.
    ///
    /// # Errors
    /// Every fault of every argument.
    pub fn parse(parameters: &QueryParameters, zone: Tz) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let ids = parameters.list("service_request_id");
        if ids.len() > MAX_ROWS as usize {
            let problem = format!("names {} ids; at most {MAX_ROWS} are accepted", ids.len());
            violations.add(Violation::new("service_request_id", problem));
        }
        let service_request_ids = collect(ids, ServiceRequestId::parse, &mut violations);
        let mut time = |name: &str, bound| {
            let text = violations.take(parameters.one(name)).flatten()?;
            violations.take(datetime::parse(name, text, zone, bound))
        };
        let updated = TimeRange {
            start: time("start_date", Bound::Start),
            end: time("end_date", Bound::End),
        };
        let updated = ordered(updated, "start_date", "end_date", &mut violations);
        let (page, page_size) = paging(parameters, &mut violations);
        violations.check()?;
        Ok(Self {
            service_request_ids,
            updated,
            page,
            page_size,
        })
    }
}

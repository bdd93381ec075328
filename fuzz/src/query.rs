//! The query string of GET requests.

use crate::{area, now, told};
use api::fuzzing::parse_form;
use chrono::TimeDelta;
use domain::{
    DEFAULT_WINDOW_DAYS, DEFAULT_WINDOW_DAYS_AHEAD, MAX_ROWS, QueryParameters, ServiceRequestQuery,
    TimeRange, text::MAX_LINE,
};

/// No query asks for more than the standard allows.
pub fn check(bytes: &[u8]) {
    let Ok(pairs) = parse_form(bytes) else {
        return;
    };
    let zone = chrono_tz::America::New_York;
    let query = match ServiceRequestQuery::parse(&QueryParameters::new(pairs), now(), zone) {
        Ok(query) => query,
        Err(violations) => return told::refusals(&violations),
    };
    assert!(query.page >= 1 && (1..=MAX_ROWS).contains(&query.page_size));
    assert!(query.service_request_ids.len() <= MAX_ROWS as usize);
    assert!(
        query
            .service_request_ids
            .is_sorted_by(|one, next| one < next)
    );
    assert!(query.service_codes.is_sorted_by(|one, next| one < next));
    let most_recent = TimeRange {
        start: Some(now() - TimeDelta::days(DEFAULT_WINDOW_DAYS)),
        end: Some(now() + TimeDelta::days(DEFAULT_WINDOW_DAYS_AHEAD)),
    };
    if let (Some(start), Some(end)) = (query.requested.start, query.requested.end)
        && query.requested != most_recent
    {
        let most = TimeDelta::days(DEFAULT_WINDOW_DAYS) + TimeDelta::hours(1);
        assert!(start <= end && end - start <= most, "{start} to {end}");
    }
    query.area.into_iter().for_each(area::within_bounds);
    told::any_line(query.text.as_ref(), MAX_LINE);
}

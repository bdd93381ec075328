//! The values of a query.

use super::period::Periods;
use crate::geometry;
use domain::{Area, ServiceRequestQuery};

/// Values of the query in the form in which they are bound.
#[derive(Clone)]
pub(super) struct Filter {
    pub(super) ids: Vec<String>,
    pub(super) codes: Vec<String>,
    pub(super) envelope: Option<[f64; 4]>,
    pub(super) circle: Option<[f64; 3]>,
    pub(super) periods: Option<Periods>,
    /// The same as the index of words has them.
    pub(super) period_names: Vec<String>,
}

impl Filter {
    pub(super) fn of(jurisdiction_id: &str, query: &ServiceRequestQuery) -> Self {
        let periods = Periods::of(&query.requested);
        Self {
            periods,
            period_names: match query.text {
                Some(_) => periods.map_or_else(Vec::new, |of| of.names(jurisdiction_id)),
                None => vec![],
            },
            ids: query
                .service_request_ids
                .iter()
                .map(ToString::to_string)
                .collect(),
            codes: query
                .service_codes
                .iter()
                .map(ToString::to_string)
                .collect(),
            envelope: query.area.as_ref().map(geometry::envelope),
            circle: query.area.and_then(|area| match area {
                Area::Circle { center, radius_m } => {
                    Some([center.longitude, center.latitude, radius_m])
                }
                Area::Box { .. } => None,
            }),
        }
    }
}

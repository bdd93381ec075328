//! Whether a service request that an endpoint lists is the one that was posted there.

use crate::{Position, ServiceCode, ServiceRequest, ServiceRequestId};
use chrono::{DateTime, TimeDelta, Utc};

/// How much the clocks of two cities may differ.
const CLOCKS: TimeDelta = TimeDelta::hours(1);
/// Degrees that rounding to four digits may take away, about ten metres.
const ROUNDING: f64 = 1e-4;

/// What was posted, as far as it can be recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// Under which service.
    pub service_code: ServiceCode,
    /// What was said.
    pub description: Option<String>,
    /// Where.
    pub position: Option<Position>,
    /// When the first POST left.
    pub posted: DateTime<Utc>,
}

/// What a search has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Exactly one that can be it.
    One(ServiceRequestId),
    /// More than one that can be it, or it cannot be told from others at all.
    Several,
    /// None that can be it.
    Nothing,
}

impl Sought {
    /// The earliest time at which the endpoint may say that it was filed.
    pub fn earliest(&self) -> DateTime<Utc> {
        self.posted - CLOCKS
    }

    /// What is found among those that an endpoint lists. `taken`: those that are known to be others.
    pub fn find<'a>(
        &self,
        listed: impl IntoIterator<Item = &'a ServiceRequest>,
        taken: impl Fn(&ServiceRequestId) -> bool,
    ) -> Found {
        let mut found: Option<&ServiceRequestId> = None;
        for one in listed {
            if !self.is(one) || taken(&one.service_request_id) {
                continue;
            }
            match found {
                Some(id) if *id != one.service_request_id => return Found::Several,
                _ => found = Some(&one.service_request_id),
            }
        }
        match found {
            None => Found::Nothing,
            // A place alone is shared by everybody who reports the same hole.
            Some(_) if self.description.is_none() => Found::Several,
            Some(id) => Found::One(id.clone()),
        }
    }

    /// Whether it can be it.
    pub fn is(&self, other: &ServiceRequest) -> bool {
        let words = |text: &Option<String>| -> Vec<String> {
            let text = text.as_deref().unwrap_or_default();
            text.split_whitespace().map(str::to_lowercase).collect()
        };
        let same_place = match (self.position, other.position) {
            (Some(one), Some(other)) => {
                (one.latitude - other.latitude).abs() <= ROUNDING
                    && (one.longitude - other.longitude).abs() <= ROUNDING
            }
            // Not told or not kept: then the words decide.
            _ => true,
        };
        self.service_code == other.service_code
            && other.requested_datetime >= self.earliest()
            && same_place
            && words(&self.description) == words(&other.description)
    }
}

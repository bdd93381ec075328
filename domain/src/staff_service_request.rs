//! A service request as the staff of a jurisdiction see it.

use crate::{Priority, Reporter, ServiceRequest, ServiceRequestId, Status};
use chrono::{DateTime, Utc};

/// What the public may see of a service request, and what it may not.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffServiceRequest {
    /// What the public may see, if it may see any of it.
    pub service_request: ServiceRequest,
    /// The newest entry of its history; 0: it has none yet.
    pub version: i32,
    /// Whether the public may see it.
    pub is_public: bool,
    /// How urgent staff finds it; `None`: nobody said.
    pub priority: Option<Priority>,
    /// Who of the staff works on it.
    pub assignee: Option<String>,
    /// The service request that tells the same and is worked on instead.
    pub duplicate_of: Option<ServiceRequestId>,
    /// Who reported; `None`: he told nothing, or whoever asks may not know.
    pub reporter: Option<Reporter>,
}

impl StaffServiceRequest {
    /// Whether it should have been done before `now` and is not.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        let expected = self.service_request.expected_datetime;
        self.service_request.status == Status::Open && expected.is_some_and(|at| at < now)
    }
}

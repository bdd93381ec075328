//! What a city takes service requests about.

use crate::{ServiceCode, Violation};

/// One entry of the service list: <https://wiki.open311.org/GeoReport_v2/#get-service-list>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Unique in the jurisdiction.
    pub service_code: ServiceCode,
    /// What people call it.
    pub service_name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether there is a definition with attributes to fetch (`metadata` in the standard).
    pub has_definition: bool,
    /// How an id is given to a new service request.
    pub service_type: ServiceType,
    /// Comma separated; may be empty.
    pub keywords: String,
    /// Where it stands among its like; may be empty.
    pub service_group: String,
    /// What a reporter is told on filing, e.g. what happens next. Empty: nothing is promised.
    pub service_notice: String,
}

/// How an id is given to a new service request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceType {
    /// At once.
    Realtime,
    /// Later: the answer is a token.
    Batch,
    /// Never, and the service request is never listed.
    Blackbox,
}

impl ServiceType {
    /// Every type, in the standard's order.
    pub const ALL: [Self; 3] = [Self::Realtime, Self::Batch, Self::Blackbox];

    /// The standard's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Batch => "batch",
            Self::Blackbox => "blackbox",
        }
    }

    /// The type of the standard's word, in any case.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| Violation::new("type", "is not realtime, batch or blackbox"))
    }
}

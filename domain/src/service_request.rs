//! A service request as the public may see it.

use crate::{
    AttributeAnswer, Closing, DetailedStatus, Position, ServiceCode, ServiceRequestId,
    ServiceRequestUpdate, Violation,
};
use chrono::{DateTime, Utc};

/// The seventeen fields of the standard, and what `extensions=true` adds.
/// <https://wiki.open311.org/GeoReport_v2/#get-service-requests>
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRequest {
    /// Unique in the jurisdiction.
    pub service_request_id: ServiceRequestId,
    /// Open or closed.
    pub status: Status,
    /// Why the status is what it is.
    pub status_notes: Option<String>,
    /// The name of the service when the request was filed.
    pub service_name: String,
    /// The service.
    pub service_code: ServiceCode,
    /// What the reporter wrote, at most 4,000 characters.
    pub description: Option<String>,
    /// Who is to act.
    pub agency_responsible: Option<String>,
    /// What the reporter may expect.
    pub service_notice: Option<String>,
    /// When it was filed; whole seconds, like every time here.
    pub requested_datetime: DateTime<Utc>,
    /// The last change; of a closed request, when it was closed.
    pub updated_datetime: DateTime<Utc>,
    /// When it should be done.
    pub expected_datetime: Option<DateTime<Utc>>,
    /// From specific to general.
    pub address: Option<String>,
    /// In the jurisdiction's own register.
    pub address_id: Option<String>,
    /// Postal code.
    pub zipcode: Option<String>,
    /// Where it is.
    pub position: Option<Position>,
    /// A picture or a page; a path that begins with `/` is served by us.
    pub media_url: Option<String>,
    /// Answers to the service definition.
    pub attributes: Vec<AttributeAnswer>,
    /// What else the city publishes: name and value.
    pub extended_attributes: Vec<(String, String)>,
    /// What happened, as the source tells it; empty: nothing beyond opening and closing.
    pub notes: Vec<Note>,
    /// The status, told in more words.
    pub detailed_status: DetailedStatus,
    /// Why it was closed; `None`: it is open, or it came closed from elsewhere.
    pub closing: Option<Closing>,
    /// When it was closed.
    pub closed_datetime: Option<DateTime<Utc>>,
    /// Its public history, the oldest first; empty where nobody asked for it.
    pub updates: Vec<ServiceRequestUpdate>,
}

/// The seventeen fields of the standard, wherever they lie.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "as those of ServiceRequest")]
pub struct StandardFields<'a> {
    pub service_request_id: &'a str,
    pub status: Status,
    pub status_notes: Option<&'a str>,
    pub service_name: &'a str,
    pub service_code: &'a str,
    pub description: Option<&'a str>,
    pub agency_responsible: Option<&'a str>,
    pub service_notice: Option<&'a str>,
    pub requested_datetime: DateTime<Utc>,
    pub updated_datetime: DateTime<Utc>,
    pub expected_datetime: Option<DateTime<Utc>>,
    pub address: Option<&'a str>,
    pub address_id: Option<&'a str>,
    pub zipcode: Option<&'a str>,
    pub position: Option<Position>,
    pub media_url: Option<&'a str>,
}

impl<'a> From<&'a ServiceRequest> for StandardFields<'a> {
    fn from(request: &'a ServiceRequest) -> Self {
        let ServiceRequest {
            service_request_id,
            status,
            status_notes,
            service_name,
            service_code,
            description,
            agency_responsible,
            service_notice,
            requested_datetime,
            updated_datetime,
            expected_datetime,
            address,
            address_id,
            zipcode,
            position,
            media_url,
            // Not the standard's.
            attributes: _,
            extended_attributes: _,
            notes: _,
            detailed_status: _,
            closing: _,
            closed_datetime: _,
            updates: _,
        } = request;
        Self {
            service_request_id: service_request_id.as_str(),
            status: *status,
            status_notes: status_notes.as_deref(),
            service_name,
            service_code: service_code.as_str(),
            description: description.as_deref(),
            agency_responsible: agency_responsible.as_deref(),
            service_notice: service_notice.as_deref(),
            requested_datetime: *requested_datetime,
            updated_datetime: *updated_datetime,
            expected_datetime: *expected_datetime,
            address: address.as_deref(),
            address_id: address_id.as_deref(),
            zipcode: zipcode.as_deref(),
            position: *position,
            media_url: media_url.as_deref(),
        }
    }
}

/// Something that happened to a service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When; whole seconds.
    pub datetime: DateTime<Utc>,
    /// `opened`, `closed`, `activity`, …: the source's word.
    pub note_type: String,
    /// What, for people; may be empty.
    pub description: String,
}

/// The standard's two statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It has been reported.
    Open,
    /// It has been resolved.
    Closed,
}

impl Status {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// The standard's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// The status of the standard's word, in any case.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| Violation::new("status", "is not open or closed"))
    }
}

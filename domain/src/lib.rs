//! What a service request is and what may become of it.
//!
//! No async, no SQL, no HTTP, no clock: time and chance come in as arguments. The words are those
//! of [GeoReport v2](https://wiki.open311.org/GeoReport_v2/):
//!
//! | Standard | Here | Never |
//! |---|---|---|
//! | service | [`Service`] | category, type |
//! | service_code | [`ServiceCode`] | slug |
//! | service definition, attribute | [`ServiceDefinition`], [`AttributeDefinition`] | form, field |
//! | attribute\[code\]=value | [`AttributeAnswer`] | |
//! | service request | [`ServiceRequest`] | ticket, issue, report, case |
//! | service_request_id | [`ServiceRequestId`] | |
//! | update, request_update (extension) | [`ServiceRequestUpdate`], of all of them the history | comment |
//! | token | [`SubmissionToken`] | (a JWT is a credential) |
//! | jurisdiction_id | [`JurisdictionId`] | tenant, city |
//! | lat, long | [`Position`], degrees WGS84 | a tuple |
//! | email, first_name, … | [`Reporter`] | user |

mod attribute_map;
mod closing;
mod code;
pub mod datetime;
mod delivery;
mod detailed_status;
mod fields;
mod forward;
mod hops;
mod import;
mod jurisdiction;
mod location;
mod mirror;
mod note_draft;
mod priority;
mod query;
mod redaction;
mod remote;
mod reporter;
mod response_template;
mod service;
mod service_definition;
mod service_level;
mod service_request;
mod service_request_change;
mod service_request_update;
mod staff_query;
mod staff_service_request;
mod submission;
pub mod text;
mod update_draft;
mod updates_query;
mod violation;
mod webhook;

pub use attribute_map::AttributeMap;
pub use closing::{Closing, ClosingReason};
pub use code::{JurisdictionId, ServiceCode, ServiceRequestId, SubmissionToken, TemplateName};
pub use delivery::{AttemptOutcome, DISABLED_AFTER, DisabledReason, Fate};
pub use detailed_status::DetailedStatus;
pub use fields::{Fields, Sent};
pub use forward::{
    ForwardState, Found, News, Posting, Progress, Report, Sought, TokenAnswer, Turn,
};
pub use hops::{HOPS_HEADER, Hop, Hops};
pub use import::ImportedServiceRequest;
pub use jurisdiction::{IdFormat, Jurisdiction};
pub use location::{Area, Position};
pub use mirror::{Mirror, Step, Window};
pub use note_draft::NoteDraft;
pub use priority::{Priority, ServiceLevels};
pub use query::{
    DEFAULT_WINDOW_DAYS, DEFAULT_WINDOW_DAYS_AHEAD, MAX_ROWS, QueryParameters, ServiceRequestQuery,
    Sort, TimeRange,
};
pub use redaction::{RedactedPart, Redaction};
pub use remote::{
    AttributeStyle, DateStyle, Dialect, Field, KeyPlace, Remote, RemoteKey, RemoteName,
};
pub use reporter::Reporter;
pub use response_template::{Placeholder, Placeholders, ResponseTemplate, TemplateText};
pub use service::{Service, ServiceType};
pub use service_definition::{
    AttributeAnswer, AttributeDefinition, AttributeValue, Datatype, ServiceDefinition,
};
pub use service_level::{Calendar, Holiday, LevelUnit, Opening, ServiceLevel, WorkingHours};
pub use service_request::{Note, ServiceRequest, StandardFields, Status};
pub use service_request_change::{ChangedServiceRequest, Followed, Looked, ServiceRequestChange};
pub use service_request_update::{
    FieldChange, NewFields, NewUpdate, Projection, ServiceRequestState, ServiceRequestUpdate,
    UpdateKind,
};
pub use staff_query::{StaffFilter, StaffQuery};
pub use staff_service_request::StaffServiceRequest;
pub use submission::{Draft, Submission};
pub use update_draft::UpdateDraft;
pub use updates_query::UpdatesQuery;
pub use violation::{Violation, Violations};
pub use webhook::{WebhookFilter, WebhookSettings, WebhookState};

//! Entries of the audit log, as auditors read them over HTTP and in an export.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;
use storage::AuditEntryRow;
use utoipa::ToSchema;
use uuid::Uuid;

/// A part of the audit log.
#[derive(Serialize, ToSchema)]
pub struct AuditEntries<'a> {
    /// What was done, in the order of time.
    pub audit_entries: Vec<AuditEntryDocument<'a>>,
    /// To be sent as `after`, to go on from here; null where nothing was done yet.
    #[schema(required)]
    pub cursor: Option<Uuid>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub struct AuditEntryDocument<'a> {
    /// A UUID of version 7.
    audit_entry_id: Uuid,
    /// When, to the microsecond.
    #[serde(serialize_with = "microseconds")]
    #[schema(value_type = String, format = DateTime)]
    recorded_datetime: DateTime<Utc>,
    /// Who: `key:…`, `client:…`, `staff:…`, `job:…`, `remote:…` or `operator`.
    actor: &'a str,
    /// What: an operation of this document, or a command of the command line.
    operation: &'a str,
    /// To what.
    object_kind: &'a str,
    /// To which of them.
    object_id: &'a str,
    /// What changed, as it was; null: it was not there. Values that may be somebody's are `(redacted)`.
    #[schema(value_type = Option<Object>, required)]
    before: Option<&'a Value>,
    /// The same as it is since; null: it is not there any more.
    #[schema(value_type = Option<Object>, required)]
    after: Option<&'a Value>,
}

impl<'a> From<&'a AuditEntryRow> for AuditEntryDocument<'a> {
    fn from(row: &'a AuditEntryRow) -> Self {
        Self {
            audit_entry_id: row.audit_entry_id,
            recorded_datetime: row.recorded_datetime,
            actor: &row.actor,
            operation: &row.operation,
            object_kind: &row.object_kind,
            object_id: &row.object_id,
            before: row.before.as_ref(),
            after: row.after.as_ref(),
        }
    }
}

fn microseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

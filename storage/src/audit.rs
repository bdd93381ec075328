//! Who did what, when: written in the transaction of what was done, never changed.
//!
//! No personal data gets in, whoever calls: of `before` and `after` only values that [`TOLD`] names
//! are kept, everything else is told as changed and no more.

use crate::{
    JurisdictionStorage, StorageError,
    schema::{audit_entry, jurisdiction},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::JurisdictionId;
use serde_json::Value;
use uuid::Uuid;

/// The fields whose values may be told: ids, codes, states, numbers and times that say nothing of a
/// person. A text that somebody wrote freely never belongs here: it may name somebody, and must be
/// erasable, which an audit entry is not.
const TOLD: &[&str] = &[
    "agencies",
    "agency_responsible",
    "closing_reason",
    "days",
    "detailed_status",
    "duplicate_of",
    "enabled",
    "events",
    "expected_datetime",
    "expires_datetime",
    "is_public",
    "kind",
    "levels",
    "priority",
    "redacted",
    "requests_per_minute",
    "revoked_datetime",
    "roles",
    "scopes",
    "service_code",
    "service_request_id",
    "status",
    "update_id",
    "version",
    "working_hours",
];

/// What stands in place of a value that is not told.
const REDACTED: &str = "(redacted)";

/// No id or code is longer, in characters; whatever is, is text.
const MAX_TOLD: usize = 200;

/// What was done, to be written.
#[derive(Debug, Clone)]
pub struct AuditEntry<'a> {
    /// Who: a principal's id, `job:<name>` or `operator`.
    pub actor: &'a str,
    /// What: an operation of the OpenAPI document, or a command of the command line.
    pub operation: &'a str,
    /// To what: `service_request`, `api_key`, …
    pub object_kind: &'a str,
    /// To which of them.
    pub object_id: &'a str,
    /// What changed, as it was: an object of fields; `None`: it was not there.
    pub before: Option<Value>,
    /// The same as it is since; `None`: it is not there any more.
    pub after: Option<Value>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Who acts, and by which operation: the part of an entry that only the caller of storage knows.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who: a principal's id, `job:<name>` or `operator`.
    pub actor: &'a str,
    /// An operation of the OpenAPI document, or a command of the command line.
    pub operation: &'a str,
}

impl<'a> By<'a> {
    /// An entry that says so, without the change.
    pub(crate) fn entry(
        self,
        object_kind: &'a str,
        object_id: &'a str,
        now: DateTime<Utc>,
    ) -> AuditEntry<'a> {
        AuditEntry {
            actor: self.actor,
            operation: self.operation,
            object_kind,
            object_id,
            before: None,
            after: None,
            now,
        }
    }
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_entry)]
pub struct AuditEntryRow {
    /// In whose order entries are told.
    pub audit_entry_id: Uuid,
    /// When.
    pub recorded_datetime: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub operation: String,
    /// To what.
    pub object_kind: String,
    /// To which of them.
    pub object_id: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// The same as it is since.
    pub after: Option<Value>,
}

/// Writes an entry, in the transaction of what it tells.
pub(crate) async fn append(
    connection: &mut AsyncPgConnection,
    jurisdiction_id: &JurisdictionId,
    entry: &AuditEntry<'_>,
) -> QueryResult<()> {
    diesel::insert_into(audit_entry::table)
        .values((
            audit_entry::jurisdiction_id.eq(jurisdiction_id.as_str()),
            audit_entry::audit_entry_id.eq(Uuid::now_v7()),
            audit_entry::recorded_datetime.eq(entry.now),
            audit_entry::actor.eq(entry.actor),
            audit_entry::operation.eq(entry.operation),
            audit_entry::object_kind.eq(entry.object_kind),
            audit_entry::object_id.eq(entry.object_id),
            audit_entry::before.eq(entry.before.as_ref().map(harmless)),
            audit_entry::after.eq(entry.after.as_ref().map(harmless)),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the same entry in every jurisdiction: it tells of what concerns all.
pub(crate) async fn append_everywhere(
    connection: &mut AsyncPgConnection,
    entry: &AuditEntry<'_>,
) -> Result<(), StorageError> {
    let ids: Vec<String> = jurisdiction::table
        .select(jurisdiction::jurisdiction_id)
        .load(connection)
        .await?;
    for id in ids {
        let id = JurisdictionId::parse(&id).map_err(StorageError::corrupt)?;
        append(connection, &id, entry).await?;
    }
    Ok(())
}

impl JurisdictionStorage {
    /// Up to `limit` entries that come after the entry `after`, or from the first one on.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_audit_entries(
        &self,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<AuditEntryRow>, StorageError> {
        self.storage
            .read(async |connection| {
                audit_entry::table
                    .filter(audit_entry::jurisdiction_id.eq(self.id()))
                    .filter(audit_entry::audit_entry_id.gt(after.unwrap_or(Uuid::nil())))
                    .order(audit_entry::audit_entry_id)
                    .limit(limit)
                    .select(AuditEntryRow::as_select())
                    .load(connection)
                    .await
            })
            .await
    }
}

/// The fields, with the values of those only that may be told.
pub(crate) fn harmless(fields: &Value) -> Value {
    let Value::Object(fields) = fields else {
        return Value::from(REDACTED);
    };
    let told = fields.iter().map(|(name, value)| {
        let value = if TOLD.contains(&name.as_str()) && is_code(value) {
            value.clone()
        } else {
            Value::from(REDACTED)
        };
        (name.clone(), value)
    });
    Value::Object(told.collect())
}

/// Whether a value is short and has no fields of its own.
fn is_code(value: &Value) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(values) => values.iter().all(|one| !one.is_array() && is_code(one)),
        Value::String(text) => text.chars().count() <= MAX_TOLD,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_known_to_be_harmless_is_told_by_value() {
        let told = harmless(&json!({
            "status": "open", "version": 3, "scopes": ["staff", "moderate"], "duplicate_of": null,
            "email": "a@example.org", "phone": 6_175_551_234_u64, "description": "Jane fell here",
        }));
        let expected = json!({
            "status": "open", "version": 3, "scopes": ["staff", "moderate"], "duplicate_of": null,
            "email": REDACTED, "phone": REDACTED, "description": REDACTED,
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn nothing_hides_in_a_field_that_is_told() {
        let within = json!({"email": "a@example.org"});
        for value in [
            within.clone(),
            json!([within]),
            json!([["a"]]),
            "x".repeat(201).into(),
        ] {
            assert_eq!(
                harmless(&json!({ "status": value })),
                json!({"status": REDACTED})
            );
        }
        for value in [json!("a@example.org"), json!(["a@example.org"])] {
            assert_eq!(harmless(&value), json!(REDACTED));
        }
    }

    #[test]
    fn the_list_is_sorted_and_names_nothing_of_the_reporter() {
        assert!(TOLD.is_sorted());
        for name in [
            "email",
            "phone",
            "first_name",
            "last_name",
            "device_id",
            "account_id",
        ] {
            assert!(!TOLD.contains(&name));
        }
    }
}

//! People of identity providers whose tokens are refused.

use crate::{
    Storage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::revoked_subject,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

/// Somebody whose tokens are refused.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = revoked_subject)]
pub struct RevokedSubject {
    /// The identity provider.
    pub issuer: String,
    /// The person.
    pub subject: String,
    /// Since when.
    pub revoked_datetime: DateTime<Utc>,
}

impl Storage {
    /// Whether the tokens of somebody are refused.
    ///
    /// # Errors
    /// As every read.
    pub async fn is_subject_revoked(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<bool, StorageError> {
        let found: Option<DateTime<Utc>> = self
            .read(async |connection| {
                revoked_subject::table
                    .find((issuer, subject))
                    .select(revoked_subject::revoked_datetime)
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        Ok(found.is_some())
    }

    /// Everybody whose tokens are refused. An operator named each by hand.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_revoked_subjects(&self) -> Result<Vec<RevokedSubject>, StorageError> {
        self.read(async |connection| {
            revoked_subject::table
                .order((revoked_subject::issuer, revoked_subject::subject))
                .select(RevokedSubject::as_select())
                .load(connection)
                .await
        })
        .await
    }

    /// Refuses the tokens of somebody from now on, those that he has and those that he gets; or no
    /// longer. `person` is what the audit log calls him. `false`: so it was already.
    ///
    /// # Errors
    /// As every write.
    pub async fn set_subject_revoked(
        &self,
        who: &RevokedSubject,
        is_revoked: bool,
        person: &str,
        by: By<'_>,
    ) -> Result<bool, StorageError> {
        let now = who.revoked_datetime;
        self.transaction(async |connection| {
            let changed = if is_revoked {
                diesel::insert_into(revoked_subject::table)
                    .values((
                        revoked_subject::issuer.eq(&who.issuer),
                        revoked_subject::subject.eq(&who.subject),
                        revoked_subject::revoked_datetime.eq(now),
                    ))
                    .on_conflict_do_nothing()
                    .execute(connection)
                    .await?
            } else {
                diesel::delete(revoked_subject::table.find((&who.issuer, &who.subject)))
                    .execute(connection)
                    .await?
            };
            if changed == 0 {
                return Ok(End::Rollback(false));
            }
            let since = |is_revoked: bool| json!({"revoked_datetime": is_revoked.then_some(now)});
            let entry = AuditEntry {
                before: Some(since(!is_revoked)),
                after: Some(since(is_revoked)),
                ..by.entry("staff", person, now)
            };
            audit::append_everywhere(connection, &entry).await?;
            Ok(End::Commit(true))
        })
        .await
    }
}

//! Service requests that tell the same: one is worked on, the others follow it.
//!
//! One that others follow follows nobody, so there are no chains and no circles. That holds when two
//! are linked to each other at the same moment, because both are locked, in one order, before it is
//! looked at.

use super::{Acting, Changed, MAX_DUPLICATES, locked::Family};
use crate::{Append, Appended, JurisdictionStorage, StorageError, schema::service_request_update};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    ChangedServiceRequest, DetailedStatus, Followed, NewFields, NewUpdate, ServiceRequestId,
    Status, Violation,
};

/// A link between two service requests, to be made.
#[derive(Debug, Clone)]
pub struct Linking<'a> {
    /// Which.
    pub service_request_id: &'a ServiceRequestId,
    /// Tells the same as which.
    pub duplicate_of: &'a ServiceRequestId,
    /// The version that its author has read; `None`: he need not have read any.
    pub expected_version: Option<i32>,
    /// By whom.
    pub acting: Acting<'a>,
}

impl JurisdictionStorage {
    /// Makes one service request the duplicate of another. What was a duplicate of it becomes one of
    /// the other too. If the other is closed, it follows at once.
    ///
    /// # Errors
    /// As every write.
    pub async fn link_duplicate(&self, linking: &Linking<'_>) -> Result<Changed, StorageError> {
        self.act(async |connection| self.link(connection, linking).await)
            .await
    }

    async fn link(
        &self,
        connection: &mut AsyncPgConnection,
        linking: &Linking<'_>,
    ) -> Result<Option<Changed>, StorageError> {
        let Linking {
            service_request_id: id,
            duplicate_of: other,
            expected_version,
            acting,
        } = linking;
        let Some(family) = self.lock_with_duplicates(connection, &[id, other]).await? else {
            return Ok(None);
        };
        let of = match family.acted_on(id, acting, *expected_version) {
            Ok(of) => of,
            Err(refused) => return Ok(Some(refused)),
        };
        if of.duplicate_of.as_ref() == Some(*other) {
            let version = of.version;
            return Ok(Some(Changed::Unchanged { version }));
        }
        let leader = match family.check_link(of, other, acting) {
            Ok(leader) => leader,
            Err(refused) => return Ok(Some(refused)),
        };
        let linked = self.append_link(connection, of, leader, acting).await?;
        if let Changed::Written { .. } = linked {
            self.move_duplicates(connection, &family, id, other, acting)
                .await?;
        }
        Ok(Some(linked))
    }

    /// Unmakes it. What was closed because it is a duplicate is what it was before.
    ///
    /// # Errors
    /// As every write.
    pub async fn unlink_duplicate(
        &self,
        id: &ServiceRequestId,
        expected_version: Option<i32>,
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        self.act(async |connection| {
            let family = self.lock(connection, &[id]).await?;
            let of = match family.acted_on(id, acting, expected_version) {
                Ok(of) => of,
                Err(refused) => return Ok(Some(refused)),
            };
            if of.duplicate_of.is_none() {
                let version = of.version;
                return Ok(Some(Changed::Unchanged { version }));
            }
            let mut update = NewUpdate {
                fields: NewFields {
                    duplicate_of: Some(None),
                    ..NewFields::default()
                },
                ..NewUpdate::by(acting.author, acting.now)
            };
            if of.is_closed_as_duplicate() {
                update.status = Some(self.find_last_open(connection, id).await?);
            }
            let unlinked = self.append_as(connection, id, &update, &[], acting).await?;
            Ok(Some(unlinked))
        })
        .await
    }

    /// Appends an entry, and lets the duplicates follow if that closes the service request or opens it
    /// again. `None`: others have made or unmade a duplicate meanwhile.
    pub(crate) async fn append_leading(
        &self,
        connection: &mut AsyncPgConnection,
        append: &Append<'_>,
    ) -> Result<Option<Appended>, StorageError> {
        if append.update.status.is_none() {
            return self.append(connection, append).await.map(Some);
        }
        let id = append.service_request_id;
        let Some(family) = self.lock_with_duplicates(connection, &[id]).await? else {
            return Ok(None);
        };
        let appended = self.append(connection, append).await?;
        if let (Appended::Written { .. }, Some(of)) = (&appended, family.find(id)) {
            let acting = Acting {
                author: &append.update.author,
                agencies: None,
                operation: append.operation,
                now: append.now,
            };
            self.lead_duplicates(connection, &family, of, append.update, &acting)
                .await?;
        }
        Ok(Some(appended))
    }

    /// Closes the duplicates of what `update` has closed, and opens those of what it has opened again.
    pub(super) async fn lead_duplicates(
        &self,
        connection: &mut AsyncPgConnection,
        family: &Family,
        of: &ChangedServiceRequest,
        update: &NewUpdate,
        acting: &Acting<'_>,
    ) -> Result<(), StorageError> {
        let id = &of.service_request_id;
        let mut duplicates = family.duplicates_of(id).peekable();
        if update.status.is_none() || duplicates.peek().is_none() {
            return Ok(());
        }
        // An entry that came late has turned nothing.
        let since = self.lock(connection, &[id]).await?;
        let Some(since) = since.find(id) else {
            return Ok(());
        };
        if since.status.status() == of.status.status() {
            return Ok(());
        }
        let followed = Followed {
            service_request_id: id,
            status: since.status,
            closing: since.closing.as_ref(),
            description: update.description.as_deref(),
        };
        for duplicate in duplicates {
            let id = &duplicate.service_request_id;
            let last_open = self.find_last_open(connection, id).await?;
            let update = followed.to_update(duplicate, last_open, acting.author, acting.now);
            if let Some(update) = update {
                self.append_as(connection, id, &update, &[], acting).await?;
            }
        }
        Ok(())
    }

    /// The status that a service request had when it was last open.
    async fn find_last_open(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> Result<DetailedStatus, StorageError> {
        use service_request_update::dsl;
        let open = DetailedStatus::ALL.into_iter();
        let open = open.filter(|status| status.status() == Status::Open);
        let found: Option<String> = dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .filter(dsl::status.eq_any(open.map(DetailedStatus::as_str).collect::<Vec<_>>()))
            .order(dsl::version.desc())
            .select(dsl::status)
            .first(connection)
            .await
            .optional()?;
        found.map_or(Ok(DetailedStatus::Open), |word| {
            DetailedStatus::parse(&word).map_err(StorageError::corrupt)
        })
    }

    /// Makes what was a duplicate of `id` a duplicate of `other`, which `id` is one of now.
    pub(super) async fn move_duplicates(
        &self,
        connection: &mut AsyncPgConnection,
        family: &Family,
        id: &ServiceRequestId,
        other: &ServiceRequestId,
        acting: &Acting<'_>,
    ) -> Result<(), StorageError> {
        let Some(leader) = family.find(other) else {
            return Ok(());
        };
        for duplicate in family.duplicates_of(id) {
            self.append_link(connection, duplicate, leader, acting)
                .await?;
        }
        Ok(())
    }

    async fn append_link(
        &self,
        connection: &mut AsyncPgConnection,
        of: &ChangedServiceRequest,
        leader: &ChangedServiceRequest,
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        let followed = Followed {
            service_request_id: &leader.service_request_id,
            status: leader.status,
            closing: leader.closing.as_ref(),
            description: None,
        };
        let follows = match leader.status.status() {
            Status::Closed => followed.to_update(of, leader.status, acting.author, acting.now),
            // It was not closed because of this one.
            Status::Open => None,
        };
        let update = NewUpdate {
            fields: NewFields {
                duplicate_of: Some(Some(leader.service_request_id.clone())),
                ..NewFields::default()
            },
            ..follows.unwrap_or_else(|| NewUpdate::by(acting.author, acting.now))
        };
        let id = &of.service_request_id;
        self.append_as(connection, id, &update, &[], acting).await
    }
}

impl Family {
    /// Whether `of` may become a duplicate of `other`. Answers the other.
    pub(super) fn check_link(
        &self,
        of: &ChangedServiceRequest,
        other: &ServiceRequestId,
        acting: &Acting<'_>,
    ) -> Result<&ChangedServiceRequest, Changed> {
        let id = &of.service_request_id;
        if id == other {
            let sentence = "a service request is no duplicate of itself";
            return Err(Changed::Conflict(sentence.to_owned()));
        }
        let leader = self.find(other).filter(|leader| acting.may_see(leader));
        let Some(leader) = leader else {
            let problem = "is not known in this jurisdiction";
            return Err(Violation::new("duplicate_of", problem).into());
        };
        if let Some(its) = &leader.duplicate_of {
            let sentence = format!("{other} is itself a duplicate of {its}");
            return Err(Changed::Conflict(sentence));
        }
        // The public is told the id.
        if of.is_public && !leader.is_public {
            let problem = "is not public, but this service request is";
            return Err(Violation::new("duplicate_of", problem).into());
        }
        let follow = self.duplicates_of(id).count() + self.duplicates_of(other).count() + 1;
        if follow > MAX_DUPLICATES {
            let sentence = format!("{other} would have more than {MAX_DUPLICATES} duplicates");
            return Err(Changed::Conflict(sentence));
        }
        Ok(leader)
    }
}

//! Changing a service request, and with it those that tell the same.

use super::{Acting, Changed, note::unknown_template};
use crate::{
    Append, Appended, JurisdictionStorage, NewPhoto, StorageError,
    schema::{service, service_request_update},
};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    ChangedServiceRequest, Looked, NewUpdate, ServiceRequestChange, ServiceRequestId, Violation,
};
use uuid::Uuid;

/// A change of the staff's.
#[derive(Debug, Clone)]
pub struct Changing<'a> {
    /// Of which service request.
    pub service_request_id: &'a ServiceRequestId,
    /// What.
    pub change: &'a ServiceRequestChange,
    /// The version that its author has read.
    pub expected_version: i32,
    /// Photos that are in the object store already, in the order sent.
    pub photos: &'a [NewPhoto],
    /// By which its author knows it, if he may send it again.
    pub source_update_id: Option<&'a str>,
    /// The jurisdiction's own time.
    pub time_zone: Tz,
    /// By whom.
    pub acting: Acting<'a>,
}

impl JurisdictionStorage {
    /// Changes a service request; if that closes it or opens it again, its duplicates follow, each
    /// with an entry of its own, in the same transaction.
    ///
    /// # Errors
    /// As every write.
    pub async fn change_service_request(
        &self,
        changing: &Changing<'_>,
    ) -> Result<Changed, StorageError> {
        self.act(async |connection| self.change(connection, changing).await)
            .await
    }

    async fn change(
        &self,
        connection: &mut AsyncPgConnection,
        changing: &Changing<'_>,
    ) -> Result<Option<Changed>, StorageError> {
        let Changing {
            service_request_id: id,
            change,
            acting,
            ..
        } = changing;
        let family = match (change.status, &change.duplicate_of) {
            (None, _) => Some(self.lock(connection, &[id]).await?),
            (Some(_), None) => self.lock_with_duplicates(connection, &[id]).await?,
            (Some(_), Some(other)) => self.lock_with_duplicates(connection, &[id, other]).await?,
        };
        let Some(family) = family else {
            return Ok(None);
        };
        if let Some(source) = changing.source_update_id
            && let Some(version) = self
                .find_repeated_change(connection, id, acting, source)
                .await?
        {
            return Ok(Some(Changed::Unchanged { version }));
        }
        let of = match family.acted_on(id, acting, Some(changing.expected_version)) {
            Ok(of) => of,
            Err(refused) => return Ok(Some(refused)),
        };
        let other = change.duplicate_of.as_ref();
        let other = other.filter(|other| of.duplicate_of.as_ref() != Some(other));
        if let Some(other) = other
            && let Err(refused) = family.check_link(of, other, acting)
        {
            return Ok(Some(refused));
        }
        let looked = match self.look(connection, changing, of).await? {
            Ok(looked) => looked,
            Err(violation) => return Ok(Some(violation.into())),
        };
        let (zone, now) = (changing.time_zone, acting.now);
        let update = match change.to_update(of, looked, acting.author, zone, now) {
            Ok(Some(update)) => update,
            Ok(None) => {
                let version = of.version;
                return Ok(Some(Changed::Unchanged { version }));
            }
            Err(violation) => return Ok(Some(violation.into())),
        };
        let update = NewUpdate {
            source_update_id: changing.source_update_id.map(str::to_owned),
            ..update
        };
        let written = self
            .append_as(connection, id, &update, changing.photos, acting)
            .await?;
        if let Changed::Written { .. } = written {
            match other {
                // What followed it follows the other now.
                Some(other) => {
                    self.move_duplicates(connection, &family, id, other, acting)
                        .await?;
                }
                None => {
                    self.lead_duplicates(connection, &family, of, &update, acting)
                        .await?;
                }
            }
        }
        Ok(Some(written))
    }

    /// The version that a change with that id of its author's made of the service request before.
    pub(super) async fn find_repeated_change(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        acting: &Acting<'_>,
        source_update_id: &str,
    ) -> QueryResult<Option<i32>> {
        use service_request_update::dsl;
        dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::author.eq(acting.author))
            .filter(dsl::source_update_id.eq(source_update_id))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .select(dsl::version)
            .first(connection)
            .await
            .optional()
    }

    /// Looks for what the change names. The inner error names what is not there.
    async fn look(
        &self,
        connection: &mut AsyncPgConnection,
        changing: &Changing<'_>,
        of: &ChangedServiceRequest,
    ) -> Result<Result<Looked, Violation>, StorageError> {
        let change = changing.change;
        let mut looked = Looked::default();
        if let Some(code) = &change.service_code {
            let name: Option<String> = service::table
                .find((self.id(), code.as_str()))
                .select(service::service_name)
                .first(connection)
                .await
                .optional()?;
            let Some(name) = name else {
                let problem = "is not known in this jurisdiction";
                return Ok(Err(Violation::new("service_code", problem)));
            };
            looked.service = Some((code.clone(), name));
        }
        if change.moves_expectation(of) {
            let code = change.service_code.as_ref().unwrap_or(&of.service_code);
            let priority = change.priority.unwrap_or(of.priority);
            let from = of.requested_datetime;
            let promise = self.promise_rows(connection, code, from).await?;
            let expected = promise.expected_datetime(priority, from, changing.time_zone)?;
            looked.expected_datetime = Some(expected);
        }
        if let Some(name) = &change.response_template {
            looked.template = self.find_response_template(connection, name).await?;
            if looked.template.is_none() {
                return Ok(Err(unknown_template()));
            }
        }
        Ok(Ok(looked))
    }

    /// Appends an entry to a history that is locked.
    pub(crate) async fn append_as(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        update: &NewUpdate,
        photos: &[NewPhoto],
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        let append = Append {
            service_request_id: id,
            update,
            update_id: Uuid::now_v7(),
            operation: acting.operation,
            photos,
            expected_version: None,
            only_public: false,
            now: acting.now,
        };
        Ok(match self.append(connection, &append).await? {
            Appended::Written { version, .. } => Changed::Written { version },
            Appended::Refused(violations) => Changed::Refused(violations),
            Appended::Unknown => Changed::Unknown,
            Appended::Removed => Changed::Conflict("it was removed".to_owned()),
            Appended::Outdated { version } => Changed::Outdated { version },
            Appended::Repeated { .. } | Appended::SourceIdTaken => {
                Changed::Conflict("it has been sent before, for another service request".to_owned())
            }
        })
    }
}

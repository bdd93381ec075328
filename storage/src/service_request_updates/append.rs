//! Appending an entry to a history: the one place that writes what follows from it.

use super::row::{changes_to_json, closing, to_json};
use crate::{
    JurisdictionStorage, NewPhoto, StorageError,
    audit::{self, AuditEntry},
    changes::Matter,
    connection::End,
    schema::{media, service_request, service_request_update},
};
use chrono::{DateTime, Utc};
use diesel::{dsl::max, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    DetailedStatus, FieldChange, NewFields, NewUpdate, Projection, ServiceRequestId,
    ServiceRequestState, Status, UpdateKind, Violations, datetime,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// An entry that is to be appended.
#[derive(Debug, Clone)]
pub struct Append<'a> {
    /// To which history.
    pub service_request_id: &'a ServiceRequestId,
    /// The entry.
    pub update: &'a NewUpdate,
    /// Its id, made by the caller.
    pub update_id: Uuid,
    /// By which operation it is written, for the audit log.
    pub operation: &'a str,
    /// Photos that are in the object store already, in the order sent.
    pub photos: &'a [NewPhoto],
    /// The version that its author has read; `None`: he need not have read any.
    pub expected_version: Option<i32>,
    /// Whether a service request that is not public counts as unknown.
    pub only_public: bool,
    /// When it is written.
    pub now: DateTime<Utc>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is written.
    Written {
        /// Its id.
        update_id: String,
        /// Its place in the history, and the newest version of the service request.
        version: i32,
    },
    /// Its author has sent it before: nothing is written.
    Repeated {
        /// The id that it was given then.
        update_id: String,
    },
    /// Its author has sent something else under the same id, for another service request.
    SourceIdTaken,
    /// There is no such service request.
    Unknown,
    /// Everything was taken out of the service request, and nothing comes into it any more.
    Removed,
    /// The service request has changed since its author read it.
    Outdated {
        /// The newest version.
        version: i32,
    },
    /// It breaks a rule.
    Refused(Violations),
}

/// What a service request is like before the entry, and the fields that may change.
#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request, check_for_backend(diesel::pg::Pg))]
struct Before {
    version: Option<i32>,
    is_public: bool,
    status: String,
    detailed_status: Option<String>,
    closing_reason: Option<String>,
    closing_detail: Option<String>,
    status_notes: Option<String>,
    requested_datetime: DateTime<Utc>,
    updated_datetime: DateTime<Utc>,
    closed_datetime: Option<DateTime<Utc>>,
    agency_responsible: Option<String>,
    service_code: String,
    service_name: String,
    expected_datetime: Option<DateTime<Utc>>,
    duplicate_of: Option<String>,
    priority: Option<String>,
    assignee: Option<String>,
}

/// What a service request is like after the entry.
#[derive(AsChangeset)]
#[diesel(table_name = service_request, treat_none_as_null = true)]
struct After<'a> {
    version: i32,
    is_public: bool,
    status: &'a str,
    detailed_status: &'a str,
    closing_reason: Option<&'a str>,
    closing_detail: Option<&'a str>,
    status_notes: Option<&'a str>,
    updated_datetime: DateTime<Utc>,
    closed_datetime: Option<DateTime<Utc>>,
    agency_responsible: Option<&'a str>,
    service_code: &'a str,
    service_name: &'a str,
    expected_datetime: Option<DateTime<Utc>>,
    duplicate_of: Option<&'a str>,
    priority: Option<&'a str>,
    assignee: Option<&'a str>,
}

impl JurisdictionStorage {
    /// Appends an entry and writes what the service request is like from then on, or neither. If it
    /// is closed by that, or opened again, so are its duplicates.
    ///
    /// # Errors
    /// As every write.
    pub async fn append_update(&self, append: &Append<'_>) -> Result<Appended, StorageError> {
        loop {
            let appended = self
                .changing(Matter::ServiceRequests, async |connection| {
                    Ok(match self.append_leading(connection, append).await? {
                        written @ Some(Appended::Written { .. }) => End::Commit(written),
                        other => End::Rollback(other),
                    })
                })
                .await?;
            // A duplicate was made or unmade meanwhile, which is done once.
            if let Some(appended) = appended {
                return Ok(appended);
            }
        }
    }

    /// [`Self::append_update`] within a transaction of the caller's.
    pub(crate) async fn append(
        &self,
        connection: &mut AsyncPgConnection,
        append: &Append<'_>,
    ) -> Result<Appended, StorageError> {
        let id = append.service_request_id.as_str();
        // The lock keeps the versions of one history in the order in which they are committed.
        let before: Option<Before> = service_request::table
            .find((self.id(), id))
            .select(Before::as_select())
            .for_update()
            .first(connection)
            .await
            .optional()?;
        let Some(before) = before.filter(|row| row.is_public || !append.only_public) else {
            return Ok(Appended::Unknown);
        };
        // A token that resolves late, or a remote that tells late, must not bring it back.
        if !before.is_public
            && self
                .is_removed(connection, append.service_request_id)
                .await?
        {
            return Ok(Appended::Removed);
        }
        if let Some(repeated) = self.find_by_source(connection, append).await? {
            return Ok(repeated);
        }
        let mut state = before.state()?;
        if append
            .expected_version
            .is_some_and(|expected| expected != state.version)
        {
            return Ok(Appended::Outdated {
                version: state.version,
            });
        }
        if state.version == 0 {
            self.insert_opening(connection, id, &before, append.now)
                .await?;
            state.version = 1;
        }
        match state.apply(append.update, append.now) {
            Ok(projection) => {
                self.write_entry(connection, append, &before, projection)
                    .await
            }
            Err(violations) => Ok(Appended::Refused(violations)),
        }
    }

    /// What the author has sent under this id before, if he has.
    async fn find_by_source(
        &self,
        connection: &mut AsyncPgConnection,
        append: &Append<'_>,
    ) -> Result<Option<Appended>, StorageError> {
        use service_request_update::dsl;
        let Some(source_update_id) = &append.update.source_update_id else {
            return Ok(None);
        };
        let found: Option<(String, String)> = dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::author.eq(&append.update.author))
            .filter(dsl::source_update_id.eq(source_update_id))
            .select((dsl::update_id, dsl::service_request_id))
            .first(connection)
            .await
            .optional()?;
        Ok(found.map(|(update_id, of)| {
            if of == append.service_request_id.as_str() {
                Appended::Repeated { update_id }
            } else {
                Appended::SourceIdTaken
            }
        }))
    }

    /// The first entry of a service request that an earlier version of this server, or an import of
    /// it, has written without one.
    async fn insert_opening(
        &self,
        connection: &mut AsyncPgConnection,
        id: &str,
        before: &Before,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        use service_request_update::dsl;
        let state = before.state()?;
        diesel::insert_into(dsl::service_request_update)
            .values((
                dsl::jurisdiction_id.eq(self.id()),
                dsl::service_request_id.eq(id),
                dsl::version.eq(1),
                dsl::update_id.eq(Uuid::now_v7().to_string()),
                dsl::kind.eq(UpdateKind::Opened.as_str()),
                dsl::is_public.eq(before.is_public),
                dsl::recorded_datetime.eq(now),
                dsl::updated_datetime.eq(before.requested_datetime),
                dsl::status.eq(state.status.as_str()),
                dsl::author.eq("job:history"),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn write_entry(
        &self,
        connection: &mut AsyncPgConnection,
        append: &Append<'_>,
        before: &Before,
        projection: Projection,
    ) -> Result<Appended, StorageError> {
        use service_request_update::dsl;
        let Projection {
            state,
            entry_status,
            updated_datetime,
        } = projection;
        let id = append.service_request_id.as_str();
        let update = append.update;
        // A clock that was turned back must not turn the feed round.
        let previous: DateTime<Utc> = dsl::service_request_update
            .find((self.id(), id, state.version - 1))
            .select(dsl::recorded_datetime)
            .first(connection)
            .await?;
        let changed = before.changes(&update.fields);
        let update_id = append.update_id.to_string();
        let closing = update.closing.as_ref();
        diesel::insert_into(dsl::service_request_update)
            .values((
                dsl::jurisdiction_id.eq(self.id()),
                dsl::service_request_id.eq(id),
                dsl::version.eq(state.version),
                dsl::update_id.eq(&update_id),
                dsl::kind.eq(update.kind.as_str()),
                // What made it private is told, or nobody would hear of it.
                dsl::is_public.eq(update.is_public && (before.is_public || state.is_public)),
                dsl::recorded_datetime.eq(append.now.max(previous)),
                dsl::updated_datetime.eq(updated_datetime),
                dsl::status.eq(entry_status.as_str()),
                dsl::closing_reason.eq(closing.map(|one| one.reason.as_str())),
                dsl::closing_detail.eq(closing.and_then(|one| one.detail.as_deref())),
                dsl::description.eq(&update.description),
                dsl::media_urls.eq(to_json(&update.media_urls)?),
                dsl::changed.eq(changes_to_json(changed)?),
                dsl::author.eq(&update.author),
                dsl::author_name.eq(&update.author_name),
                dsl::source_update_id.eq(&update.source_update_id),
            ))
            .execute(connection)
            .await?;
        self.append_photos(connection, append).await?;
        let audit = AuditEntry {
            actor: &update.author,
            operation: append.operation,
            object_kind: "service_request",
            object_id: id,
            before: Some(before.told()),
            after: Some(told(&after(before, &update.fields, &state), update)),
            now: append.now,
        };
        audit::append(connection, &self.jurisdiction_id, &audit).await?;
        let version = state.version;
        self.write_projection(connection, id, before, &update.fields, &state)
            .await?;
        Ok(Appended::Written { update_id, version })
    }

    /// The photos stand behind those that the service request has already.
    async fn append_photos(
        &self,
        connection: &mut AsyncPgConnection,
        append: &Append<'_>,
    ) -> QueryResult<()> {
        if append.photos.is_empty() {
            return Ok(());
        }
        let id = append.service_request_id;
        let last: Option<i32> = media::table
            .filter(media::jurisdiction_id.eq(self.id()))
            .filter(media::service_request_id.eq(id.as_str()))
            .select(max(media::sort_order))
            .get_result(connection)
            .await?;
        for (photo, sort_order) in append.photos.iter().zip(last.unwrap_or(0) + 1..) {
            self.insert_photo(connection, id, photo, sort_order, append.now)
                .await?;
        }
        Ok(())
    }

    async fn insert_photo(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        photo: &NewPhoto,
        sort_order: i32,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        diesel::insert_into(media::table)
            .values((
                media::jurisdiction_id.eq(self.id()),
                media::media_id.eq(photo.media_id),
                media::service_request_id.eq(id.as_str()),
                media::sort_order.eq(sort_order),
                media::byte_size.eq(photo.byte_size),
                media::width.eq(photo.width),
                media::height.eq(photo.height),
                media::created_datetime.eq(now),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn write_projection(
        &self,
        connection: &mut AsyncPgConnection,
        id: &str,
        before: &Before,
        fields: &NewFields,
        state: &ServiceRequestState,
    ) -> QueryResult<()> {
        diesel::update(service_request::table.find((self.id(), id)))
            .set(after(before, fields, state))
            .execute(connection)
            .await?;
        Ok(())
    }
}

fn after<'a>(
    before: &'a Before,
    fields: &'a NewFields,
    state: &'a ServiceRequestState,
) -> After<'a> {
    let NewFields {
        agency_responsible,
        service,
        expected_datetime,
        duplicate_of,
        priority,
        assignee,
    } = fields;
    let closing = state.closing.as_ref();
    let (service_code, service_name) = match service {
        Some((code, name)) => (code.as_str(), &name[..]),
        None => (&before.service_code[..], &before.service_name[..]),
    };
    let text = |new: &'a Option<Option<String>>, old: &'a Option<String>| {
        new.as_ref().unwrap_or(old).as_deref()
    };
    After {
        version: state.version,
        is_public: state.is_public,
        status: state.status.status().as_str(),
        detailed_status: state.status.as_str(),
        closing_reason: closing.map(|one| one.reason.as_str()),
        closing_detail: closing.and_then(|one| one.detail.as_deref()),
        status_notes: state.status_notes.as_deref(),
        updated_datetime: state.updated_datetime,
        closed_datetime: state.closed_datetime,
        agency_responsible: text(agency_responsible, &before.agency_responsible),
        service_code,
        service_name,
        expected_datetime: expected_datetime.unwrap_or(before.expected_datetime),
        duplicate_of: match duplicate_of {
            Some(other) => other.as_ref().map(ServiceRequestId::as_str),
            None => before.duplicate_of.as_deref(),
        },
        priority: text(priority, &before.priority),
        assignee: text(assignee, &before.assignee),
    }
}

/// What the audit log is told of the service request after the entry.
fn told(after: &After<'_>, update: &NewUpdate) -> Value {
    let expected = after.expected_datetime.map(datetime::to_string);
    json!({
        "version": after.version,
        "kind": update.kind.as_str(),
        "is_public": after.is_public,
        "detailed_status": after.detailed_status,
        "closing_reason": after.closing_reason,
        "agency_responsible": after.agency_responsible,
        "service_code": after.service_code,
        "expected_datetime": expected,
        "duplicate_of": after.duplicate_of,
        "priority": after.priority,
    })
}

impl Before {
    /// What the audit log is told of the service request before the entry.
    fn told(&self) -> Value {
        json!({
            "version": self.version,
            "is_public": self.is_public,
            "detailed_status": self.detailed_status.as_ref().unwrap_or(&self.status),
            "closing_reason": self.closing_reason,
            "agency_responsible": self.agency_responsible,
            "service_code": self.service_code,
            "expected_datetime": self.expected_datetime.map(datetime::to_string),
            "duplicate_of": self.duplicate_of,
            "priority": self.priority,
        })
    }

    fn state(&self) -> Result<ServiceRequestState, StorageError> {
        let status = match &self.detailed_status {
            Some(detailed) => DetailedStatus::parse(detailed),
            None => Status::parse(&self.status).map(DetailedStatus::from),
        };
        Ok(ServiceRequestState {
            version: self.version.unwrap_or(0),
            is_public: self.is_public,
            status: status.map_err(StorageError::corrupt)?,
            closing: closing(self.closing_reason.as_deref(), self.closing_detail.clone())?,
            status_notes: self.status_notes.clone(),
            requested_datetime: self.requested_datetime,
            updated_datetime: self.updated_datetime,
            closed_datetime: self.closed_datetime,
        })
    }

    /// The fields that will differ.
    fn changes(&self, fields: &NewFields) -> Vec<FieldChange> {
        let NewFields {
            agency_responsible,
            service,
            expected_datetime,
            duplicate_of,
            priority,
            assignee,
        } = fields;
        let service = service.as_ref().map(|(code, _)| code.to_string());
        let told = |at: &Option<DateTime<Utc>>| at.map(datetime::to_string);
        let expected = expected_datetime.as_ref().map(told);
        let duplicate = duplicate_of
            .as_ref()
            .map(|id| id.as_ref().map(ToString::to_string));
        let changes = [
            (
                "agency_responsible",
                self.agency_responsible.clone(),
                agency_responsible.clone(),
            ),
            (
                "service_code",
                Some(self.service_code.clone()),
                service.map(Some),
            ),
            ("expected_datetime", told(&self.expected_datetime), expected),
            ("duplicate_of", self.duplicate_of.clone(), duplicate),
            ("priority", self.priority.clone(), priority.clone()),
            ("assignee", self.assignee.clone(), assignee.clone()),
        ];
        changes
            .into_iter()
            .filter_map(|(field, from, to)| {
                let to = to.filter(|to| *to != from)?;
                Some(FieldChange {
                    field: field.to_owned(),
                    from,
                    to,
                })
            })
            .collect()
    }
}

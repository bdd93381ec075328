//! Service requests, locked for what is to be done with them.

use super::{ATTEMPTS, Acting, Changed};
use crate::{
    JurisdictionStorage, StorageError, changes::Matter, connection::End, schema::service_request,
    service_request_updates::closing,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    ChangedServiceRequest, DetailedStatus, Priority, ServiceCode, ServiceRequestId, Status,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request, check_for_backend(diesel::pg::Pg))]
struct LockedRow {
    service_request_id: String,
    version: Option<i32>,
    is_public: bool,
    status: String,
    detailed_status: Option<String>,
    closing_reason: Option<String>,
    closing_detail: Option<String>,
    service_code: String,
    service_name: String,
    agency_responsible: Option<String>,
    requested_datetime: DateTime<Utc>,
    expected_datetime: Option<DateTime<Utc>>,
    priority: Option<String>,
    assignee: Option<String>,
    duplicate_of: Option<String>,
}

/// Locked service requests, and the duplicates of the first that were asked for.
pub(crate) struct Family {
    rows: Vec<ChangedServiceRequest>,
}

impl Family {
    /// The one of that id.
    pub(super) fn find(&self, id: &ServiceRequestId) -> Option<&ChangedServiceRequest> {
        self.rows.iter().find(|row| row.service_request_id == *id)
    }

    /// The duplicates of the one of that id.
    pub(crate) fn duplicates_of<'a>(
        &'a self,
        id: &'a ServiceRequestId,
    ) -> impl Iterator<Item = &'a ChangedServiceRequest> {
        let is_one = move |row: &&ChangedServiceRequest| row.duplicate_of.as_ref() == Some(id);
        self.rows.iter().filter(is_one)
    }

    /// The one of that id, if it is there for him who acts, and as he read it.
    pub(crate) fn acted_on(
        &self,
        id: &ServiceRequestId,
        acting: &Acting<'_>,
        expected_version: Option<i32>,
    ) -> Result<&ChangedServiceRequest, Changed> {
        let of = self.find(id).filter(|of| acting.may_see(of));
        let of = of.ok_or(Changed::Unknown)?;
        if expected_version.is_some_and(|expected| expected != of.version) {
            return Err(Changed::Outdated {
                version: of.version,
            });
        }
        Ok(of)
    }
}

impl Acting<'_> {
    /// Whether the service request is there for him.
    pub(super) fn may_see(&self, of: &ChangedServiceRequest) -> bool {
        let agency = of.agency_responsible.as_ref();
        self.agencies
            .is_none_or(|agencies| agency.is_some_and(|agency| agencies.contains(agency)))
    }
}

impl JurisdictionStorage {
    /// Runs `act` in a transaction, and again if others were faster; `None` asks for that.
    pub(crate) async fn act(
        &self,
        act: impl AsyncFn(&mut AsyncPgConnection) -> Result<Option<Changed>, StorageError>,
    ) -> Result<Changed, StorageError> {
        for _attempt in 0..ATTEMPTS {
            let done = self
                .changing(Matter::ServiceRequests, async |connection| {
                    Ok(match act(connection).await? {
                        written @ Some(Changed::Written { .. }) => End::Commit(written),
                        other => End::Rollback(other),
                    })
                })
                .await?;
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Ok(Changed::Conflict(
            "its duplicates are being changed by others; try again".to_owned(),
        ))
    }

    /// Locks these service requests.
    pub(crate) async fn lock(
        &self,
        connection: &mut AsyncPgConnection,
        ids: &[&ServiceRequestId],
    ) -> Result<Family, StorageError> {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        self.lock_in_order(connection, &ids).await
    }

    /// Locks these service requests and the duplicates of each. `None`: others have made or unmade
    /// a duplicate meanwhile.
    pub(crate) async fn lock_with_duplicates(
        &self,
        connection: &mut AsyncPgConnection,
        ids: &[&ServiceRequestId],
    ) -> Result<Option<Family>, StorageError> {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let before = self.list_duplicates(connection, &ids).await?;
        let all = ids.iter().copied().chain(before.iter().map(|id| &id[..]));
        let family = self
            .lock_in_order(connection, &all.collect::<Vec<_>>())
            .await?;
        // From now on nobody can add to them, or take from them.
        let since = self.list_duplicates(connection, &ids).await?;
        Ok((since == before).then_some(family))
    }

    async fn list_duplicates(
        &self,
        connection: &mut AsyncPgConnection,
        of: &[&str],
    ) -> QueryResult<Vec<String>> {
        service_request::table
            .filter(service_request::jurisdiction_id.eq(self.id()))
            .filter(service_request::duplicate_of.eq_any(of))
            .order(service_request::service_request_id)
            .select(service_request::service_request_id)
            .load(connection)
            .await
    }

    async fn lock_in_order(
        &self,
        connection: &mut AsyncPgConnection,
        ids: &[&str],
    ) -> Result<Family, StorageError> {
        let rows: Vec<LockedRow> = service_request::table
            .filter(service_request::jurisdiction_id.eq(self.id()))
            .filter(service_request::service_request_id.eq_any(ids))
            .order(service_request::service_request_id)
            .select(LockedRow::as_select())
            .for_update()
            .load(connection)
            .await?;
        Ok(Family {
            rows: rows.into_iter().map(to_changed).collect::<Result<_, _>>()?,
        })
    }
}

fn to_changed(row: LockedRow) -> Result<ChangedServiceRequest, StorageError> {
    let LockedRow {
        service_request_id,
        version,
        is_public,
        status,
        detailed_status,
        closing_reason,
        closing_detail,
        service_code,
        service_name,
        agency_responsible,
        requested_datetime,
        expected_datetime,
        priority,
        assignee,
        duplicate_of,
    } = row;
    let status = match &detailed_status {
        Some(detailed) => DetailedStatus::parse(detailed),
        None => Status::parse(&status).map(DetailedStatus::from),
    };
    let priority = priority.as_deref().map(Priority::parse).transpose();
    let duplicate_of = duplicate_of.as_deref().map(ServiceRequestId::parse);
    Ok(ChangedServiceRequest {
        service_request_id: ServiceRequestId::parse(&service_request_id)
            .map_err(StorageError::corrupt)?,
        version: version.unwrap_or(0),
        is_public,
        status: status.map_err(StorageError::corrupt)?,
        closing: closing(closing_reason.as_deref(), closing_detail)?,
        service_code: ServiceCode::parse(&service_code).map_err(StorageError::corrupt)?,
        service_name,
        agency_responsible,
        requested_datetime,
        expected_datetime,
        priority: priority.map_err(StorageError::corrupt)?,
        assignee,
        duplicate_of: duplicate_of.transpose().map_err(StorageError::corrupt)?,
    })
}

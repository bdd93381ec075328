//! Where a forward begins that people decide on; what a rule decides is written with what was filed.

use super::row::ProgressColumns;
use crate::{
    JurisdictionStorage, StorageError,
    audit::{self, AuditEntry, By},
    connection::End,
    schema::{forward, remote, service_request},
};
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Progress, RemoteName, ServiceCode, ServiceRequestId};
use serde_json::json;
use uuid::Uuid;

/// What became of a decision to forward something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routed {
    /// It is on its way.
    Begun(Uuid),
    /// It is, or was, on its way there already.
    Already,
    /// There is no such service request.
    UnknownServiceRequest,
    /// There is no such remote.
    UnknownRemote,
}

impl JurisdictionStorage {
    /// Forwards a service request because somebody decided so, and notes who did.
    ///
    /// # Errors
    /// As every write.
    pub async fn begin_forward(
        &self,
        id: &ServiceRequestId,
        remote_name: &RemoteName,
        remote_service_code: &ServiceCode,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Routed, StorageError> {
        self.storage
            .transaction(async |connection| {
                let requests = service_request::table.find((self.id(), id.as_str()));
                let remotes = remote::table.find((self.id(), remote_name.as_str()));
                let (is_request, is_remote): (bool, bool) =
                    diesel::select((exists(requests), exists(remotes)))
                        .get_result(connection)
                        .await?;
                if !is_request {
                    return Ok(End::Rollback(Routed::UnknownServiceRequest));
                }
                if !is_remote {
                    return Ok(End::Rollback(Routed::UnknownRemote));
                }
                let inserted =
                    self.insert_forward(connection, id, remote_name, remote_service_code, now);
                let Some(forward_id) = inserted.await? else {
                    return Ok(End::Rollback(Routed::Already));
                };
                let entry = AuditEntry {
                    after: Some(json!({
                        "remote_name": remote_name.as_str(),
                        "remote_service_code": remote_service_code.as_str(),
                    })),
                    ..by.entry("service_request", id.as_str(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(Routed::Begun(forward_id)))
            })
            .await
    }

    /// `None`: it is there already.
    async fn insert_forward(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        remote_name: &RemoteName,
        remote_service_code: &ServiceCode,
        now: DateTime<Utc>,
    ) -> QueryResult<Option<Uuid>> {
        let forward_id = Uuid::now_v7();
        let progress = Progress::begin(now);
        let inserted = diesel::insert_into(forward::table)
            .values((
                forward::jurisdiction_id.eq(self.id()),
                forward::forward_id.eq(forward_id),
                forward::service_request_id.eq(id.as_str()),
                forward::remote_name.eq(remote_name.as_str()),
                forward::remote_service_code.eq(remote_service_code.as_str()),
                forward::created_datetime.eq(now),
                forward::claims.eq(0),
                ProgressColumns::of(&progress),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        Ok((inserted == 1).then_some(forward_id))
    }
}

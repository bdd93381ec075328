//! What remotes tell of what was forwarded to them: of that, and of nothing else.

use super::row::ForwardRow;
use crate::{
    JurisdictionStorage, StorageError,
    changes::Matter,
    connection::End,
    schema::{forward, service_request},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{News, RemoteName, ServiceRequestId, Status};
use std::collections::HashSet;

impl JurisdictionStorage {
    /// Writes down what a remote tells of a service request that it calls `remote_id`: nothing, unless
    /// that is one which was forwarded to it. Answers how many of ours that is.
    ///
    /// # Errors
    /// As every write.
    pub async fn apply_news(
        &self,
        remote: &RemoteName,
        remote_id: &ServiceRequestId,
        news: &News,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        self.changing(Matter::ServiceRequests, async |connection| {
            type Found = (ForwardRow, DateTime<Utc>, DateTime<Utc>, String);
            let rows: Vec<Found> = forward::table
                .inner_join(
                    service_request::table.on(service_request::jurisdiction_id
                        .eq(forward::jurisdiction_id)
                        .and(service_request::service_request_id.eq(forward::service_request_id))),
                )
                .filter(forward::jurisdiction_id.eq(self.id()))
                .filter(forward::remote_name.eq(remote.as_str()))
                .filter(forward::remote_service_request_id.eq(remote_id.as_str()))
                // What is not followed any more was closed here, or long ago there.
                .filter(forward::next_datetime.is_not_null())
                .order(forward::forward_id)
                // A remote that gives one id to everything gains nothing by it.
                .limit(100)
                .select((
                    ForwardRow::as_select(),
                    service_request::requested_datetime,
                    service_request::updated_datetime,
                    service_request::status,
                ))
                .load(connection)
                .await?;
            let count = rows.len();
            for (row, filed, changed, status) in rows {
                let forward = row.into_forward()?;
                let seen = news.updated_datetime.or(forward.seen_datetime);
                // What the remote itself has told something newer than may come late.
                let is_newest = seen >= forward.seen_datetime;
                let is_open = is_newest && status == Status::Open.as_str();
                let earliest = news.earliest(filed, changed, is_open);
                let mut update = domain::NewUpdate {
                    // One update may concern several of ours, and is known by its id in each.
                    source_update_id: news
                        .source_update_id
                        .as_ref()
                        .map(|id| format!("{}:{id}", forward.forward_id)),
                    ..news.to_update(remote, earliest, now)
                };
                if !news.turns(forward.seen_status.as_deref()) {
                    // It says no more of the status than is known.
                    update.status = None;
                    update.closing = None;
                }
                if is_newest {
                    let known = forward.seen_status.clone();
                    let word = match (&update.status, known) {
                        (None, Some(known)) => known,
                        _ => news.word(),
                    };
                    diesel::update(forward::table.find((self.id(), forward.forward_id)))
                        .set((
                            forward::seen_status.eq(word),
                            forward::seen_datetime.eq(seen),
                        ))
                        .execute(connection)
                        .await?;
                }
                let id = &forward.service_request_id;
                self.tell(connection, id, &update, now).await?;
            }
            Ok(End::Commit(count))
        })
        .await
    }

    /// Which of these ids of a remote belong to something that was forwarded there.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_known_remote_ids(
        &self,
        remote: &RemoteName,
        ids: &[ServiceRequestId],
    ) -> Result<HashSet<String>, StorageError> {
        let ids: Vec<&str> = ids.iter().map(ServiceRequestId::as_str).collect();
        let known: Vec<Option<String>> = self
            .storage
            .read(async |connection| {
                forward::table
                    .filter(forward::jurisdiction_id.eq(self.id()))
                    .filter(forward::remote_name.eq(remote.as_str()))
                    .filter(forward::remote_service_request_id.eq_any(&ids))
                    .select(forward::remote_service_request_id)
                    .load(connection)
                    .await
            })
            .await?;
        Ok(known.into_iter().flatten().collect())
    }
}

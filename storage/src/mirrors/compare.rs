//! What a copy holds, compared with what the original lists.

use crate::{
    Append, JurisdictionStorage, StorageError,
    changes::Matter,
    connection::End,
    schema::{mirror_missing, service, service_request},
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{NewUpdate, RemoteName, ServiceRequestId, UpdateKind, Window};
use std::collections::HashSet;
use uuid::Uuid;

/// Those that are open and were filed before `$2`, the newest first, after the one with the id `$3`.
/// A literal status finds the index on it.
const OPEN: &str = "SELECT service_request_id FROM service_request
    WHERE jurisdiction_id = $1 AND status = 'open' AND is_public AND requested_datetime < $2
        AND ($3::text IS NULL OR (requested_datetime, service_request_id) <
            (SELECT requested_datetime, service_request_id FROM service_request
                WHERE jurisdiction_id = $1 AND service_request_id = $3))
    ORDER BY requested_datetime DESC, service_request_id DESC LIMIT $4";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    service_request_id: String,
}

impl JurisdictionStorage {
    /// Up to `limit` public service requests that are open and were filed before `before`, the newest
    /// first, those after `after` in this order.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_open_before(
        &self,
        before: DateTime<Utc>,
        after: Option<&ServiceRequestId>,
        limit: i64,
    ) -> Result<Vec<ServiceRequestId>, StorageError> {
        let rows: Vec<Id> = self
            .storage
            .read(async |connection| {
                diesel::sql_query(OPEN)
                    .bind::<Text, _>(self.id())
                    .bind::<Timestamptz, _>(before)
                    .bind::<Nullable<Text>, _>(after.map(ServiceRequestId::as_str))
                    .bind::<BigInt, _>(limit)
                    .load(connection)
                    .await
            })
            .await?;
        ids(rows.into_iter().map(|row| row.service_request_id))
    }

    /// Which public service requests filed in this window are not among those `seen`. The window
    /// holds no more than was just read of it.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_unseen(
        &self,
        window: Window,
        seen: &HashSet<ServiceRequestId>,
    ) -> Result<Unseen, StorageError> {
        let known: Vec<String> = self
            .storage
            .search(async |connection| {
                service_request::table
                    .filter(service_request::jurisdiction_id.eq(self.id()))
                    .filter(service_request::is_public)
                    .filter(service_request::requested_datetime.ge(window.start))
                    .filter(service_request::requested_datetime.le(window.end))
                    .order((
                        service_request::requested_datetime.desc(),
                        service_request::service_request_id.desc(),
                    ))
                    .limit(MOST_IN_A_WINDOW)
                    .select(service_request::service_request_id)
                    .load(connection)
                    .await
            })
            .await?;
        let count = known.len();
        let mut unseen = ids(known.into_iter())?;
        unseen.retain(|id| !seen.contains(id));
        Ok(Unseen {
            ids: unseen,
            of: count,
        })
    }

    /// Notes that the original lists these: they are not missing, and public if they were taken for
    /// vanished. Answers how many came back.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_present(
        &self,
        remote: &RemoteName,
        present: &[ServiceRequestId],
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let present: Vec<&str> = present.iter().map(ServiceRequestId::as_str).collect();
        let mut connection = self.storage.connection().await?;
        diesel::delete(
            mirror_missing::table
                .filter(mirror_missing::jurisdiction_id.eq(self.id()))
                .filter(mirror_missing::service_request_id.eq_any(&present)),
        )
        .execute(&mut connection)
        .await?;
        let hidden: Vec<String> = service_request::table
            .inner_join(
                service::table.on(service::jurisdiction_id
                    .eq(service_request::jurisdiction_id)
                    .and(service::service_code.eq(service_request::service_code))),
            )
            .filter(service_request::jurisdiction_id.eq(self.id()))
            .filter(service_request::service_request_id.eq_any(&present))
            .filter(diesel::dsl::not(service_request::is_public))
            .filter(service::service_type.ne("blackbox"))
            .select(service_request::service_request_id)
            .load(&mut connection)
            .await?;
        drop(connection);
        let hidden = ids(hidden.into_iter())?;
        for id in &hidden {
            self.tell_of_copy(remote, id, UpdateKind::Published, now)
                .await?;
        }
        Ok(hidden.len())
    }

    /// Notes that the original did not list these in the comparison that began at `sweep`. What an
    /// earlier one missed too is no longer public from now on. Answers how many these are.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_missing(
        &self,
        remote: &RemoteName,
        missing: &[ServiceRequestId],
        sweep: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let mut removed = 0;
        for id in missing {
            if self.is_missed_again(id, sweep).await? {
                self.tell_of_copy(remote, id, UpdateKind::Removed, now)
                    .await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Whether an earlier comparison missed it too; from the first time on that is known.
    async fn is_missed_again(
        &self,
        id: &ServiceRequestId,
        sweep: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let mut connection = self.storage.connection().await?;
        let inserted = diesel::insert_into(mirror_missing::table)
            .values((
                mirror_missing::jurisdiction_id.eq(self.id()),
                mirror_missing::service_request_id.eq(id.as_str()),
                mirror_missing::sweep_datetime.eq(sweep),
            ))
            .on_conflict_do_nothing()
            .execute(&mut connection)
            .await?;
        if inserted == 1 {
            return Ok(false);
        }
        let earlier: Option<DateTime<Utc>> = mirror_missing::table
            .find((self.id(), id.as_str()))
            .select(mirror_missing::sweep_datetime)
            .first(&mut connection)
            .await
            .optional()?;
        Ok(earlier.is_some_and(|earlier| earlier < sweep))
    }

    /// Writes an entry of the history of a copy, and forgets that it was missing.
    async fn tell_of_copy(
        &self,
        remote: &RemoteName,
        id: &ServiceRequestId,
        kind: UpdateKind,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let update = NewUpdate {
            kind,
            ..NewUpdate::by(format!("remote:{remote}"), now)
        };
        let append = Append {
            service_request_id: id,
            update: &update,
            update_id: Uuid::now_v7(),
            operation: "mirror",
            photos: &[],
            expected_version: None,
            only_public: false,
            now,
        };
        self.changing(
            Matter::ServiceRequests,
            async |connection: &mut AsyncPgConnection| {
                self.append(connection, &append).await?;
                diesel::delete(mirror_missing::table.find((self.id(), id.as_str())))
                    .execute(connection)
                    .await?;
                Ok(End::Commit(()))
            },
        )
        .await
    }
}

/// What is here and was not seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// These.
    pub ids: Vec<ServiceRequestId>,
    /// Of so many in the window.
    pub of: usize,
}

/// More than a window is let hold.
const MOST_IN_A_WINDOW: i64 = 50_000;

fn ids(texts: impl Iterator<Item = String>) -> Result<Vec<ServiceRequestId>, StorageError> {
    texts
        .map(|text| ServiceRequestId::parse(&text).map_err(StorageError::corrupt))
        .collect()
}

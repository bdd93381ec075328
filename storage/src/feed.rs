//! The change feed of a jurisdiction: every entry of every history, in one order without gaps.
//!
//! An entry is written without a position, in the transaction of what it tells, so that writers do
//! not wait for each other. Afterwards the positions are given by one transaction at a time, which
//! locks the row of `feed`: whatever is committed later gets a higher one, so a reader who has read
//! up to a position has missed nothing below it. (Ordering by transaction ids would make every
//! reader wait for the longest transaction of the whole database, such as another city's import.)

use crate::{
    JurisdictionStorage, Storage, StorageError,
    connection::End,
    schema::{feed, jurisdiction, service_request, service_request_update},
    service_request_updates::{UpdateRow, View},
    service_requests::ServiceRequestRow,
};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;
use domain::{JurisdictionId, ServiceRequest, ServiceRequestUpdate};
use std::collections::HashMap;

/// Within one round, the order in which entries were written; those of one service request are
/// never turned round, because their times never decrease.
///
/// What is to be changed is found by all of its key, never by `$1` alone: of a jurisdiction that the
/// statistics do not know yet, PostgreSQL believes that it has one row, and would walk through all of
/// them for each.
const GIVE_POSITIONS: &str = "WITH fresh AS MATERIALIZED (
        SELECT jurisdiction_id AS city, service_request_id AS of, version AS number, row_number()
            OVER (ORDER BY recorded_datetime, service_request_id, version) AS place
        FROM service_request_update WHERE jurisdiction_id = $1 AND position IS NULL
        ORDER BY recorded_datetime, service_request_id, version LIMIT $3)
    UPDATE service_request_update SET position = $2 + fresh.place
    FROM fresh
    WHERE jurisdiction_id = fresh.city AND service_request_id = fresh.of AND version = fresh.number";

/// An entry of the feed.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    /// Its place, 1 first.
    pub position: i64,
    /// What happened.
    pub update: ServiceRequestUpdate,
    /// What the service request is like now; `None`: the public may not see it any more.
    pub service_request: Option<ServiceRequest>,
}

/// A part of the feed.
#[derive(Debug)]
pub struct FeedPage {
    /// In order.
    pub entries: Vec<FeedEntry>,
    /// Up to which position everything was read; what the next part begins after.
    pub read_up_to: i64,
}

impl Storage {
    /// The jurisdictions in whose feeds entries wait for a position.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_unsequenced_feeds(&self) -> Result<Vec<JurisdictionId>, StorageError> {
        let ids: Vec<String> = self
            .read(async |connection| {
                let waiting = service_request_update::table
                    .filter(
                        service_request_update::jurisdiction_id.eq(jurisdiction::jurisdiction_id),
                    )
                    .filter(service_request_update::position.is_null());
                jurisdiction::table
                    .filter(exists(waiting))
                    .select(jurisdiction::jurisdiction_id)
                    .load(connection)
                    .await
            })
            .await?;
        ids.iter()
            .map(|id| JurisdictionId::parse(id).map_err(StorageError::corrupt))
            .collect()
    }

    /// The highest position of every feed that has one.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_feed_ends(&self) -> Result<HashMap<String, i64>, StorageError> {
        let ends: Vec<(String, i64)> = self
            .read(async |connection| {
                feed::table
                    .select((feed::jurisdiction_id, feed::last_position))
                    .load(connection)
                    .await
            })
            .await?;
        Ok(ends.into_iter().collect())
    }
}

impl JurisdictionStorage {
    /// Gives a position to up to `limit` entries that have none. Answers to how many.
    ///
    /// # Errors
    /// As every write.
    pub async fn sequence_feed(&self, limit: i64) -> Result<usize, StorageError> {
        self.storage
            .transaction(async |connection| {
                diesel::insert_into(feed::table)
                    .values((
                        feed::jurisdiction_id.eq(self.id()),
                        feed::last_position.eq(0),
                    ))
                    .on_conflict_do_nothing()
                    .execute(connection)
                    .await?;
                // Whoever is at it already does the work of both.
                let last: Option<i64> = feed::table
                    .find(self.id())
                    .select(feed::last_position)
                    .for_update()
                    .skip_locked()
                    .first(connection)
                    .await
                    .optional()?;
                let Some(last) = last else {
                    return Ok(End::Rollback(0));
                };
                let given = diesel::sql_query(GIVE_POSITIONS)
                    .bind::<Text, _>(self.id())
                    .bind::<BigInt, _>(last)
                    .bind::<BigInt, _>(limit)
                    .execute(connection)
                    .await?;
                let end = last.saturating_add_unsigned(given as u64);
                diesel::update(feed::table.find(self.id()))
                    .set(feed::last_position.eq(end))
                    .execute(connection)
                    .await?;
                Ok(End::Commit(given))
            })
            .await
    }

    /// The highest position; 0: nothing has happened yet.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_feed_end(&self) -> Result<i64, StorageError> {
        let end: Option<i64> = self
            .storage
            .read(async |connection| {
                feed::table
                    .find(self.id())
                    .select(feed::last_position)
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        Ok(end.unwrap_or(0))
    }

    /// Up to `limit` entries after the position `after`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_feed(
        &self,
        after: i64,
        limit: usize,
        view: View,
    ) -> Result<FeedPage, StorageError> {
        use service_request_update::dsl;
        // Read first: what gets a position meanwhile is then read again, not left out.
        let end = self.find_feed_end().await?;
        let rows: Vec<(i64, UpdateRow)> = self
            .storage
            .search(async |connection| {
                dsl::service_request_update
                    .filter(dsl::jurisdiction_id.eq(self.id()))
                    .filter(dsl::position.gt(after))
                    .filter(dsl::position.le(end))
                    .filter(dsl::is_public.eq_any(view.shown()))
                    .order(dsl::position)
                    .limit(i64::try_from(limit).unwrap_or(i64::MAX))
                    .select((dsl::position.assume_not_null(), UpdateRow::as_select()))
                    .load(connection)
                    .await
            })
            .await?;
        let entries = self.with_service_requests(rows, view).await?;
        let read_up_to = match entries.last() {
            Some(last) if entries.len() >= limit => last.position,
            _ => end.max(after),
        };
        Ok(FeedPage {
            entries,
            read_up_to,
        })
    }

    /// The entries at these positions that the view shows, in order.
    ///
    /// # Errors
    /// As every read.
    pub(crate) async fn list_feed_at(
        &self,
        positions: &[i64],
        view: View,
    ) -> Result<Vec<FeedEntry>, StorageError> {
        use service_request_update::dsl;
        let rows: Vec<(i64, UpdateRow)> = self
            .storage
            .read(async |connection| {
                dsl::service_request_update
                    .filter(dsl::jurisdiction_id.eq(self.id()))
                    .filter(dsl::position.eq_any(positions))
                    .filter(dsl::is_public.eq_any(view.shown()))
                    .order(dsl::position)
                    .select((dsl::position.assume_not_null(), UpdateRow::as_select()))
                    .load(connection)
                    .await
            })
            .await?;
        self.with_service_requests(rows, view).await
    }

    /// The entries, with the service requests as they are now.
    async fn with_service_requests(
        &self,
        rows: Vec<(i64, UpdateRow)>,
        view: View,
    ) -> Result<Vec<FeedEntry>, StorageError> {
        let updates = rows
            .into_iter()
            .map(|(position, row)| Ok((position, row.into_update()?)))
            .collect::<Result<Vec<_>, StorageError>>()?;
        let known = self.find_told(&updates, view).await?;
        Ok(updates
            .into_iter()
            .map(|(position, update)| FeedEntry {
                position,
                service_request: known.get(update.service_request_id.as_str()).cloned(),
                update,
            })
            .collect())
    }

    /// The service requests that the entries are about, as they are now.
    async fn find_told(
        &self,
        updates: &[(i64, ServiceRequestUpdate)],
        view: View,
    ) -> Result<HashMap<String, ServiceRequest>, StorageError> {
        let mut ids: Vec<&str> = updates
            .iter()
            .map(|(_, update)| update.service_request_id.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let rows: Vec<ServiceRequestRow> = self
            .storage
            .search(async |connection| {
                service_request::table
                    .filter(service_request::jurisdiction_id.eq(self.id()))
                    .filter(service_request::service_request_id.eq_any(&ids))
                    .filter(service_request::is_public.eq_any(view.shown()))
                    .select(ServiceRequestRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                let found = row.into_service_request()?;
                Ok((found.service_request_id.to_string(), found))
            })
            .collect()
    }
}

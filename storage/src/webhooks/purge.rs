//! Taking away what nobody needs any more.

use crate::{
    JurisdictionStorage, Storage, StorageError,
    connection::End,
    schema::{webhook, webhook_attempt, webhook_delivery},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::JurisdictionId;

/// Rows of each state that are looked at in one transaction.
const PAGE: i64 = 100;

impl Storage {
    /// Every webhook, and whether it was deleted; at most `limit`, those that come after `after`.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_webhooks_to_purge(
        &self,
        after: Option<&(JurisdictionId, String)>,
        limit: i64,
    ) -> Result<Vec<(JurisdictionId, String, bool)>, StorageError> {
        let (after_jurisdiction, after_webhook) =
            after.map_or(("", ""), |(id, webhook_id)| (id.as_str(), &webhook_id[..]));
        let found: Vec<(String, String, bool)> = self
            .read(async |connection| {
                webhook::table
                    .filter(
                        webhook::jurisdiction_id.gt(after_jurisdiction).or(
                            webhook::jurisdiction_id
                                .eq(after_jurisdiction)
                                .and(webhook::webhook_id.gt(after_webhook)),
                        ),
                    )
                    .order((webhook::jurisdiction_id, webhook::webhook_id))
                    .select((
                        webhook::jurisdiction_id,
                        webhook::webhook_id,
                        webhook::state.eq("deleted"),
                    ))
                    .limit(limit)
                    .load(connection)
                    .await
            })
            .await?;
        found
            .into_iter()
            .map(|(jurisdiction_id, webhook_id, is_deleted)| {
                let id = JurisdictionId::parse(&jurisdiction_id).map_err(StorageError::corrupt)?;
                Ok((id, webhook_id, is_deleted))
            })
            .collect()
    }
}

impl JurisdictionStorage {
    /// Deletes some of the deliveries that were over before `limit`, those of the oldest events
    /// first, and their attempts. Answers how many; 0: there are no more.
    ///
    /// # Errors
    /// As every write.
    pub async fn purge_deliveries(
        &self,
        webhook_id: &str,
        limit: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        self.storage
            .transaction(async |connection| {
                let mut old = Vec::new();
                for state in ["delivered", "dead"] {
                    // Not filtered by time: that would read all that are younger, too.
                    let oldest: Vec<(i64, Option<DateTime<Utc>>)> = webhook_delivery::table
                        .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                        .filter(webhook_delivery::webhook_id.eq(webhook_id))
                        .filter(webhook_delivery::state.eq(state))
                        .order(webhook_delivery::position)
                        .limit(PAGE)
                        .select((
                            webhook_delivery::position,
                            webhook_delivery::finished_datetime,
                        ))
                        .load(connection)
                        .await?;
                    let is_old = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at < limit);
                    let oldest = oldest.into_iter().filter(|(_, at)| is_old(*at));
                    old.extend(oldest.map(|(position, _)| position));
                }
                let gone = self.delete_deliveries(connection, webhook_id, &old).await?;
                Ok(End::Commit(gone))
            })
            .await
    }

    /// Deletes some of what a deleted webhook has left. Answers whether that was all of it.
    ///
    /// # Errors
    /// As every write.
    pub async fn purge_webhook(&self, webhook_id: &str) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let left: Vec<i64> = webhook_delivery::table
                    .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                    .filter(webhook_delivery::webhook_id.eq(webhook_id))
                    .order(webhook_delivery::position)
                    .limit(PAGE)
                    .select(webhook_delivery::position)
                    .load(connection)
                    .await?;
                self.delete_deliveries(connection, webhook_id, &left)
                    .await?;
                if !left.is_empty() {
                    return Ok(End::Commit(false));
                }
                diesel::delete(
                    webhook::table
                        .find((self.id(), webhook_id))
                        .filter(webhook::state.eq("deleted")),
                )
                .execute(connection)
                .await?;
                Ok(End::Commit(true))
            })
            .await
    }

    pub(super) async fn delete_deliveries(
        &self,
        connection: &mut AsyncPgConnection,
        webhook_id: &str,
        positions: &[i64],
    ) -> QueryResult<usize> {
        diesel::delete(
            webhook_attempt::table
                .filter(webhook_attempt::jurisdiction_id.eq(self.id()))
                .filter(webhook_attempt::webhook_id.eq(webhook_id))
                .filter(webhook_attempt::position.eq_any(positions)),
        )
        .execute(connection)
        .await?;
        diesel::delete(
            webhook_delivery::table
                .filter(webhook_delivery::jurisdiction_id.eq(self.id()))
                .filter(webhook_delivery::webhook_id.eq(webhook_id))
                .filter(webhook_delivery::position.eq_any(positions)),
        )
        .execute(connection)
        .await
    }
}

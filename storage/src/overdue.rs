//! Service requests that should have been done: each is told of once.

use crate::{
    Append, JurisdictionStorage, StorageError, changes::Matter, connection::End,
    schema::service_request,
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::{NewUpdate, ServiceRequestId, UpdateKind};
use uuid::Uuid;

/// Marked in one transaction, which has to end within the time that a transaction may take.
const AT_ONCE: i64 = 200;

/// Found by the index that holds what is open and not told of yet. Somebody who changes one of them
/// at the moment is not waited for: the next round finds it, if it is still overdue.
const OVERDUE: &str = "SELECT service_request_id, expected_datetime FROM service_request
    WHERE jurisdiction_id = $1 AND status = 'open' AND expected_datetime < $2
        AND overdue_datetime IS DISTINCT FROM expected_datetime
    ORDER BY expected_datetime LIMIT $3 FOR UPDATE SKIP LOCKED";

#[derive(QueryableByName)]
struct OverdueRow {
    #[diesel(sql_type = Text)]
    service_request_id: String,
    #[diesel(sql_type = Timestamptz)]
    expected_datetime: DateTime<Utc>,
}

impl JurisdictionStorage {
    /// Writes into the histories of up to [`AT_ONCE`] open service requests that they should have
    /// been done before `now`: once for each service request and time that was expected. Answers how
    /// many.
    ///
    /// # Errors
    /// As every write.
    pub async fn mark_overdue(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        self.changing(Matter::ServiceRequests, async |connection| {
            let overdue: Vec<OverdueRow> = diesel::sql_query(OVERDUE)
                .bind::<Text, _>(self.id())
                .bind::<Timestamptz, _>(now)
                .bind::<BigInt, _>(AT_ONCE)
                .load(connection)
                .await?;
            for row in &overdue {
                let id = ServiceRequestId::parse(&row.service_request_id)
                    .map_err(StorageError::corrupt)?;
                let update = NewUpdate {
                    kind: UpdateKind::Overdue,
                    ..NewUpdate::by("job:overdue", row.expected_datetime)
                };
                let append = Append {
                    service_request_id: &id,
                    update: &update,
                    update_id: Uuid::now_v7(),
                    operation: "mark_overdue",
                    photos: &[],
                    expected_version: None,
                    only_public: false,
                    now,
                };
                self.append(connection, &append).await?;
            }
            let ids = overdue.iter().map(|row| &row.service_request_id[..]);
            diesel::update(
                service_request::table
                    .filter(service_request::jurisdiction_id.eq(self.id()))
                    .filter(service_request::service_request_id.eq_any(ids.collect::<Vec<_>>())),
            )
            .set(service_request::overdue_datetime.eq(service_request::expected_datetime))
            .execute(connection)
            .await?;
            Ok(End::Commit(overdue.len()))
        })
        .await
    }
}

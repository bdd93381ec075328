//! Taking up what is due, one holder at a time, and writing down what came of it.

use super::row::{Forward, ForwardRow, ProgressColumns};
use crate::{
    Append, JurisdictionStorage, StorageError, changes::Matter, connection::End, schema::forward,
};
use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{NewUpdate, Progress, Remote, ServiceRequestId, Turn};
use uuid::Uuid;

/// What is due, and what is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedForward {
    /// As it was before it was taken up.
    pub forward: Forward,
    /// What is to be done.
    pub turn: Turn,
}

/// What came of a turn.
#[derive(Debug, Clone, Copy)]
pub struct TurnEnd<'a> {
    /// How far it is since.
    pub progress: &'a Progress,
    /// What was wrong, in few words.
    pub note: Option<&'a str>,
    /// The status there, in the words of the remote, and when it changed; `None`: not asked for.
    pub seen: Option<(&'a str, Option<DateTime<Utc>>)>,
    /// What our history tells of it.
    pub update: Option<&'a NewUpdate>,
    /// When.
    pub now: DateTime<Utc>,
}

impl JurisdictionStorage {
    /// Takes up the forward to a remote that has been due longest, of those that the remote does not
    /// have yet. Until `lease` nobody else takes it up. If it is to be posted, that is written down as
    /// if it had happened: whoever finds the row after a crash must fear that it did.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_forward(
        &self,
        remote: &Remote,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
    ) -> Result<Option<ClaimedForward>, StorageError> {
        self.storage
            .transaction(async |connection| {
                let row: Option<ForwardRow> = forward::table
                    .filter(forward::jurisdiction_id.eq(self.id()))
                    .filter(forward::remote_name.eq(remote.name.as_str()))
                    .filter(sql::<Bool>("state <> 'confirmed'"))
                    .filter(forward::next_datetime.le(now))
                    .order(forward::next_datetime)
                    .select(ForwardRow::as_select())
                    .for_update()
                    .skip_locked()
                    .first(connection)
                    .await
                    .optional()?;
                let Some(row) = row else {
                    return Ok(End::Rollback(None));
                };
                let mut forward = row.into_forward()?;
                let before = &forward.progress;
                let turn = before.turn(&remote.dialect, now);
                let held = match turn {
                    Some(Turn::Post) => before.leaving(now, lease),
                    Some(_) => Progress {
                        next: Some(lease),
                        ..before.clone()
                    },
                    None => Progress {
                        next: None,
                        ..before.clone()
                    },
                };
                forward.claims += 1;
                diesel::update(forward::table.find((self.id(), forward.forward_id)))
                    .set((
                        ProgressColumns::of(&held),
                        forward::claims.eq(forward.claims),
                    ))
                    .execute(connection)
                    .await?;
                Ok(End::Commit(
                    turn.map(|turn| ClaimedForward { forward, turn }),
                ))
            })
            .await
    }

    /// Takes up to `limit` forwards that are to be looked at, those due longest first.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_looks(
        &self,
        remote: &Remote,
        limit: i64,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
    ) -> Result<Vec<Forward>, StorageError> {
        self.storage
            .transaction(async |connection| {
                let rows: Vec<ForwardRow> = forward::table
                    .filter(forward::jurisdiction_id.eq(self.id()))
                    .filter(forward::remote_name.eq(remote.name.as_str()))
                    .filter(sql::<Bool>("state = 'confirmed'"))
                    .filter(forward::next_datetime.le(now))
                    .order(forward::next_datetime)
                    .limit(limit)
                    .select(ForwardRow::as_select())
                    .for_update()
                    .skip_locked()
                    .load(connection)
                    .await?;
                let ids: Vec<Uuid> = rows.iter().map(|row| row.forward_id).collect();
                diesel::update(
                    forward::table
                        .filter(forward::jurisdiction_id.eq(self.id()))
                        .filter(forward::forward_id.eq_any(ids)),
                )
                .set((
                    forward::next_datetime.eq(lease),
                    forward::claims.eq(forward::claims + 1),
                ))
                .execute(connection)
                .await?;
                let forwards = rows.into_iter().map(|row| {
                    let mut forward = row.into_forward()?;
                    forward.claims += 1;
                    Ok(forward)
                });
                Ok(End::Commit(forwards.collect::<Result<_, StorageError>>()?))
            })
            .await
    }

    /// Writes down what came of a turn, with what our history tells of it. `false`: somebody else has
    /// taken it up meanwhile, and nothing is written.
    ///
    /// # Errors
    /// As every write.
    pub async fn save_forward(
        &self,
        claimed: &Forward,
        end: TurnEnd<'_>,
    ) -> Result<bool, StorageError> {
        self.changing(Matter::ServiceRequests, async |connection| {
            let at = forward::table
                .find((self.id(), claimed.forward_id))
                .filter(forward::claims.eq(claimed.claims));
            let note = forward::last_answer.eq(end.note);
            let columns = (ProgressColumns::of(end.progress), note);
            let saved = match end.seen {
                None => diesel::update(at).set(columns).execute(connection).await?,
                Some((status, changed)) => {
                    diesel::update(at)
                        .set((
                            columns,
                            forward::seen_status.eq(status),
                            forward::seen_datetime.eq(changed),
                        ))
                        .execute(connection)
                        .await?
                }
            };
            if saved == 0 {
                return Ok(End::Rollback(false));
            }
            if let Some(update) = end.update {
                self.tell(connection, &claimed.service_request_id, update, end.now)
                    .await?;
            }
            Ok(End::Commit(true))
        })
        .await
    }

    /// Appends an entry to our history. What breaks a rule of it is not worth losing the rest for.
    pub(super) async fn tell(
        &self,
        connection: &mut AsyncPgConnection,
        service_request_id: &ServiceRequestId,
        update: &NewUpdate,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let append = Append {
            service_request_id,
            update,
            update_id: Uuid::now_v7(),
            operation: "forward",
            photos: &[],
            expected_version: None,
            only_public: false,
            now,
        };
        let appended = self.append_leading(connection, &append).await?;
        // Nothing of this is written; the remote is asked again.
        let appended = appended
            .ok_or_else(|| StorageError::Unavailable("duplicates of it are being linked".into()))?;
        tracing::debug!(?appended, "told by a remote");
        Ok(())
    }

    /// Lets everything that waits for a remote be tried at once, because it has just answered.
    ///
    /// # Errors
    /// As every write.
    pub async fn hasten_forwards(
        &self,
        remote: &Remote,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let mut connection = self.storage.connection().await?;
        let waiting = forward::table
            .filter(forward::jurisdiction_id.eq(self.id()))
            .filter(forward::remote_name.eq(remote.name.as_str()))
            .filter(sql::<Bool>("state = 'pending'"))
            .filter(forward::next_datetime.gt(now))
            .order(forward::next_datetime)
            .limit(MOST_HASTENED)
            .select(forward::forward_id);
        let ids: Vec<Uuid> = waiting.load(&mut connection).await?;
        Ok(diesel::update(
            forward::table
                .filter(forward::jurisdiction_id.eq(self.id()))
                .filter(forward::forward_id.eq_any(ids))
                .filter(sql::<Bool>("state = 'pending'"))
                .filter(forward::next_datetime.gt(now)),
        )
        .set(forward::next_datetime.eq(now))
        .execute(&mut connection)
        .await?)
    }
}

/// One statement's worth; the others follow with the next answer.
const MOST_HASTENED: i64 = 1_000;

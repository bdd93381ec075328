//! What batch services answer in place of an id.

use crate::{
    Append, JurisdictionStorage, StorageError, changes::Matter, connection::End,
    schema::submission_token,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{NewUpdate, ServiceRequestId, SubmissionToken, UpdateKind};
use uuid::Uuid;

/// Tokens that one transaction resolves: it has to end within the time that a transaction may take.
const AT_ONCE: i64 = 200;

/// How far a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenState {
    /// The id is not given yet.
    Pending,
    /// The id.
    Resolved(String),
}

impl JurisdictionStorage {
    /// How far a token is; `None`: it was never given out.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_token(
        &self,
        token: &SubmissionToken,
    ) -> Result<Option<TokenState>, StorageError> {
        let found: Option<(String, Option<DateTime<Utc>>)> = self
            .storage
            .read(async |connection| {
                submission_token::table
                    .find((self.id(), token.as_str()))
                    .select((
                        submission_token::service_request_id,
                        submission_token::resolved_datetime,
                    ))
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        Ok(found.map(|(id, resolved)| match resolved {
            Some(_) => TokenState::Resolved(id),
            None => TokenState::Pending,
        }))
    }

    /// Gives an id to the tokens given out until `limit`, up to [`AT_ONCE`] of them, and makes
    /// their service requests public. Answers how many.
    ///
    /// Their `updated_datetime` becomes `now`: whoever polls by it hears of them.
    ///
    /// # Errors
    /// As every write.
    pub async fn resolve_tokens(
        &self,
        limit: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let update = NewUpdate {
            kind: UpdateKind::Published,
            ..NewUpdate::by("job:tokens", now)
        };
        self.changing(Matter::ServiceRequests, async |connection| {
            let pending: Vec<(String, String)> = submission_token::table
                .filter(submission_token::jurisdiction_id.eq(self.id()))
                .filter(submission_token::resolved_datetime.is_null())
                .filter(submission_token::created_datetime.le(limit))
                .order(submission_token::created_datetime)
                .limit(AT_ONCE)
                .select((
                    submission_token::token,
                    submission_token::service_request_id,
                ))
                .for_update()
                .skip_locked()
                .load(connection)
                .await?;
            let (tokens, ids): (Vec<String>, Vec<String>) = pending.into_iter().unzip();
            for id in ids {
                let id = ServiceRequestId::parse(&id).map_err(StorageError::corrupt)?;
                let append = Append {
                    service_request_id: &id,
                    update: &update,
                    update_id: Uuid::now_v7(),
                    operation: "resolve_tokens",
                    photos: &[],
                    expected_version: None,
                    only_public: false,
                    now,
                };
                self.append(connection, &append).await?;
            }
            let resolved = diesel::update(
                submission_token::table
                    .filter(submission_token::jurisdiction_id.eq(self.id()))
                    .filter(submission_token::token.eq_any(tokens)),
            )
            .set(submission_token::resolved_datetime.eq(now))
            .execute(connection)
            .await?;
            Ok(End::Commit(resolved))
        })
        .await
    }
}

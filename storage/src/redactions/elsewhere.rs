//! Where else stands what is taken out of a service request: in what others answered to it, in what
//! waits to be done with it, in its duplicates, and in what tells a POST that is repeated.

use crate::{
    Acting, JurisdictionStorage, StorageError,
    schema::{
        forward, idempotency_key, service_request, service_request_update, submission_token,
        webhook, webhook_attempt,
    },
    staff_changes::Family,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{ClosingReason, NewUpdate, ServiceRequestId, UpdateKind};
use std::collections::BTreeSet;

impl JurisdictionStorage {
    /// What remotes answered may repeat what they were sent.
    ///
    /// Forwards are locked before service requests, as by whoever writes down what a remote told.
    pub(super) async fn forget_answers_of_remotes(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<()> {
        diesel::update(
            forward::table
                .filter(forward::jurisdiction_id.eq(self.id()))
                .filter(forward::service_request_id.eq(id.as_str())),
        )
        .set(forward::last_answer.eq(None::<String>))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Nothing is posted any more, nobody is asked what became of it, and no token publishes it.
    pub(super) async fn end_what_waits(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        diesel::update(
            forward::table
                .filter(forward::jurisdiction_id.eq(self.id()))
                .filter(forward::service_request_id.eq(id.as_str())),
        )
        .set((
            forward::next_datetime.eq(None::<DateTime<Utc>>),
            forward::last_answer.eq(None::<String>),
            // Whoever works on it at the moment comes too late to write down what he was answered.
            forward::claims.eq(forward::claims + 1),
        ))
        .execute(connection)
        .await?;
        diesel::update(
            submission_token::table
                .filter(submission_token::jurisdiction_id.eq(self.id()))
                .filter(submission_token::service_request_id.eq(id.as_str()))
                .filter(submission_token::resolved_datetime.is_null()),
        )
        .set(submission_token::resolved_datetime.eq(now))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// What receivers of webhooks answered may repeat what they were sent.
    pub(super) async fn forget_answers_of_receivers(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<()> {
        use service_request_update::dsl;
        let positions: Vec<Option<i64>> = dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .filter(dsl::position.is_not_null())
            .select(dsl::position)
            .load(connection)
            .await?;
        let positions: Vec<i64> = positions.into_iter().flatten().collect();
        let webhooks: Vec<String> = webhook::table
            .filter(webhook::jurisdiction_id.eq(self.id()))
            .select(webhook::webhook_id)
            .load(connection)
            .await?;
        diesel::update(
            webhook_attempt::table
                .filter(webhook_attempt::jurisdiction_id.eq(self.id()))
                .filter(webhook_attempt::webhook_id.eq_any(webhooks))
                .filter(webhook_attempt::position.eq_any(positions))
                .filter(webhook_attempt::note.is_not_null()),
        )
        .set(webhook_attempt::note.eq(None::<String>))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Every text that the history tells the public, and so its duplicates.
    pub(super) async fn told_texts(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<Vec<String>> {
        use service_request_update::dsl;
        dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .filter(dsl::description.is_not_null())
            .select(dsl::description.assume_not_null())
            .load(connection)
            .await
    }

    /// Takes texts out of histories, and of the service requests themselves, wherever one of them
    /// stands. Answers of which.
    pub(super) async fn forget_texts(
        &self,
        connection: &mut AsyncPgConnection,
        ids: &[&ServiceRequestId],
        texts: &[String],
    ) -> QueryResult<BTreeSet<String>> {
        use service_request_update::dsl;
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let mut of = BTreeSet::new();
        if ids.is_empty() || texts.is_empty() {
            return Ok(of);
        }
        let entries = || {
            dsl::service_request_update
                .filter(dsl::jurisdiction_id.eq(self.id()))
                .filter(dsl::service_request_id.eq_any(&ids))
        };
        let rows = || {
            service_request::table
                .filter(service_request::jurisdiction_id.eq(self.id()))
                .filter(service_request::service_request_id.eq_any(&ids))
        };
        // That one is a duplicate of another is no text.
        let reason = ClosingReason::DuplicateOf.as_str();
        let emptied: Vec<String> = diesel::update(entries().filter(dsl::description.eq_any(texts)))
            .set(dsl::description.eq(None::<String>))
            .returning(dsl::service_request_id)
            .get_results(connection)
            .await?;
        of.extend(emptied);
        let details = entries()
            .filter(dsl::closing_detail.eq_any(texts))
            .filter(dsl::closing_reason.ne(reason));
        let emptied: Vec<String> = diesel::update(details)
            .set(dsl::closing_detail.eq(None::<String>))
            .returning(dsl::service_request_id)
            .get_results(connection)
            .await?;
        of.extend(emptied);
        let notes = rows().filter(service_request::status_notes.eq_any(texts));
        let emptied: Vec<String> = diesel::update(notes)
            .set(service_request::status_notes.eq(None::<String>))
            .returning(service_request::service_request_id)
            .get_results(connection)
            .await?;
        of.extend(emptied);
        let details = rows()
            .filter(service_request::closing_detail.eq_any(texts))
            .filter(service_request::closing_reason.ne(reason));
        let emptied: Vec<String> = diesel::update(details)
            .set(service_request::closing_detail.eq(None::<String>))
            .returning(service_request::service_request_id)
            .get_results(connection)
            .await?;
        of.extend(emptied);
        Ok(of)
    }

    /// Takes texts out of the duplicates, which were told them too, and says so in their histories.
    pub(super) async fn forget_copies(
        &self,
        connection: &mut AsyncPgConnection,
        family: &Family,
        id: &ServiceRequestId,
        texts: &[String],
        acting: &Acting<'_>,
    ) -> Result<(), StorageError> {
        let duplicates: Vec<&ServiceRequestId> = family
            .duplicates_of(id)
            .map(|duplicate| &duplicate.service_request_id)
            .collect();
        let of = self.forget_texts(connection, &duplicates, texts).await?;
        for id in duplicates.into_iter().filter(|id| of.contains(id.as_str())) {
            let update = NewUpdate {
                kind: UpdateKind::Redacted,
                ..NewUpdate::by(acting.author, acting.now)
            };
            self.append_as(connection, id, &update, &[], acting).await?;
            self.forget_answers_of_remotes(connection, id).await?;
            self.forget_answers_of_receivers(connection, id).await?;
        }
        Ok(())
    }

    /// Empties the fingerprints of what was sent: a fingerprint would tell whether a guess at the text
    /// is right. Whoever sends it again is refused, because nothing has an empty one.
    pub(super) async fn forget_what_was_sent(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<()> {
        let tokens: Vec<String> = submission_token::table
            .filter(submission_token::jurisdiction_id.eq(self.id()))
            .filter(submission_token::service_request_id.eq(id.as_str()))
            .select(submission_token::token)
            .load(connection)
            .await?;
        let keys = idempotency_key::table.filter(idempotency_key::jurisdiction_id.eq(self.id()));
        let nothing: &[u8] = &[];
        diesel::update(keys.filter(idempotency_key::service_request_id.eq(id.as_str())))
            .set(idempotency_key::fingerprint.eq(nothing))
            .execute(connection)
            .await?;
        diesel::update(keys.filter(idempotency_key::token.eq_any(tokens)))
            .set(idempotency_key::fingerprint.eq(nothing))
            .execute(connection)
            .await?;
        Ok(())
    }
}

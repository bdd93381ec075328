//! What should not be there is taken out of a service request and of its history, for good. That it
//! was done stays in the history; what it was does not stay anywhere.

mod elsewhere;

use crate::{
    Acting, Changed, JurisdictionStorage, StorageError,
    audit::{self, AuditEntry},
    schema::{media, reporter, service_request, service_request_update},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    ChangedServiceRequest, ClosingReason, NewFields, NewUpdate, RedactedPart, Redaction,
    ServiceRequestId, UpdateKind, Violation,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Photos whose files are deleted in one round.
const PHOTOS_AT_ONCE: i64 = 100;

/// A photo whose file is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedPhoto {
    /// Its name in the object store.
    pub media_id: Uuid,
}

/// The columns that are emptied; `None` leaves one as it is.
#[derive(AsChangeset, Default)]
#[diesel(table_name = service_request)]
struct Emptied {
    description: Option<Option<String>>,
    status_notes: Option<Option<String>>,
    address: Option<Option<String>>,
    address_id: Option<Option<String>>,
    zipcode: Option<Option<String>>,
    location: Option<Option<postgis_diesel::types::Point>>,
    media_url: Option<Option<String>>,
    attribute_answers: Option<Option<Value>>,
    extended_attributes: Option<Option<Value>>,
    notes: Option<Option<Value>>,
    closing_detail: Option<Option<String>>,
    assignee: Option<Option<String>>,
}

impl JurisdictionStorage {
    /// Takes parts of a service request out, and the texts of updates.
    ///
    /// # Errors
    /// As every write.
    pub async fn redact_service_request(
        &self,
        id: &ServiceRequestId,
        redaction: &Redaction,
        expected_version: Option<i32>,
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        self.act(async |connection| {
            self.forget_answers_of_remotes(connection, id).await?;
            let Some(family) = self.lock_with_duplicates(connection, &[id]).await? else {
                return Ok(None);
            };
            let of = match family.acted_on(id, acting, expected_version) {
                Ok(of) => of,
                Err(refused) => return Ok(Some(refused)),
            };
            let Some(mut texts) = self.redact_updates(connection, id, redaction).await? else {
                let problem = "names what is no update of this service request";
                return Ok(Some(Violation::new("updates", problem).into()));
            };
            if redaction.takes(RedactedPart::StatusNotes) {
                texts.extend(self.status_texts(connection, id).await?);
            }
            // What an update has told stands in the service request too, and the reverse.
            self.forget_texts(connection, &[id], &texts).await?;
            self.forget_copies(connection, &family, id, &texts, acting)
                .await?;
            let redacted = Redacted {
                kind: UpdateKind::Redacted,
                redaction,
                emptied: self.emptied(connection, id, redaction).await?,
                fields: NewFields::default(),
            };
            let done = self.take_out(connection, of, redacted, acting).await?;
            Ok(Some(done))
        })
        .await
    }

    /// Takes a service request from the public, and out of it everything that somebody wrote or that
    /// tells of somebody. What is left is that there was one: of which service, when, and what became
    /// of it.
    ///
    /// # Errors
    /// As every write.
    pub async fn remove_service_request(
        &self,
        id: &ServiceRequestId,
        expected_version: Option<i32>,
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        let redaction = Redaction::whole();
        self.act(async |connection| {
            self.end_what_waits(connection, id, acting.now).await?;
            let Some(family) = self.lock_with_duplicates(connection, &[id]).await? else {
                return Ok(None);
            };
            let of = match family.acted_on(id, acting, expected_version) {
                Ok(of) => of,
                Err(refused) => return Ok(Some(refused)),
            };
            if self.is_removed(connection, id).await? {
                let version = of.version;
                return Ok(Some(Changed::Unchanged { version }));
            }
            let texts = self.told_texts(connection, id).await?;
            self.forget_copies(connection, &family, id, &texts, acting)
                .await?;
            let emptied = Emptied {
                extended_attributes: Some(None),
                closing_detail: Some(None),
                assignee: Some(None),
                ..self.emptied(connection, id, &redaction).await?
            };
            let redacted = Redacted {
                kind: UpdateKind::Removed,
                redaction: &redaction,
                emptied,
                // It follows nobody any more.
                fields: NewFields {
                    duplicate_of: of.duplicate_of.as_ref().map(|_| None),
                    ..NewFields::default()
                },
            };
            let done = self.take_out(connection, of, redacted, acting).await?;
            // The entry that tells of it has no text.
            self.empty_history(connection, id).await?;
            Ok(Some(done))
        })
        .await
    }

    async fn take_out(
        &self,
        connection: &mut AsyncPgConnection,
        of: &ChangedServiceRequest,
        redacted: Redacted<'_>,
        acting: &Acting<'_>,
    ) -> Result<Changed, StorageError> {
        let Redacted {
            kind,
            redaction,
            emptied,
            fields,
        } = redacted;
        let id = &of.service_request_id;
        if !emptied.is_nothing() {
            diesel::update(service_request::table.find((self.id(), id.as_str())))
                .set(&emptied)
                .execute(connection)
                .await?;
        }
        if redaction.takes(RedactedPart::Reporter) {
            diesel::delete(reporter::table.find((self.id(), id.as_str())))
                .execute(connection)
                .await?;
        }
        if redaction.takes(RedactedPart::Media) {
            self.take_out_media(connection, id, acting.now).await?;
        }
        self.forget_what_was_sent(connection, id).await?;
        self.forget_answers_of_receivers(connection, id).await?;
        let update = NewUpdate {
            kind,
            fields,
            ..NewUpdate::by(acting.author, acting.now)
        };
        let done = self.append_as(connection, id, &update, &[], acting).await?;
        let parts = redaction.parts.iter().map(|part| part.as_str());
        let entry = AuditEntry {
            actor: acting.author,
            operation: acting.operation,
            object_kind: "service_request",
            object_id: id.as_str(),
            before: None,
            after: Some(json!({
                "kind": kind.as_str(),
                "redacted": parts.collect::<Vec<_>>(),
                "update_id": redaction.updates,
            })),
            now: acting.now,
        };
        audit::append(connection, &self.jurisdiction_id, &entry).await?;
        Ok(done)
    }

    /// Takes the texts of updates out, and answers what they were. `None`: one of them is none of this
    /// service request.
    async fn redact_updates(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        redaction: &Redaction,
    ) -> QueryResult<Option<Vec<String>>> {
        use service_request_update::dsl;
        let of_it = || {
            dsl::service_request_update
                .filter(dsl::jurisdiction_id.eq(self.id()))
                .filter(dsl::service_request_id.eq(id.as_str()))
                .filter(dsl::update_id.eq_any(&redaction.updates))
        };
        let rows: Vec<(Option<String>, Option<String>, Option<String>)> = of_it()
            .select((dsl::description, dsl::closing_reason, dsl::closing_detail))
            .load(connection)
            .await?;
        if rows.len() != redaction.updates.len() {
            return Ok(None);
        }
        diesel::update(of_it())
            .set((
                dsl::description.eq(None::<String>),
                dsl::author_name.eq(None::<String>),
            ))
            .execute(connection)
            .await?;
        let texts = rows.into_iter().flat_map(|(description, reason, detail)| {
            [description, detail.filter(|_| is_text(reason.as_deref()))]
        });
        Ok(Some(texts.flatten().collect()))
    }

    /// What the service request says of its status.
    async fn status_texts(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<Vec<String>> {
        let (notes, reason, detail): (Option<String>, Option<String>, Option<String>) =
            service_request::table
                .find((self.id(), id.as_str()))
                .select((
                    service_request::status_notes,
                    service_request::closing_reason,
                    service_request::closing_detail,
                ))
                .first(connection)
                .await?;
        let detail = detail.filter(|_| is_text(reason.as_deref()));
        Ok([notes, detail].into_iter().flatten().collect())
    }

    /// Takes everything out of a history that somebody wrote.
    async fn empty_history(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<usize> {
        use service_request_update::dsl;
        diesel::update(
            dsl::service_request_update
                .filter(dsl::jurisdiction_id.eq(self.id()))
                .filter(dsl::service_request_id.eq(id.as_str())),
        )
        .set((
            dsl::description.eq(None::<String>),
            dsl::closing_detail.eq(None::<String>),
            dsl::author_name.eq(None::<String>),
            // Who was to act, and who worked on it.
            dsl::changed.eq(None::<Value>),
        ))
        .execute(connection)
        .await
    }

    /// Whether everything was taken out of it. A copy whose original has vanished is only hidden: it
    /// may come back.
    pub(crate) async fn is_removed(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
    ) -> QueryResult<bool> {
        use service_request_update::dsl;
        let removed = dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .filter(dsl::kind.eq(UpdateKind::Removed.as_str()))
            .filter(dsl::author.not_like("remote:%"));
        diesel::select(diesel::dsl::exists(removed))
            .get_result(connection)
            .await
    }

    /// The columns that a redaction empties.
    async fn emptied(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        redaction: &Redaction,
    ) -> QueryResult<Emptied> {
        let mut emptied = Emptied::default();
        for part in &redaction.parts {
            match part {
                RedactedPart::Description => emptied.description = Some(None),
                RedactedPart::StatusNotes => emptied.status_notes = Some(None),
                RedactedPart::Address => {
                    emptied.address = Some(None);
                    emptied.address_id = Some(None);
                    emptied.zipcode = Some(None);
                }
                RedactedPart::Location => emptied.location = Some(None),
                RedactedPart::Media => emptied.media_url = Some(None),
                RedactedPart::Attributes => emptied.attribute_answers = Some(None),
                RedactedPart::Notes => emptied.notes = Some(None),
                RedactedPart::Reporter => {} // has a table of its own
            }
        }
        let (media, attributes) = (
            redaction.takes(RedactedPart::Media),
            redaction.takes(RedactedPart::Attributes),
        );
        if media || attributes {
            let pairs: Option<Value> = service_request::table
                .find((self.id(), id.as_str()))
                .select(service_request::extended_attributes)
                .first(connection)
                .await?;
            emptied.extended_attributes =
                Some(pairs.and_then(|pairs| without(pairs, media, attributes)));
        }
        Ok(emptied)
    }

    /// Photos are shown no more from now on; their files are deleted when this is committed.
    async fn take_out_media(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        use service_request_update::dsl;
        diesel::update(
            media::table
                .filter(media::jurisdiction_id.eq(self.id()))
                .filter(media::service_request_id.eq(id.as_str()))
                .filter(media::removed_datetime.is_null()),
        )
        .set(media::removed_datetime.eq(now))
        .execute(connection)
        .await?;
        diesel::update(
            dsl::service_request_update
                .filter(dsl::jurisdiction_id.eq(self.id()))
                .filter(dsl::service_request_id.eq(id.as_str())),
        )
        .set(dsl::media_urls.eq(None::<Value>))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Photos that were taken out, whose files are still there.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_removed_photos(&self) -> Result<Vec<RemovedPhoto>, StorageError> {
        let ids: Vec<Uuid> = self
            .storage
            .read(async |connection| {
                media::table
                    .filter(media::jurisdiction_id.eq(self.id()))
                    .filter(media::removed_datetime.is_not_null())
                    .order(media::removed_datetime)
                    .limit(PHOTOS_AT_ONCE)
                    .select(media::media_id)
                    .load(connection)
                    .await
            })
            .await?;
        let photos = ids.into_iter().map(|media_id| RemovedPhoto { media_id });
        Ok(photos.collect())
    }

    /// Forgets photos that were taken out, once their files are deleted.
    ///
    /// # Errors
    /// As every write.
    pub async fn forget_removed_photos(
        &self,
        photos: &[RemovedPhoto],
    ) -> Result<usize, StorageError> {
        let ids: Vec<Uuid> = photos.iter().map(|photo| photo.media_id).collect();
        let mut connection = self.storage.connection().await?;
        Ok(diesel::delete(
            media::table
                .filter(media::jurisdiction_id.eq(self.id()))
                .filter(media::media_id.eq_any(ids))
                .filter(media::removed_datetime.is_not_null()),
        )
        .execute(&mut connection)
        .await?)
    }
}

/// What is taken out, and what the history calls it.
struct Redacted<'a> {
    kind: UpdateKind,
    redaction: &'a Redaction,
    emptied: Emptied,
    fields: NewFields,
}

impl Emptied {
    /// Whether no column is emptied: there is no statement that sets nothing.
    fn is_nothing(&self) -> bool {
        let Self {
            description,
            status_notes,
            address,
            address_id,
            zipcode,
            location,
            media_url,
            attribute_answers,
            extended_attributes,
            notes,
            closing_detail,
            assignee,
        } = self;
        description.is_none()
            && status_notes.is_none()
            && address.is_none()
            && address_id.is_none()
            && zipcode.is_none()
            && location.is_none()
            && media_url.is_none()
            && attribute_answers.is_none()
            && extended_attributes.is_none()
            && notes.is_none()
            && closing_detail.is_none()
            && assignee.is_none()
    }
}

/// Whether what a closing with that reason says more precisely is a text, and not an id.
fn is_text(closing_reason: Option<&str>) -> bool {
    closing_reason != Some(ClosingReason::DuplicateOf.as_str())
}

/// The pairs `[[name, value]]` without pictures, or without everything else. `None`: none is left.
fn without(pairs: Value, media: bool, attributes: bool) -> Option<Value> {
    let Value::Array(pairs) = pairs else {
        return None;
    };
    let left: Vec<Value> = pairs
        .into_iter()
        .filter(|pair| {
            let is_picture = pair[0] == "media_url";
            !(media && is_picture || attributes && !is_picture)
        })
        .collect();
    (!left.is_empty()).then_some(Value::Array(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_other_pairs_are_told_apart() {
        let pairs = json!([["ward", "3"], ["media_url", "/a"], ["media_url", "/b"]]);
        let left = |media, attributes| without(pairs.clone(), media, attributes);
        assert_eq!(left(true, false), Some(json!([["ward", "3"]])));
        let pictures = json!([["media_url", "/a"], ["media_url", "/b"]]);
        assert_eq!(left(false, true), Some(pictures));
        assert_eq!(left(true, true), None);
    }
}

//! Filing a service request: everything that one POST writes, in one transaction.

use crate::{
    JurisdictionStorage, StorageError,
    audit::{self, AuditEntry},
    changes::Matter,
    connection::End,
    error, geometry,
    schema::{idempotency_key, media, reporter, service_request, submission_token},
    service_requests::{answers_to_json, pairs_to_json},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    DetailedStatus, Hops, Reporter, Service, ServiceRequestId, ServiceType, Status, Submission,
    SubmissionToken,
};
use serde_json::json;
use uuid::Uuid;

/// A submission with everything that chance has a part in.
pub struct NewServiceRequest<'a> {
    /// What was accepted.
    pub submission: &'a Submission,
    /// The ids that it may have: the first that is free is taken.
    pub candidates: &'a [ServiceRequestId],
    /// The token, if its service is of type batch.
    pub token: &'a SubmissionToken,
    /// Photos that are in the object store already, in the order sent.
    pub photos: &'a [NewPhoto],
    /// What makes a repeated POST known.
    pub idempotency: Option<&'a IdempotencyKey>,
    /// Who files it, as access control names him.
    pub author: &'a str,
    /// When it is written, to the microsecond.
    pub now: DateTime<Utc>,
    /// The way that it has come, if another server forwarded it.
    pub hops: &'a Hops,
}

/// A photo that is in the object store already.
#[derive(Debug, Clone)]
pub struct NewPhoto {
    /// Its name there.
    pub media_id: Uuid,
    /// Where it will be served, from the root of this server.
    pub path: String,
    /// Bytes.
    pub byte_size: i64,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
}

/// What makes a repeated POST known.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// Who sent it: a key_id.
    pub principal: String,
    /// Method and path.
    pub operation: String,
    /// As sent, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of the arguments and files.
    pub fingerprint: Vec<u8>,
}

/// What a reporter is told. At most one of id and token is there.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Receipt {
    /// Of a realtime service.
    pub service_request_id: Option<String>,
    /// Of a batch service.
    pub token: Option<String>,
    /// What the reporter may expect.
    pub service_notice: Option<String>,
}

/// What became of a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is written.
    Filed(Receipt),
    /// It was written before, by a POST with the same key and body.
    Repeated(Receipt),
    /// The key was used before, with another body.
    KeyReused,
    /// A POST with the same key is still running.
    StillRunning,
    /// None of the candidate ids was free.
    NoIdFree,
}

/// Whose an idempotency key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyClaim {
    /// It was not used before, or with the same body.
    Ours,
    /// It was used before with another body.
    OtherBody,
}

impl JurisdictionStorage {
    /// What an earlier POST with this key was answered, if there was one.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_repeated(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<Outcome>, StorageError> {
        let found: Option<(Vec<u8>, Receipt)> = self
            .storage
            .read(async |connection| {
                idempotency_key::table
                    .find((self.id(), &key.principal, &key.operation, &key.key))
                    .select((
                        idempotency_key::fingerprint,
                        (
                            idempotency_key::service_request_id,
                            idempotency_key::token,
                            idempotency_key::service_notice,
                        ),
                    ))
                    .first(connection)
                    .await
                    .optional()
            })
            .await?;
        Ok(found.map(|(fingerprint, receipt)| {
            if fingerprint == key.fingerprint {
                Outcome::Repeated(receipt)
            } else {
                Outcome::KeyReused
            }
        }))
    }

    /// Writes a service request, the beginning of its history, who sent it, its photos, its token and
    /// its idempotency key, or nothing of these.
    ///
    /// # Errors
    /// As every write; then nothing is written, unless the connection broke during the commit.
    pub async fn file(&self, new: &NewServiceRequest<'_>) -> Result<Outcome, StorageError> {
        let written = self
            .changing(Matter::ServiceRequests, async |connection| {
                Ok(match self.write(connection, new).await? {
                    Some(outcome @ Outcome::Filed(_)) => End::Commit(Some(outcome)),
                    outcome => End::Rollback(outcome),
                })
            })
            .await?;
        match (written, new.idempotency) {
            (Some(outcome), _) => Ok(outcome),
            // Another POST with this key committed first: its answer is ours.
            (None, Some(key)) => {
                let repeated = self.find_repeated(key).await?;
                Ok(repeated.unwrap_or(Outcome::StillRunning))
            }
            (None, None) => Ok(Outcome::StillRunning),
        }
    }

    /// `None`: the idempotency key is taken.
    async fn write(
        &self,
        connection: &mut AsyncPgConnection,
        new: &NewServiceRequest<'_>,
    ) -> Result<Option<Outcome>, StorageError> {
        let Some(id) = self.insert_service_request(connection, new).await? else {
            return Ok(Some(Outcome::NoIdFree));
        };
        let now = new.submission.requested_datetime;
        self.insert_opened(connection, &id, new).await?;
        self.insert_reporter(connection, &id, &new.submission.reporter)
            .await?;
        for (photo, sort_order) in new.photos.iter().zip(1..) {
            self.insert_photo(connection, &id, photo, sort_order, now)
                .await?;
        }
        self.insert_forward_by_rule(connection, &id, new).await?;
        self.audit_filing(connection, &id, new).await?;
        let receipt = receipt(new, &id);
        if let Some(token) = &receipt.token {
            self.insert_token(connection, &id, token, now).await?;
        }
        if let Some(key) = new.idempotency {
            match self.insert_key(connection, key, &receipt, now).await {
                Ok(0) => return Ok(None),
                Err(error) if error::is_lock_timeout(&error) => {
                    return Ok(Some(Outcome::StillRunning));
                }
                inserted => inserted?,
            };
        }
        Ok(Some(Outcome::Filed(receipt)))
    }

    async fn audit_filing(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        new: &NewServiceRequest<'_>,
    ) -> QueryResult<()> {
        let service = &new.submission.service;
        let entry = AuditEntry {
            actor: new.author,
            operation: "post_service_request",
            object_kind: "service_request",
            object_id: id.as_str(),
            before: None,
            after: Some(json!({
                "service_code": service.service_code.as_str(),
                "status": Status::Open.as_str(),
                "is_public": service.service_type == ServiceType::Realtime,
            })),
            now: new.now,
        };
        audit::append(connection, &self.jurisdiction_id, &entry).await
    }

    /// Takes the first free id. `None`: none of the candidates is.
    async fn insert_service_request(
        &self,
        connection: &mut AsyncPgConnection,
        new: &NewServiceRequest<'_>,
    ) -> Result<Option<ServiceRequestId>, StorageError> {
        let Submission {
            service,
            position,
            address,
            address_id,
            description,
            media_urls,
            reporter: _,
            attributes,
            requested_datetime,
            expected_datetime,
        } = new.submission;
        let photos = new.photos.iter().map(|photo| photo.path.clone());
        // A file sent along is worth more than a link: it cannot vanish.
        let media: Vec<String> = photos.chain(media_urls.iter().cloned()).collect();
        let further: Vec<(String, String)> = media
            .iter()
            .skip(1)
            .map(|url| ("media_url".to_owned(), url.clone()))
            .collect();
        let attribute_answers = answers_to_json(attributes)?;
        let extended_attributes = pairs_to_json(&further)?;
        for candidate in new.candidates {
            use service_request::dsl;
            let inserted = diesel::insert_into(dsl::service_request)
                .values((
                    dsl::jurisdiction_id.eq(self.id()),
                    dsl::service_request_id.eq(candidate.as_str()),
                    dsl::status.eq(Status::Open.as_str()),
                    dsl::service_name.eq(&service.service_name),
                    dsl::service_code.eq(service.service_code.as_str()),
                    dsl::description.eq(description),
                    dsl::service_notice.eq(notice(service)),
                    dsl::requested_datetime.eq(requested_datetime),
                    dsl::updated_datetime.eq(requested_datetime),
                    dsl::expected_datetime.eq(expected_datetime),
                    dsl::address.eq(address),
                    dsl::address_id.eq(address_id),
                    dsl::location.eq(position.map(geometry::to_point)),
                    dsl::media_url.eq(media.as_slice().first()),
                    dsl::attribute_answers.eq(&attribute_answers),
                    dsl::extended_attributes.eq(&extended_attributes),
                    dsl::is_public.eq(service.service_type == ServiceType::Realtime),
                    dsl::version.eq(1),
                    dsl::detailed_status.eq(DetailedStatus::Open.as_str()),
                ))
                .on_conflict_do_nothing()
                .execute(connection)
                .await?;
            if inserted == 1 {
                return Ok(Some(candidate.clone()));
            }
        }
        Ok(None)
    }

    async fn insert_reporter(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        who: &Reporter,
    ) -> QueryResult<()> {
        if who.is_unknown() {
            return Ok(());
        }
        let Reporter {
            email,
            phone,
            first_name,
            last_name,
            device_id,
            account_id,
        } = who;
        diesel::insert_into(reporter::table)
            .values((
                reporter::jurisdiction_id.eq(self.id()),
                reporter::service_request_id.eq(id.as_str()),
                reporter::email.eq(email),
                reporter::phone.eq(phone),
                reporter::first_name.eq(first_name),
                reporter::last_name.eq(last_name),
                reporter::device_id.eq(device_id),
                reporter::account_id.eq(account_id),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    pub(crate) async fn insert_photo(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        photo: &NewPhoto,
        sort_order: i32,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        diesel::insert_into(media::table)
            .values((
                media::jurisdiction_id.eq(self.id()),
                media::media_id.eq(photo.media_id),
                media::service_request_id.eq(id.as_str()),
                media::sort_order.eq(sort_order),
                media::byte_size.eq(photo.byte_size),
                media::width.eq(photo.width),
                media::height.eq(photo.height),
                media::created_datetime.eq(now),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn insert_token(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        token: &str,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        diesel::insert_into(submission_token::table)
            .values((
                submission_token::jurisdiction_id.eq(self.id()),
                submission_token::token.eq(token),
                submission_token::service_request_id.eq(id.as_str()),
                submission_token::created_datetime.eq(now),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Waits for a POST with the same key that is still running. Answers 0 if it was committed.
    async fn insert_key(
        &self,
        connection: &mut AsyncPgConnection,
        key: &IdempotencyKey,
        receipt: &Receipt,
        now: DateTime<Utc>,
    ) -> QueryResult<usize> {
        diesel::insert_into(idempotency_key::table)
            .values((
                idempotency_key::jurisdiction_id.eq(self.id()),
                idempotency_key::principal.eq(&key.principal),
                idempotency_key::operation.eq(&key.operation),
                idempotency_key::key.eq(&key.key),
                idempotency_key::fingerprint.eq(&key.fingerprint),
                idempotency_key::service_request_id.eq(&receipt.service_request_id),
                idempotency_key::token.eq(&receipt.token),
                idempotency_key::service_notice.eq(&receipt.service_notice),
                idempotency_key::created_datetime.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await
    }

    /// Takes a key for what is more than one transaction: each part of it knows by itself whether it
    /// was done. Who sends the same again takes it again.
    ///
    /// # Errors
    /// As every write.
    pub async fn claim_key(
        &self,
        key: &IdempotencyKey,
        now: DateTime<Utc>,
    ) -> Result<KeyClaim, StorageError> {
        let nothing = Receipt {
            service_request_id: None,
            token: None,
            service_notice: None,
        };
        let mut connection = self.storage.connection().await?;
        let inserted = self.insert_key(&mut connection, key, &nothing, now).await?;
        drop(connection);
        if inserted == 1 {
            return Ok(KeyClaim::Ours);
        }
        Ok(match self.find_repeated(key).await? {
            Some(Outcome::KeyReused) => KeyClaim::OtherBody,
            _ => KeyClaim::Ours,
        })
    }

    /// Forgets the idempotency keys used before `limit`.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_idempotency_keys(
        &self,
        limit: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let mut connection = self.storage.connection().await?;
        Ok(diesel::delete(
            idempotency_key::table
                .filter(idempotency_key::jurisdiction_id.eq(self.id()))
                .filter(idempotency_key::created_datetime.lt(limit)),
        )
        .execute(&mut connection)
        .await?)
    }
}

fn notice(service: &Service) -> Option<&str> {
    Some(service.service_notice.as_str()).filter(|notice| !notice.is_empty())
}

fn receipt(new: &NewServiceRequest<'_>, id: &ServiceRequestId) -> Receipt {
    let service = &new.submission.service;
    let (service_request_id, token) = match service.service_type {
        ServiceType::Realtime => (Some(id.to_string()), None),
        ServiceType::Batch => (None, Some(new.token.to_string())),
        ServiceType::Blackbox => (None, None),
    };
    Receipt {
        service_request_id,
        token,
        service_notice: notice(service).map(str::to_owned),
    }
}

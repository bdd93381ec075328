//! Filing a service request: everything that one POST writes, in one transaction.

use crate::{
    JurisdictionStorage, StorageError,
    changes::Matter,
    filing::{Written, to_row},
    schema::idempotency_key,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Hops, Service, ServiceRequestId, ServiceType, Submission, SubmissionToken};
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
        let row = to_row(new)?;
        let _making = self.making(Matter::ServiceRequests);
        let (filing, id) = (&self.storage.0.filing, &self.jurisdiction_id);
        let written = match new.idempotency {
            // It may have to wait for its twin, which is nobody else's affair.
            Some(_) => filing.alone(id, &row).await?,
            None => filing.with_others(id, row).await?,
        };
        match (written, new.idempotency) {
            (Written::Filed(id), _) => Ok(Outcome::Filed(receipt(new, id))),
            (Written::NoIdFree, _) => Ok(Outcome::NoIdFree),
            // Another POST with this key committed first: its answer is ours.
            (Written::KeyTaken, Some(key)) => {
                let repeated = self.find_repeated(key).await?;
                Ok(repeated.unwrap_or(Outcome::StillRunning))
            }
            (Written::KeyTaken | Written::KeyHeld, _) => Ok(Outcome::StillRunning),
        }
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
        let mut connection = self.storage.connection().await?;
        let inserted = diesel::insert_into(idempotency_key::table)
            .values((
                idempotency_key::jurisdiction_id.eq(self.id()),
                idempotency_key::principal.eq(&key.principal),
                idempotency_key::operation.eq(&key.operation),
                idempotency_key::key.eq(&key.key),
                idempotency_key::fingerprint.eq(&key.fingerprint),
                idempotency_key::created_datetime.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(&mut connection)
            .await?;
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

pub(crate) fn notice(service: &Service) -> Option<&str> {
    Some(service.service_notice.as_str()).filter(|notice| !notice.is_empty())
}

/// The token of a service request that gets one.
pub(crate) fn token<'a>(new: &NewServiceRequest<'a>) -> Option<&'a str> {
    let is_batch = new.submission.service.service_type == ServiceType::Batch;
    is_batch.then(|| new.token.as_str())
}

fn receipt(new: &NewServiceRequest<'_>, id: String) -> Receipt {
    let service = &new.submission.service;
    Receipt {
        service_request_id: (service.service_type == ServiceType::Realtime).then_some(id),
        token: token(new).map(str::to_owned),
        service_notice: notice(service).map(str::to_owned),
    }
}

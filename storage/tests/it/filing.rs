//! Files service requests as the API does, with chance taken out.

use crate::time;
use domain::{Hops, Reporter, Service, ServiceRequestId, Submission, SubmissionToken};
use std::sync::atomic::{AtomicU64, Ordering};
use storage::{
    IdempotencyKey, JurisdictionStorage, NewPhoto, NewServiceRequest, Outcome, Receipt,
    StorageError,
};
use uuid::Uuid;

/// One POST.
#[derive(Clone)]
pub struct Filing {
    /// What was sent.
    pub submission: Submission,
    /// Ids to choose from.
    pub candidates: Vec<ServiceRequestId>,
    /// For a batch service.
    pub token: SubmissionToken,
    /// Files sent along.
    pub photos: Vec<NewPhoto>,
    /// The header, if there was one.
    pub idempotency: Option<IdempotencyKey>,
    /// The way that it has come.
    pub hops: Hops,
}

impl Filing {
    /// A POST about a service by somebody who does not tell who he is.
    pub fn of(service: &Service) -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(1);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self {
            submission: Submission {
                service: service.clone(),
                position: None,
                address: Some("1 City Hall Square".to_owned()),
                address_id: None,
                description: Some("A hole".to_owned()),
                media_urls: vec![],
                reporter: Reporter::default(),
                attributes: vec![],
                requested_datetime: time("2026-06-01T12:00:00Z"),
                expected_datetime: None,
            },
            candidates: vec![id(&format!("26-{number:08}"))],
            token: SubmissionToken::parse(&format!("token-{number}")).unwrap(),
            photos: vec![],
            idempotency: None,
            hops: Hops::default(),
        }
    }

    /// With ids to choose from.
    pub fn candidates(mut self, candidates: &[&str]) -> Self {
        self.candidates = candidates.iter().map(|one| id(one)).collect();
        self
    }

    /// With a key, and a body of this fingerprint.
    pub fn key(mut self, key: &str, fingerprint: u8) -> Self {
        self.idempotency = Some(IdempotencyKey {
            principal: "k1".to_owned(),
            operation: "POST /requests".to_owned(),
            key: key.to_owned(),
            fingerprint: vec![fingerprint; 32],
        });
        self
    }

    /// By somebody who tells his address.
    pub fn email(mut self, email: &str) -> Self {
        self.submission.reporter.email = Some(email.to_owned());
        self
    }

    /// With another photo.
    pub fn photo(mut self) -> Self {
        let media_id = Uuid::now_v7();
        self.photos.push(NewPhoto {
            media_id,
            path: format!("/media/{media_id}"),
            byte_size: 12_345,
            width: 640,
            height: 480,
        });
        self
    }

    /// Sends it.
    pub async fn send(&self, to: &JurisdictionStorage) -> Result<Outcome, StorageError> {
        to.file(&NewServiceRequest {
            submission: &self.submission,
            candidates: &self.candidates,
            token: &self.token,
            photos: &self.photos,
            idempotency: self.idempotency.as_ref(),
            author: "key:k1",
            now: self.submission.requested_datetime,
            hops: &self.hops,
        })
        .await
    }

    /// Sends it and answers the receipt that it must get.
    pub async fn filed(&self, to: &JurisdictionStorage) -> Receipt {
        match self.send(to).await.unwrap() {
            Outcome::Filed(receipt) => receipt,
            other => unreachable!("{other:?}"),
        }
    }
}

/// An id.
pub fn id(text: &str) -> ServiceRequestId {
    ServiceRequestId::parse(text).unwrap()
}

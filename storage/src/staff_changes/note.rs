//! What staff note: for everybody, or for each other.

use super::{Acting, Changed};
use crate::{JurisdictionStorage, StorageError};
use domain::{NewUpdate, ServiceRequestId};

/// A note.
#[derive(Debug, Clone)]
pub struct Noting<'a> {
    /// On which service request.
    pub service_request_id: &'a ServiceRequestId,
    /// What, at most 4,000 characters.
    pub description: &'a str,
    /// Whether the public may read it.
    pub is_public: bool,
    /// Pictures and pages.
    pub media_urls: &'a [String],
    /// By which its author knows it, if he may send it again.
    pub source_update_id: Option<&'a str>,
    /// By whom.
    pub acting: Acting<'a>,
}

impl JurisdictionStorage {
    /// Notes something in the history of a service request.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_on_service_request(
        &self,
        noting: &Noting<'_>,
    ) -> Result<Changed, StorageError> {
        let Noting {
            service_request_id: id,
            acting,
            ..
        } = noting;
        self.act(async |connection| {
            let family = self.lock(connection, &[id]).await?;
            if let Err(refused) = family.acted_on(id, acting, None) {
                return Ok(Some(refused));
            }
            if let Some(source) = noting.source_update_id
                && let Some(version) = self
                    .find_repeated_change(connection, id, acting, source)
                    .await?
            {
                return Ok(Some(Changed::Unchanged { version }));
            }
            let update = NewUpdate {
                is_public: noting.is_public,
                description: Some(noting.description.to_owned()),
                media_urls: noting.media_urls.to_vec(),
                source_update_id: noting.source_update_id.map(str::to_owned),
                ..NewUpdate::by(acting.author, acting.now)
            };
            let noted = self.append_as(connection, id, &update, &[], acting).await?;
            Ok(Some(noted))
        })
        .await
    }
}

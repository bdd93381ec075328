//! Photos sent with service requests; the files lie in the object store.

use crate::{
    JurisdictionStorage, StorageError,
    schema::{media, service_request},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A photo that the public may see.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct StoredPhoto {
    /// Bytes.
    pub byte_size: i64,
    /// When it was sent.
    pub created_datetime: DateTime<Utc>,
}

impl JurisdictionStorage {
    /// The photo of that id, if its service request is public.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_photo(&self, media_id: Uuid) -> Result<Option<StoredPhoto>, StorageError> {
        self.storage
            .read(async |connection| {
                media::table
                    .inner_join(
                        service_request::table.on(service_request::jurisdiction_id
                            .eq(media::jurisdiction_id)
                            .and(
                                service_request::service_request_id.eq(media::service_request_id),
                            )),
                    )
                    .filter(media::jurisdiction_id.eq(self.id()))
                    .filter(media::media_id.eq(media_id))
                    .filter(media::removed_datetime.is_null())
                    .filter(service_request::is_public)
                    .select((media::byte_size, media::created_datetime))
                    .first(connection)
                    .await
                    .optional()
            })
            .await
    }
}

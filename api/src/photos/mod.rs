//! Photos: made anew from what was sent, and kept where they are served from.

mod picture;

pub use picture::Picture;
#[cfg(feature = "fuzzing")]
pub use picture::read;

use crate::{error::ApiError, extract::UploadedFile};
use bytes::Bytes;
use domain::{JurisdictionId, Violation};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use std::{path::Path, sync::Arc};
use storage::{NewPhoto, RemovedPhoto};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Pictures decoded at once: each may take 320 MB.
const AT_ONCE: usize = 2;
/// Photos of one service request.
const MAX_PHOTOS: usize = 10;
/// Where photos lie.
pub struct PhotoStore {
    store: Arc<dyn ObjectStore>,
    decoding: Semaphore,
}

impl PhotoStore {
    /// A store in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        std::fs::create_dir_all(folder)?;
        // A row must not outlive its file: fsync before the transaction commits.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            decoding: Semaphore::new(AT_ONCE),
        })
    }

    /// The pictures in `files`.
    ///
    /// # Errors
    /// 415 for a file that is no JPEG, PNG or WebP; 400 for one that is damaged or too large in
    /// pixels, or when there are too many.
    pub async fn prepare(&self, files: &[UploadedFile]) -> Result<Vec<Picture>, ApiError> {
        if files.len() > MAX_PHOTOS {
            let problem = format!(
                "holds {} files; at most {MAX_PHOTOS} are accepted",
                files.len()
            );
            return Err(Violation::new("media", problem).into());
        }
        let mut prepared = Vec::with_capacity(files.len());
        for file in files {
            let _turn = self.decoding.acquire().await.map_err(ApiError::internal)?;
            let (field, content) = (file.field.clone(), file.content.clone());
            let decoded =
                tokio::task::spawn_blocking(move || picture::read(&field, &content)).await;
            prepared.push(decoded.map_err(ApiError::internal)??);
        }
        Ok(prepared)
    }

    /// Stores a picture under a name that cannot be guessed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put(
        &self,
        jurisdiction_id: &JurisdictionId,
        photo: &Picture,
    ) -> Result<NewPhoto, ApiError> {
        let media_id = Uuid::from_u128(rand::random());
        let path = path_of(jurisdiction_id, media_id);
        let payload = PutPayload::from_bytes(photo.jpeg.clone());
        self.store
            .put(&object_path(&path), payload)
            .await
            .map_err(|error| {
                ApiError::unavailable("photos cannot be stored at the moment", error)
            })?;
        Ok(NewPhoto {
            media_id,
            path,
            byte_size: i64::try_from(photo.jpeg.len()).map_err(ApiError::internal)?,
            width: i32::try_from(photo.width).map_err(ApiError::internal)?,
            height: i32::try_from(photo.height).map_err(ApiError::internal)?,
        })
    }

    /// The picture at `path`, as [`Self::put`] named it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn get(&self, path: &str) -> Result<Bytes, ApiError> {
        let found = self
            .store
            .get(&object_path(path))
            .await
            .map_err(ApiError::internal)?;
        found.bytes().await.map_err(ApiError::internal)
    }

    /// Deletes the files of photos that were taken out of a service request. Answers those that are
    /// gone, now or before.
    pub async fn delete_removed(
        &self,
        jurisdiction_id: &JurisdictionId,
        photos: &[RemovedPhoto],
    ) -> Vec<RemovedPhoto> {
        let mut gone = Vec::with_capacity(photos.len());
        for photo in photos {
            let path = path_of(jurisdiction_id, photo.media_id);
            match self.store.delete(&object_path(&path)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => gone.push(*photo),
                Err(error) => {
                    let media_id = photo.media_id;
                    tracing::warn!(%error, %media_id, "a photo that was taken out stays for now");
                }
            }
        }
        gone
    }

    /// Takes pictures away whose service request was not written.
    pub async fn delete(&self, photos: &[NewPhoto]) {
        for photo in photos {
            if let Err(error) = self.store.delete(&object_path(&photo.path)).await {
                tracing::warn!(%error, media_id = %photo.media_id, "an orphaned photo stays");
            }
        }
    }
}

/// Where a photo is served, from the root of the site.
fn path_of(jurisdiction_id: &JurisdictionId, media_id: Uuid) -> String {
    format!("/media/{jurisdiction_id}/{media_id}.jpg")
}

fn object_path(path: &str) -> ObjectPath {
    ObjectPath::from(path.trim_start_matches("/media/"))
}

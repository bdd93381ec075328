//! Photos: told by their content, decoded within bounds, and written anew, so that nothing of the
//! file survives but the picture: no place, no time, no camera, no thumbnail.

use crate::{
    error::{ApiError, Kind},
    extract::UploadedFile,
};
use bytes::Bytes;
use domain::{JurisdictionId, Violation};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use std::{io::Cursor, path::Path, sync::Arc};
use storage::NewPhoto;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Wider or higher than any phone's camera.
const MAX_SIDE: u32 = 20_000;
/// 40 megapixels.
const MAX_PIXELS: u64 = 40_000_000;
/// What decoding one picture may take: 40 megapixels, four bytes each, twice.
const MAX_ALLOC: u64 = 2 * 4 * MAX_PIXELS;
/// Pictures decoded at once: each may take [`MAX_ALLOC`].
const AT_ONCE: usize = 2;
/// Photos of one service request.
const MAX_PHOTOS: usize = 10;
/// Good enough to read a house number.
const JPEG_QUALITY: u8 = 85;

/// A picture that is ready to be stored.
pub struct Prepared {
    jpeg: Bytes,
    width: u32,
    height: u32,
}

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
    pub async fn prepare(&self, files: &[UploadedFile]) -> Result<Vec<Prepared>, ApiError> {
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
            let decoded = tokio::task::spawn_blocking(move || prepare(&field, &content)).await;
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
        photo: &Prepared,
    ) -> Result<NewPhoto, ApiError> {
        let media_id = Uuid::from_u128(rand::random());
        let path = format!("/media/{jurisdiction_id}/{media_id}.jpg");
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

    /// Takes pictures away whose service request was not written.
    pub async fn delete(&self, photos: &[NewPhoto]) {
        for photo in photos {
            if let Err(error) = self.store.delete(&object_path(&photo.path)).await {
                tracing::warn!(%error, media_id = %photo.media_id, "an orphaned photo stays");
            }
        }
    }
}

fn object_path(path: &str) -> ObjectPath {
    ObjectPath::from(path.trim_start_matches("/media/"))
}

fn prepare(field: &str, content: &[u8]) -> Result<Prepared, ApiError> {
    let refused = |problem: &str| ApiError::from(Violation::new(field, problem));
    let format = match image::guess_format(content) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP))
            if !is_polyglot(content) =>
        {
            format
        }
        _ => {
            let sentence = format!("{field} is not a JPEG, PNG or WebP picture");
            return Err(ApiError::new(Kind::UnsupportedMediaType, sentence));
        }
    };
    let damaged = |_error| refused("is a damaged picture");
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(refused("has more than 40 megapixels"));
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    let picture = on_white(&picture);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&picture)
        .map_err(ApiError::internal)?;
    Ok(Prepared {
        jpeg: jpeg.into(),
        width: picture.width(),
        height: picture.height(),
    })
}

/// The picture without transparency, which JPEG does not have.
fn on_white(picture: &DynamicImage) -> image::RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let blended = picture.to_rgba8();
    image::RgbImage::from_fn(blended.width(), blended.height(), |x, y| {
        let [r, g, b, alpha] = blended.get_pixel(x, y).0.map(u16::from);
        let over = |c: u16| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255);
        image::Rgb([over(r), over(g), over(b)])
    })
}

/// Whether the file is something else as well: a PDF by its first kilobyte, an archive by its end.
/// Only the picture would be kept, but nobody sends such a file in good faith.
fn is_polyglot(content: &[u8]) -> bool {
    let head = &content[..content.len().min(1_024)];
    // An archive's directory ends within the last 64 KiB and 22 bytes.
    let tail = &content[content.len().saturating_sub(65_557)..];
    contains(head, b"%PDF-") || contains(tail, b"PK\x05\x06")
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

//! A photo: JPEG, PNG or WebP, or what pretends to be one.

use crate::told;
use api::fuzzing::read_picture;
use image::{ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

/// What is stored is a JPEG of the size that is told, without anything of the camera's.
pub fn check(bytes: &[u8]) {
    let picture = match read_picture("media", bytes) {
        Ok(picture) => picture,
        Err(error) => return told::error(&error),
    };
    let reader = ImageReader::with_format(Cursor::new(&picture.jpeg), ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder().unwrap();
    assert_eq!(decoder.dimensions(), (picture.width, picture.height));
    assert_eq!(decoder.exif_metadata().unwrap(), None);
}

//! A picture: told by its content, decoded within bounds, and written anew, so that nothing of the
//! file survives but the picture: no place, no time, no camera, no thumbnail.

use crate::error::{ApiError, Kind};
use bytes::Bytes;
use domain::Violation;
use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits,
    codecs::jpeg::JpegEncoder, metadata::Orientation,
};
use image_webp::WebPDecoder;
use std::{error::Error, io::Cursor};

/// Wider or higher than any phone's camera.
const MAX_SIDE: u32 = 20_000;
/// 40 megapixels.
const MAX_PIXELS: u64 = 40_000_000;
/// What decoding one picture may take: 40 megapixels, four bytes each, twice.
const MAX_ALLOC: u64 = 2 * 4 * MAX_PIXELS;
/// Good enough to read a house number.
const JPEG_QUALITY: u8 = 85;

/// A picture that is ready to be stored.
pub struct Picture {
    /// The file.
    pub jpeg: Bytes,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
}

/// The type and checksum of a PNG's last chunk, which has no content.
/// <https://www.w3.org/TR/png/#11IEND>
const PNG_END: &[u8] = b"IEND\xae\x42\x60\x82";

type Failure = Box<dyn Error + Send + Sync>;

/// Why a picture is not taken.
enum Refused {
    TooManyPixels,
    TooLong,
    Damaged(Failure),
}

impl<E: Into<Failure>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Damaged(error.into())
    }
}

/// The picture in a file that was sent in `field`.
///
/// # Errors
/// 415 for a file that is no JPEG, PNG or WebP; 400 for a damaged one, or more than 40 megapixels.
pub fn read(field: &str, content: &[u8]) -> Result<Picture, ApiError> {
    let decoded = match image::guess_format(content) {
        _ if is_polyglot(content) => None,
        Ok(ImageFormat::Png) => Some(decode_png(content)),
        Ok(ImageFormat::Jpeg) => Some(decode_jpeg(content)),
        Ok(ImageFormat::WebP) => Some(decode_webp(content)),
        _ => None,
    };
    let decoded = decoded.ok_or_else(|| {
        let told = Violation::new(field, "is not a JPEG, PNG or WebP picture");
        ApiError::new(Kind::UnsupportedMediaType, told.to_string())
    })?;
    let (mut picture, orientation) = decoded.map_err(|refused| match refused {
        Refused::TooManyPixels => Violation::new(field, "has more than 40 megapixels"),
        Refused::TooLong => {
            let problem = format!("is more than {MAX_SIDE} pixels wide or high");
            Violation::new(field, problem)
        }
        Refused::Damaged(error) => {
            tracing::debug!(%error, "a picture cannot be decoded");
            Violation::new(field, "is a damaged picture")
        }
    })?;
    picture.apply_orientation(orientation);
    let picture = on_white(&picture);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&picture)
        .map_err(ApiError::internal)?;
    Ok(Picture {
        jpeg: jpeg.into(),
        width: picture.width(),
        height: picture.height(),
    })
}

/// Refuses by the header, before anything is decoded.
fn check_size(width: u32, height: u32) -> Result<(), Refused> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(Refused::TooManyPixels);
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Refused::TooLong);
    }
    Ok(())
}

fn decode_jpeg(content: &[u8]) -> Result<(DynamicImage, Orientation), Refused> {
    if !jpeg_has_its_end(content) {
        return Err("the end is missing".into());
    }
    let mut reader = ImageReader::with_format(Cursor::new(content), ImageFormat::Jpeg);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let orientation = decoder.orientation()?;
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

/// Whether a JPEG was not cut off: the decoder would fill what is missing with grey. Marker by
/// marker, because thumbnails have ends of their own, and what phones append behind the end does
/// not matter. <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>, B.1.1
fn jpeg_has_its_end(content: &[u8]) -> bool {
    let mut at = 2; // behind the start of image
    while let (Some(0xFF), Some(marker)) = (content.get(at), content.get(at + 1)) {
        match marker {
            0xD9 => return true,
            // A fill byte; a marker without content.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD7 => at += 2,
            marker => {
                let Some([high, low]) = content.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
                if *marker == 0xDA {
                    at += scan_length(content.get(at..).unwrap_or_default());
                }
            }
        }
    }
    false
}

/// The bytes of compressed data up to the next marker that is none of a restart.
fn scan_length(data: &[u8]) -> usize {
    let is_end = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF);
    data.windows(2).position(is_end).unwrap_or(data.len())
}

/// WebP by its decoder itself, because `image` does not hand on a bound for metadata: a file of a
/// few hundred bytes may say that it holds gigabytes of them, and memory would be asked for.
fn decode_webp(content: &[u8]) -> Result<(DynamicImage, Orientation), Refused> {
    let mut decoder = WebPDecoder::new(Cursor::new(content))?;
    decoder.set_memory_limit(content.len());
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let exif = decoder.exif_metadata()?;
    let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif));
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or("too large")?];
    decoder.read_image(&mut pixels)?;
    let picture = if decoder.has_alpha() {
        ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
    } else {
        ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    Ok((
        picture.ok_or("an unexpected number of pixels")?,
        orientation.unwrap_or(Orientation::NoTransforms),
    ))
}

/// PNG without its checksums, and with missing rows left blank if the file has its end: some apps
/// write such (the picture that Python's `three` is tested with is one), and a picture that can be
/// seen is worth more than a correct file. A file without its end was cut off on the way.
fn decode_png(content: &[u8]) -> Result<(DynamicImage, Orientation), Refused> {
    let bytes = usize::try_from(MAX_ALLOC)?;
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(content), png::Limits { bytes });
    decoder.ignore_checksums(true);
    // Neither is kept, and either may inflate to a thousand times what was sent.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    check_size(width, height)?;
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let (color_type, _) = reader.output_color_type();
    if reader.info().interlaced {
        reader.next_frame(&mut pixels)?;
    } else {
        let row_size = reader.output_line_size(width).ok_or("too large")?;
        for row in pixels.chunks_exact_mut(row_size) {
            match reader.read_row(row) {
                Ok(_) => {}
                Err(_missing) if content.ends_with(PNG_END) => break,
                Err(cut_off) => return Err(cut_off.into()),
            }
        }
    }
    let picture = match color_type {
        png::ColorType::Grayscale => {
            ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
        }
        png::ColorType::GrayscaleAlpha => {
            ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8)
        }
        png::ColorType::Rgb => {
            ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
        }
        png::ColorType::Rgba | png::ColorType::Indexed => {
            ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
        }
    };
    Ok((
        picture.ok_or("an unexpected number of pixels")?,
        orientation,
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What the tests of Python's `three` send: one pixel, its checksums wrong, its end missing.
    const CARELESS_PNG: &[u8] = &[
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
        0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f,
        0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60,
        0x00, 0x00, 0x02, 0x00, 0x00, 0x01, 0xe2, 0x21, 0xbc, 0x33, 0x00, 0x00, 0x00, 0x00, 0x49,
        0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ];

    #[test]
    fn a_careless_png_is_read_as_far_as_it_has_pixels() {
        let (picture, _) = decode_png(CARELESS_PNG).ok().unwrap();
        assert_eq!((picture.width(), picture.height()), (1, 1));
    }

    #[test]
    fn a_jpeg_that_was_cut_off_is_damaged_and_one_with_something_behind_its_end_is_not() {
        let mut jpeg = Vec::new();
        let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8, y as u8, 7]));
        JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
        assert!(read("media", &jpeg).is_ok());
        for length in [20, jpeg.len() / 2, jpeg.len() - 2] {
            assert!(read("media", &jpeg[..length]).is_err(), "{length} bytes");
        }
        jpeg.extend_from_slice(b"a phone's own data");
        assert!(read("media", &jpeg).is_ok());
    }

    #[test]
    fn a_webp_is_read_and_turned_upright() {
        let nine_by_seven = include_bytes!("../../../fuzz/corpus/picture/turned.webp");
        let picture = read("media", nine_by_seven).unwrap();
        assert_eq!((picture.width, picture.height), (7, 9));
    }

    #[test]
    fn a_png_without_all_its_rows_is_damaged() {
        assert!(matches!(
            decode_png(&CARELESS_PNG[..45]),
            Err(Refused::Damaged(_))
        ));
    }
}

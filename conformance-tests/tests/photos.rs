//! Files in a multipart POST: requirements J1, J3 and J4.
//!
//! The photos are real ones, with GPS, thumbnails, XMP and orientation; see the
//! README of `../shared/data`.

use std::io::Cursor;

use conformance_tests::answer::Answer;
use conformance_tests::demo::{self, Demo};
use conformance_tests::endpoint::{Format, text};
use conformance_tests::http::{Call, Multipart};
use conformance_tests::server::Server;
use conformance_tests::shared;
use image::{DynamicImage, GenericImageView, ImageFormat, RgbImage};

fn photo(name: &str) -> Vec<u8> {
    shared::bytes(&format!("data/photos/{name}"))
}

fn drawn(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 128]));
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format);
    assert!(written.is_ok(), "{format:?} can be drawn");
    bytes.into_inner()
}

fn post(format: Format, description: &str, files: &[(&str, &str, &str, &[u8])]) -> Answer {
    let demo = Demo::boston();
    let form = demo.report(&demo.plain).with("description", description);
    let parts = files
        .iter()
        .fold(Multipart::of(&form), |parts, (field, name, kind, bytes)| {
            parts.file(field, name, kind, bytes)
        });
    demo.endpoint
        .call("POST", "requests", format)
        .multipart(&parts)
        .send()
}

/// Files a report with one picture and returns the `media_url`.
#[track_caller]
fn upload(field: &str, bytes: &[u8]) -> String {
    let answer = post(
        Format::Json,
        "with a picture",
        &[(field, "p.jpg", "image/jpeg", bytes)],
    );
    let id = text(&answer.expect(200).row(), "service_request_id").to_owned();
    text(&Demo::boston().endpoint.request(&id), "media_url").to_owned()
}

#[track_caller]
fn fetch(url: &str) -> Answer {
    Call::new("GET", url).send().expect(200)
}

#[test]
fn a_picture_is_answered_as_a_media_url_of_this_server() {
    let url = upload("media", &photo("gps_nikon_dscn0010.jpg"));
    assert!(
        url.starts_with(&format!("{}/media/", Server::shared().url())),
        "{url}"
    );
    let answer = fetch(&url);
    assert_eq!(answer.header("content-type"), Some("image/jpeg"));
    assert!(image::load_from_memory_with_format(&answer.body, ImageFormat::Jpeg).is_ok());
}

#[test]
fn a_picture_is_served_as_nothing_but_a_picture() {
    let answer = fetch(&upload("media", &drawn(ImageFormat::Jpeg)));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(
        answer
            .header("content-security-policy")
            .is_some_and(|policy| policy.contains("sandbox"))
    );
    assert!(
        answer
            .header("cache-control")
            .is_some_and(|control| control.contains("immutable"))
    );
}

#[test]
fn every_name_that_clients_give_the_field_is_understood() {
    for field in [
        "media", "media[]", "media[0]", "photo1", "photo3", "file_1", "file_abc",
    ] {
        let url = upload(field, &drawn(ImageFormat::Jpeg));
        assert!(url.contains("/media/"), "{field}: {url}");
    }
}

#[test]
fn several_pictures_make_one_media_url() {
    let jpeg = drawn(ImageFormat::Jpeg);
    let files: [(&str, &str, &str, &[u8]); 2] = [
        ("media[]", "a.jpg", "image/jpeg", &jpeg),
        ("media[]", "b.jpg", "image/jpeg", &jpeg),
    ];
    let id = text(
        &post(Format::Json, "two pictures", &files).expect(200).row(),
        "service_request_id",
    )
    .to_owned();
    fetch(text(&Demo::boston().endpoint.request(&id), "media_url"));
}

#[test]
fn content_decides_what_a_picture_is_and_all_become_jpeg() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = drawn(format);
        let files: [(&str, &str, &str, &[u8]); 1] = [("media", "x.txt", "text/plain", &bytes)];
        let answer = post(Format::Json, "claims to be text", &files)
            .expect(200)
            .row();
        let request = Demo::boston()
            .endpoint
            .request(text(&answer, "service_request_id"));
        let served = fetch(text(&request, "media_url"));
        assert_eq!(
            image::guess_format(&served.body).ok(),
            Some(ImageFormat::Jpeg),
            "{format:?}"
        );
        let picture = image::load_from_memory(&served.body).unwrap();
        assert_eq!(picture.dimensions(), (64, 48));
    }
}

/// The markers before the picture data, and whether anything follows its end.
fn markers(jpeg: &[u8]) -> (Vec<u8>, bool) {
    let mut found = Vec::new();
    let mut at = 2;
    while at + 4 <= jpeg.len() && jpeg[at] == 0xFF && jpeg[at + 1] != 0xDA {
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    (found, !jpeg.ends_with(&[0xFF, 0xD9]))
}

#[test]
fn no_metadata_survives() {
    let names = [
        "gps_ifd_canon_40d.jpg",
        "gps_nikon_dscn0010.jpg",
        "gps_nikon_dscn0021.jpg",
        "gps_south_kodak_cx7530.jpg",
        "orientation_landscape_6.jpg",
        "orientation_portrait_8.jpg",
        "xmp_icc_no_exif.jpg",
    ];
    for name in names {
        let served = fetch(&upload("media", &photo(name))).body;
        let (markers, trailer) = markers(&served);
        // APP0 is JFIF's own header; APP1 to APP15 and COM carry all metadata there is.
        let metadata: Vec<_> = markers
            .iter()
            .filter(|m| (0xE1..=0xEF).contains(*m) || **m == 0xFE)
            .collect();
        assert!(
            metadata.is_empty() && !trailer,
            "{name}: {metadata:x?} {trailer}"
        );
        for word in [
            "Exif",
            "GPS",
            "http://ns.adobe.com",
            "ICC_PROFILE",
            "NIKON",
            "Canon",
            "Photoshop",
        ] {
            let found = served
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{name}: {word}");
        }
    }
}

/// A small grey copy, to compare pictures after lossy compression.
fn thumbnail(picture: &DynamicImage) -> Vec<u8> {
    picture
        .resize_exact(16, 16, image::imageops::FilterType::Triangle)
        .to_luma8()
        .into_raw()
}

fn distance(one: &[u8], other: &[u8]) -> f64 {
    let sum: u32 = one
        .iter()
        .zip(other)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    f64::from(sum) / one.len() as f64
}

#[test]
fn orientation_is_applied_before_its_tag_is_dropped() {
    for (name, turns) in [
        ("orientation_landscape_6.jpg", 1),
        ("orientation_portrait_8.jpg", 3),
    ] {
        let sent = image::load_from_memory(&photo(name)).unwrap();
        let served = image::load_from_memory(&fetch(&upload("media", &photo(name))).body).unwrap();
        let turned = [sent.rotate90(), sent.rotate180(), sent.rotate270()];
        let (width, height) = turned[turns - 1].dimensions();
        assert_eq!(served.width() > served.height(), width > height, "{name}");
        let near = distance(&thumbnail(&served), &thumbnail(&turned[turns - 1]));
        let upside_down = distance(&thumbnail(&served), &thumbnail(&turned[(turns + 1) % 4]));
        assert!(
            near < 8.0 && near < upside_down,
            "{name}: {near} {upside_down}"
        );
    }
}

/// Refused in the format asked for, and no service request is left behind.
#[track_caller]
fn is_refused(what: &str, bytes: &[u8]) {
    for format in Format::BOTH {
        let word = demo::unique();
        let answer = post(format, &word, &[("media", "p.jpg", "image/jpeg", bytes)]);
        assert!(
            (400..500).contains(&answer.status),
            "{what}: {} {}",
            answer.status,
            answer.shown()
        );
        answer.faults(format, answer.status);
        assert_eq!(
            Demo::boston().endpoint.find(&[("q", &word)]).len(),
            0,
            "{what}"
        );
    }
}

#[test]
fn what_is_no_picture_is_refused_and_nothing_is_filed() {
    let jpeg = drawn(ImageFormat::Jpeg);
    let zip_tail = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let refused: [(&str, Vec<u8>); 10] = [
        ("text", b"just words".to_vec()),
        ("HTML", b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec()),
        ("SVG", b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec()),
        ("GIF", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec()),
        ("GIF and script", b"GIF89a/*\x01\0\x01\0*/=1;alert(1);//".to_vec()),
        ("PDF", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF".to_vec()),
        ("ZIP", zip_tail.to_vec()),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec()),
        ("a JPEG's first bytes", vec![0xFF, 0xD8, 0xFF, 0xE0]),
        ("an EXE", b"MZ\x90\0\x03\0\0\0".to_vec()),
    ];
    for (what, bytes) in refused {
        is_refused(what, &bytes);
    }
}

#[test]
fn what_hangs_on_a_picture_is_refused_or_gone() {
    let tails: [&[u8]; 3] = [
        b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"<script>alert(1)</script>",
        b"%PDF-1.4 trailer",
    ];
    for tail in tails {
        let bytes = [drawn(ImageFormat::Jpeg).as_slice(), tail].concat();
        let answer = post(
            Format::Json,
            "with a tail",
            &[("media", "p.jpg", "image/jpeg", &bytes)],
        );
        if answer.status == 200 {
            let request = Demo::boston()
                .endpoint
                .request(text(&answer.row(), "service_request_id"));
            let served = fetch(text(&request, "media_url")).body;
            assert!(!served.windows(tail.len()).any(|window| window == tail));
        } else {
            assert!((400..500).contains(&answer.status), "{}", answer.shown());
        }
    }
}

/// A picture whose header claims 60,000 × 60,000 pixels.
fn bomb(format: ImageFormat) -> Vec<u8> {
    let mut bytes = drawn(format);
    let side = 60_000_u32;
    if format == ImageFormat::Png {
        // Signature, length, "IHDR", then width, height and five bytes; then the CRC.
        bytes[16..20].copy_from_slice(&side.to_be_bytes());
        bytes[20..24].copy_from_slice(&side.to_be_bytes());
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    } else if let Some(at) = bytes.windows(2).position(|marker| marker == [0xFF, 0xC0]) {
        // Start of frame: marker, length, precision, then height and width.
        let side = (side as u16).to_be_bytes();
        bytes[at + 5..at + 7].copy_from_slice(&side);
        bytes[at + 7..at + 9].copy_from_slice(&side);
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

#[test]
fn more_than_forty_megapixels_are_refused_from_the_header() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let started = std::time::Instant::now();
        is_refused("a bomb", &bomb(format));
        assert!(started.elapsed().as_secs() < 5, "{format:?} was decoded");
    }
}

#[test]
fn a_file_name_decides_nothing() {
    let jpeg = drawn(ImageFormat::Jpeg);
    for name in [
        "../../../etc/passwd",
        "x.html",
        "..\\x.jpg",
        "%2e%2e%2f",
        "ü .jpg",
        "",
    ] {
        let files: [(&str, &str, &str, &[u8]); 1] = [("media", name, "image/jpeg", &jpeg)];
        let answer = post(Format::Json, "odd name", &files).expect(200).row();
        let request = Demo::boston()
            .endpoint
            .request(text(&answer, "service_request_id"));
        let url = text(&request, "media_url");
        assert!(
            !url.contains("..") && !url.contains("passwd") && !url.contains("html"),
            "{url}"
        );
    }
}

#[test]
fn a_file_wins_over_a_media_url() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .and("media_url", "https://example.org/elsewhere.jpg");
    let parts =
        Multipart::of(&form).file("media", "p.jpg", "image/jpeg", &drawn(ImageFormat::Jpeg));
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .multipart(&parts);
    let id = text(&call.send().expect(200).row(), "service_request_id").to_owned();
    assert!(text(&demo.endpoint.request(&id), "media_url").contains("/media/"));
}

#[test]
fn an_empty_file_field_is_as_good_as_none() {
    // What a browser sends for a field in which no file was chosen.
    let files: [(&str, &str, &str, &[u8]); 1] = [("media", "", "application/octet-stream", b"")];
    let answer = post(Format::Json, "no file chosen", &files)
        .expect(200)
        .row();
    let request = Demo::boston()
        .endpoint
        .request(text(&answer, "service_request_id"));
    assert!(request["media_url"].is_null(), "{request}");
}

#[test]
fn nothing_but_uploads_is_found_under_media() {
    for path in [
        "/media/",
        "/media/..",
        "/media/%2e%2e%2fpostgres",
        "/media/x.jpg",
        "/media/%00",
    ] {
        let answer = Server::shared().call("GET", path).send();
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {}",
            answer.status
        );
    }
}

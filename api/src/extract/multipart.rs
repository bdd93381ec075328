//! The parts of a multipart body: arguments and files. <https://www.rfc-editor.org/rfc/rfc7578>

use super::UploadedFile;
use crate::error::{ApiError, Kind};
use bytes::Bytes;
use domain::{Violation, Violations};

/// One file.
const MAX_FILE: usize = 10 * 1024 * 1024;
/// Parts of a multipart body.
const MAX_PARTS: usize = 200;

/// Adds the arguments of a multipart body to `pairs` and its files to `files`.
///
/// # Errors
/// 400 when it is not well-formed, an argument is not UTF-8 or there are too many parts; 413 when a
/// file is too large.
pub async fn split_parts(
    body: Bytes,
    boundary: String,
    pairs: &mut Vec<(String, String)>,
    files: &mut Vec<UploadedFile>,
) -> Result<(), ApiError> {
    let broken = |_error| Violation::new("the body", "is not well-formed multipart/form-data");
    let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut violations = Violations::none();
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        count += 1;
        if count > MAX_PARTS {
            return Err(
                Violation::new("the body", format!("has more than {MAX_PARTS} parts")).into(),
            );
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = file_name(&part);
        let content = part.bytes().await.map_err(broken)?;
        if let Some(file_name) = file_name {
            if content.len() > MAX_FILE {
                let problem = format!("is larger than {MAX_FILE} bytes");
                let sentence = Violation::new(name, problem).to_string();
                return Err(ApiError::new(Kind::TooLarge, sentence));
            }
            // A file input that was left empty sends an empty part without a name.
            if !(content.is_empty() && file_name.is_empty()) {
                files.push(UploadedFile {
                    field: name,
                    content,
                });
            }
            continue;
        }
        match String::from_utf8(content.into()) {
            Ok(text) if text.contains('\0') => {
                violations.add(Violation::new(name, "contains a NUL character"));
            }
            Ok(text) => pairs.push((name, text)),
            Err(_) => violations.add(Violation::new(name, "is not UTF-8")),
        }
    }
    violations.check()?;
    Ok(())
}

/// The name of a file's part: also one that is told in the way of RFC 5987 only, and none at all
/// where the part says that it is a picture. `None`: it is no file.
fn file_name(part: &multer::Field<'_>) -> Option<String> {
    let told = part.file_name().map(str::to_owned);
    let disposition = part.headers().get("content-disposition");
    let extended = || {
        let disposition = disposition.map(|value| value.as_bytes().to_ascii_lowercase());
        let is_told = disposition
            .is_some_and(|value| value.windows(10).any(|window| window == b"filename*="));
        is_told.then(|| "filename*".to_owned())
    };
    let is_picture = part
        .content_type()
        .is_some_and(|kind| kind.type_() == "image");
    told.or_else(extended)
        .or_else(|| is_picture.then(|| "picture".to_owned()))
}

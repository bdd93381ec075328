//! Arguments of a query string or a form, decoded strictly: what is not UTF-8 is refused, not guessed.
//! <https://wiki.open311.org/GeoReport_v2/#character-set>

use crate::error::ApiError;
use actix_web::HttpRequest;
use domain::{QueryParameters, Violation, Violations};
use percent_encoding::percent_decode;

/// More arguments than any client has reason to send.
const MAX_ARGUMENTS: usize = 1_000;

/// The arguments of the query string.
///
/// # Errors
/// One for each argument that is not UTF-8 or holds a NUL character.
pub fn query_arguments(http_request: &HttpRequest) -> Result<QueryParameters, ApiError> {
    Ok(QueryParameters::new(parse_form(
        http_request.query_string().as_bytes(),
    )?))
}

/// The pairs of `application/x-www-form-urlencoded` text, in order.
///
/// # Errors
/// One for each pair that is not UTF-8 or holds a NUL character; one when there are too many.
pub fn parse_form(text: &[u8]) -> Result<Vec<(String, String)>, Violations> {
    let mut violations = Violations::none();
    let mut pairs = Vec::new();
    let sent = text.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
    for (before, pair) in sent.enumerate() {
        if before == MAX_ARGUMENTS {
            let problem = format!("are more than {MAX_ARGUMENTS}");
            return Err(Violation::new("arguments", problem).into());
        }
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let value = pair.get(at + 1..).unwrap_or_default();
        let name = decode(&pair[..at]).unwrap_or_else(|lossy| {
            violations.add(Violation::new(
                lossy,
                "is not an argument: its name is not UTF-8",
            ));
            String::new()
        });
        match decode(value) {
            Ok(value) if value.contains('\0') => {
                violations.add(Violation::new(name, "contains a NUL character"));
            }
            Ok(value) => pairs.push((name, value)),
            Err(_) => violations.add(Violation::new(name, "is not UTF-8")),
        }
    }
    violations.check()?;
    Ok(pairs)
}

/// `+` is a blank, `%XX` a byte. The error is the text as far as it can be read.
fn decode(bytes: &[u8]) -> Result<String, String> {
    if !bytes.iter().any(|b| matches!(b, b'+' | b'%')) {
        return String::from_utf8(bytes.to_vec())
            .map_err(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }
    let blanks: Vec<u8> = bytes
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    let decoded: Vec<u8> = percent_decode(&blanks).collect();
    String::from_utf8(decoded)
        .map_err(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The id in the last segment of a path, before the last dot. `None`: no id can look like that.
pub fn id_in_path(http_request: &HttpRequest) -> Option<String> {
    let segment = http_request.uri().path().rsplit('/').next()?;
    let (id, _suffix) = segment.rsplit_once('.')?;
    String::from_utf8(percent_decode(id.as_bytes()).collect()).ok()
}

/// What stands in a path for one of its names. `None`: it is not UTF-8.
pub fn in_path(http_request: &HttpRequest, name: &str) -> Option<String> {
    // The router decodes what is harmless and leaves the rest as it was sent.
    let sent = http_request.match_info().get(name)?;
    String::from_utf8(percent_decode(sent.as_bytes()).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_as_browsers_encode_them() {
        let pairs =
            parse_form(b"a=1+2%2B3&attribute%5BC%5D%5B%5D=%C3%BC&empty=&bare&&x=a=b").unwrap();
        let expected = [
            ("a", "1 2+3"),
            ("attribute[C][]", "ü"),
            ("empty", ""),
            ("bare", ""),
            ("x", "a=b"),
        ];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_is_not_utf_8_is_named() {
        let faults = parse_form(b"description=%FF&q=%00&ok=1").unwrap_err();
        assert_eq!(
            faults.to_string(),
            "description is not UTF-8; q contains a NUL character"
        );
    }

    #[test]
    fn too_many_arguments_are_refused() {
        for pair in ["a=1&", "a=%00&", "%FF&"] {
            let faults = parse_form(pair.repeat(1_001).as_bytes()).unwrap_err();
            assert_eq!(faults.to_string(), "arguments are more than 1000", "{pair}");
        }
    }
}

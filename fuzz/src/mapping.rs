//! A mapping of an operator's own and, behind a NUL, a file that it is for.

use crate::import;
use api::fuzzing::Mapping;

/// A mapping is refused in words, or reads any file.
pub fn check(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let Some(Ok(toml)) = parts.next().map(str::from_utf8) else {
        return;
    };
    match Mapping::from_toml(toml) {
        Ok(mapping) => {
            let file = parts.next().unwrap_or_default();
            import::read(file, &mapping, chrono_tz::America::New_York);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

//! Text as people write it, made fit for XML and PostgreSQL without changing what it says.

use crate::Violation;

/// The standard's limit for `description`:
/// <https://wiki.open311.org/GeoReport_v2/#post-service-request>.
pub const MAX_DESCRIPTION: usize = 4_000;
/// Our limit for a line of text (address, name, contact): longer is an accident or an attack.
pub const MAX_LINE: usize = 500;
/// Our limit for codes, ids and keys.
pub const MAX_CODE: usize = 100;
/// Our limit for a URL.
pub const MAX_URL: usize = 2_000;

/// `text` without the characters that XML 1.0 cannot carry (some clients send them by accident),
/// at most `max` characters long.
///
/// # Errors
/// When it holds NUL (nobody sends that honestly, and PostgreSQL cannot store it) or is too long.
pub fn bounded(argument: &str, text: &str, max: usize) -> Result<String, Violation> {
    if text.contains('\0') {
        return Err(Violation::new(argument, "contains a NUL character"));
    }
    let clean: String = if text.chars().all(is_xml_char) {
        text.to_owned()
    } else {
        text.chars().filter(|c| is_xml_char(*c)).collect()
    };
    // Forms send a line break as two characters; whoever wrote it pressed one key.
    let length = clean.chars().count() - clean.matches("\r\n").count();
    if length > max {
        return Err(Violation::new(
            argument,
            format!("has {length} characters; at most {max} are accepted"),
        ));
    }
    Ok(clean)
}

/// Like [`bounded`], for one line: line breaks are refused.
///
/// # Errors
/// As [`bounded`], and when it holds a line break.
pub fn line(argument: &str, text: &str, max: usize) -> Result<String, Violation> {
    let clean = bounded(argument, text, max)?;
    if clean.contains(['\n', '\r']) {
        return Err(Violation::new(argument, "must be one line"));
    }
    Ok(clean)
}

/// Whether XML 1.0 can carry the character: <https://www.w3.org/TR/xml/#charsets>.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_that_xml_cannot_carry_are_dropped() {
        assert_eq!(
            bounded("description", "a\u{10}b\tc\nd\u{FFFE}", 10).unwrap(),
            "ab\tc\nd"
        );
    }

    #[test]
    fn nul_is_refused() {
        let violation = bounded("description", "a\0", 10).unwrap_err();
        assert_eq!(violation.argument, "description");
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(bounded("description", &"🕳".repeat(4_000), MAX_DESCRIPTION).is_ok());
        assert!(bounded("description", &"🕳".repeat(4_001), MAX_DESCRIPTION).is_err());
    }

    #[test]
    fn a_line_break_counts_once_however_it_is_sent() {
        let text = "x\r\n".repeat(2_000);
        assert_eq!(bounded("description", &text, MAX_DESCRIPTION), Ok(text));
    }

    #[test]
    fn a_line_has_no_line_break() {
        assert!(line("email", "a\r\nBcc: b", MAX_LINE).is_err());
    }
}

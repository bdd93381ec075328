//! A service_code for a service that has only a name.

use domain::{ServiceCode, Violation, text::MAX_CODE};

/// Lower case letters and digits of the name, with one hyphen for anything between them, so that
/// the code needs no escaping in a path: `Grünflächen / Öffentliches` is `gruenflaechen-oeffentliches`.
///
/// # Errors
/// When nothing is left, e.g. of a name in Cyrillic.
pub(super) fn from_name(service_name: &str) -> Result<ServiceCode, Violation> {
    let mut code = String::with_capacity(service_name.len());
    for letter in service_name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => code.push(letter),
            // An accent that is a character of its own, as macOS writes file names.
            '\u{300}'..='\u{36f}' => {}
            _ => match latin(letter) {
                "" if code.ends_with('-') || code.is_empty() => {}
                "" => code.push('-'),
                letters => code.push_str(letters),
            },
        }
    }
    // All ASCII by now, so a byte is a character.
    code.truncate(MAX_CODE);
    let code = code.trim_end_matches('-');
    if code.is_empty() {
        return Err(Violation::new(
            "service_code",
            "cannot be made of a service_name without Latin letters or digits",
        ));
    }
    ServiceCode::parse(code)
}

/// The basic letters of a lower case letter of Latin-1 or Latin Extended-A.
fn latin(letter: char) -> &'static str {
    match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'þ' => "th",
        'ĳ' => "ij",
        'à'..='ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' => "n",
        'ò'..='õ' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_codes_that_need_no_escaping() {
        for (name, code) in [
            ("Street Light Outages", "street-light-outages"),
            ("Grünflächen/Spielplätze", "gruenflaechen-spielplaetze"),
            ("VBZ/ÖV", "vbz-oev"),
            ("Straßen- und Gehwegschäden", "strassen-und-gehwegschaeden"),
            ("  (Éclairage)  été  ", "eclairage-ete"),
            ("Łódź 2", "lodz-2"),
            ("İzmir", "izmir"),
            ("e\u{301}te\u{301}", "ete"),
        ] {
            assert_eq!(from_name(name).unwrap().as_str(), code);
        }
    }

    #[test]
    fn a_long_name_is_cut_and_an_empty_one_refused() {
        let long = format!("{} x", "a".repeat(99));
        assert_eq!(from_name(&long).unwrap().as_str(), "a".repeat(99));
        for name in ["", "—", "Ямы"] {
            assert!(from_name(name).is_err(), "{name}");
        }
    }
}

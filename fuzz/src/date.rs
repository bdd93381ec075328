//! A date and time, in zones with every oddity.

use crate::told;
use chrono_tz::{Africa, America, Asia, Pacific, Tz};
use domain::datetime::{Bound, parse, to_seconds, to_string};

/// An hour that is repeated and one that is skipped; a day that was; three quarters of an hour;
/// 44 minutes and 30 seconds.
const ZONES: [Tz; 5] = [
    Tz::UTC,
    America::New_York,
    Pacific::Apia,
    Asia::Kathmandu,
    Africa::Monrovia,
];

/// What is read is written as something that is read as the same.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    for zone in ZONES {
        for bound in [Bound::Start, Bound::End] {
            match parse("start_date", text, zone, bound) {
                Ok(at) => {
                    told::moment(to_seconds(at));
                    let again = parse("start_date", &to_string(at), zone, bound);
                    assert_eq!(again, Ok(to_seconds(at)));
                }
                Err(violation) => told::refusal(&violation),
            }
        }
    }
}

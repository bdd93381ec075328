//! The header `GeoReport-Hops`.

use crate::told;
use domain::Hops;

/// A way that is taken comes back from its own header, and what is refused is told why.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Hops::parse(text) {
        Ok(hops) => {
            let header = hops.to_string();
            assert!(
                header.is_ascii() && !header.contains(char::is_control),
                "{header:?}"
            );
            assert_eq!(Hops::parse(&header), Ok(hops));
        }
        Err(violation) => told::refusal(&violation),
    }
}

//! Ids and codes: opaque text that goes into keys, paths and comma lists.

use crate::{
    Violation,
    text::{MAX_CODE, is_xml_char, line},
};
use std::fmt;

/// Defines an id type whose values are one non-empty line of at most 100 characters.
macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $argument:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The id as sent, without surrounding blanks.
            ///
            /// # Errors
            /// When it is empty, longer than 100 characters or holds a control character or another
            /// that XML cannot carry.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                let trimmed = text.trim();
                if trimmed.is_empty() {
                    return Err(Violation::missing($argument));
                }
                // Nothing is dropped from an id: it would become another, or none.
                if trimmed.chars().any(|c| c.is_control() || !is_xml_char(c)) {
                    return Err(Violation::new($argument, "contains a control character"));
                }
                line($argument, trimmed, MAX_CODE).map(Self)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as text, given up.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// Which city: the standard suggests its root host, e.g. `boston.gov`.
    /// <https://wiki.open311.org/GeoReport_v2/#get-service-list>
    JurisdictionId, "jurisdiction_id"
);
code!(
    /// Identifies a service within its jurisdiction. Never a number: `001` is not `1`.
    ServiceCode, "service_code"
);
code!(
    /// Identifies a service request within its jurisdiction.
    ServiceRequestId, "service_request_id"
);
code!(
    /// What a batch service answers until the service_request_id is known.
    SubmissionToken, "token"
);
code!(
    /// What staff call a text that they answer with; unique in the jurisdiction.
    TemplateName, "name"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_and_dots_survive() {
        assert_eq!(ServiceCode::parse("001.a").unwrap().as_str(), "001.a");
    }

    #[test]
    fn an_id_that_postgres_or_xml_could_not_carry_is_no_id() {
        for odd in [
            "",
            "  ",
            "a\0b",
            "a\nb",
            "\u{FFFE}",
            "\u{FFFE} b",
            &"x".repeat(101),
        ] {
            assert!(ServiceRequestId::parse(odd).is_err(), "{odd:?}");
        }
    }
}

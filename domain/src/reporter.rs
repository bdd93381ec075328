//! Who reported: personal data, kept apart and never answered.

use crate::{
    Violation, Violations,
    text::{MAX_LINE, line},
};
use std::fmt;

/// What a reporter tells about himself. It has no serializer and no readable `Debug`, so that it
/// cannot slip into an answer or a log line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reporter {
    /// As the standard's argument of the same name.
    pub email: Option<String>,
    /// As the standard's argument of the same name.
    pub phone: Option<String>,
    /// As the standard's argument of the same name.
    pub first_name: Option<String>,
    /// As the standard's argument of the same name.
    pub last_name: Option<String>,
    /// The device that sent the report.
    pub device_id: Option<String>,
    /// The account with the app that sent it.
    pub account_id: Option<String>,
}

impl Reporter {
    /// The reporter that `argument` gives the parts of; faults go to `violations`.
    pub fn parse<'a>(
        argument: impl Fn(&str) -> Result<Option<&'a str>, Violation>,
        violations: &mut Violations,
    ) -> Self {
        let mut part = |name: &str| {
            let text = violations.take(argument(name)).flatten()?;
            violations.take(line(name, text, MAX_LINE))
        };
        Self {
            email: part("email"),
            phone: part("phone"),
            first_name: part("first_name"),
            last_name: part("last_name"),
            device_id: part("device_id"),
            account_id: part("account_id"),
        }
    }

    /// Whether nothing was told.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing() {
        let mut violations = Violations::none();
        let reporter = Reporter::parse(|_name| Ok(Some("a@canary")), &mut violations);
        assert!(!format!("{reporter:?}").contains("canary"));
        assert!(!reporter.is_unknown());
    }
}

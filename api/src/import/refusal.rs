//! Why an entry of a file does not become a service request.

use domain::Violation;
use std::fmt;

/// An entry that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it begins, from 1.
    pub line: u64,
    /// The id it has, if it has one.
    pub service_request_id: Option<String>,
    /// Why.
    pub cause: Cause,
}

/// Why an entry was left out: in words with `Display`, and by [`Cause::kind`] for counting. Words
/// of the source are quoted only where they are codes, dates or statuses, never what people wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It is not well-formed; how.
    Unreadable(String),
    /// It has no service_request_id, though the mapping names a column.
    MissingId,
    /// Its service_request_id is none.
    InvalidId(Violation),
    /// It has neither service_code nor service_name.
    MissingService,
    /// Its service_code is none, or none can be made of its service_name.
    InvalidServiceCode(Violation),
    /// It has no status, and the mapping does not say what that means.
    MissingStatus,
    /// Its status, which the mapping does not know.
    UnknownStatus(String),
    /// It has no requested_datetime.
    MissingDate,
    /// Its requested_datetime, which is no date.
    ImpossibleDate(String),
    /// Its requested_datetime, which has not come yet.
    FutureDate(String),
    /// An earlier row has the same service_request_id.
    RepeatedId,
    /// A value is too long, has line breaks where it must not, or holds NUL.
    Unfit(Violation),
}

impl Refusal {
    pub(super) fn unreadable(line: u64, problem: String) -> Self {
        Self {
            line,
            service_request_id: None,
            cause: Cause::Unreadable(problem),
        }
    }
}

impl Cause {
    /// The cause without what is particular to one row.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "it cannot be read",
            Self::MissingId => "service_request_id is missing",
            Self::InvalidId(_) => "service_request_id is not valid",
            Self::MissingService => "service_code and service_name are missing",
            Self::InvalidServiceCode(_) => "service_code is not valid",
            Self::MissingStatus => "status is missing",
            Self::UnknownStatus(_) => "status is not known to the mapping",
            Self::MissingDate => "requested_datetime is missing",
            Self::ImpossibleDate(_) => "requested_datetime is no date",
            Self::FutureDate(_) => "requested_datetime lies in the future",
            Self::RepeatedId => "service_request_id is that of an earlier row",
            Self::Unfit(_) => "a value does not fit its field",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(problem) => write!(f, "{}: {problem}", self.kind()),
            Self::MissingId
            | Self::MissingService
            | Self::MissingStatus
            | Self::MissingDate
            | Self::RepeatedId => f.write_str(self.kind()),
            Self::InvalidId(violation)
            | Self::InvalidServiceCode(violation)
            | Self::Unfit(violation) => violation.fmt(f),
            Self::UnknownStatus(word) => {
                write!(f, "status {} is not known to the mapping", Quoted(word))
            }
            Self::ImpossibleDate(text) => {
                write!(f, "requested_datetime {} is no date", Quoted(text))
            }
            Self::FutureDate(text) => {
                write!(f, "requested_datetime {} lies in the future", Quoted(text))
            }
        }
    }
}

/// At most 40 characters of a value: enough to find it by.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut: String = self.0.chars().take(40).collect();
        let more = if cut.len() < self.0.len() { "…" } else { "" };
        write!(f, "\"{}{more}\"", cut.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_quoted_in_part() {
        let cause = Cause::UnknownStatus("é".repeat(50));
        let quoted = "é".repeat(40);
        assert_eq!(
            cause.to_string(),
            format!("status \"{quoted}…\" is not known to the mapping")
        );
    }
}

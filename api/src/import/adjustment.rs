//! What was changed to make a service request of an entry.

use std::fmt;

/// A change that loses or decides something; dates are told by the name of their field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Adjustment {
    /// The local time came twice, when clocks went back.
    RepeatedHour(&'static str),
    /// The local time never came, when clocks went forward.
    SkippedHour(&'static str),
    /// It is no date.
    ImpossibleDate(&'static str),
    /// It has not come yet.
    FutureDate(&'static str),
    /// closed_datetime, e.g. 1900.
    ClosedBeforeRequested,
    /// updated_datetime.
    UpdatedBeforeRequested,
    /// 0, 0: how many systems write "nowhere".
    PositionZero,
    /// No degrees, not on the globe, or one of the two only.
    PositionUnusable,
    /// media_url.
    MediaUrlUnusable,
    /// One of `attributes`.
    AttributeUnusable,
    /// One of `extended_attributes`.
    ExtendedAttributeUnusable,
    /// One of `notes`.
    NoteUnusable,
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedHour(field) => write!(
                f,
                "{field} fell into the hour that clocks repeat; the first was taken"
            ),
            Self::SkippedHour(field) => write!(
                f,
                "{field} fell into the hour that clocks skip; it was moved behind it"
            ),
            Self::ImpossibleDate(field) => write!(f, "{field} is no date; it was left out"),
            Self::FutureDate(field) => write!(f, "{field} lies in the future; it was left out"),
            Self::ClosedBeforeRequested => {
                f.write_str("closed_datetime lies before requested_datetime; it was left out")
            }
            Self::UpdatedBeforeRequested => f.write_str(
                "updated_datetime lies before requested_datetime; it was set to the latter",
            ),
            Self::PositionZero => {
                f.write_str("lat and long are 0, which means nowhere; they were left out")
            }
            Self::PositionUnusable => {
                f.write_str("lat and long are not two degrees on the globe; they were left out")
            }
            Self::MediaUrlUnusable => {
                f.write_str("media_url is not an http or https URL; it was left out")
            }
            Self::AttributeUnusable => f.write_str("an attribute does not fit; it was left out"),
            Self::ExtendedAttributeUnusable => {
                f.write_str("an extended attribute does not fit; it was left out")
            }
            Self::NoteUnusable => {
                f.write_str("a note has no date or does not fit; it was left out")
            }
        }
    }
}

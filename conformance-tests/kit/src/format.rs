//! The two formats of the standard.

use clap::ValueEnum;
use serde::Serialize;
use std::fmt;

/// A format, as the suffix of an address names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `.xml`
    Xml,
    /// `.json`
    Json,
}

impl Format {
    /// Both, the required one first.
    pub const ALL: [Self; 2] = [Self::Xml, Self::Json];

    /// What stands after the last dot of an address.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }

    /// What Service Discovery and `Content-Type` call it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Xml => "XML",
            Self::Json => "JSON",
        })
    }
}

//! What a city offers and what was reported in it.

use chrono::{DateTime, FixedOffset, Utc};

#[derive(Clone, Debug)]
pub struct City {
    pub services: Vec<Service>,
    pub requests: Vec<ServiceRequest>,
    /// The most service requests that one answer holds.
    pub at_most: usize,
    /// Seconds until a token leads to an id.
    pub token_seconds: f64,
    /// Whether characters that XML cannot carry are taken out of what is filed.
    pub cleans_text: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Realtime,
    Batch,
    Blackbox,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub code: String,
    pub name: &'static str,
    pub description: &'static str,
    pub kind: Type,
    pub keywords: &'static str,
    pub group: &'static str,
    /// A service with attributes has metadata=true.
    pub attributes: Vec<Attribute>,
}

#[derive(Clone, Debug)]
pub struct Attribute {
    pub code: &'static str,
    pub datatype: &'static str,
    pub question: &'static str,
    /// Whether there is something to answer.
    pub variable: bool,
    pub required: bool,
    /// Keys and names of a list.
    pub values: Vec<(&'static str, &'static str)>,
}

#[derive(Clone, Debug)]
pub struct ServiceRequest {
    pub id: String,
    pub token: Option<String>,
    /// When the public hears of it; of a `blackbox` service never.
    pub public_from: DateTime<Utc>,
    pub is_open: bool,
    pub status_notes: Option<String>,
    pub service_code: String,
    pub description: Option<String>,
    pub agency_responsible: Option<String>,
    pub service_notice: Option<String>,
    pub requested: DateTime<FixedOffset>,
    pub updated: DateTime<FixedOffset>,
    pub expected: Option<DateTime<FixedOffset>>,
    pub address: Option<String>,
    pub address_id: Option<String>,
    pub zipcode: Option<String>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    pub media_url: Option<String>,
    /// Name, e-mail address and phone number, which are nobody's business.
    pub reporter: Option<String>,
}

impl City {
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.code == code)
    }

    /// What the public may read now.
    pub fn public(&self) -> impl Iterator<Item = &ServiceRequest> {
        let now = Utc::now();
        self.requests
            .iter()
            .filter(move |request| request.public_from <= now)
    }
}

impl Type {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Batch => "batch",
            Self::Blackbox => "blackbox",
        }
    }
}

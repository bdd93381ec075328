//! What real servers do wrong, each alone, and the rules that must name it.

pub mod definitions;
pub mod discovery;
pub mod errors;
pub mod filed;
pub mod filing;
pub mod filters;
pub mod formats;
pub mod json;
pub mod jurisdictions;
pub mod refusals;
pub mod requests;
pub mod services;
pub mod single;

use crate::endpoint::document::{Element, Format};
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

/// One way of being wrong.
pub struct Defect {
    /// What the server does, in words that follow "it".
    pub does: &'static str,
    /// Who was seen doing it, names with commas between them, or what leads to it.
    pub seen: &'static str,
    /// The rules that name it: one, unless two sentences of the letter are broken.
    pub rules: &'static [&'static str],
    pub spoils: &'static [Spoil],
}

/// Every defect.
pub fn all() -> impl Iterator<Item = &'static Defect> {
    let families = [
        formats::DEFECTS,
        json::DEFECTS,
        discovery::DEFECTS,
        services::DEFECTS,
        definitions::DEFECTS,
        requests::DEFECTS,
        filters::DEFECTS,
        single::DEFECTS,
        errors::DEFECTS,
        jurisdictions::DEFECTS,
        refusals::DEFECTS,
        filing::DEFECTS,
        filed::DEFECTS,
    ];
    families.into_iter().flatten()
}

impl Answer {
    fn succeeds(&self) -> bool {
        self.status == 200
    }

    /// Changes every service request that is read: answers to a POST or a token have no status.
    fn requests(&mut self, change: &mut dyn FnMut(&mut Element)) {
        self.document.each("request", &mut |request| {
            if request.value("status").is_some() {
                change(request);
            }
        });
    }
}

impl Request {
    fn lists_requests(&self) -> bool {
        self.method == Method::ServiceRequests
    }

    fn reads_requests(&self) -> bool {
        matches!(
            self.method,
            Method::ServiceRequests | Method::ServiceRequest(_)
        )
    }

    fn files(&self) -> bool {
        self.method == Method::PostServiceRequest
    }

    fn in_json(&self) -> bool {
        self.format == Format::Json
    }
}

//! `jurisdiction_id` where several jurisdictions are served.

use super::Defect;
use crate::endpoint::document::{Content, Element};
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

/// The jurisdictions of the endpoint in these tests.
pub const SERVED: &[&str] = &["one.example", "two.example"];

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "answers a missing jurisdiction_id with 404",
        seen: "look-ups that find nothing for nothing",
        rules: &["jurisdiction-missing"],
        spoils: &[Spoil::Answer(|request, answer| {
            if names_none(request) && answer.status == 400 {
                *answer = Answer::failure(request, 404, "jurisdiction_id is unknown");
            }
        })],
    },
    Defect {
        does: "takes the first jurisdiction for one that it does not know",
        seen: "FixMyStreet: any value will do",
        rules: &["jurisdiction-unknown"],
        spoils: &[Spoil::Request(|request| {
            if names_unknown(request) {
                request.arguments.set("jurisdiction_id", SERVED[0]);
            }
        })],
    },
    Defect {
        does: "answers empty lists for an unknown jurisdiction_id",
        seen: "6aika",
        rules: &["jurisdiction-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            let list = match request.method {
                Method::ServiceList => "services",
                Method::ServiceRequests => "service_requests",
                _ => return,
            };
            if names_unknown(request) {
                answer.status = 200;
                answer.document = Element::new(list, Content::List(vec![]));
            }
        })],
    },
];

fn names_none(request: &Request) -> bool {
    request.arguments.get("jurisdiction_id").is_none()
}

fn names_unknown(request: &Request) -> bool {
    let id = request.arguments.get("jurisdiction_id");
    id.is_some_and(|id| !SERVED.contains(&id))
}

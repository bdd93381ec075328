//! Service Discovery.

use super::Defect;
use crate::endpoint::document::{Content, Element};
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "has no discovery document in reach",
        seen: "open311-adapter",
        rules: &["discovery-location"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = request.method == Method::Discovery;
            asked.then(|| Answer::failure(request, 404, "not here"))
        })],
    },
    Defect {
        does: "offers discovery as XML only",
        seen: "San Francisco",
        rules: &["discovery-formats"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = request.method == Method::Discovery && request.in_json();
            asked.then(|| Answer::failure(request, 404, "XML only"))
        })],
    },
    Defect {
        does: "has no key_service",
        seen: "FixMyStreet",
        rules: &["discovery-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            let forget = &mut |discovery: &mut Element| discovery.remove("key_service");
            answer.document.each("discovery", forget);
        })],
    },
    Defect {
        does: "leaves the changeset of an endpoint empty",
        seen: "static files",
        rules: &["discovery-fields"],
        spoils: &[Spoil::Answer(|request, answer| {
            endpoint(request, answer, "changeset", Content::Empty);
        })],
    },
    Defect {
        does: "has a specification of its own",
        seen: "the 2.1 draft of Washington DC",
        rules: &["discovery-specification"],
        spoils: &[Spoil::Answer(|request, answer| {
            let specification = "http://wiki.open311.org/GeoReport_v2.1_Draft";
            endpoint(
                request,
                answer,
                "specification",
                Content::text(specification),
            );
        })],
    },
    Defect {
        does: "calls its type live",
        seen: "static files",
        rules: &["discovery-type"],
        spoils: &[Spoil::Answer(|request, answer| {
            endpoint(request, answer, "type", Content::text("live"));
        })],
    },
    Defect {
        does: "does not announce text/xml",
        seen: "servers that came from JSON",
        rules: &["discovery-text-xml"],
        spoils: &[Spoil::Answer(|request, answer| {
            let json = vec![Element::text("format", "application/json")];
            endpoint(request, answer, "formats", Content::List(json));
        })],
    },
    Defect {
        does: "announces a base that is not the methods'",
        seen: "FixMyStreet, Zürich",
        rules: &["discovery-url"],
        spoils: &[Spoil::Answer(|request, answer| {
            let mut url = String::new();
            answer.document.each("url", &mut |field| {
                if let Content::Text(text) = &field.content {
                    url = text.replace("/v2", "");
                }
            });
            endpoint(request, answer, "url", Content::Text(url));
        })],
    },
    Defect {
        does: "writes changesets that do not sort",
        seen: "Boston",
        rules: &["discovery-changeset"],
        spoils: &[Spoil::Answer(|request, answer| {
            endpoint(
                request,
                answer,
                "changeset",
                Content::text("2011-09-1 17:35"),
            );
        })],
    },
];

fn endpoint(request: &Request, answer: &mut Answer, name: &str, content: Content) {
    if request.method == Method::Discovery {
        answer.document.each("endpoint", &mut |endpoint| {
            endpoint.set(name, content.clone())
        });
    }
}

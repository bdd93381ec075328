//! GET service list.

use super::Defect;
use crate::endpoint::document::{Content, Element};
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "has no service list without lat and long",
        seen: "SeeClickFix",
        rules: &["service-list"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = request.method == Method::ServiceList;
            asked.then(|| Answer::failure(request, 400, "lat and long are missing"))
        })],
    },
    Defect {
        does: "has a service without a name",
        seen: "half-filled back offices",
        rules: &["service-fields"],
        spoils: &[Spoil::Answer(|request, answer| {
            services(request, answer, |service| {
                if service.value("service_code") == Some("RATS") {
                    service.remove("service_name");
                }
            });
        })],
    },
    Defect {
        does: "says 1 and 0 in metadata",
        seen: "PHP's truth",
        rules: &["service-metadata"],
        spoils: &[Spoil::Answer(|request, answer| {
            services(request, answer, |service| {
                let digit = if service.value("metadata") == Some("true") {
                    "1"
                } else {
                    "0"
                };
                service.set("metadata", Content::Bare(digit.to_owned()));
            });
        })],
    },
    Defect {
        does: "has a type of its own",
        seen: "servers that think in queues",
        rules: &["service-type"],
        spoils: &[Spoil::Answer(|request, answer| {
            services(request, answer, |service| {
                if service.value("service_code") == Some("015") {
                    service.set("type", Content::text("asynchronous"));
                }
            });
        })],
    },
    Defect {
        does: "lists a service once in each of its groups",
        seen: "back offices with several groups for a service",
        rules: &["service-code-unique"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.method == Method::ServiceList
                && let Some(services) = answer.document.children_mut()
                && let Some(first) = services.first()
            {
                let mut again = first.clone();
                again.set("group", Content::text("Most popular"));
                services.push(again);
            }
        })],
    },
];

fn services(request: &Request, answer: &mut Answer, change: fn(&mut Element)) {
    if request.method == Method::ServiceList {
        answer
            .document
            .each("service", &mut |service| change(service));
    }
}

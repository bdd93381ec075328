//! What is answered, and what there is to answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{TimeDelta, Utc};

use super::Liberty;
use crate::endpoint::city::Type;
use crate::endpoint::describe;
use crate::endpoint::document::Format;
use crate::endpoint::query;
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const LIBERTIES: &[Liberty] = &[
    Liberty {
        does: "answers a POST with 201",
        spoils: &[Spoil::Response(|request, response| {
            if request.method == Method::PostServiceRequest && response.status == 200 {
                response.status = 201;
            }
        })],
    },
    Liberty {
        does: "lists the oldest first",
        spoils: &[Spoil::Answer(|request, answer| {
            if request.method == Method::ServiceRequests
                && let Some(requests) = answer.document.children_mut()
            {
                requests.reverse();
            }
        })],
    },
    Liberty {
        does: "keeps the end of a range out of it",
        spoils: &[Spoil::Request(|request| {
            let end = request.arguments.get("end_date").and_then(query::date);
            if let Some(end) = end {
                let end = end - TimeDelta::milliseconds(1);
                request.arguments.set("end_date", &end.to_rfc3339());
            }
        })],
    },
    Liberty {
        does: "answers the last 90 days of a longer span",
        spoils: &[Spoil::Request(|request| {
            let date = |name| request.arguments.get(name).and_then(query::date);
            if let (Some(start), Some(end)) = (date("start_date"), date("end_date"))
                && end - start > TimeDelta::days(90)
            {
                let start = end - TimeDelta::days(90);
                request.arguments.set("start_date", &start.to_rfc3339());
            }
        })],
    },
    Liberty {
        does: "has no definition for a service without attributes",
        spoils: &[Spoil::Answer(|request, answer| {
            let empty = answer
                .document
                .children()
                .last()
                .is_some_and(|last| last.children().is_empty());
            if matches!(request.method, Method::ServiceDefinition(_))
                && answer.status == 200
                && empty
            {
                *answer = Answer::failure(request, 404, "no attributes");
            }
        })],
    },
    Liberty {
        does: "answers 404 for a token that is pending",
        spoils: &[Spoil::Answer(|request, answer| {
            let document = &answer.document;
            let is_pending = document
                .children()
                .iter()
                .all(|r| r.value("service_request_id").is_none());
            if matches!(request.method, Method::Token(_)) && answer.status == 200 && is_pending {
                *answer = Answer::failure(request, 404, "not yet");
            }
        })],
    },
    Liberty {
        does: "takes longer to number a service request than anybody waits",
        spoils: &[Spoil::City(|city| city.token_seconds = 1e7)],
    },
    Liberty {
        does: "lists nothing new before it is looked at",
        spoils: &[Spoil::Answer(|request, answer| {
            if request.method == Method::ServiceRequests
                && let Some(requests) = answer.document.children_mut()
            {
                let is_new = |id: &str| id.starts_with("new-");
                requests.retain(|r| !r.value("service_request_id").is_some_and(is_new));
            }
        })],
    },
    Liberty {
        does: "refuses control characters",
        spoils: &[Spoil::Instead(|_, request| {
            let control = |char: char| char.is_control() && !char.is_whitespace();
            let refused = request.method == Method::PostServiceRequest
                && request
                    .arguments
                    .0
                    .iter()
                    .any(|(_, value)| value.contains(control));
            refused.then(|| Answer::failure(request, 400, "control characters"))
        })],
    },
    Liberty {
        does: "answers ids that do not exist in a list of ids with 404 when none exists",
        spoils: &[Spoil::Answer(|request, answer| {
            let ids = request.arguments.get("service_request_id");
            if request.method == Method::ServiceRequests
                && ids.is_some()
                && answer.document.children().is_empty()
            {
                *answer = Answer::failure(request, 404, "no such service request");
            }
        })],
    },
    Liberty {
        does: "answers ten service requests and no more",
        spoils: &[Spoil::City(|city| city.at_most = 10)],
    },
    Liberty {
        does: "hears of something new now and then",
        spoils: &[Spoil::Instead(|site, request| {
            static ASKED: AtomicUsize = AtomicUsize::new(0);
            let asked = ASKED.fetch_add(1, Ordering::Relaxed);
            if asked % 15 == 14 && request.method == Method::ServiceRequests {
                let mut city = site.cities[0].lock().unwrap();
                let mut new = city.requests[0].clone();
                new.id = format!("from-outside-{asked}");
                new.requested = Utc::now().into();
                new.updated = new.requested;
                city.requests.push(new);
            }
            None
        })],
    },
    Liberty {
        does: "answers tokens only",
        spoils: &[Spoil::City(|city| {
            city.services.retain(|service| service.kind == Type::Batch);
            let services = &city.services;
            let offered = |code: &String| services.iter().any(|service| service.code == *code);
            city.requests
                .retain(|request| offered(&request.service_code));
        })],
    },
    Liberty {
        does: "tells no id of what is filed, ever",
        spoils: &[Spoil::City(|city| {
            city.services
                .retain(|service| service.kind == Type::Blackbox);
            city.requests.clear();
        })],
    },
    Liberty {
        does: "has no service request at all",
        spoils: &[Spoil::City(|city| city.requests.clear())],
    },
    Liberty {
        does: "has no services",
        spoils: &[Spoil::City(|city| {
            city.requests.clear();
            city.services.clear();
        })],
    },
    Liberty {
        does: "has neither attributes nor tokens",
        spoils: &[Spoil::City(|city| {
            city.services.retain(|service| service.code == "015");
            city.requests
                .retain(|request| request.service_code == "015");
        })],
    },
    Liberty {
        does: "has only open service requests",
        spoils: &[Spoil::City(|city| {
            city.requests.retain(|request| request.is_open)
        })],
    },
    Liberty {
        does: "has only old service requests",
        spoils: &[Spoil::City(|city| drop(city.requests.drain(..40)))],
    },
    Liberty {
        does: "asks for patience now and then",
        spoils: &[Spoil::Response(|_, response| {
            static ASKED: AtomicUsize = AtomicUsize::new(0);
            if ASKED.fetch_add(1, Ordering::Relaxed) % 40 == 39 {
                response.status = 429;
                response.body = describe::errors(429, "slow down")
                    .write(Format::Xml)
                    .into_bytes();
                response.set_header("Retry-After", "1");
            }
        })],
    },
];

//! The document `errors`, and failures that are no answers.

use super::Defect;
use crate::endpoint::document::{Content, Element, Format};
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "answers failures with web pages",
        seen: "uReport, FixMyStreet",
        rules: &["errors-document"],
        spoils: &[Spoil::Response(|_, response| {
            if response.status >= 400 {
                let page = "<!DOCTYPE html><html><head><title>Oops<body><p>Not found<br>Sorry";
                response.body = page.as_bytes().to_vec();
                response.set_header("Content-Type", "text/html; charset=utf-8");
            }
        })],
    },
    Defect {
        does: "answers failures without a body",
        seen: "frameworks",
        rules: &["errors-document"],
        spoils: &[Spoil::Response(|_, response| {
            if response.status >= 400 {
                response.body.clear();
                response.remove_header("Content-Type");
            }
        })],
    },
    Defect {
        does: "calls the list of errors error_messages",
        seen: "Klarschiff",
        rules: &["errors-document"],
        spoils: &[Spoil::Answer(|_, answer| {
            if answer.format == Format::Xml {
                let rename = &mut |errors: &mut Element| errors.name = "error_messages".to_owned();
                answer.document.each("errors", rename);
            }
        })],
    },
    Defect {
        does: "answers one error, with a message",
        seen: "Mark-a-Spot",
        rules: &["errors-document"],
        spoils: &[Spoil::Answer(|_, answer| {
            if answer.document.name == "errors" {
                let message = Element::text("message", "No Service requests found");
                let error = vec![Element::bare("code", answer.status), message];
                let error = Element::new("error", Content::Object(error));
                answer.document = match answer.format {
                    Format::Xml => error,
                    Format::Json => Element::new("", Content::Object(vec![error])),
                };
            }
        })],
    },
    Defect {
        does: "answers failures in XML, whatever was asked for",
        seen: "gateways in front of the server",
        rules: &["errors-in-format"],
        spoils: &[Spoil::Answer(|_, answer| {
            if answer.document.name == "errors" {
                answer.format = Format::Xml;
            }
        })],
    },
    Defect {
        does: "breaks down over ids that are no numbers",
        seen: "back ends whose keys are integers",
        rules: &["no-server-error"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::ServiceRequest(_)) && answer.status == 404 {
                *answer = Answer::failure(request, 500, "invalid input syntax for type integer");
            }
        })],
    },
    Defect {
        does: "breaks down over dates that it cannot read",
        seen: "Chicago",
        rules: &["no-server-error"],
        spoils: &[Spoil::Answer(|request, answer| {
            let dated = ["start_date", "end_date"]
                .iter()
                .any(|name| request.arguments.get(name).is_some());
            if request.lists_requests() && dated && answer.status == 400 {
                *answer = Answer::failure(request, 500, "invalid datetime");
            }
        })],
    },
    Defect {
        does: "breaks off in the middle of an answer",
        seen: "processes that die",
        rules: &["no-server-error"],
        spoils: &[Spoil::Response(|request, response| {
            let asked = matches!(request.method, Method::ServiceDefinition(_));
            response.breaks_off = asked && response.status == 404;
        })],
    },
];

//! GET service request, and GET service_request_id from a token.

use super::Defect;
use crate::endpoint::city::Type;
use crate::endpoint::describe;
use crate::endpoint::document::Content;
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "has its service requests under another path",
        seen: "Boston in 2018: /request/{id}",
        rules: &["single-request"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = matches!(request.method, Method::ServiceRequest(_));
            asked.then(|| Answer::failure(request, 404, "there is no such path"))
        })],
    },
    Defect {
        does: "answers a bare object for one service request",
        seen: "the OpenAPI draft, CitySDK",
        rules: &["single-is-list"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::ServiceRequest(_))
                && answer.succeeds()
                && request.in_json()
            {
                answer.document = answer.document.children()[0].clone();
            }
        })],
    },
    Defect {
        does: "cuts descriptions short in the list",
        seen: "lists that were made for tables",
        rules: &["single-as-listed"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.lists_requests() {
                answer.requests(&mut |request| {
                    let text = request.value("description");
                    let text = text.map(|text| text.chars().take(10).collect::<String>());
                    request.set("description", text.into());
                });
            }
        })],
    },
    Defect {
        does: "tells status_notes only in the single view",
        seen: "uReport",
        rules: &["single-as-listed"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.lists_requests() {
                answer.requests(&mut |request| request.remove("status_notes"));
            }
        })],
    },
    Defect {
        does: "answers an unknown id with an empty list",
        seen: "FixMyStreet, Klarschiff",
        rules: &["request-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::ServiceRequest(_)) && answer.status == 404 {
                answer.status = 200;
                answer.document = describe::service_requests(vec![]);
            }
        })],
    },
    Defect {
        does: "answers an unknown id with 400",
        seen: "ids that are checked like arguments",
        rules: &["request-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::ServiceRequest(_)) && answer.status == 404 {
                *answer = Answer::failure(request, 400, "this is no id");
            }
        })],
    },
    Defect {
        does: "answers an unknown token as if it were pending",
        seen: "queues that do not know what is in them",
        rules: &["token-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::Token(_)) && answer.status == 404 {
                answer.status = 200;
                answer.document = describe::service_requests(vec![]);
            }
        })],
    },
    Defect {
        does: "answers an unknown token with 400",
        seen: "servers that take the general rule for the special one",
        rules: &["token-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::Token(_)) && answer.status == 404 {
                *answer = Answer::failure(request, 400, "token is unknown");
            }
        })],
    },
    Defect {
        does: "has no tokens and says so with 400",
        seen: "servers whose services are all realtime",
        rules: &["token-without-batch"],
        spoils: &[
            Spoil::City(|city| {
                city.services.retain(|service| service.kind != Type::Batch);
                let services = &city.services;
                let offered = |code: &String| services.iter().any(|service| service.code == *code);
                city.requests
                    .retain(|request| offered(&request.service_code));
            }),
            Spoil::Answer(|request, answer| {
                if matches!(request.method, Method::Token(_)) {
                    *answer = Answer::failure(request, 400, "there are no tokens");
                }
            }),
        ],
    },
    Defect {
        does: "does not echo the token",
        seen: "servers made for FixMyStreet, which ignores it",
        rules: &["token-echo"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::Token(_)) {
                answer
                    .document
                    .each("request", &mut |request| request.remove("token"));
            }
        })],
    },
    Defect {
        does: "echoes another token",
        seen: "the standard's own example: 123456 and 12345",
        rules: &["token-echo"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::Token(_)) {
                let short = &mut |token: &mut crate::endpoint::document::Element| {
                    token.content = Content::text("t");
                };
                answer.document.each("token", short);
            }
        })],
    },
    Defect {
        does: "gives out tokens and has no method for them",
        seen: "servers that are half done",
        rules: &["token-resolves"],
        spoils: &[Spoil::Instead(|_, request| match &request.method {
            Method::Token(token) if !token.starts_with("no-") => {
                Some(Answer::failure(request, 400, "there is no such method"))
            }
            _ => None,
        })],
    },
];

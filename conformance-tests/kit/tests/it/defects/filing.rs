//! POST service request: what is taken and what is answered.

use super::Defect;
use crate::endpoint::city::Type;
use crate::endpoint::document::Content;
use crate::endpoint::filing::KEY;
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "files nothing by a point alone",
        seen: "Chicago",
        rules: &["post-by-point"],
        spoils: &[Spoil::Instead(|_, request| {
            let names = ["address_string", "address_id"];
            let told = names
                .iter()
                .any(|name| request.arguments.get(name).is_some());
            let refused = has_key(request) && request.arguments.get("lat").is_some() && !told;
            refused.then(|| Answer::failure(request, 400, "address_string is missing"))
        })],
    },
    Defect {
        does: "files nothing by an address alone",
        seen: "Libre311",
        rules: &["post-by-address"],
        spoils: &[Spoil::Instead(|_, request| {
            let arguments = &request.arguments;
            let address =
                arguments.get("address_string").is_some() && arguments.get("lat").is_none();
            (has_key(request) && address).then(|| Answer::failure(request, 400, "lat is missing"))
        })],
    },
    Defect {
        does: "files nothing by an address_id alone",
        seen: "uReport and all without a register of addresses",
        rules: &["post-by-address-id"],
        spoils: &[Spoil::Request(|request| {
            request.arguments.remove("address_id")
        })],
    },
    Defect {
        does: "answers a POST with an empty list",
        seen: "queues that do not wait",
        rules: &["post-answer"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.files() && answer.succeeds() {
                answer.document.content = Content::List(vec![]);
            }
        })],
    },
    Defect {
        does: "sends who files to another address",
        seen: "proxies that turn http into https",
        rules: &["post-answer"],
        spoils: &[Spoil::Response(|request, response| {
            if request.files() {
                response.status = 302;
                response.set_header("Location", "/open311/v2/requests.xml");
            }
        })],
    },
    Defect {
        does: "answers a POST with the whole service request",
        seen: "uReport, 6aika",
        rules: &["foreign-names"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.files() {
                answer.document.each("request", &mut |request| {
                    request.set("status", Content::text("open"));
                });
            }
        })],
    },
    Defect {
        does: "announces realtime and answers tokens",
        seen: "Chicago",
        rules: &["post-answer-type"],
        spoils: &[
            Spoil::City(|city| {
                let realtime = |kind| kind == Type::Realtime;
                let services = city
                    .services
                    .iter_mut()
                    .filter(|service| realtime(service.kind));
                services.for_each(|service| service.kind = Type::Batch);
            }),
            Spoil::Answer(|_, answer| {
                answer.document.each("service", &mut |service| {
                    if service.value("type") == Some("batch") {
                        service.set("type", Content::text("realtime"));
                    }
                });
            }),
        ],
    },
    Defect {
        does: "answers id and token",
        seen: "servers that number what they queue",
        rules: &["post-answer-type"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.files() {
                answer.document.each("request", &mut |request| {
                    if let Some(token) = request.value("token") {
                        let id = token.replace('t', "new-");
                        request.set("service_request_id", Content::Text(id));
                    }
                });
            }
        })],
    },
    Defect {
        does: "tells the id of what is filed under a blackbox service",
        seen: "servers that know realtime only",
        rules: &["post-answer-type"],
        spoils: &[
            Spoil::City(|city| {
                let noise = city
                    .services
                    .iter_mut()
                    .filter(|service| service.code == "NOISE");
                noise.for_each(|service| service.kind = Type::Realtime);
            }),
            Spoil::Answer(|_, answer| {
                answer.document.each("service", &mut |service| {
                    if service.value("service_code") == Some("NOISE") {
                        service.set("type", Content::text("blackbox"));
                    }
                });
            }),
        ],
    },
    Defect {
        does: "does not know attribute[code][]",
        seen: "servers that read one value for a name",
        rules: &["post-list-attribute"],
        spoils: &[Spoil::Instead(|_, request| {
            let several = request
                .arguments
                .0
                .iter()
                .any(|(name, _)| name.ends_with("[]"));
            (has_key(request) && several)
                .then(|| Answer::failure(request, 400, "unknown attribute"))
        })],
    },
    Defect {
        does: "refuses brackets that are not percent-encoded",
        seen: "strict parsers of URLs",
        rules: &["post-raw-brackets"],
        spoils: &[Spoil::Instead(|_, request| {
            let refused = has_key(request) && request.form.contains('[');
            refused.then(|| Answer::failure(request, 400, "invalid character"))
        })],
    },
    Defect {
        does: "takes an empty media_url for a bad one",
        seen: "checks that ask whether an argument is there",
        rules: &["post-empty-is-absent"],
        spoils: &[Spoil::Instead(|_, request| {
            let refused = has_key(request) && request.arguments.has_empty("media_url");
            refused.then(|| Answer::failure(request, 400, "media_url is no URL"))
        })],
    },
    Defect {
        does: "takes 1,024 characters",
        seen: "Washington DC before the standard",
        rules: &["post-4000-characters"],
        spoils: &[Spoil::Instead(|_, request| {
            let length = request
                .arguments
                .get("description")
                .map(|text| text.chars().count());
            let refused = has_key(request) && length > Some(1024);
            refused.then(|| Answer::failure(request, 400, "description is too long"))
        })],
    },
    Defect {
        does: "counts bytes for characters",
        seen: "columns of 4000 bytes",
        rules: &["post-4000-characters"],
        spoils: &[Spoil::Instead(|_, request| {
            let length = request.arguments.get("description").map(str::len);
            let refused = has_key(request) && length > Some(4000);
            refused.then(|| Answer::failure(request, 400, "description is too long"))
        })],
    },
];

/// What lacks a good key is refused for that before anything else.
fn has_key(request: &Request) -> bool {
    request.method == Method::PostServiceRequest && request.arguments.get("api_key") == Some(KEY)
}

//! POST service request: what is refused and what is answered.

use super::Defect;
use crate::endpoint::city::Type;
use crate::endpoint::document::Content;
use crate::endpoint::filing::KEY;
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "files without an API key",
        seen: "Libre311",
        rules: &["key-missing"],
        spoils: &[Spoil::Request(|request| {
            if !request
                .arguments
                .0
                .iter()
                .any(|(name, _)| name == "api_key")
            {
                request.arguments.set("api_key", KEY);
            }
        })],
    },
    Defect {
        does: "answers a missing API key with 400",
        seen: "uReport, open311-adapter",
        rules: &["key-missing"],
        spoils: &[Spoil::Instead(|_, request| {
            let missing = !request
                .arguments
                .0
                .iter()
                .any(|(name, _)| name == "api_key");
            (request.files() && missing)
                .then(|| Answer::failure(request, 400, "api_key is missing"))
        })],
    },
    Defect {
        does: "files with an empty API key",
        seen: "look-ups that find nothing for nothing",
        rules: &["key-empty"],
        spoils: &[Spoil::Request(|request| {
            if request.arguments.has_empty("api_key") {
                request.arguments.set("api_key", KEY);
            }
        })],
    },
    Defect {
        does: "answers a wrong API key with 401",
        seen: "Klarschiff",
        rules: &["key-wrong"],
        spoils: &[Spoil::Instead(|_, request| {
            let wrong = request
                .arguments
                .get("api_key")
                .is_some_and(|key| key != KEY);
            (request.files() && wrong).then(|| Answer::failure(request, 401, "api_key is wrong"))
        })],
    },
    Defect {
        does: "files with any API key",
        seen: "test systems",
        rules: &["key-wrong"],
        spoils: &[Spoil::Request(|request| {
            if request.arguments.get("api_key").is_some() {
                request.arguments.set("api_key", KEY);
            }
        })],
    },
    Defect {
        does: "files without a service_code",
        seen: "systems with a heap for the rest",
        rules: &["post-service-code-missing"],
        spoils: &[Spoil::Request(|request| {
            if request.files() && request.arguments.get("service_code").is_none() {
                request.arguments.set("service_code", "015");
            }
        })],
    },
    Defect {
        does: "answers a POST with an unknown service_code with 400",
        seen: "Mark-a-Spot: 103 - service_code",
        rules: &["post-service-code-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            let unknown = request.arguments.get("service_code").is_some() && answer.status == 404;
            if request.files() && unknown {
                *answer = Answer::failure(request, 400, "service_code is unknown");
            }
        })],
    },
    Defect {
        does: "files without a location, at 0, 0",
        seen: "open311-adapter",
        rules: &["post-location-missing"],
        spoils: &[Spoil::Request(|request| {
            let told = ["lat", "long", "address_string", "address_id"];
            if request.files()
                && told
                    .iter()
                    .all(|name| request.arguments.get(name).is_none())
            {
                request.arguments.set("lat", "0");
                request.arguments.set("long", "0");
            }
        })],
    },
    Defect {
        does: "files with one of lat and long",
        seen: "coordinates that default to 0",
        rules: &["post-location-half"],
        spoils: &[Spoil::Request(|request| {
            for (one, other) in [("lat", "long"), ("long", "lat")] {
                if request.arguments.get(one).is_some() && request.arguments.get(other).is_none() {
                    request.arguments.set(other, "0");
                }
            }
        })],
    },
    Defect {
        does: "files without a required attribute",
        seen: "servers that leave it to the client",
        rules: &["post-attribute-required"],
        spoils: &[Spoil::Request(|request| {
            for (name, value) in [("attribute[SIZE]", "S"), ("attribute[POLE]", "1")] {
                if request.files() && request.arguments.get(name).is_none() {
                    request.arguments.set(name, value);
                }
            }
        })],
    },
    Defect {
        does: "files answers that are not among the values",
        seen: "servers that keep attributes as text",
        rules: &["post-attribute-unlisted"],
        spoils: &[Spoil::Request(|request| {
            let fits = |name: &str, value: &str| {
                let is_size = name.starts_with("attribute[SIZE]");
                let is_harm = name.starts_with("attribute[HARM]");
                !(is_size && !["", "S", "L"].contains(&value))
                    && !(is_harm && !["", "01", "bike & co", "foot"].contains(&value))
            };
            for (name, value) in &mut request.arguments.0 {
                if !fits(name, value) {
                    *value = if name.contains("SIZE") { "S" } else { "foot" }.to_owned();
                }
            }
        })],
    },
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

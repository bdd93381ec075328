//! POST service request: what must be refused.

use super::Defect;
use crate::endpoint::filing::KEY;
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
        seen: "Mark-a-Spot",
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
                (!is_size || ["", "S", "L"].contains(&value))
                    && (!is_harm || ["", "01", "bike & co", "foot"].contains(&value))
            };
            for (name, value) in &mut request.arguments.0 {
                if !fits(name, value) {
                    *value = if name.contains("SIZE") { "S" } else { "foot" }.to_owned();
                }
            }
        })],
    },
];

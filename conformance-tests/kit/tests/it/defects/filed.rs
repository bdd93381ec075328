//! What was filed, read again.

use chrono::{DateTime, TimeDelta};

use super::Defect;
use crate::endpoint::document::{Content, Element};
use crate::endpoint::request::{Method, Request};
use crate::endpoint::site::{Answer, Site};
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "shows nothing new",
        seen: "FixMyStreet before confirmation, CitySDK before moderation",
        rules: &["filed-found"],
        spoils: &[Spoil::Instead(|_, request| {
            let Method::ServiceRequest(id) = &request.method else {
                return None;
            };
            id.starts_with("new-")
                .then(|| Answer::failure(request, 404, "not yet"))
        })],
    },
    Defect {
        does: "files under another service",
        seen: "back offices that sort by themselves",
        rules: &["filed-service"],
        spoils: &[Spoil::Answer(|_, answer| {
            filed(answer, |request| {
                request.set("service_code", Content::text("4e7b3e4c992b945109000000"));
                request.set("service_name", Content::text("Graffiti"));
            });
        })],
    },
    Defect {
        does: "puts a title before the description",
        seen: "FixMyStreet",
        rules: &["filed-description"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_description(answer, |text| format!("Report: {text}"));
        })],
    },
    Defect {
        does: "escapes what is filed",
        seen: "Libre311",
        rules: &["filed-description"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_description(answer, |text| {
                text.replace('&', "&amp;").replace('<', "&lt;")
            });
        })],
    },
    Defect {
        does: "loses line breaks",
        seen: "descriptions that are kept as one line",
        rules: &["filed-description"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_description(answer, |text| {
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            });
        })],
    },
    Defect {
        does: "loses what lies beyond the basic plane of Unicode",
        seen: "MySQL's utf8",
        rules: &["filed-description"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_description(answer, |text| {
                text.chars().filter(|char| char.len_utf8() < 4).collect()
            });
        })],
    },
    Defect {
        does: "reads UTF-8 as Latin-1",
        seen: "Klarschiff, for what it takes for ISO-8859-1",
        rules: &["filed-description"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_description(answer, |text| {
                text.bytes()
                    .map(char::from)
                    .filter(|char| !char.is_control() || char.is_ascii())
                    .collect()
            });
        })],
    },
    Defect {
        does: "keeps two decimals of a position",
        seen: "privacy by rounding",
        rules: &["filed-position"],
        spoils: &[Spoil::Answer(|_, answer| {
            filed(answer, |request| {
                for name in ["lat", "long"] {
                    if let Some(degrees) = request.value(name) {
                        let degrees: f64 = degrees.parse().unwrap();
                        request.set(name, Content::Bare(format!("{degrees:.2}")));
                    }
                }
            });
        })],
    },
    Defect {
        does: "swaps lat and long of what is filed",
        seen: "x and y",
        rules: &["filed-position"],
        spoils: &[Spoil::Request(|request| {
            for (name, _) in request
                .arguments
                .0
                .iter_mut()
                .filter(|_| request.method == Method::PostServiceRequest)
            {
                *name = match name.as_str() {
                    "lat" => "long".to_owned(),
                    "long" => "lat".to_owned(),
                    _ => name.clone(),
                };
            }
        })],
    },
    Defect {
        does: "forgets the address",
        seen: "Boston, which kept one of two locations",
        rules: &["filed-address"],
        spoils: &[Spoil::Answer(|_, answer| {
            filed(answer, |request| {
                request.set("address", Content::text("City Hall"))
            });
        })],
    },
    Defect {
        does: "forgets the media_url",
        seen: "uReport",
        rules: &["filed-media"],
        spoils: &[Spoil::Request(|request| {
            request.arguments.remove("media_url");
        })],
    },
    Defect {
        does: "closes what is new",
        seen: "statuses that are mapped with a default",
        rules: &["filed-open"],
        spoils: &[Spoil::Answer(|_, answer| {
            filed(answer, |request| {
                request.set("status", Content::text("closed"))
            });
        })],
    },
    Defect {
        does: "writes local time with a Z",
        seen: "servers that append the Z",
        rules: &["filed-now"],
        spoils: &[Spoil::Answer(|_, answer| {
            filed(answer, |request| {
                for name in ["requested_datetime", "updated_datetime"] {
                    let time = DateTime::parse_from_rfc3339(request.value(name).unwrap()).unwrap();
                    let time = time - TimeDelta::hours(5);
                    request.set(name, Content::Text(time.to_rfc3339()));
                }
            });
        })],
    },
    Defect {
        does: "tells who reported",
        seen: "FixMyStreet",
        rules: &["filed-private"],
        spoils: &[Spoil::Instead(tell_reporters)],
    },
    Defect {
        does: "writes control characters into XML",
        seen: "the servers for which open311_java strips U+0010",
        rules: &["filed-control-characters"],
        spoils: &[Spoil::City(|city| city.cleans_text = false)],
    },
];

/// Changes every service request of an answer that was filed by POST.
fn filed(answer: &mut Answer, change: fn(&mut Element)) {
    answer.requests(&mut |request| {
        if request
            .value("service_request_id")
            .is_some_and(|id| id.starts_with("new-"))
        {
            change(request);
        }
    });
}

fn change_description(answer: &mut Answer, change: fn(&str) -> String) {
    answer.requests(&mut |request| {
        let is_new = request
            .value("service_request_id")
            .is_some_and(|id| id.starts_with("new-"));
        if let Some(text) = request.value("description").filter(|_| is_new) {
            let text = change(text);
            request.set("description", Content::Text(text));
        }
    });
}

/// The correct answer, with the reporter in a field that everybody reads.
fn tell_reporters(site: &Site, request: &Request) -> Option<Answer> {
    let mut answer = site.answer(request);
    let city = site.cities[0].lock().unwrap();
    answer.requests(&mut |told| {
        let id = told.value("service_request_id");
        let kept = city
            .requests
            .iter()
            .find(|request| Some(&*request.id) == id);
        if let Some(reporter) = kept.and_then(|request| request.reporter.as_ref()) {
            told.set(
                "status_notes",
                Content::Text(format!("Reported by {reporter}")),
            );
        }
    });
    Some(answer)
}

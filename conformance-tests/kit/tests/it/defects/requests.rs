//! GET service requests without arguments: its fields and its bounds.

use chrono::{DateTime, TimeDelta, Utc};

use super::Defect;
use crate::endpoint::city::ServiceRequest;
use crate::endpoint::document::Content;
use crate::endpoint::query;
use crate::endpoint::request::Request;
use crate::endpoint::site::{Answer, Site};
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "has no list without a status",
        seen: "servers that are afraid of long lists",
        rules: &["request-list"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = request.lists_requests() && request.arguments.0.is_empty();
            asked.then(|| Answer::failure(request, 400, "status is missing"))
        })],
    },
    Defect {
        does: "lists service requests without service_request_id",
        seen: "Chicago",
        rules: &["request-fields"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.lists_requests() {
                answer.requests(&mut |request| {
                    if request.value("service_code") == Some("RATS") {
                        request.remove("service_request_id");
                    }
                });
            }
        })],
    },
    Defect {
        does: "leaves requested_datetime out of some",
        seen: "Chicago",
        rules: &["request-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                if request.value("service_code") == Some("015") {
                    request.remove("requested_datetime");
                }
            });
        })],
    },
    Defect {
        does: "leaves updated_datetime empty",
        seen: "Toronto, San Francisco",
        rules: &["request-usual-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| request.set("updated_datetime", Content::Empty));
        })],
    },
    Defect {
        does: "tells no place of some",
        seen: "Bloomington",
        rules: &["request-usual-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                let id = request.value("service_request_id").unwrap_or_default();
                let is_new = id.starts_with("new-");
                if request.value("service_code") == Some("015") && !is_new {
                    for name in ["lat", "long", "address", "address_id"] {
                        request.remove(name);
                    }
                }
            });
        })],
    },
    Defect {
        does: "has a status in_progress",
        seen: "Libre311",
        rules: &["request-status"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                let is_open = request.value("status") == Some("open");
                if is_open && request.value("service_code") == Some("015") {
                    request.set("status", Content::text("in_progress"));
                }
            });
        })],
    },
    Defect {
        does: "writes Open and Closed",
        seen: "San Francisco in 2012",
        rules: &["request-status"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                let is_open = request.value("status") == Some("open");
                let status = if is_open { "Open" } else { "Closed" };
                request.set("status", Content::text(status));
            });
        })],
    },
    Defect {
        does: "lists one service request twice",
        seen: "joins with photos",
        rules: &["request-id-unique"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.lists_requests()
                && answer.succeeds()
                && let Some(requests) = answer.document.children_mut()
                && let Some(first) = requests.first().cloned()
            {
                requests.push(first);
            }
        })],
    },
    Defect {
        does: "answers projected coordinates in lat and long",
        seen: "Zürich's source data (LV95)",
        rules: &["request-position"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                if request.value("lat").is_some() {
                    request.set("lat", Content::Bare("1247000.5".to_owned()));
                    request.set("long", Content::Bare("2683000.5".to_owned()));
                }
            });
        })],
    },
    Defect {
        does: "answers lat without long",
        seen: "columns that were mapped by hand",
        rules: &["request-position"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| request.set("long", Content::Empty));
        })],
    },
    Defect {
        does: "has updates before the request",
        seen: "councils whose data FixMyStreet mends",
        rules: &["request-updated"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                let requested = request.value("requested_datetime").unwrap();
                let requested = DateTime::parse_from_rfc3339(requested).unwrap();
                let updated = requested - TimeDelta::days(1);
                request.set("updated_datetime", Content::Text(updated.to_rfc3339()));
            });
        })],
    },
    Defect {
        does: "knows no default of 90 days",
        seen: "FixMyStreet, 6aika, Mark-a-Spot, Klarschiff, uReport",
        rules: &["default-90-days"],
        spoils: &[Spoil::Instead(|site, request| {
            let names = ["service_request_id", "start_date", "end_date"];
            let asked = names
                .iter()
                .all(|name| request.arguments.get(name).is_none());
            let now = Utc::now();
            (request.lists_requests() && asked)
                .then(|| piece_by_piece(site, request, now - TimeDelta::days(170), now))
        })],
    },
    Defect {
        does: "answers whatever span is asked for",
        seen: "FixMyStreet, 6aika, Mark-a-Spot, Klarschiff, uReport",
        rules: &["span-90-days"],
        spoils: &[Spoil::Instead(|site, request| {
            let date = |name| request.arguments.get(name).and_then(query::date);
            let span = (date("start_date")?, date("end_date")?);
            let is_long = request.lists_requests() && span.1 - span.0 > TimeDelta::days(90);
            is_long.then(|| piece_by_piece(site, request, span.0, span.1))
        })],
    },
    Defect {
        does: "answers more than 1000 service requests",
        seen: "Bloomington",
        rules: &["at-most-1000"],
        spoils: &[Spoil::City(|city| {
            city.at_most = usize::MAX;
            let newest = city.requests[0].clone();
            city.requests.extend((0..1000).map(|number| ServiceRequest {
                id: format!("many-{number}"),
                requested: newest.requested - TimeDelta::hours(number),
                ..newest.clone()
            }));
        })],
    },
];

/// All of a span that the correct server would refuse, the newest first.
fn piece_by_piece(
    site: &Site,
    request: &Request,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Answer {
    let written = |time: DateTime<Utc>| time.to_rfc3339();
    let middle = end - TimeDelta::days(89);
    let ask = |from, to| {
        let piece = request
            .with("start_date", &written(from))
            .with("end_date", &written(to));
        site.answer(&piece)
    };
    if middle <= start {
        return ask(start, end);
    }
    let mut answer = ask(middle, end);
    if let Some(requests) = answer.document.children_mut() {
        let before = middle - TimeDelta::nanoseconds(1);
        let older = piece_by_piece(site, request, start, before);
        requests.extend(older.document.children().iter().cloned());
    }
    answer
}

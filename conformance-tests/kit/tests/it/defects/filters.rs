//! The arguments of GET service requests.

use super::Defect;
use crate::endpoint::query;
use crate::endpoint::request::Request;
use crate::endpoint::site::{Answer, Site};
use crate::endpoint::spoil::Spoil;

const DATES: [&str; 2] = ["start_date", "end_date"];

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "ignores start_date and end_date",
        seen: "lists that were never tried with them",
        rules: &["date-range"],
        spoils: &[Spoil::Request(|request| {
            for name in DATES {
                if request.arguments.get(name).and_then(query::date).is_some() {
                    request.arguments.remove(name);
                }
            }
        })],
    },
    Defect {
        does: "swaps start_date and end_date",
        seen: "codefornl",
        rules: &["date-range"],
        spoils: &[Spoil::Request(|request| {
            for (name, _) in &mut request.arguments.0 {
                *name = match name.as_str() {
                    "start_date" => "end_date".to_owned(),
                    "end_date" => "start_date".to_owned(),
                    _ => name.clone(),
                };
            }
        })],
    },
    Defect {
        does: "ignores dates that it cannot read",
        seen: "PHP's strtotime",
        rules: &["invalid-date"],
        spoils: &[Spoil::Request(|request| {
            for name in DATES {
                if request
                    .arguments
                    .get(name)
                    .is_some_and(|date| query::date(date).is_none())
                {
                    request.arguments.remove(name);
                }
            }
        })],
    },
    Defect {
        does: "ignores status",
        seen: "uReport",
        rules: &["status-filter"],
        spoils: &[Spoil::Request(|request| request.arguments.remove("status"))],
    },
    Defect {
        does: "understands one status",
        seen: "FixMyStreet",
        rules: &["status-list"],
        spoils: &[Spoil::Request(|request| keep_first(request, "status"))],
    },
    Defect {
        does: "refuses several statuses",
        seen: "enumerations that are matched whole",
        rules: &["status-list"],
        spoils: &[Spoil::Instead(|_, request| {
            let several = request.arguments.list("status").len() > 1;
            several.then(|| Answer::failure(request, 400, "status is open or closed"))
        })],
    },
    Defect {
        does: "ignores service_code",
        seen: "lists that were never tried with it",
        rules: &["service-code-filter"],
        spoils: &[Spoil::Request(|request| {
            if request.lists_requests() {
                request.arguments.remove("service_code");
            }
        })],
    },
    Defect {
        does: "understands one service_code",
        seen: "FixMyStreet",
        rules: &["service-code-list"],
        spoils: &[Spoil::Request(|request| {
            keep_first(request, "service_code")
        })],
    },
    Defect {
        does: "understands one service_request_id",
        seen: "uReport",
        rules: &["id-list"],
        spoils: &[Spoil::Request(|request| {
            keep_first(request, "service_request_id")
        })],
    },
    Defect {
        does: "ignores service_request_id",
        seen: "Mark-a-Spot",
        rules: &["id-list"],
        spoils: &[Spoil::Request(|request| {
            request.arguments.remove("service_request_id")
        })],
    },
    Defect {
        does: "narrows service_request_id down by the other arguments",
        seen: "6aika",
        rules: &["id-overrides"],
        spoils: &[Spoil::Instead(narrowed)],
    },
    Defect {
        does: "takes an empty status for one that nothing has",
        seen: "filters that ask whether an argument is there",
        rules: &["empty-is-absent"],
        spoils: &[Spoil::Instead(|_, request| {
            let empty = request.lists_requests() && request.arguments.has_empty("status");
            empty.then(|| Answer::failure(request, 400, "status is open or closed"))
        })],
    },
    Defect {
        does: "takes an empty service_code for one that no service has",
        seen: "filters that ask whether an argument is there",
        rules: &["empty-is-absent"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.lists_requests()
                && request.arguments.has_empty("service_code")
                && let Some(requests) = answer.document.children_mut()
            {
                requests.clear();
            }
        })],
    },
    Defect {
        does: "refuses an empty jurisdiction_id",
        seen: "Chicago, Baltimore",
        rules: &["empty-is-absent"],
        spoils: &[Spoil::Instead(|_, request| {
            let empty = request.arguments.has_empty("jurisdiction_id");
            empty.then(|| Answer::failure(request, 404, "jurisdiction_id is unknown"))
        })],
    },
    Defect {
        does: "refuses arguments that it does not know",
        seen: "strict frameworks",
        rules: &["unknown-argument"],
        spoils: &[Spoil::Instead(|_, request| {
            let known = [
                "jurisdiction_id",
                "service_request_id",
                "service_code",
                "status",
                "api_key",
            ];
            let unknown = |name: &String| !known.contains(&&**name) && !DATES.contains(&&**name);
            let refused = request.lists_requests()
                && request.arguments.0.iter().any(|(name, _)| unknown(name));
            refused.then(|| Answer::failure(request, 400, "unknown argument"))
        })],
    },
];

fn keep_first(request: &mut Request, name: &str) {
    let first = request
        .arguments
        .list(name)
        .first()
        .map(|&first| first.to_owned());
    if let Some(first) = first.filter(|_| request.lists_requests()) {
        request.arguments.set(name, &first);
    }
}

/// What is among the ids and also among what the other arguments select.
fn narrowed(site: &Site, request: &Request) -> Option<Answer> {
    let others = ["status", "service_code", "start_date", "end_date"];
    request
        .arguments
        .get("service_request_id")
        .filter(|_| request.lists_requests())?;
    others.iter().find_map(|name| request.arguments.get(name))?;
    let mut answer = site.answer(request);
    let selected = site.answer(&request.with("service_request_id", ""));
    if !selected.succeeds() {
        return Some(selected);
    }
    if let Some(requests) = answer.document.children_mut() {
        requests.retain(|request| selected.document.children().contains(request));
    }
    Some(answer)
}

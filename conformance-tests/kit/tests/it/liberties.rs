//! What the letter is silent about, done in another way than the endpoint does it: no fault.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::endpoint::city::Type;
use crate::endpoint::describe;
use crate::endpoint::document::{Content, Element, Format};
use crate::endpoint::query;
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

/// A way of keeping the letter.
pub struct Liberty {
    /// What the server does, in words that follow "it".
    pub does: &'static str,
    pub spoils: &'static [Spoil],
}

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
        does: "indents its XML",
        spoils: &[Spoil::Response(|request, response| {
            if request.format == Format::Xml {
                let body = String::from_utf8_lossy(&response.body);
                response.body = body.replace("><", ">\r\n\t<").into_bytes();
            }
        })],
    },
    Liberty {
        does: "writes ASCII, and references for everything else",
        spoils: &[Spoil::Response(|request, response| {
            let body = String::from_utf8_lossy(&response.body).into_owned();
            let mut ascii = String::new();
            for char in body.chars() {
                match request.format {
                    _ if char.is_ascii() => ascii.push(char),
                    Format::Xml => ascii += &format!("&#{};", u32::from(char)),
                    Format::Json => {
                        let units = char.encode_utf16(&mut [0; 2]).to_vec();
                        ascii.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
                    }
                }
            }
            response.body = ascii.into_bytes();
        })],
    },
    Liberty {
        does: "leaves out what is unknown",
        spoils: &[Spoil::Answer(|_, answer| drop_empty(&mut answer.document))],
    },
    Liberty {
        does: "writes empty texts for what is unknown",
        spoils: &[Spoil::Answer(|_, answer| fill_empty(&mut answer.document))],
    },
    Liberty {
        does: "writes numeric ids and codes as numbers in JSON",
        spoils: &[Spoil::Answer(|_, answer| {
            for name in ["address_id", "zipcode", "key", "service_code"] {
                answer.document.each(name, &mut |field| {
                    if let Content::Text(text) = &field.content
                        && text
                            .parse::<u32>()
                            .is_ok_and(|number| number.to_string() == *text)
                    {
                        field.content = Content::Bare(text.clone());
                    }
                });
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
        does: "has attributes on XML elements",
        spoils: &[Spoil::Answer(|_, answer| {
            let attribute = ("is_array".to_owned(), "true".to_owned());
            answer.document.attributes.push(attribute);
        })],
    },
    Liberty {
        does: "has the standard's own namespace",
        spoils: &[Spoil::Answer(|_, answer| {
            let namespace = "http://wiki.open311.org/GeoReport_v2".to_owned();
            answer
                .document
                .attributes
                .push(("xmlns".to_owned(), namespace));
        })],
    },
    Liberty {
        does: "writes comments, CDATA and a declaration in lower case",
        spoils: &[Spoil::Response(|request, response| {
            if request.format == Format::Xml {
                let body = String::from_utf8_lossy(&response.body).replacen("UTF-8", "utf-8", 1);
                let body = body.replace("Ratten</", "<![CDATA[Ratten]]></");
                response.body = (body + "\n<!-- served by hand -->\n").into_bytes();
            }
        })],
    },
    Liberty {
        does: "begins XML with a byte order mark",
        spoils: &[Spoil::Response(|request, response| {
            if request.format == Format::Xml {
                response.body.splice(0..0, *b"\xEF\xBB\xBF");
            }
        })],
    },
    Liberty {
        does: "writes media types in capitals and charset in quotation marks",
        spoils: &[Spoil::Response(|request, response| {
            let media_type = match request.format {
                Format::Xml => "Text/XML; Charset=\"UTF-8\"",
                Format::Json => "Application/JSON;charset=\"UTF-8\"",
            };
            response.set_header("Content-Type", media_type);
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
        does: "writes errors with words for codes, and several at once",
        spoils: &[Spoil::Answer(|_, answer| {
            if answer.document.name == "errors"
                && let Some(errors) = answer.document.children_mut()
            {
                let mut second = errors[0].clone();
                second.set("code", Content::text("103 - service_code"));
                errors.push(second);
            }
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
        does: "writes fractions of seconds",
        spoils: &[Spoil::Answer(|_, answer| {
            for name in ["requested_datetime", "updated_datetime", "changeset"] {
                answer.document.each(name, &mut |field| {
                    if let Content::Text(text) = &field.content {
                        let time = DateTime::parse_from_rfc3339(text).unwrap();
                        let time = time.to_rfc3339_opts(chrono::SecondsFormat::Millis, false);
                        field.content = Content::Text(time);
                    }
                });
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

/// Empty fields vanish; an empty list of attributes or values stays.
fn drop_empty(element: &mut Element) {
    if let Some(children) = element.children_mut() {
        children.retain(|child| child.content != Content::Empty);
        children.iter_mut().for_each(drop_empty);
    }
}

fn fill_empty(element: &mut Element) {
    match &mut element.content {
        Content::Empty => element.content = Content::text(""),
        Content::Object(children) | Content::List(children) => {
            children.iter_mut().for_each(fill_empty)
        }
        _ => {}
    }
}

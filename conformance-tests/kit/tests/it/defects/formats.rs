//! XML, the headers and the character set.

use super::Defect;
use crate::endpoint::document::{Content, Element, Format};
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "offers JSON only",
        seen: "servers younger than the talk of dropping XML",
        rules: &["xml-offered"],
        spoils: &[Spoil::Instead(|_, request| {
            let served = request.in_json() || request.method == Method::Discovery;
            (!served).then(|| Answer::failure(request, 404, "there is no XML"))
        })],
    },
    Defect {
        does: "announces JSON and has none",
        seen: "static discovery documents",
        rules: &["announced-formats-served"],
        spoils: &[Spoil::Instead(|_, request| {
            let served = !request.in_json() || request.method == Method::Discovery;
            (!served).then(|| Answer::failure(request, 404, "there is no JSON"))
        })],
    },
    Defect {
        does: "does not escape media_url",
        seen: "uReport's XML templates",
        rules: &["xml-well-formed"],
        spoils: &[Spoil::Response(|request, response| {
            if request.reads_requests() && !request.in_json() {
                let body = String::from_utf8_lossy(&response.body);
                response.body = body.replace("a=1&amp;b", "a=1&b").into_bytes();
            }
        })],
    },
    Defect {
        does: "leaves out the XML declaration",
        seen: "FixMyStreet, Libre311",
        rules: &["xml-declaration"],
        spoils: &[Spoil::Response(|_, response| {
            let body = String::from_utf8_lossy(&response.body);
            if let Some((_, document)) = body.split_once("?>\n") {
                response.body = document.as_bytes().to_vec();
            }
        })],
    },
    Defect {
        does: "names no encoding in the XML declaration",
        seen: "XML libraries that were not told to",
        rules: &["xml-declaration"],
        spoils: &[Spoil::Response(|_, response| {
            let body = String::from_utf8_lossy(&response.body);
            response.body = body.replacen(" encoding=\"UTF-8\"", "", 1).into_bytes();
        })],
    },
    Defect {
        does: "has a default namespace of its own",
        seen: "gateways to SOAP",
        rules: &["xml-namespace"],
        spoils: &[Spoil::Answer(|_, answer| {
            let namespace = "http://org/sfgov/sf311v2/services".to_owned();
            answer
                .document
                .attributes
                .push(("xmlns".to_owned(), namespace));
        })],
    },
    Defect {
        does: "calls the list of service requests <requests>",
        seen: "6aika (Helsinki)",
        rules: &["xml-names"],
        spoils: &[Spoil::Answer(|_, answer| {
            let rename = &mut |list: &mut Element| list.name = "requests".to_owned();
            answer.document.each("service_requests", rename);
        })],
    },
    Defect {
        does: "calls a service request <service_request>",
        seen: "codefornl",
        rules: &["xml-names"],
        spoils: &[Spoil::Answer(|_, answer| {
            let rename = &mut |request: &mut Element| request.name = "service_request".to_owned();
            answer.document.each("request", rename);
        })],
    },
    Defect {
        does: "sends XML as application/xml",
        seen: "FixMyStreet, 6aika",
        rules: &["xml-content-type"],
        spoils: &[Spoil::Response(|request, response| {
            if !request.in_json() {
                response.set_header("Content-Type", "application/xml; charset=utf-8");
            }
        })],
    },
    Defect {
        does: "names no charset",
        seen: "open311-adapter",
        rules: &["charset"],
        spoils: &[Spoil::Response(|request, response| {
            let media_type = match request.format {
                Format::Xml => "text/xml",
                Format::Json => "application/json",
            };
            response.set_header("Content-Type", media_type);
        })],
    },
    Defect {
        does: "writes umlauts in Latin-1",
        seen: "servers in front of databases of 2010",
        rules: &["utf-8"],
        spoils: &[Spoil::Response(|_, response| {
            let text = String::from_utf8_lossy(&response.body).into_owned();
            let mut body = vec![];
            for char in text.chars() {
                match u8::try_from(char) {
                    Ok(byte) => body.push(byte),
                    Err(_) => body.extend(char.to_string().bytes()),
                }
            }
            response.body = body;
        })],
    },
    Defect {
        does: "answers several photos as a list in media_url",
        seen: "open311-adapter, Mark-a-Spot",
        rules: &["one-value"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                if let Some(url) = request.value("media_url") {
                    let urls = [url, "https://example.org/2.jpg"];
                    let urls = urls.map(|url| Element::text("media_url", url));
                    request.set("media_url", Content::List(urls.into()));
                }
            });
        })],
    },
    Defect {
        does: "answers agency_responsible as an object",
        seen: "FixMyStreet",
        rules: &["one-value"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                if let Some(name) = request.value("agency_responsible") {
                    let recipients = vec![Element::text("recipient", name)];
                    let recipients = Element::new("recipients", Content::List(recipients));
                    request.set("agency_responsible", Content::Object(vec![recipients]));
                }
            });
        })],
    },
    Defect {
        does: "answers descriptions with markup in them",
        seen: "servers that take HTML from a form",
        rules: &["one-value"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| {
                if let Some(text) = request.value("description") {
                    let paragraph = Element::text("p", text);
                    request.set("description", Content::Object(vec![paragraph]));
                }
            });
        })],
    },
    Defect {
        does: "leaves out the time zone",
        seen: "San Francisco in 2012",
        rules: &["datetime"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_dates(answer, |date| date[..19].replace('T', " "));
        })],
    },
    Defect {
        does: "writes the offset without a colon",
        seen: "strftime's %z",
        rules: &["datetime"],
        spoils: &[Spoil::Answer(|_, answer| {
            change_dates(answer, |date| match date.strip_suffix('Z') {
                Some(date) => format!("{date}+0000"),
                None => format!("{}{}", &date[..22], &date[23..]),
            });
        })],
    },
    Defect {
        does: "has fields of its own without being asked",
        seen: "FixMyStreet, Klarschiff",
        rules: &["foreign-names"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.requests(&mut |request| request.set("comment_count", Content::Bare("3".into())));
        })],
    },
    Defect {
        does: "says adress_id",
        seen: "Klarschiff",
        rules: &["foreign-names"],
        spoils: &[Spoil::Answer(|_, answer| {
            let rename = &mut |field: &mut Element| field.name = "adress_id".to_owned();
            answer.document.each("address_id", rename);
        })],
    },
    Defect {
        does: "escapes twice in XML",
        seen: "Libre311",
        rules: &["xml-equals-json"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.reads_requests() && !request.in_json() {
                answer.requests(&mut |request| {
                    let text = request
                        .value("agency_responsible")
                        .map(|text| text.replace('&', "&amp;"));
                    request.set("agency_responsible", text.into());
                });
            }
        })],
    },
    Defect {
        does: "leaves out fields in JSON",
        seen: "servers with a template for each format",
        rules: &["xml-equals-json"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.in_json() {
                answer
                    .document
                    .each("service", &mut |service| service.remove("keywords"));
            }
        })],
    },
    Defect {
        does: "sends a compressed answer that is none",
        seen: "Alexandria",
        rules: &["compression"],
        spoils: &[Spoil::Response(|request, response| {
            if request.accepts_gzip {
                response.set_header("Content-Encoding", "gzip");
            }
        })],
    },
    Defect {
        does: "lets no other site read",
        seen: "FixMyStreet before its issue 2022",
        rules: &["cross-origin"],
        spoils: &[Spoil::Response(|_, response| {
            response.remove_header("Access-Control-Allow-Origin");
        })],
    },
    Defect {
        does: "wants an API key for reading",
        seen: "St. Louis, Baltimore",
        rules: &["no-key-needed"],
        spoils: &[Spoil::Instead(|_, request| {
            let lacks_key = request.reads_requests() && request.arguments.get("api_key").is_none();
            lacks_key.then(|| Answer::failure(request, 403, "api_key is missing"))
        })],
    },
];

fn change_dates(answer: &mut Answer, change: fn(&str) -> String) {
    answer.requests(&mut |request| {
        for name in [
            "requested_datetime",
            "updated_datetime",
            "expected_datetime",
        ] {
            if let Some(date) = request.value(name) {
                let date = change(date);
                request.set(name, Content::Text(date));
            }
        }
    });
}

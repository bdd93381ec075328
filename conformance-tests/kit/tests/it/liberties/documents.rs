//! How documents are written.

use chrono::DateTime;

use super::Liberty;
use crate::endpoint::document::{Content, Element, Format};
use crate::endpoint::spoil::Spoil;

pub const LIBERTIES: &[Liberty] = &[
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

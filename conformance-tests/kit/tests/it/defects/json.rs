//! The Spark convention.

use super::Defect;
use crate::endpoint::document::{Content, Element};
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "writes codes as numbers with leading zeros",
        seen: "the standard's own example, Spark's stylesheet",
        rules: &["json-well-formed"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.document.each("service_code", &mut |code| {
                if let Content::Text(text) = &code.content
                    && text.chars().all(|char| char.is_ascii_digit())
                {
                    code.content = Content::Bare(text.clone());
                }
            });
        })],
    },
    Defect {
        does: "keeps the root element",
        seen: "FixMyStreet, Toronto",
        rules: &["json-no-wrapper"],
        spoils: &[Spoil::Answer(|_, answer| wrap(answer))],
    },
    Defect {
        does: "keeps root and entry in the answer to a POST",
        seen: "Mark-a-Spot",
        rules: &["json-no-wrapper"],
        spoils: &[Spoil::Answer(|request, answer| {
            if request.files() && answer.succeeds() {
                in_json(answer, &mut |document| {
                    let entries = document.children().to_vec();
                    document.content = Content::Object(entries);
                });
                wrap(answer);
            }
        })],
    },
    Defect {
        does: "keeps the names of list entries",
        seen: "converters of XML",
        rules: &["json-no-wrapper"],
        spoils: &[Spoil::Answer(|_, answer| {
            in_json(answer, &mut |document| {
                document.each("values", &mut |values| {
                    let inner = Element::new("value", values.content.clone());
                    values.content = Content::Object(vec![inner]);
                });
            });
        })],
    },
    Defect {
        does: "writes its one endpoint as an object",
        seen: "Gießen",
        rules: &["json-lists"],
        spoils: &[Spoil::Answer(|_, answer| unlist_one(answer, "endpoints"))],
    },
    Defect {
        does: "writes a list of one attribute as an object",
        seen: "converters of XML",
        rules: &["json-lists"],
        spoils: &[Spoil::Answer(|_, answer| unlist_one(answer, "attributes"))],
    },
    Defect {
        does: "writes an empty list as an object",
        seen: "PHP's arrays",
        rules: &["json-lists"],
        spoils: &[Spoil::Answer(|_, answer| {
            in_json(answer, &mut |document| {
                document.each("values", &mut |values| {
                    if values.children().is_empty() {
                        values.content = Content::Object(vec![]);
                    }
                });
            });
        })],
    },
    Defect {
        does: "writes truth values as texts",
        seen: "FixMyStreet, open311-adapter, Mark-a-Spot",
        rules: &["json-scalars"],
        spoils: &[Spoil::Answer(|_, answer| {
            quote(answer, &["metadata", "variable", "required"]);
        })],
    },
    Defect {
        does: "writes lat and long as texts",
        seen: "Libre311, Mark-a-Spot",
        rules: &["json-scalars"],
        spoils: &[Spoil::Answer(|_, answer| quote(answer, &["lat", "long"]))],
    },
    Defect {
        does: "sends JSON as text/html",
        seen: "PHP without a header",
        rules: &["json-content-type"],
        spoils: &[Spoil::Response(|request, response| {
            if request.in_json() {
                response.set_header("Content-Type", "text/html; charset=utf-8");
            }
        })],
    },
];

fn in_json(answer: &mut Answer, change: &mut dyn FnMut(&mut Element)) {
    if answer.format == crate::endpoint::document::Format::Json {
        change(&mut answer.document);
    }
}

fn wrap(answer: &mut Answer) {
    in_json(answer, &mut |document| {
        let root = document.clone();
        *document = Element::new("", Content::Object(vec![root]));
    });
}

/// Writes a list as its only entry, if it has but one.
fn unlist_one(answer: &mut Answer, name: &str) {
    in_json(answer, &mut |document| {
        document.each(name, &mut |list| {
            if let [only] = list.children() {
                list.content = only.content.clone();
            }
        });
    });
}

fn quote(answer: &mut Answer, names: &[&str]) {
    in_json(answer, &mut |document| {
        for name in names {
            document.each(name, &mut |field| {
                if let Content::Bare(value) = &field.content {
                    field.content = Content::text(value);
                }
            });
        }
    });
}

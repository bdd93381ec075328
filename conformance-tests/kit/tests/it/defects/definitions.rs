//! GET service definition.

use super::Defect;
use crate::endpoint::document::{Content, Element, Format};
use crate::endpoint::request::Method;
use crate::endpoint::site::Answer;
use crate::endpoint::spoil::Spoil;

pub const DEFECTS: &[Defect] = &[
    Defect {
        does: "says metadata=true and has no definition",
        seen: "services whose questions were deleted",
        rules: &["definition"],
        spoils: &[Spoil::Instead(|_, request| {
            let asked = request.method == Method::ServiceDefinition("TREE".to_owned());
            asked.then(|| Answer::failure(request, 404, "no attributes"))
        })],
    },
    Defect {
        does: "names another service_code in a definition",
        seen: "codes that are normalised on the way",
        rules: &["definition-code"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer
                .document
                .each("service_definition", &mut |definition| {
                    let code = definition.value("service_code").map(str::to_lowercase);
                    definition.set("service_code", code.into());
                });
        })],
    },
    Defect {
        does: "has attributes without their container",
        seen: "the standard before its issue 6",
        rules: &["definition-attributes"],
        spoils: &[Spoil::Answer(|_, answer| {
            if answer.format == Format::Xml {
                answer
                    .document
                    .each("service_definition", &mut |definition| {
                        let mut children = definition.children().to_vec();
                        let attributes = children.pop().unwrap();
                        children.extend(attributes.children().iter().cloned());
                        definition.content = Content::Object(children);
                    });
            }
        })],
    },
    Defect {
        does: "has an attribute without a code",
        seen: "notes that nobody can answer",
        rules: &["attribute-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "DANGER", |attribute| attribute.remove("code"));
        })],
    },
    Defect {
        does: "says yes and no in required",
        seen: "spreadsheets that became an API",
        rules: &["attribute-fields"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer.document.each("attribute", &mut |attribute| {
                let word = if attribute.value("required") == Some("true") {
                    "yes"
                } else {
                    "no"
                };
                attribute.set("required", Content::text(word));
            });
        })],
    },
    Defect {
        does: "has datatypes of its own",
        seen: "Boston in 2018: Picklist, Informational",
        rules: &["attribute-datatype"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "NOTE", |attribute| {
                attribute.set("datatype", Content::text("Informational"));
            });
        })],
    },
    Defect {
        does: "has two attributes with one code",
        seen: "definitions that were copied by hand",
        rules: &["attribute-code-unique"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "NOTE", |attribute| {
                attribute.set("code", Content::text("LANE"))
            });
        })],
    },
    Defect {
        does: "leaves order null",
        seen: "Boston in 2018",
        rules: &["attribute-order"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer
                .document
                .each("order", &mut |order| order.content = Content::Empty);
        })],
    },
    Defect {
        does: "counts order from zero",
        seen: "arrays",
        rules: &["attribute-order"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "DANGER", |attribute| {
                attribute.set("order", Content::Bare("0".to_owned()));
            });
        })],
    },
    Defect {
        does: "uses an order twice",
        seen: "the standard's own older sample",
        rules: &["attribute-order"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "NOTE", |attribute| {
                attribute.set("order", Content::Bare("1".to_owned()));
            });
        })],
    },
    Defect {
        does: "has a list without values",
        seen: "lists that are filled by the client",
        rules: &["attribute-values"],
        spoils: &[Spoil::Answer(|_, answer| {
            attribute(answer, "HARM", |attribute| {
                attribute.set("values", Content::List(vec![]))
            });
        })],
    },
    Defect {
        does: "has values without names",
        seen: "keys that speak for themselves",
        rules: &["attribute-values"],
        spoils: &[Spoil::Answer(|_, answer| {
            answer
                .document
                .each("value", &mut |value| value.remove("name"));
        })],
    },
    Defect {
        does: "answers an unknown service_code with an empty definition",
        seen: "uReport",
        rules: &["definition-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if let Method::ServiceDefinition(code) = &request.method
                && answer.status == 404
            {
                let fields = vec![
                    Element::text("service_code", code),
                    Element::new("attributes", Content::List(vec![])),
                ];
                answer.status = 200;
                answer.document = Element::new("service_definition", Content::Object(fields));
            }
        })],
    },
    Defect {
        does: "answers an unknown service_code with 400",
        seen: "codefornl",
        rules: &["definition-unknown"],
        spoils: &[Spoil::Answer(|request, answer| {
            if matches!(request.method, Method::ServiceDefinition(_)) && answer.status == 404 {
                *answer = Answer::failure(request, 400, "service_code is unknown");
            }
        })],
    },
];

fn attribute(answer: &mut Answer, code: &str, change: fn(&mut Element)) {
    answer.document.each("attribute", &mut |attribute| {
        if attribute.value("code") == Some(code) {
            change(attribute);
        }
    });
}

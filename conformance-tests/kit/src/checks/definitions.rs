//! GET service definition: <https://wiki.open311.org/GeoReport_v2/#get-service-definition>.

use super::{hold_status, unknown_word};
use crate::{
    client::{Exchange, encoded},
    document::Document,
    record::Record,
    session::Session,
};
use std::collections::BTreeSet;

const DATATYPES: [&str; 6] = [
    "string",
    "number",
    "datetime",
    "text",
    "singlevaluelist",
    "multivaluelist",
];
/// How many definitions are read in each format; a city can have hundreds.
const AT_MOST: usize = 40;

/// Reads the definition of every service that has one, and of one that does not exist.
pub fn check(session: &mut Session<'_>) {
    let codes: Vec<String> = session
        .survey
        .services
        .iter()
        .filter(|service| service.flag("metadata") == Some(true))
        .filter_map(|service| service.text("service_code"))
        .take(AT_MOST)
        .map(str::to_owned)
        .collect();
    for format in session.survey.formats.clone() {
        for code in &codes {
            let path = format!("services/{}", encoded(code));
            let page = session.get(Document::Definition, &path, format, &[]);
            session.hold("definition", page.status() == 200, &page.exchange, || {
                format!(
                    "the definition of {code} is answered with {}",
                    page.status()
                )
            });
            let Some(mut definition) = page.records.and_then(|records| records.into_iter().next())
            else {
                continue;
            };
            look_at(session, &definition, code, &page.exchange);
            if session.survey.definition(code).is_none() {
                // Whatever it calls itself, it belongs to the service that was asked for.
                definition.set("service_code", code);
                session.survey.definitions.push(definition);
            }
        }
        let path = format!("services/{}", unknown_word());
        let page = session.get_in_vain(&path, format, &[]);
        hold_status(
            session,
            "definition-unknown",
            &page,
            404,
            "an unknown service_code",
        );
    }
}

fn look_at(session: &mut Session<'_>, definition: &Record, code: &str, exchange: &Exchange) {
    let named = definition.text("service_code");
    session.hold("definition-code", named == Some(code), exchange, || {
        format!(
            "the definition of {code} names {}",
            named.unwrap_or("no service_code")
        )
    });
    session.hold(
        "definition-attributes",
        definition.has_list("attributes"),
        exchange,
        || format!("the definition of {code} has no attributes"),
    );
    let (mut codes, mut orders) = (BTreeSet::new(), BTreeSet::new());
    for attribute in definition.list("attributes") {
        let name = attribute.text("code").unwrap_or_default();
        let flags = ["variable", "required"].map(|name| attribute.flag(name));
        let sound = !name.is_empty() && flags.iter().all(Option::is_some);
        session.hold("attribute-fields", sound, exchange, || {
            format!("the attribute \"{name}\" of {code} lacks code, variable or required")
        });
        let datatype = attribute.text("datatype").unwrap_or_default();
        let known = DATATYPES.contains(&datatype.trim());
        session.hold("attribute-datatype", known, exchange, || {
            format!("the datatype of {name} is \"{datatype}\"")
        });
        session.hold(
            "attribute-code-unique",
            codes.insert(name),
            exchange,
            || format!("two attributes of {code} have the code {name}"),
        );
        let order = attribute
            .text("order")
            .and_then(|order| order.trim().parse::<u64>().ok());
        let sound = order.is_some_and(|order| order > 0 && orders.insert(order));
        session.hold("attribute-order", sound, exchange, || {
            let order = attribute.text("order").unwrap_or("missing");
            format!("the order of {name} in {code} is {order}: not positive, or used before")
        });
        if datatype.trim().ends_with("list") {
            let values = attribute.list("values");
            let sound =
                !values.is_empty() && values.iter().all(|one| one.has("key") && one.has("name"));
            session.hold("attribute-values", sound, exchange, || {
                format!("{name} of {code} is a {datatype} without values that have key and name")
            });
        }
    }
}

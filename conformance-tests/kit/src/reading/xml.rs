//! XML to the letter: <https://wiki.open311.org/GeoReport_v2/#format-support>.

use super::Reading;
use crate::{
    document::{Document, Field, Holds},
    record::Record,
};
use roxmltree::{Node, ParsingOptions};

/// The only namespace that the standard knows.
const NAMESPACE: &str = "http://wiki.open311.org/GeoReport_v2";

/// Reads a document; nothing when it is not well-formed.
pub fn parse(document: Document, text: &str, reading: &mut Reading) -> Option<Vec<Record>> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let tree = match roxmltree::Document::parse_with_options(text, options) {
        Ok(tree) => tree,
        Err(fault) => {
            let problem = format!("the {} is not well-formed: {fault}", document.name());
            reading.complain("xml-well-formed", "", problem);
            return None;
        }
    };
    if !has_declaration(text) {
        let problem = "the XML does not begin with a declaration that has encoding=\"UTF-8\"";
        reading.complain("xml-declaration", "", problem);
    }
    let foreign = tree
        .descendants()
        .filter_map(|node| node.tag_name().namespace())
        .find(|namespace| *namespace != NAMESPACE);
    if let Some(namespace) = foreign {
        let problem = format!("elements are in the namespace {namespace}");
        reading.complain("xml-namespace", "", problem);
    }
    let mut strange = Vec::new();
    let records = entries(document, tree.root_element(), reading)
        .into_iter()
        .map(|node| record(document.fields(), node, reading, &mut strange))
        .collect();
    reading.tell_foreign(document, strange);
    Some(records)
}

fn has_declaration(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((declaration, _)) = text
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
    else {
        return false;
    };
    let declaration = declaration.to_ascii_lowercase().replace(' ', "");
    ["encoding=\"utf-8\"", "encoding='utf-8'"]
        .iter()
        .any(|encoding| declaration.contains(encoding))
}

/// The elements that are entries of the list, or the root of a document that is no list.
fn entries<'a, 'input>(
    document: Document,
    root: Node<'a, 'input>,
    reading: &mut Reading,
) -> Vec<Node<'a, 'input>> {
    let name = root.tag_name().name();
    let (wanted, entry) = (document.root(), document.entry());
    if document == Document::Request && Some(name) == entry {
        let problem =
            "one service request is a bare request, not service_requests with one request";
        reading.complain("single-is-list", "", problem);
        return vec![root];
    }
    if name != wanted {
        let problem = format!(
            "the root element of the {} is {name}, not {wanted}",
            document.name()
        );
        reading.complain("xml-names", wanted, problem);
    }
    let Some(entry) = entry else {
        return vec![root];
    };
    if name == entry {
        return vec![root];
    }
    let found: Vec<_> = root.children().filter(Node::is_element).collect();
    if let Some(odd) = found.iter().find(|node| node.tag_name().name() != entry) {
        let problem = format!(
            "the {} holds {}, not {entry}",
            document.name(),
            odd.tag_name().name()
        );
        reading.complain("xml-names", wanted, problem);
    }
    found
}

fn record(
    fields: &'static [Field],
    node: Node<'_, '_>,
    reading: &mut Reading,
    strange: &mut Vec<String>,
) -> Record {
    let mut record = Record::default();
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        if let Some(field) = fields.iter().find(|field| field.name == name) {
            take(field, child, &mut record, reading, strange);
        } else if let Some((field, within)) = fields.iter().find_map(|field| field.listing(name)) {
            // The container of the list is missing.
            let rule = if name == "attribute" {
                "definition-attributes"
            } else {
                "xml-names"
            };
            let problem = format!("{name} stands outside of {}", field.name);
            reading.complain(rule, field.name, problem);
            let mut entries = record.list(field.name).to_vec();
            entries.push(self::record(within, child, reading, strange));
            record.set_list(field.name, entries);
        } else {
            strange.push(name.to_owned());
        }
    }
    record
}

fn take(
    field: &'static Field,
    node: Node<'_, '_>,
    record: &mut Record,
    reading: &mut Reading,
    strange: &mut Vec<String>,
) {
    let children = || node.children().filter(Node::is_element);
    match &field.holds {
        Holds::List(entry, fields) => {
            for child in children().filter(|child| child.tag_name().name() != *entry) {
                let problem = format!(
                    "{} holds {}, not {entry}",
                    field.name,
                    child.tag_name().name()
                );
                reading.complain("xml-names", field.name, problem);
            }
            let entries = children()
                .map(|child| self::record(fields, child, reading, strange))
                .collect();
            record.set_list(field.name, entries);
        }
        Holds::Texts(_) => {
            let entries = children().map(|child| {
                let mut one = Record::default();
                one.set("", text(child).trim());
                one
            });
            record.set_list(field.name, entries.collect());
        }
        Holds::Text | Holds::Flag | Holds::Number | Holds::Time => {
            if let Some(inner) = children().next() {
                let problem = format!(
                    "{} holds the element {}",
                    field.name,
                    inner.tag_name().name()
                );
                reading.complain("one-value", field.name, problem);
            }
            if record.has(field.name) {
                let problem = format!("{} is there more than once", field.name);
                reading.complain("one-value", field.name, problem);
                return;
            }
            let found = match children().next() {
                Some(_) => first_text(node),
                None => text(node),
            };
            if matches!(field.holds, Holds::Time) {
                reading.check_time(field.name, &found);
            }
            record.set(field.name, &found);
        }
    }
}

/// The first text within, as JSON is read where there is a list in the place of a text.
fn first_text(node: Node<'_, '_>) -> String {
    let mut texts = node.descendants().filter_map(|node| node.text());
    let first = texts.find(|text| !text.trim().is_empty());
    first.unwrap_or_default().to_owned()
}

/// All text within, in order.
fn text(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

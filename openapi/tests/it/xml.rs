//! Reads XML by what the document says of it: its schemas and their `xml` objects, nothing else.

use super::resolved;
use roxmltree::Node;
use serde_json::{Map, Value, json};

/// The JSON that a text in XML says by `schema`.
pub fn read(document: &Value, schema: &Value, text: &str) -> Value {
    let parsed = roxmltree::Document::parse(text).unwrap();
    let root = parsed.root_element();
    let schema = resolved(document, schema);
    assert_eq!(root.tag_name().name(), schema["xml"]["name"], "{text}");
    value(document, schema, root)
}

fn value(document: &Value, schema: &Value, node: Node) -> Value {
    let schema = resolved(document, schema);
    let text = node.text().unwrap_or_default();
    if let Some(forms) = schema["oneOf"].as_array() {
        return one_of(document, forms, node);
    }
    let is = |name: &str| {
        let kind = &schema["type"];
        kind == name
            || kind
                .as_array()
                .is_some_and(|all| all.contains(&name.into()))
    };
    if is("array") {
        let items = resolved(document, &schema["items"]);
        let children = node.children().filter(Node::is_element);
        let named = children.inspect(|child| {
            assert_eq!(child.tag_name().name(), items["xml"]["name"], "{schema}");
        });
        return named.map(|child| value(document, items, child)).collect();
    }
    if is("object") {
        let fields = node.children().filter(Node::is_element).map(|child| {
            let name = child.tag_name().name();
            let property = schema["properties"].get(name);
            let property = property.unwrap_or(&schema["additionalProperties"]);
            assert!(property.is_object(), "{name} is no field of {schema}");
            (name.to_owned(), value(document, property, child))
        });
        return fields.collect::<Map<_, _>>().into();
    }
    match text {
        "" if is("null") => Value::Null,
        _ if is("string") => text.into(),
        _ => serde_json::from_str(text).unwrap(),
    }
}

/// Of several forms: what has elements is a list, and what is empty is null where that may be.
fn one_of(document: &Value, forms: &[Value], node: Node) -> Value {
    let kind = match node.children().any(|child| child.is_element()) {
        true => "array",
        false if node.text().is_none() && forms.contains(&json!({"type": "null"})) => "null",
        false => "string",
    };
    let mut fitting = forms.iter().map(|form| resolved(document, form));
    let form =
        fitting.find(|form| form["type"] == kind || form["oneOf"].is_array() && kind != "null");
    value(document, form.unwrap(), node)
}

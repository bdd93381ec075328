//! Documents as trees, written as XML or, by the Spark convention, as JSON.

use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub name: String,
    /// Of the XML only: the Spark convention drops attributes.
    pub attributes: Vec<(String, String)>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Empty,
    Text(String),
    /// A number or a truth value: without quotation marks in JSON.
    Bare(String),
    Object(Vec<Element>),
    List(Vec<Element>),
}

impl Content {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl From<Option<String>> for Content {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

impl Element {
    pub fn new(name: &str, content: Content) -> Self {
        Self {
            name: name.to_owned(),
            attributes: vec![],
            content,
        }
    }

    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, Content::text(text))
    }

    pub fn bare(name: &str, value: impl ToString) -> Self {
        Self::new(name, Content::Bare(value.to_string()))
    }

    pub fn children(&self) -> &[Self] {
        match &self.content {
            Content::Object(children) | Content::List(children) => children,
            _ => &[],
        }
    }

    pub fn children_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.content {
            Content::Object(children) | Content::List(children) => Some(children),
            _ => None,
        }
    }

    /// The text of the child of this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let child = self.children().iter().find(|child| child.name == name)?;
        match &child.content {
            Content::Text(value) | Content::Bare(value) => Some(value),
            _ => None,
        }
    }

    /// Does something with each element of this name, wherever it stands.
    pub fn each(&mut self, name: &str, change: &mut dyn FnMut(&mut Self)) {
        if self.name == name {
            change(self);
        }
        for child in self.children_mut().into_iter().flatten() {
            child.each(name, change);
        }
    }

    /// Puts a child of this name in the place of the one there is, or at the end.
    pub fn set(&mut self, name: &str, content: Content) {
        let Some(children) = self.children_mut() else {
            return;
        };
        match children.iter_mut().find(|child| child.name == name) {
            Some(child) => child.content = content,
            None => children.push(Self::new(name, content)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        if let Some(children) = self.children_mut() {
            children.retain(|child| child.name != name);
        }
    }

    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Xml => {
                let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
                self.write_xml(&mut text);
                text
            }
            Format::Json => self.json(),
        }
    }

    fn write_xml(&self, into: &mut String) {
        let name = &self.name;
        let mut head = name.clone();
        for (attribute, value) in &self.attributes {
            write!(head, " {attribute}=\"{}\"", escaped(value)).unwrap();
        }
        match &self.content {
            Content::Empty => write!(into, "<{head}/>").unwrap(),
            Content::Text(value) | Content::Bare(value) => {
                write!(into, "<{head}>{}</{name}>", escaped(value)).unwrap();
            }
            Content::Object(children) | Content::List(children) => {
                write!(into, "<{head}>").unwrap();
                for child in children {
                    child.write_xml(into);
                }
                write!(into, "</{name}>").unwrap();
            }
        }
    }

    fn json(&self) -> String {
        let joined = |children: &[Self], write: &dyn Fn(&Self) -> String| {
            children.iter().map(write).collect::<Vec<_>>().join(",")
        };
        match &self.content {
            Content::Empty => "null".to_owned(),
            Content::Text(text) => quoted(text),
            Content::Bare(value) => value.clone(),
            Content::List(children) => format!("[{}]", joined(children, &Self::json)),
            Content::Object(children) => {
                let member = |child: &Self| format!("{}:{}", quoted(&child.name), child.json());
                format!("{{{}}}", joined(children, &member))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A carriage return that is not written as a reference is read as a line feed.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\r', "&#13;")
}

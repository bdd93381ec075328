//! A strict reader of the standard's XML.
//!
//! It refuses what real clients stumble over: a missing declaration, attributes,
//! namespaces, comments, CDATA, doctypes, text beside elements, characters that
//! XML 1.0 does not know.

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

/// An element: either `children` or `text`, never both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The name of the tag.
    pub name: String,
    /// The elements inside, in their order.
    pub children: Vec<Element>,
    /// The text inside, with line ends as XML parsers report them.
    pub text: String,
}

impl Element {
    fn new(start: &BytesStart) -> Result<Self, String> {
        let name = start.name().as_ref().to_owned();
        let name = String::from_utf8(name.into()).map_err(|error| error.to_string())?;
        if name.contains(':') || !start.attributes_raw().trim().is_empty() {
            return Err(format!("<{name}> has a prefix, a namespace or attributes"));
        }
        Ok(Self {
            name,
            children: Vec::new(),
            text: String::new(),
        })
    }

    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name; nothing when there is none.
    pub fn text_of(&self, name: &str) -> String {
        self.child(name)
            .map(|child| child.text.clone())
            .unwrap_or_default()
    }

    /// The names of the children, in their order.
    pub fn names(&self) -> Vec<&str> {
        self.children
            .iter()
            .map(|child| child.name.as_str())
            .collect()
    }
}

/// Reads a whole document.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(text: &str) -> Result<Element, String> {
    if !text.starts_with("<?xml") {
        return Err("the document does not begin with an XML declaration".into());
    }
    if let Some(illegal) = text.chars().find(|c| !is_xml_character(*c)) {
        return Err(format!("{illegal:?} is no character of XML 1.0"));
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("not well-formed: {error}"))?;
        match event {
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::Start(start) => open.push(Element::new(&start)?),
            Event::Empty(start) => close(Element::new(&start)?, &mut open, &mut root)?,
            Event::End(_) => {
                let element = open.pop().ok_or("an end without a start")?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(content) => {
                let content = content.xml10_content();
                if content.contains("]]>") {
                    return Err("]]> stands in a text".into());
                }
                append(&content, &mut open)?;
            }
            Event::GeneralRef(reference) => {
                append(&resolve(&reference)?, &mut open)?;
            }
            Event::Eof => break,
            other => return Err(format!("the standard knows no {other:?}")),
        }
    }
    if let Some(unclosed) = open.last() {
        return Err(format!("<{}> is not closed", unclosed.name));
    }
    root.ok_or_else(|| "the document has no root".into())
}

fn check_declaration(declaration: &BytesDecl) -> Result<(), String> {
    let version = declaration.version().map_err(|error| error.to_string())?;
    let encoding = declaration
        .encoding()
        .ok_or("the declaration names no encoding")?;
    let encoding = encoding.map_err(|error| error.to_string())?;
    if &*version == "1.0" && encoding.eq_ignore_ascii_case("utf-8") {
        Ok(())
    } else {
        Err("the declaration does not say version 1.0 and UTF-8".into())
    }
}

/// Puts a finished element where it belongs.
fn close(
    mut element: Element,
    open: &mut [Element],
    root: &mut Option<Element>,
) -> Result<(), String> {
    if !element.children.is_empty() {
        if !element.text.trim().is_empty() {
            return Err(format!("<{}> has text beside elements", element.name));
        }
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("there is more than one root".into()),
    }
    Ok(())
}

fn append(text: &str, open: &mut [Element]) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(format!("text outside of the root: {text}")),
    }
    Ok(())
}

fn resolve(reference: &quick_xml::events::BytesRef) -> Result<String, String> {
    let character = reference
        .resolve_char_ref()
        .map_err(|error| error.to_string())?;
    if let Some(character) = character {
        return if is_xml_character(character) {
            Ok(character.into())
        } else {
            Err(format!(
                "a reference to {character:?}, which XML 1.0 does not know"
            ))
        };
    }
    match &*reference.xml10_content() {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        other => Err(format!("&{other}; is not an entity of XML")),
    }
}

/// Production 2 of XML 1.0.
fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

    #[test]
    fn text_is_unescaped_once() {
        let root = parse(&format!(
            "{DECLARATION}<a><b>1 &lt; 2 &amp;amp; &#128512;</b><c/></a>"
        ))
        .unwrap();
        assert_eq!(root.names(), ["b", "c"]);
        assert_eq!(root.text_of("b"), "1 < 2 &amp; \u{1F600}");
    }

    #[test]
    fn what_clients_stumble_over_is_refused() {
        for body in [
            "<a b='1'/>",
            "<a xmlns='x'/>",
            "<a><b></a></b>",
            "<a/><a/>",
            "<a>x<b/></a>",
            "<a>\u{1}</a>",
            "<a>&#1;</a>",
            "<a>&nbsp;</a>",
            "<!DOCTYPE a><a/>",
            "<a>",
            "",
            "<a>]]></a>",
            "x<a/>",
        ] {
            assert!(parse(&format!("{DECLARATION}{body}")).is_err(), "{body}");
        }
        assert!(parse("<a/>").is_err());
        assert!(parse(r#"<?xml version="1.0"?><a/>"#).is_err());
    }
}

//! XML as a stream of records, or as one tree.
//!
//! Only what GeoReport needs: elements and text. Namespaces and attributes (`xsi:nil`, `is_array`)
//! are passed over; a DOCTYPE is refused, so there are no entities to expand and nothing to fetch.

use super::{
    input::{Fault, Input, SUBSTITUTE},
    record::{Record, Value},
    refusal::Refusal,
    source::Each,
};
use quick_xml::{Reader, events::Event};

/// What one service request is called: the standard's word, and codefornl's.
const ITEMS: [&str; 2] = ["request", "service_request"];

/// Roots under which there need not be any item.
const ROOTS: [&str; 2] = ["service_requests", "requests"];

/// A definition is seven deep; the rest is for envelopes such as SOAP's.
const MAX_DEPTH: usize = 32;

/// Tells every element of [`ITEMS`], however deep.
pub(super) fn for_each(input: Input, each: Each<'_>) -> Result<(), Fault> {
    let mut document = Document::new(input);
    let root = document.root()?;
    let mut found = ROOTS.contains(&root.as_str());
    let mut name = root.clone();
    loop {
        if ITEMS.contains(&name.as_str()) {
            found = true;
            let line = document.line();
            document.reader.get_mut().begin_record();
            let element = document.element()?;
            let record = match element.problem {
                Some(problem) => Err(Refusal::unreadable(line, problem)),
                None => Ok(Record::entry(line, element.value.into_fields())),
            };
            if each(record).is_break() {
                return Ok(());
            }
        }
        name = loop {
            match document.next()? {
                Token::Open(name) => break name,
                Token::Text(_) | Token::Problem(_) | Token::Close => {}
                Token::End if found => return Ok(()),
                Token::End => {
                    let problem = format!("is a <{root}> document and holds no <request>");
                    return Err(document.fault(problem));
                }
            }
        };
    }
}

/// The name of the root and what it holds.
pub(super) fn tree(input: Input) -> Result<(String, Value), Fault> {
    let mut document = Document::new(input);
    let root = document.root()?;
    let element = document.element()?;
    match element.problem {
        Some(problem) => Err(document.fault(problem)),
        None => Ok((root, element.value)),
    }
}

/// A pull reader that allows elements and text only.
struct Document {
    reader: Reader<Input>,
    buffer: Vec<u8>,
    depth: usize,
}

enum Token {
    Open(String),
    Text(String),
    /// Text that cannot be read, and why.
    Problem(String),
    Close,
    End,
}

/// An element that has been read to its end, and the first thing in it that could not be read.
struct Element {
    value: Value,
    problem: Option<String>,
}

impl Document {
    fn new(input: Input) -> Self {
        let mut reader = Reader::from_reader(input.substituting());
        reader.config_mut().expand_empty_elements = true;
        // "AT&T", not escaped: what it means is plain enough.
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    /// The name of the first element.
    fn root(&mut self) -> Result<String, Fault> {
        loop {
            match self.next()? {
                Token::Open(name) => return Ok(name),
                Token::End => return Err(self.fault("is not XML: there is no element in it")),
                Token::Text(_) | Token::Problem(_) | Token::Close => {}
            }
        }
    }

    /// The rest of the element whose [`Token::Open`] was the last token.
    fn element(&mut self) -> Result<Element, Fault> {
        let mut problem = None;
        let mut outer = Vec::new();
        let mut name = String::new();
        let mut children = Vec::new();
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Open(child) => {
                    outer.push((
                        std::mem::replace(&mut name, child),
                        std::mem::take(&mut children),
                        std::mem::take(&mut text),
                    ));
                }
                Token::Text(more) => text.push_str(&more),
                Token::Problem(why) => problem = problem.or(Some(why)),
                Token::Close => {
                    let value = if !children.is_empty() {
                        Value::Object(children)
                    } else if text.trim().is_empty() {
                        Value::Null
                    } else {
                        Value::Text(text)
                    };
                    let Some((parent, siblings, before)) = outer.pop() else {
                        return Ok(Element { value, problem });
                    };
                    (children, text) = (siblings, before);
                    children.push((std::mem::replace(&mut name, parent), value));
                }
                Token::End => return Err(self.fault("the XML breaks off here")),
            }
        }
    }

    fn next(&mut self) -> Result<Token, Fault> {
        loop {
            self.buffer.clear();
            let line = self.reader.get_ref().line();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(error)) => return Err(Fault::io(&error, line)),
                Err(error) => return Err(Fault::new(line, format!("is not XML: {error}"))),
            };
            return Ok(match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        let problem = format!("elements are nested more than {MAX_DEPTH} deep");
                        return Err(Fault::new(line, problem));
                    }
                    Token::Open(start.local_name().as_ref().to_owned())
                }
                Event::End(_) => {
                    self.depth -= 1;
                    Token::Close
                }
                Event::Text(text) => readable(text.xml10_content().into_owned()),
                Event::CData(text) => readable(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => match entity(&reference) {
                    Some(character) => Token::Text(character.into()),
                    None => Token::Problem("it holds an entity that XML does not have".into()),
                },
                Event::Decl(declaration) => match declaration.encoding() {
                    Some(Ok(encoding)) if !is_utf8(&encoding) => {
                        let problem = format!("is in {encoding}; save it as UTF-8");
                        return Err(Fault::new(line, problem));
                    }
                    _ => continue,
                },
                Event::DocType(_) => {
                    let problem = "has a DOCTYPE, which is not read (is it a web page?)";
                    return Err(Fault::new(line, problem));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(Fault::new(line, "the XML breaks off here"));
                }
                Event::Eof => Token::End,
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) => continue,
            });
        }
    }

    fn line(&self) -> u64 {
        self.reader.get_ref().line()
    }

    fn fault(&self, problem: impl Into<String>) -> Fault {
        Fault::new(self.line(), problem)
    }
}

fn readable(text: String) -> Token {
    if text.contains(SUBSTITUTE) {
        Token::Problem("a text in it is not UTF-8".into())
    } else {
        Token::Text(text)
    }
}

/// The five entities of XML, and characters by number.
fn entity(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok()?,
    }
}

fn is_utf8(encoding: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"]
        .iter()
        .any(|known| encoding.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::read;

    fn told(text: &str) -> Vec<String> {
        read(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|told| told.unwrap_or_else(|cause| cause))
            .collect()
    }

    fn fault(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn requests_are_found_under_any_root_and_namespace() {
        for text in [
            "<service_requests><request><a>1</a></request></service_requests>",
            "<x:r xmlns:x='u'><x:request z='1'><x:a>1</x:a></x:request></x:r>",
            "<?xml version='1.0' encoding='UTF-8'?><!-- c --><request><a>1</a></request>",
            "<e><b><service_requests><service_request><a>1</a></service_request></service_requests></b></e>",
        ] {
            assert_eq!(told(text), ["1: 1|-|-"], "{text}");
        }
        assert!(told("<service_requests/>").is_empty());
    }

    #[test]
    fn text_is_put_together_from_its_parts() {
        let text = "<request><a>A &amp; B &#8364;<![CDATA[ <c>]]></a>\
                    <b xsi:nil='true'/><c>AT&T</c></request>";
        assert_eq!(told(text), ["1: A & B € <c>|null|AT&T"]);
    }

    #[test]
    fn children_of_children_are_nested_values() {
        let told = told("<request><a>1</a><b><x>2</x></b></request>");
        assert_eq!(told, ["1: 1|Object([(\"x\", Text(\"2\"))])|-"]);
    }

    #[test]
    fn a_doctype_and_its_entities_are_refused() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r><request><a>&a;</a></request></r>";
        assert!(fault(bomb).contains("DOCTYPE"));
        assert!(told("<request><a>&a;</a></request>")[0].contains("entity"));
    }

    #[test]
    fn a_document_that_is_cut_off_or_something_else_is_a_fault() {
        for text in [
            "<r>\n<request><a>1</a>",
            "<r><request>",
            "<r><request/></x>",
            "<",
        ] {
            assert!(fault(text).contains("line"), "{text}");
        }
        assert!(fault("<services/>").contains("is a <services> document"));
        assert!(fault("<?xml version='1.0' encoding='latin1'?><r/>").contains("latin1"));
        let deep = format!("<request>{}", "<a>".repeat(40));
        assert!(fault(&deep).contains("nested"));
    }
}

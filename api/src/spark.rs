//! XML from the tree that JSON is made of: the Spark convention, run backwards.
//!
//! JSON drops the root and the names of list entries; the only thing XML needs beside the tree is
//! what those are called, and that stands in [`ITEMS`].
//! <https://wiki.open311.org/JSON_and_XML_Conversion/#the-spark-convention>

use domain::text::is_xml_char;
use serde::ser::{self, Serialize};
use std::fmt;

/// The standard's lists (and those of our extensions) and what one entry is called in XML.
const ITEMS: &[(&str, &str)] = &[
    ("services", "service"),
    ("attributes", "attribute"),
    ("values", "value"),
    ("service_requests", "request"),
    ("errors", "error"),
    ("endpoints", "endpoint"),
    ("formats", "format"),
    ("notes", "note"),
    ("media_urls", "media_url"),
    ("media_url", "media_url"),
    ("service_request_updates", "request_update"),
];

/// What one entry of a list is called in XML.
pub fn item_name(list: &str) -> Option<&'static str> {
    let item = ITEMS.iter().find(|(name, _)| *name == list);
    item.map(|(_, item)| *item)
}

const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Appends `value` to `out` as an XML document with the root element `root`.
///
/// # Errors
/// When `value` holds a shape that no document of ours has (bytes, tuples, enum variants with data).
pub fn write_xml(out: &mut Vec<u8>, root: &str, value: &impl Serialize) -> Result<(), Error> {
    out.extend_from_slice(DECLARATION);
    value.serialize(Element { out, tag: root })
}

/// Appends one entry of the list `root` to `out`.
///
/// # Errors
/// As [`write_xml`], and when `root` is no list of ours.
pub fn write_entry(out: &mut Vec<u8>, root: &str, entry: &impl Serialize) -> Result<(), Error> {
    let tag = item_name(root).ok_or_else(|| unsupported(root))?;
    entry.serialize(Element { out, tag })
}

/// Appends the list `root` of entries that [`write_entry`] has made.
pub fn write_list(out: &mut Vec<u8>, root: &str, entries: &[impl AsRef<[u8]>]) {
    out.extend_from_slice(DECLARATION);
    let list = Element { out, tag: root }.parent();
    for entry in entries {
        list.out.extend_from_slice(entry.as_ref());
    }
    list.close();
}

/// A value cannot be written as XML.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// One element, about to be written.
struct Element<'o, 't> {
    out: &'o mut Vec<u8>,
    tag: &'t str,
}

impl<'o, 't> Element<'o, 't> {
    fn open(&mut self) {
        self.out.push(b'<');
        self.out.extend_from_slice(self.tag.as_bytes());
        self.out.push(b'>');
    }

    fn empty(self) {
        self.out.push(b'<');
        self.out.extend_from_slice(self.tag.as_bytes());
        self.out.extend_from_slice(b"/>");
    }

    /// Text that needs no escaping.
    fn plain(mut self, text: &str) {
        self.open();
        self.out.extend_from_slice(text.as_bytes());
        close(self.out, self.tag);
    }

    fn parent(mut self) -> Parent<'o, 't> {
        self.open();
        Parent {
            start: self.out.len(),
            out: self.out,
            tag: self.tag,
            item: "",
            key: String::new(),
        }
    }
}

fn close(out: &mut Vec<u8>, tag: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(tag.as_bytes());
    out.push(b'>');
}

/// `text` so that an XML reader gives it back: a carriage return as a reference, because a bare
/// one is read as a line feed (<https://www.w3.org/TR/xml/#sec-line-ends>).
fn write_text(out: &mut Vec<u8>, text: &str) {
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            c if is_xml_char(c) => {
                out.extend_from_slice(&text.as_bytes()[at..at + c.len_utf8()]);
            }
            _ => {}
        }
    }
}

/// A decimal with a point and without an exponent, as strict readers want it.
pub fn write_decimal(out: &mut impl std::io::Write, number: f64) -> std::io::Result<()> {
    if number == number.trunc() && number.abs() < 1e15 {
        write!(out, "{number:.1}")
    } else {
        write!(out, "{number}")
    }
}

/// An element whose children are being written.
struct Parent<'o, 't> {
    out: &'o mut Vec<u8>,
    tag: &'t str,
    /// Where the first child begins.
    start: usize,
    /// Of a list: what an entry is called.
    item: &'static str,
    /// Of a map: the name of the next child.
    key: String,
}

impl Parent<'_, '_> {
    fn child(&mut self, tag: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        value.serialize(Element { out: self.out, tag })
    }

    fn close(self) {
        if self.out.len() == self.start {
            self.out.pop();
            self.out.extend_from_slice(b"/>");
        } else {
            close(self.out, self.tag);
        }
    }
}

impl<'o, 't> ser::Serializer for Element<'o, 't> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parent<'o, 't>;
    type SerializeTuple = ser::Impossible<(), Error>;
    type SerializeTupleStruct = ser::Impossible<(), Error>;
    type SerializeTupleVariant = ser::Impossible<(), Error>;
    type SerializeMap = Parent<'o, 't>;
    type SerializeStruct = Parent<'o, 't>;
    type SerializeStructVariant = ser::Impossible<(), Error>;

    fn serialize_bool(self, v: bool) -> Result<(), Error> {
        self.plain(if v { "true" } else { "false" });
        Ok(())
    }
    fn serialize_i8(self, v: i8) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i16(self, v: i16) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i32(self, v: i32) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i64(self, v: i64) -> Result<(), Error> {
        self.plain(&v.to_string());
        Ok(())
    }
    fn serialize_u8(self, v: u8) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u16(self, v: u16) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u32(self, v: u32) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u64(self, v: u64) -> Result<(), Error> {
        self.plain(&v.to_string());
        Ok(())
    }
    fn serialize_f32(self, v: f32) -> Result<(), Error> {
        self.serialize_f64(v.into())
    }
    fn serialize_f64(mut self, v: f64) -> Result<(), Error> {
        self.open();
        write_decimal(self.out, v).map_err(ser::Error::custom)?;
        close(self.out, self.tag);
        Ok(())
    }
    fn serialize_char(self, v: char) -> Result<(), Error> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(mut self, v: &str) -> Result<(), Error> {
        if v.is_empty() {
            self.empty();
            return Ok(());
        }
        self.open();
        write_text(self.out, v);
        close(self.out, self.tag);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(unsupported("bytes"))
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.empty();
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_none()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Err(unsupported("an enum with data"))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parent<'o, 't>, Error> {
        let item = item_name(self.tag).ok_or_else(|| unsupported(self.tag))?;
        let mut parent = self.parent();
        parent.item = item;
        Ok(parent)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(unsupported("a tuple"))
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Err(unsupported("a tuple"))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(unsupported("an enum with data"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parent<'o, 't>, Error> {
        Ok(self.parent())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parent<'o, 't>, Error> {
        Ok(self.parent())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(unsupported("an enum with data"))
    }
}

fn unsupported(what: &str) -> Error {
    Error(format!("{what} has no form in GeoReport's XML"))
}

impl ser::SerializeSeq for Parent<'_, '_> {
    type Ok = ();
    type Error = Error;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.child(self.item, value)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Parent<'_, '_> {
    type Ok = ();
    type Error = Error;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.child(key, value)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Parent<'_, '_> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let key = serde_json::to_value(key).map_err(ser::Error::custom)?;
        self.key = element_name(key.as_str().unwrap_or_default());
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.child(&key, value)
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

/// A name that XML allows, near to `text`: what a city calls its attributes may hold anything.
fn element_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = text
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() || first == '_' => name,
        _ => format!("_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    fn xml(root: &str, value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write_xml(&mut out, root, value).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    }

    #[derive(Serialize)]
    struct Service<'a> {
        service_code: &'a str,
        metadata: bool,
        order: i32,
        lat: Option<f64>,
        values: Vec<&'a str>,
    }

    #[test]
    fn a_list_names_its_entries_and_null_is_an_empty_element() {
        let service = Service {
            service_code: "001",
            metadata: true,
            order: 1,
            lat: None,
            values: vec!["a", ""],
        };
        assert_eq!(
            xml("services", &vec![service]),
            "<services><service><service_code>001</service_code><metadata>true</metadata>\
             <order>1</order><lat/><values><value>a</value><value/></values></service></services>"
        );
    }

    #[test]
    fn a_list_without_entries_is_an_empty_element() {
        assert_eq!(
            xml("service_requests", &Vec::<String>::new()),
            "<service_requests/>"
        );
    }

    #[test]
    fn a_decimal_has_a_point_and_no_exponent() {
        for (number, text) in [
            (38.0, "38.0"),
            (-122.25, "-122.25"),
            (0.00001, "0.00001"),
            (0.0, "0.0"),
        ] {
            assert_eq!(xml("lat", &number), format!("<lat>{text}</lat>"));
        }
    }

    #[test]
    fn the_name_of_an_attribute_becomes_one_that_xml_allows() {
        let map = BTreeMap::from([("1 <b>", "x"), ("ward", "y")]);
        assert_eq!(xml("e", &map), "<e><_1__b_>x</_1__b_><ward>y</ward></e>");
    }

    proptest! {
        #[test]
        fn whatever_goes_in_an_xml_reader_reads_it_out(text in "\\PC*[\u{0}-\u{1f}&<>\"']{0,8}\\PC*") {
            let written = xml("description", &text);
            let expected: String = text.chars().filter(|c| is_xml_char(*c)).collect();
            let mut reader = quick_xml::Reader::from_str(&written);
            let mut read = String::new();
            loop {
                match reader.read_event().unwrap() {
                    quick_xml::events::Event::Text(part) => read.push_str(&part.xml10_content()),
                    quick_xml::events::Event::GeneralRef(reference) => {
                        let name = reference.xml10_content();
                        read.push_str(&quick_xml::escape::unescape(&format!("&{name};")).unwrap());
                    }
                    quick_xml::events::Event::Eof => break,
                    _ => {}
                }
            }
            prop_assert_eq!(read, expected);
        }
    }
}

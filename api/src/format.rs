//! The two formats of the standard: the suffix of the path decides, nothing else.

use crate::{error::ApiError, spark};
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use serde::Serialize;
use std::io;
use utoipa::ToSchema;

/// A document of the standard. JSON is its serde tree; XML is that tree under [`Self::ROOT`].
pub trait Document: Serialize {
    /// The root element in XML.
    const ROOT: &'static str;
}

/// The formats of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// `.xml`, required by the standard and our answer where a path names none.
    Xml,
    /// `.json`
    Json,
}

impl Format {
    /// The format that a path asks for.
    pub fn of_path(path: &str) -> Self {
        if path.ends_with(".json") {
            Self::Json
        } else {
            Self::Xml
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }

    /// The media type with the character set, as the standard wants it.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The document in this format.
    ///
    /// # Errors
    /// When the document has a shape that the format does not know, which is a fault of ours.
    pub fn render<D: Document>(self, document: &D) -> Result<Vec<u8>, ApiError> {
        let mut body = Vec::with_capacity(1_024);
        match self {
            Self::Xml => {
                spark::write_xml(&mut body, D::ROOT, document).map_err(ApiError::internal)?;
            }
            Self::Json => write_json(&mut body, document)?,
        }
        Ok(body)
    }

    /// One entry of the list `L` in this format, for [`Self::join`].
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_entry<L: Document>(self, entry: &impl Serialize) -> Result<Vec<u8>, ApiError> {
        let mut rendered = Vec::with_capacity(1_024);
        match self {
            Self::Xml => {
                spark::write_entry(&mut rendered, L::ROOT, entry).map_err(ApiError::internal)?;
            }
            Self::Json => write_json(&mut rendered, entry)?,
        }
        rendered.shrink_to_fit();
        Ok(rendered)
    }

    /// The list `L` of entries that were rendered before: what [`Self::render`] makes of them all.
    pub fn join<L: Document>(self, entries: &[impl AsRef<[u8]>]) -> Vec<u8> {
        let length: usize = entries.iter().map(|entry| entry.as_ref().len() + 1).sum();
        let mut body = Vec::with_capacity(length + 128);
        match self {
            Self::Xml => spark::write_list(&mut body, L::ROOT, entries),
            Self::Json => {
                body.push(b'[');
                for (entry, before) in entries.iter().zip(0..) {
                    if before > 0 {
                        body.push(b',');
                    }
                    body.extend_from_slice(entry.as_ref());
                }
                body.push(b']');
            }
        }
        body
    }
}

fn write_json(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), ApiError> {
    let mut writer = serde_json::Serializer::with_formatter(out, PlainNumbers);
    value.serialize(&mut writer).map_err(ApiError::internal)
}

/// JSON whose decimals have no exponent: some clients read `1e-5` as text.
struct PlainNumbers;

impl serde_json::ser::Formatter for PlainNumbers {
    fn write_f64<W: ?Sized + io::Write>(
        &mut self,
        mut writer: &mut W,
        number: f64,
    ) -> io::Result<()> {
        spark::write_decimal(&mut writer, number)
    }
}

/// A response that has the document as its body.
///
/// # Errors
/// As [`Format::render`].
pub fn reply<D: Document>(format: Format, document: &D) -> Result<HttpResponse, ApiError> {
    Ok(builder(format).body(format.render(document)?))
}

/// An empty 200 in the format.
pub fn builder(format: Format) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(StatusCode::OK);
    response.insert_header((header::CONTENT_TYPE, format.content_type()));
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    response
}

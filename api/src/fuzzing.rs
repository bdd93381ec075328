//! The parsers that are private to the server, for the fuzz targets in `fuzz/` and nobody else.

pub use crate::{
    error::ApiError,
    extract::{
        Announced, UploadedFile, announced, attribute_code, attributes, hash_of, id_in_path,
        parse_form, presented_key, sent_key, split_parts,
    },
    format::{Document, Format},
    import::{
        Mapping, ServicesItem, Source, Value, read_boundary, read_services, to_service_request,
    },
    photos::read as read_picture,
};

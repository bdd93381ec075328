//! The parsers that are private to the server, for the fuzz targets in `fuzz/` and nobody else.

pub use crate::{
    access::{hash_of, presented_key},
    error::{ApiError, ErrorFormat},
    extract::{
        Announced, UploadedFile, announced, attribute_code, attributes, id_in_path, parse_form,
        sent_key, split_parts,
    },
    federation::remote::{
        RemoteError, read_faults, read_receipt, read_remote_updates, read_requests, read_sightings,
    },
    format::{Document, Format},
    import::{
        Mapping, ServicesItem, Source, Value, read_boundary, read_services, to_service_request,
    },
    photos::read as read_picture,
};

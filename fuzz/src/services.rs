//! A service list or service definitions as a file: JSON or XML, plain or gzip.

use crate::{document, told};
use api::{
    fuzzing::{ServicesItem, Source, read_services},
    georeport::documents::{DefinitionDocument, Services},
};
use domain::{
    Service, ServiceDefinition,
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_LINE},
};
use std::{io::Cursor, path::Path};

/// What is taken may be stored, and both formats tell it alike.
pub fn check(bytes: &[u8]) {
    let size = bytes.len() as u64;
    let Ok(source) = Source::new(Path::new("file"), Cursor::new(bytes.to_vec()), size) else {
        return;
    };
    let items = match read_services(source) {
        Ok(items) => items,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for item in &items {
        match item {
            ServicesItem::Service(service, definition) => {
                self::service(service);
                definition.iter().for_each(self::definition);
            }
            ServicesItem::Definition(definition) => self::definition(definition),
        }
    }
}

fn service(service: &Service) {
    told::line(&service.service_name, MAX_LINE);
    told::text(&service.description, MAX_DESCRIPTION);
    told::line(&service.keywords, MAX_DESCRIPTION);
    told::line(&service.service_group, MAX_LINE);
    told::text(&service.service_notice, MAX_DESCRIPTION);
    document::alike(&Services(vec![service.into()]));
}

fn definition(definition: &ServiceDefinition) {
    let attributes = &definition.attributes;
    assert!(attributes.is_sorted_by(|one, next| one.position < next.position));
    for attribute in attributes {
        assert!(attribute.position > 0);
        told::line(&attribute.code, MAX_CODE);
        told::text(&attribute.description, MAX_DESCRIPTION);
    }
    document::alike(&DefinitionDocument::from(definition));
}

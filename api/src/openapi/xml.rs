//! What the documents are called in XML: the names are those that `spark.rs` writes.

use crate::{
    error::Errors,
    extensions::service_request_updates::{CreatedUpdates, MediaUrl, ServiceRequestUpdates},
    format::Document,
    georeport::{
        documents::{Created, DefinitionDocument, ServiceRequests, Services, Tokens},
        get_discovery::Discovery,
    },
    spark::item_name,
};
use std::collections::{BTreeMap, btree_map::Entry};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr,
        schema::{Array, ArrayItems, Schema},
        xml::{Xml, XmlBuilder},
    },
};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Names the root element of each document and the elements of each list.
pub fn name_elements(schemas: &mut Schemas) {
    name_root::<Discovery>(schemas);
    name_root::<Services<'_>>(schemas);
    name_root::<DefinitionDocument<'_>>(schemas);
    name_root::<ServiceRequests<'_>>(schemas);
    name_root::<Created<'_>>(schemas);
    name_root::<Tokens<'_>>(schemas);
    name_root::<ServiceRequestUpdates<'_>>(schemas);
    name_root::<CreatedUpdates<'_>>(schemas);
    name_root::<Errors<'_>>(schemas);
    let mut items = Vec::new();
    for schema in schemas.values_mut() {
        if let RefOr::T(Schema::Object(object)) = schema {
            for (name, property) in &mut object.properties {
                if let RefOr::T(Schema::Array(list)) = property {
                    items.extend(name_list(name, list));
                }
            }
        }
    }
    if let Some(RefOr::T(Schema::OneOf(forms))) = schemas.get_mut(MediaUrl::name().as_ref()) {
        for form in &mut forms.items {
            if let RefOr::T(Schema::Array(list)) = form {
                items.extend(name_list("media_url", list));
            }
        }
    }
    for (component, element) in items {
        name_component(schemas, &component, named(element));
    }
}

fn name_root<D: Document + ToSchema>(schemas: &mut Schemas) {
    let name = D::name();
    match schemas.get_mut(name.as_ref()) {
        Some(RefOr::T(Schema::Array(list))) => {
            if let Some((component, element)) = name_list(D::ROOT, list) {
                name_component(schemas, &component, named(element));
            }
        }
        _ => name_component(schemas, &name, named(D::ROOT)),
    }
}

/// Names a list and its entries; where those are a component, tells which and how.
fn name_list(name: &str, list: &mut Array) -> Option<(String, &'static str)> {
    let element = item_name(name)?;
    let xml = XmlBuilder::new().name(Some(name.to_owned()));
    list.xml = Some(xml.wrapped(Some(true)).build());
    let ArrayItems::RefOrSchema(items) = &mut list.items else {
        return None;
    };
    match &mut **items {
        RefOr::Ref(reference) => {
            let component = reference.ref_location.rsplit('/').next()?;
            Some((component.to_owned(), element))
        }
        RefOr::T(Schema::Object(object)) => {
            object.xml = Some(named(element));
            None
        }
        RefOr::T(_) => None,
    }
}

fn name_component(schemas: &mut Schemas, component: &str, xml: Xml) {
    if let Entry::Occupied(mut found) = schemas.entry(component.to_owned())
        && let RefOr::T(Schema::Object(object)) = found.get_mut()
    {
        object.xml = Some(xml);
    }
}

fn named(element: &'static str) -> Xml {
    XmlBuilder::new().name(Some(element)).build()
}

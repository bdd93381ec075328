//! What a jurisdiction takes service requests about: the service list and its definitions.

use crate::{
    JurisdictionStorage, StorageError,
    changes::Matter,
    connection::End,
    schema::{attribute_definition, jurisdiction, service},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    AttributeDefinition, AttributeValue, Datatype, Service, ServiceCode, ServiceDefinition,
    ServiceType,
};
use serde::Deserialize;
use std::collections::HashMap;

/// Services, and definitions of services, to be taken over.
#[derive(Debug, Clone, Default)]
pub struct ServicesImport {
    /// New or changed services.
    pub services: Vec<Service>,
    /// Definitions of these or of services that exist already.
    pub definitions: Vec<ServiceDefinition>,
}

/// What became of a [`ServicesImport`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServicesSummary {
    /// Services that are new or changed, in themselves or in their definition.
    pub taken: usize,
    /// Services that were there already, just so.
    pub unchanged: usize,
    /// Codes of definitions without a service.
    pub refused: Vec<String>,
}

#[derive(Debug, Queryable, Selectable, Deserialize)]
#[diesel(table_name = service, check_for_backend(diesel::pg::Pg))]
pub(crate) struct ServiceRow {
    service_code: String,
    service_name: String,
    description: String,
    has_definition: bool,
    service_type: String,
    keywords: String,
    service_group: String,
    service_notice: String,
}

#[derive(Debug, Queryable, Selectable, Deserialize)]
#[diesel(table_name = attribute_definition, check_for_backend(diesel::pg::Pg))]
pub(crate) struct AttributeRow {
    service_code: String,
    code: String,
    sort_order: i32,
    variable: bool,
    datatype: String,
    required: bool,
    datatype_description: String,
    description: String,
    value_list: serde_json::Value,
}

impl JurisdictionStorage {
    /// The service list, by name.
    ///
    /// # Errors
    /// As every read.
    pub async fn list_services(&self) -> Result<Vec<Service>, StorageError> {
        let rows = self
            .storage
            .read(async |connection| list_services(connection, self.id()).await)
            .await?;
        rows.into_iter().map(to_service).collect()
    }

    /// A service with its definition, which has no attributes if none are asked.
    ///
    /// # Errors
    /// As every read.
    pub async fn find_service(
        &self,
        service_code: &ServiceCode,
    ) -> Result<Option<(Service, ServiceDefinition)>, StorageError> {
        let found = self
            .storage
            .read(async |connection| {
                let key = (self.id(), service_code.as_str());
                let found: Option<ServiceRow> = service::table
                    .find(key)
                    .select(ServiceRow::as_select())
                    .first(connection)
                    .await
                    .optional()?;
                let Some(found) = found else { return Ok(None) };
                let attributes: Vec<AttributeRow> = attribute_definition::table
                    .filter(attribute_definition::jurisdiction_id.eq(key.0))
                    .filter(attribute_definition::service_code.eq(key.1))
                    .order(attribute_definition::sort_order)
                    .select(AttributeRow::as_select())
                    .load(connection)
                    .await?;
                Ok(Some((found, attributes)))
            })
            .await?;
        let Some((found, attributes)) = found else {
            return Ok(None);
        };
        let definition = ServiceDefinition {
            service_code: service_code.clone(),
            attributes: attributes
                .into_iter()
                .map(to_attribute)
                .collect::<Result<_, _>>()?,
        };
        Ok(Some((to_service(found)?, definition)))
    }

    /// Takes over services and definitions, in one transaction. What is there already just so is
    /// left alone; if anything changes, the changeset of the jurisdiction becomes `now`.
    ///
    /// # Errors
    /// As every write.
    pub async fn import_services(
        &self,
        import: &ServicesImport,
        now: DateTime<Utc>,
    ) -> Result<ServicesSummary, StorageError> {
        self.changing(Matter::Services, async |connection| {
            Ok(End::Commit(self.take_over(connection, import, now).await?))
        })
        .await
    }

    async fn take_over(
        &self,
        connection: &mut AsyncPgConnection,
        import: &ServicesImport,
        now: DateTime<Utc>,
    ) -> Result<ServicesSummary, StorageError> {
        let mut services: HashMap<String, Service> = HashMap::new();
        for row in list_services(connection, self.id()).await? {
            services.insert(row.service_code.clone(), to_service(row)?);
        }
        let mut attributes: HashMap<String, Vec<AttributeDefinition>> = HashMap::new();
        let rows: Vec<AttributeRow> = attribute_definition::table
            .filter(attribute_definition::jurisdiction_id.eq(self.id()))
            .order(attribute_definition::sort_order)
            .select(AttributeRow::as_select())
            .load(connection)
            .await?;
        for row in rows {
            let code = row.service_code.clone();
            attributes.entry(code).or_default().push(to_attribute(row)?);
        }

        let mut touched: HashMap<String, bool> = HashMap::new();
        for new in &import.services {
            let code = new.service_code.as_str();
            // The definitions know better than the list whether there is one.
            let has_definition = import
                .definitions
                .iter()
                .rfind(|definition| definition.service_code == new.service_code)
                .map_or_else(
                    || attributes.contains_key(code),
                    |definition| !definition.attributes.is_empty(),
                );
            let new = Service {
                has_definition,
                ..new.clone()
            };
            let changed = services.get(code) != Some(&new);
            if changed {
                self.upsert_service(connection, &new).await?;
                services.insert(code.to_owned(), new);
            }
            *touched.entry(code.to_owned()).or_default() |= changed;
        }
        let mut summary = ServicesSummary::default();
        for new in &import.definitions {
            let code = new.service_code.as_str();
            let Some(of) = services.get_mut(code) else {
                summary.refused.push(code.to_owned());
                continue;
            };
            let same = attributes.get(code).map_or(&[][..], Vec::as_slice) == new.attributes;
            if !same {
                self.replace_attributes(connection, new).await?;
            }
            let has_definition = !new.attributes.is_empty();
            if of.has_definition != has_definition {
                of.has_definition = has_definition;
                self.upsert_service(connection, of).await?;
            }
            *touched.entry(code.to_owned()).or_default() |= !same;
        }
        summary.taken = touched.values().filter(|changed| **changed).count();
        summary.unchanged = touched.len() - summary.taken;
        if summary.taken > 0 {
            diesel::update(jurisdiction::table.find(self.id()))
                .set(jurisdiction::changeset.eq(now))
                .execute(connection)
                .await?;
        }
        Ok(summary)
    }

    /// Whether there is such a service, within a transaction of the caller's.
    pub(crate) async fn has_service(
        &self,
        connection: &mut AsyncPgConnection,
        service_code: &ServiceCode,
    ) -> QueryResult<bool> {
        let key = (self.id(), service_code.as_str());
        let exists = diesel::dsl::exists(service::table.find(key));
        diesel::select(exists).get_result(connection).await
    }

    async fn upsert_service(
        &self,
        connection: &mut AsyncPgConnection,
        new: &Service,
    ) -> QueryResult<usize> {
        let Service {
            service_code,
            service_name,
            description,
            has_definition,
            service_type,
            keywords,
            service_group,
            service_notice,
        } = new;
        let values = (
            service::service_name.eq(service_name),
            service::description.eq(description),
            service::has_definition.eq(has_definition),
            service::service_type.eq(service_type.as_str()),
            service::keywords.eq(keywords),
            service::service_group.eq(service_group),
            service::service_notice.eq(service_notice),
        );
        let key = (
            service::jurisdiction_id.eq(self.id()),
            service::service_code.eq(service_code.as_str()),
        );
        diesel::insert_into(service::table)
            .values((key, values))
            .on_conflict((service::jurisdiction_id, service::service_code))
            .do_update()
            .set(values)
            .execute(connection)
            .await
    }

    async fn replace_attributes(
        &self,
        connection: &mut AsyncPgConnection,
        new: &ServiceDefinition,
    ) -> QueryResult<()> {
        let code = new.service_code.as_str();
        diesel::delete(
            attribute_definition::table
                .filter(attribute_definition::jurisdiction_id.eq(self.id()))
                .filter(attribute_definition::service_code.eq(code)),
        )
        .execute(connection)
        .await?;
        for attribute in &new.attributes {
            let values: Vec<serde_json::Value> = attribute
                .values
                .iter()
                .map(|value| serde_json::json!({ "key": value.key, "name": value.name }))
                .collect();
            diesel::insert_into(attribute_definition::table)
                .values((
                    attribute_definition::jurisdiction_id.eq(self.id()),
                    attribute_definition::service_code.eq(code),
                    attribute_definition::code.eq(&attribute.code),
                    attribute_definition::sort_order.eq(attribute.position),
                    attribute_definition::variable.eq(attribute.variable),
                    attribute_definition::datatype.eq(attribute.datatype.as_str()),
                    attribute_definition::required.eq(attribute.required),
                    attribute_definition::datatype_description.eq(&attribute.datatype_description),
                    attribute_definition::description.eq(&attribute.description),
                    attribute_definition::value_list.eq(serde_json::Value::Array(values)),
                ))
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}

async fn list_services(
    connection: &mut AsyncPgConnection,
    jurisdiction_id: &str,
) -> QueryResult<Vec<ServiceRow>> {
    service::table
        .filter(service::jurisdiction_id.eq(jurisdiction_id))
        .order((service::service_name, service::service_code))
        .select(ServiceRow::as_select())
        .load(connection)
        .await
}

pub(crate) fn to_service(row: ServiceRow) -> Result<Service, StorageError> {
    let ServiceRow {
        service_code,
        service_name,
        description,
        has_definition,
        service_type,
        keywords,
        service_group,
        service_notice,
    } = row;
    Ok(Service {
        service_code: ServiceCode::parse(&service_code).map_err(StorageError::corrupt)?,
        service_name,
        description,
        has_definition,
        service_type: ServiceType::parse(&service_type).map_err(StorageError::corrupt)?,
        keywords,
        service_group,
        service_notice,
    })
}

pub(crate) fn to_attribute(row: AttributeRow) -> Result<AttributeDefinition, StorageError> {
    #[derive(serde::Deserialize)]
    struct ValueRow {
        key: String,
        name: String,
    }
    let AttributeRow {
        service_code: _,
        code,
        sort_order,
        variable,
        datatype,
        required,
        datatype_description,
        description,
        value_list,
    } = row;
    let values: Vec<ValueRow> =
        serde_json::from_value(value_list).map_err(StorageError::corrupt)?;
    Ok(AttributeDefinition {
        variable,
        code,
        datatype: Datatype::parse(&datatype).map_err(StorageError::corrupt)?,
        required,
        datatype_description,
        position: sort_order,
        description,
        values: values
            .into_iter()
            .map(|ValueRow { key, name }| AttributeValue { key, name })
            .collect(),
    })
}

//! Texts that staff answer with.

use crate::{
    By, JurisdictionStorage, StorageError,
    audit::{self, AuditEntry},
    connection::End,
    schema::response_template,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{DetailedStatus, ResponseTemplate, ServiceCode, TemplateName, TemplateText};
use serde_json::{Value, json};

/// A jurisdiction may have so many texts: nobody finds his way among more.
pub const MAX_TEMPLATES: usize = 1_000;

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is new.
    Added,
    /// It stands in place of the one of that name.
    Replaced,
    /// There is no such service.
    UnknownService,
    /// It would be one too many.
    TooMany,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = response_template, check_for_backend(diesel::pg::Pg))]
struct TemplateRow {
    name: String,
    service_code: Option<String>,
    status: Option<String>,
    text: String,
}

impl JurisdictionStorage {
    /// Every text, by name; at most [`MAX_TEMPLATES`].
    ///
    /// # Errors
    /// As every read.
    pub async fn list_response_templates(&self) -> Result<Vec<ResponseTemplate>, StorageError> {
        let rows: Vec<TemplateRow> = self
            .storage
            .read(async |connection| {
                response_template::table
                    .filter(response_template::jurisdiction_id.eq(self.id()))
                    .order(response_template::name)
                    .select(TemplateRow::as_select())
                    .load(connection)
                    .await
            })
            .await?;
        rows.into_iter().map(to_template).collect()
    }

    /// The text of that name, within a transaction of the caller's.
    pub(crate) async fn find_response_template(
        &self,
        connection: &mut AsyncPgConnection,
        name: &TemplateName,
    ) -> Result<Option<ResponseTemplate>, StorageError> {
        let row: Option<TemplateRow> = response_template::table
            .find((self.id(), name.as_str()))
            .select(TemplateRow::as_select())
            .first(connection)
            .await
            .optional()?;
        row.map(to_template).transpose()
    }

    /// Saves a text, in place of the one of that name if there is one, and notes that `by` did.
    ///
    /// # Errors
    /// As every write.
    pub async fn save_response_template(
        &self,
        template: &ResponseTemplate,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Saved, StorageError> {
        let ResponseTemplate {
            name,
            service_code,
            status,
            text,
        } = template;
        self.storage
            .transaction(async |connection| {
                if let Some(code) = service_code
                    && !self.has_service(connection, code).await?
                {
                    return Ok(End::Rollback(Saved::UnknownService));
                }
                let before = self.find_response_template(connection, name).await?;
                if before.is_none() && self.has_max_templates(connection).await? {
                    return Ok(End::Rollback(Saved::TooMany));
                }
                let values = (
                    response_template::service_code
                        .eq(service_code.as_ref().map(ServiceCode::as_str)),
                    response_template::status.eq(status.map(DetailedStatus::as_str)),
                    response_template::text.eq(text.as_str()),
                    response_template::updated_datetime.eq(now),
                );
                let key = (
                    response_template::jurisdiction_id.eq(self.id()),
                    response_template::name.eq(name.as_str()),
                );
                diesel::insert_into(response_template::table)
                    .values((key, values))
                    .on_conflict((response_template::jurisdiction_id, response_template::name))
                    .do_update()
                    .set(values)
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    before: before.as_ref().map(told),
                    after: Some(told(template)),
                    ..by.entry("response_template", name.as_str(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(match before {
                    Some(_) => Saved::Replaced,
                    None => Saved::Added,
                }))
            })
            .await
    }

    /// Takes a text away, and notes that `by` did. `false`: there is none of that name.
    ///
    /// # Errors
    /// As every write.
    pub async fn delete_response_template(
        &self,
        name: &TemplateName,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.storage
            .transaction(async |connection| {
                let Some(before) = self.find_response_template(connection, name).await? else {
                    return Ok(End::Rollback(false));
                };
                diesel::delete(response_template::table.find((self.id(), name.as_str())))
                    .execute(connection)
                    .await?;
                let entry = AuditEntry {
                    before: Some(told(&before)),
                    ..by.entry("response_template", name.as_str(), now)
                };
                audit::append(connection, &self.jurisdiction_id, &entry).await?;
                Ok(End::Commit(true))
            })
            .await
    }

    async fn has_max_templates(&self, connection: &mut AsyncPgConnection) -> QueryResult<bool> {
        let count: i64 = response_template::table
            .filter(response_template::jurisdiction_id.eq(self.id()))
            .count()
            .get_result(connection)
            .await?;
        Ok(usize::try_from(count).is_ok_and(|count| count >= MAX_TEMPLATES))
    }
}

fn told(template: &ResponseTemplate) -> Value {
    json!({
        "service_code": template.service_code.as_ref().map(ServiceCode::as_str),
        "status": template.status.map(DetailedStatus::as_str),
        "text": template.text.as_str(),
    })
}

fn to_template(row: TemplateRow) -> Result<ResponseTemplate, StorageError> {
    let TemplateRow {
        name,
        service_code,
        status,
        text,
    } = row;
    let service_code = service_code.as_deref().map(ServiceCode::parse).transpose();
    let status = status.as_deref().map(DetailedStatus::parse).transpose();
    Ok(ResponseTemplate {
        name: TemplateName::parse(&name).map_err(StorageError::corrupt)?,
        service_code: service_code.map_err(StorageError::corrupt)?,
        status: status.map_err(StorageError::corrupt)?,
        text: TemplateText::parse(&text).map_err(StorageError::corrupt)?,
    })
}

//! One row of `service_request_update`, and the JSON columns in it.

use crate::{StorageError, schema::service_request_update};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Closing, ClosingReason, DetailedStatus, FieldChange, ServiceRequestId, ServiceRequestUpdate,
    UpdateKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request_update, check_for_backend(diesel::pg::Pg))]
pub(crate) struct UpdateRow {
    service_request_id: String,
    version: i32,
    update_id: String,
    kind: String,
    is_public: bool,
    recorded_datetime: DateTime<Utc>,
    updated_datetime: DateTime<Utc>,
    status: String,
    closing_reason: Option<String>,
    closing_detail: Option<String>,
    description: Option<String>,
    media_urls: Option<Value>,
    changed: Option<Value>,
    author: String,
    author_name: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ChangeRow {
    field: String,
    from: Option<String>,
    to: Option<String>,
}

impl UpdateRow {
    pub(crate) fn into_update(self) -> Result<ServiceRequestUpdate, StorageError> {
        let Self {
            service_request_id,
            version,
            update_id,
            kind,
            is_public,
            recorded_datetime,
            updated_datetime,
            status,
            closing_reason,
            closing_detail,
            description,
            media_urls,
            changed,
            author,
            author_name,
        } = self;
        let changed: Vec<ChangeRow> = from_json(changed)?;
        Ok(ServiceRequestUpdate {
            service_request_id: ServiceRequestId::parse(&service_request_id)
                .map_err(StorageError::corrupt)?,
            version,
            update_id,
            kind: UpdateKind::parse(&kind).map_err(StorageError::corrupt)?,
            is_public,
            recorded_datetime,
            updated_datetime,
            status: DetailedStatus::parse(&status).map_err(StorageError::corrupt)?,
            closing: closing(closing_reason.as_deref(), closing_detail)?,
            description,
            media_urls: from_json(media_urls)?,
            changed: changed
                .into_iter()
                .map(|ChangeRow { field, from, to }| FieldChange { field, from, to })
                .collect(),
            author,
            author_name,
        })
    }
}

/// The two columns of a closing.
pub(crate) fn closing(
    reason: Option<&str>,
    detail: Option<String>,
) -> Result<Option<Closing>, StorageError> {
    let reason = reason.map(ClosingReason::parse).transpose();
    let reason = reason.map_err(StorageError::corrupt)?;
    Ok(reason.map(|reason| Closing { reason, detail }))
}

fn from_json<T: for<'d> Deserialize<'d>>(column: Option<Value>) -> Result<Vec<T>, StorageError> {
    column.map_or(Ok(vec![]), |json| {
        serde_json::from_value(json).map_err(StorageError::corrupt)
    })
}

pub(super) fn changes_to_json(changes: Vec<FieldChange>) -> Result<Option<Value>, StorageError> {
    let rows: Vec<ChangeRow> = changes
        .into_iter()
        .map(|FieldChange { field, from, to }| ChangeRow { field, from, to })
        .collect();
    to_json(&rows)
}

pub(super) fn to_json<T: Serialize>(rows: &[T]) -> Result<Option<Value>, StorageError> {
    if rows.is_empty() {
        return Ok(None);
    }
    serde_json::to_value(rows)
        .map(Some)
        .map_err(StorageError::unexpected)
}

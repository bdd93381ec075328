//! One row of `service_request`, and the JSON columns in it.

use crate::{StorageError, geometry, schema::service_request, service_request_updates::closing};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    AttributeAnswer, DetailedStatus, Note, ServiceCode, ServiceRequest, ServiceRequestId, Status,
};
use postgis_diesel::types::Point;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request, check_for_backend(diesel::pg::Pg))]
pub(crate) struct ServiceRequestRow {
    service_request_id: String,
    status: String,
    status_notes: Option<String>,
    service_name: String,
    service_code: String,
    description: Option<String>,
    agency_responsible: Option<String>,
    service_notice: Option<String>,
    requested_datetime: DateTime<Utc>,
    updated_datetime: DateTime<Utc>,
    expected_datetime: Option<DateTime<Utc>>,
    address: Option<String>,
    address_id: Option<String>,
    zipcode: Option<String>,
    location: Option<Point>,
    media_url: Option<String>,
    attribute_answers: Option<Value>,
    extended_attributes: Option<Value>,
    notes: Option<Value>,
    detailed_status: Option<String>,
    closing_reason: Option<String>,
    closing_detail: Option<String>,
    closed_datetime: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
struct AnswerRow {
    code: String,
    label: String,
    values: Vec<String>,
    names: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct NoteRow {
    datetime: DateTime<Utc>,
    #[serde(rename = "type")]
    note_type: String,
    description: String,
}

impl ServiceRequestRow {
    pub(crate) fn into_service_request(self) -> Result<ServiceRequest, StorageError> {
        let Self {
            service_request_id,
            status,
            status_notes,
            service_name,
            service_code,
            description,
            agency_responsible,
            service_notice,
            requested_datetime,
            updated_datetime,
            expected_datetime,
            address,
            address_id,
            zipcode,
            location,
            media_url,
            attribute_answers,
            extended_attributes,
            notes,
            detailed_status,
            closing_reason,
            closing_detail,
            closed_datetime,
        } = self;
        let status = Status::parse(&status).map_err(StorageError::corrupt)?;
        let detailed_status = match detailed_status {
            Some(word) => DetailedStatus::parse(&word).map_err(StorageError::corrupt)?,
            None => status.into(),
        };
        // What came closed from elsewhere has its time of closing where the standard wants it.
        let closed_datetime =
            closed_datetime.or_else(|| (status == Status::Closed).then_some(updated_datetime));
        let answers: Vec<AnswerRow> = list(attribute_answers)?;
        let notes: Vec<NoteRow> = list(notes)?;
        Ok(ServiceRequest {
            service_request_id: ServiceRequestId::parse(&service_request_id)
                .map_err(StorageError::corrupt)?,
            status,
            status_notes,
            service_name,
            service_code: ServiceCode::parse(&service_code).map_err(StorageError::corrupt)?,
            description,
            agency_responsible,
            service_notice,
            requested_datetime,
            updated_datetime,
            expected_datetime,
            address,
            address_id,
            zipcode,
            position: location.as_ref().map(geometry::to_position).transpose()?,
            media_url,
            attributes: answers
                .into_iter()
                .map(
                    |AnswerRow {
                         code,
                         label,
                         values,
                         names,
                     }| AttributeAnswer {
                        code,
                        label,
                        values,
                        names,
                    },
                )
                .collect(),
            extended_attributes: list(extended_attributes)?,
            notes: notes
                .into_iter()
                .map(
                    |NoteRow {
                         datetime,
                         note_type,
                         description,
                     }| Note {
                        datetime,
                        note_type,
                        description,
                    },
                )
                .collect(),
            detailed_status,
            closing: closing(closing_reason.as_deref(), closing_detail)?,
            closed_datetime,
            updates: vec![],
        })
    }
}

fn list<T: DeserializeOwned>(column: Option<Value>) -> Result<Vec<T>, StorageError> {
    column.map_or(Ok(vec![]), |json| {
        serde_json::from_value(json).map_err(StorageError::corrupt)
    })
}

/// The column of a list: `None` for an empty one.
fn column<T: Serialize>(rows: &[T]) -> Result<Option<Value>, StorageError> {
    if rows.is_empty() {
        return Ok(None);
    }
    serde_json::to_value(rows)
        .map(Some)
        .map_err(StorageError::unexpected)
}

pub(crate) fn answers_to_json(answers: &[AttributeAnswer]) -> Result<Option<Value>, StorageError> {
    let rows: Vec<AnswerRow> = answers
        .iter()
        .cloned()
        .map(
            |AttributeAnswer {
                 code,
                 label,
                 values,
                 names,
             }| AnswerRow {
                code,
                label,
                values,
                names,
            },
        )
        .collect();
    column(&rows)
}

pub(crate) fn pairs_to_json(pairs: &[(String, String)]) -> Result<Option<Value>, StorageError> {
    column(pairs)
}

pub(crate) fn notes_to_json(notes: &[Note]) -> Result<Option<Value>, StorageError> {
    let rows: Vec<NoteRow> = notes
        .iter()
        .cloned()
        .map(
            |Note {
                 datetime,
                 note_type,
                 description,
             }| NoteRow {
                datetime,
                note_type,
                description,
            },
        )
        .collect();
    column(&rows)
}

//! What a POST writes, as the statement reads it.

use crate::{
    NewServiceRequest, StorageError, audit, geometry,
    service_requests::{answers_to_json, pairs_to_json},
    submissions::{notice, token},
};
use chrono::{DateTime, SubsecRound, Utc};
use domain::{Reporter, ServiceRequestId, ServiceType, Status, Submission};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A microsecond is the smallest part of a time that PostgreSQL stores; of what is finer, text is
/// rounded, and what is so new that it lies in the future is not meant.
const DIGITS: u16 = 6;

#[derive(Serialize)]
struct Row<'a> {
    candidates: Vec<&'a str>,
    service_name: &'a str,
    service_code: &'a str,
    service_notice: Option<&'a str>,
    description: Option<&'a str>,
    requested_datetime: DateTime<Utc>,
    expected_datetime: Option<DateTime<Utc>>,
    address: Option<&'a str>,
    address_id: Option<&'a str>,
    x: Option<f64>,
    y: Option<f64>,
    media_url: Option<&'a str>,
    attribute_answers: Option<Value>,
    extended_attributes: Option<Value>,
    is_public: bool,
    update_id: Uuid,
    recorded_datetime: DateTime<Utc>,
    author: &'a str,
    reporter: Option<ReporterRow<'a>>,
    photos: Option<Vec<PhotoRow>>,
    hops: Option<String>,
    forward_id: Uuid,
    audit_entry_id: Uuid,
    audited: Value,
    token: Option<&'a str>,
    #[serde(flatten)]
    idempotency: Option<KeyRow<'a>>,
}

#[derive(Serialize)]
struct ReporterRow<'a> {
    email: Option<&'a str>,
    phone: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    device_id: Option<&'a str>,
    account_id: Option<&'a str>,
}

#[derive(Serialize)]
struct PhotoRow {
    media_id: Uuid,
    sort_order: i32,
    byte_size: i64,
    width: i32,
    height: i32,
}

#[derive(Serialize)]
struct KeyRow<'a> {
    principal: &'a str,
    operation: &'a str,
    key: &'a str,
    fingerprint: String,
}

/// One row for [`super::statement::FILE`], as JSON.
///
/// # Errors
/// When an answer to an attribute cannot be stored.
pub(crate) fn to_row(new: &NewServiceRequest<'_>) -> Result<String, StorageError> {
    let Submission {
        service,
        position,
        address,
        address_id,
        description,
        media_urls,
        reporter,
        attributes,
        requested_datetime,
        expected_datetime,
    } = new.submission;
    let is_public = service.service_type == ServiceType::Realtime;
    // A file sent along is worth more than a link: it cannot vanish.
    let photos = new.photos.iter().map(|photo| &photo.path[..]);
    let mut media = photos.chain(media_urls.iter().map(String::as_str));
    let media_url = media.next();
    let further: Vec<(String, String)> = media
        .map(|url| ("media_url".to_owned(), url.to_owned()))
        .collect();
    let point = position.map(geometry::to_point);
    let row = Row {
        candidates: new
            .candidates
            .iter()
            .map(ServiceRequestId::as_str)
            .collect(),
        service_name: &service.service_name,
        service_code: service.service_code.as_str(),
        service_notice: notice(service),
        description: description.as_deref(),
        requested_datetime: *requested_datetime,
        expected_datetime: *expected_datetime,
        address: address.as_deref(),
        address_id: address_id.as_deref(),
        x: point.as_ref().map(|point| point.x),
        y: point.as_ref().map(|point| point.y),
        media_url,
        attribute_answers: answers_to_json(attributes)?,
        extended_attributes: pairs_to_json(&further)?,
        is_public,
        update_id: Uuid::now_v7(),
        recorded_datetime: new.now.trunc_subsecs(DIGITS),
        author: new.author,
        reporter: to_reporter(reporter),
        photos: to_photos(new),
        hops: (!new.hops.is_empty()).then(|| new.hops.to_string()),
        forward_id: Uuid::now_v7(),
        audit_entry_id: Uuid::now_v7(),
        audited: audit::harmless(&json!({
            "service_code": service.service_code.as_str(),
            "status": Status::Open.as_str(),
            "is_public": is_public,
        })),
        token: token(new),
        idempotency: new.idempotency.map(|key| KeyRow {
            principal: &key.principal,
            operation: &key.operation,
            key: &key.key,
            fingerprint: to_bytea(&key.fingerprint),
        }),
    };
    serde_json::to_string(&row).map_err(StorageError::unexpected)
}

fn to_reporter(reporter: &Reporter) -> Option<ReporterRow<'_>> {
    if reporter.is_unknown() {
        return None;
    }
    let Reporter {
        email,
        phone,
        first_name,
        last_name,
        device_id,
        account_id,
    } = reporter;
    Some(ReporterRow {
        email: email.as_deref(),
        phone: phone.as_deref(),
        first_name: first_name.as_deref(),
        last_name: last_name.as_deref(),
        device_id: device_id.as_deref(),
        account_id: account_id.as_deref(),
    })
}

fn to_photos(new: &NewServiceRequest<'_>) -> Option<Vec<PhotoRow>> {
    let photos = new.photos.iter().zip(1..);
    let rows = photos.map(|(photo, sort_order)| PhotoRow {
        media_id: photo.media_id,
        sort_order,
        byte_size: photo.byte_size,
        width: photo.width,
        height: photo.height,
    });
    (!new.photos.is_empty()).then(|| rows.collect())
}

/// As PostgreSQL reads bytes: <https://www.postgresql.org/docs/15/datatype-binary.html>.
fn to_bytea(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("\\x{}", digits.collect::<String>())
}

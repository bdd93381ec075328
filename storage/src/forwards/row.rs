//! One row of `forward`.

use crate::{StorageError, schema::forward};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{ForwardState, Progress, RemoteName, ServiceCode, ServiceRequestId};
use uuid::Uuid;

/// A service request on its way to another endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// In the order of time.
    pub forward_id: Uuid,
    /// What.
    pub service_request_id: ServiceRequestId,
    /// Where to.
    pub remote_name: RemoteName,
    /// The service there.
    pub remote_service_code: ServiceCode,
    /// When it was written.
    pub created_datetime: DateTime<Utc>,
    /// How far it is.
    pub progress: Progress,
    /// What was wrong the last time.
    pub last_answer: Option<String>,
    /// The status there, in the words of the remote.
    pub seen_status: Option<String>,
    /// When the remote says that it last changed.
    pub seen_datetime: Option<DateTime<Utc>>,
    /// How often it was taken up.
    pub claims: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = forward, check_for_backend(diesel::pg::Pg))]
pub(super) struct ForwardRow {
    pub forward_id: Uuid,
    service_request_id: String,
    remote_name: String,
    remote_service_code: String,
    state: String,
    created_datetime: DateTime<Utc>,
    begun_datetime: DateTime<Utc>,
    attempts: i32,
    posted_datetime: Option<DateTime<Utc>>,
    searches: i32,
    remote_service_request_id: Option<String>,
    token: Option<String>,
    next_datetime: Option<DateTime<Utc>>,
    claims: i32,
    last_answer: Option<String>,
    seen_status: Option<String>,
    seen_datetime: Option<DateTime<Utc>>,
}

impl ForwardRow {
    pub fn into_forward(self) -> Result<Forward, StorageError> {
        let Self {
            forward_id,
            service_request_id,
            remote_name,
            remote_service_code,
            state,
            created_datetime,
            begun_datetime,
            attempts,
            posted_datetime,
            searches,
            remote_service_request_id,
            token,
            next_datetime,
            claims,
            last_answer,
            seen_status,
            seen_datetime,
        } = self;
        let id = |text: String| ServiceRequestId::parse(&text).map_err(StorageError::corrupt);
        Ok(Forward {
            forward_id,
            service_request_id: id(service_request_id)?,
            remote_name: RemoteName::parse(&remote_name).map_err(StorageError::corrupt)?,
            remote_service_code: ServiceCode::parse(&remote_service_code)
                .map_err(StorageError::corrupt)?,
            created_datetime,
            progress: Progress {
                state: ForwardState::parse(&state).map_err(StorageError::corrupt)?,
                begun: begun_datetime,
                attempts: attempts.unsigned_abs(),
                posted: posted_datetime,
                searches: searches.unsigned_abs(),
                remote_id: remote_service_request_id.map(id).transpose()?,
                token,
                next: next_datetime,
            },
            last_answer,
            seen_status,
            seen_datetime,
            claims,
        })
    }
}

/// The columns of how far it is.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = forward, treat_none_as_null = true)]
pub(super) struct ProgressColumns<'a> {
    state: &'a str,
    begun_datetime: DateTime<Utc>,
    attempts: i32,
    posted_datetime: Option<DateTime<Utc>>,
    searches: i32,
    remote_service_request_id: Option<&'a str>,
    token: Option<&'a str>,
    next_datetime: Option<DateTime<Utc>>,
}

impl<'a> ProgressColumns<'a> {
    pub fn of(progress: &'a Progress) -> Self {
        let Progress {
            state,
            begun,
            attempts,
            posted,
            searches,
            remote_id,
            token,
            next,
        } = progress;
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            state: state.as_str(),
            begun_datetime: *begun,
            attempts: number(*attempts),
            posted_datetime: *posted,
            searches: number(*searches),
            remote_service_request_id: remote_id.as_ref().map(ServiceRequestId::as_str),
            token: token.as_deref(),
            next_datetime: *next,
        }
    }
}

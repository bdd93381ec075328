//! One row of `mirror`.

use crate::{StorageError, schema::mirror};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use domain::{Mirror, RemoteName, ServiceRequestId};

/// A mirror, and what is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorState {
    /// Where the original is.
    pub remote_name: RemoteName,
    /// How far the copy is.
    pub progress: Mirror,
    /// When the original last answered.
    pub last_poll: Option<DateTime<Utc>>,
    /// What was wrong the last time.
    pub last_answer: Option<String>,
}

/// A mirror that is somebody's to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMirror {
    /// As it was.
    pub state: MirrorState,
    pub(super) claims: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mirror, check_for_backend(diesel::pg::Pg))]
pub(super) struct MirrorRow {
    remote_name: String,
    back_to_datetime: DateTime<Utc>,
    sweep_every_seconds: i32,
    services_datetime: Option<DateTime<Utc>>,
    read_back_to_datetime: Option<DateTime<Utc>>,
    is_complete: bool,
    changes_until_datetime: Option<DateTime<Utc>>,
    recent_datetime: Option<DateTime<Utc>>,
    wide_datetime: Option<DateTime<Utc>>,
    open_datetime: Option<DateTime<Utc>>,
    open_after: Option<String>,
    sweep_datetime: Option<DateTime<Utc>>,
    swept_back_to_datetime: Option<DateTime<Utc>>,
    last_sweep_datetime: Option<DateTime<Utc>>,
    last_poll_datetime: Option<DateTime<Utc>>,
    next_datetime: DateTime<Utc>,
    failures: i32,
    pub claims: i32,
    last_answer: Option<String>,
    halvings: Option<i32>,
}

impl MirrorRow {
    pub fn into_state(self) -> Result<MirrorState, StorageError> {
        let Self {
            remote_name,
            back_to_datetime,
            sweep_every_seconds,
            services_datetime,
            read_back_to_datetime,
            is_complete,
            changes_until_datetime,
            recent_datetime,
            wide_datetime,
            open_datetime,
            open_after,
            sweep_datetime,
            swept_back_to_datetime,
            last_sweep_datetime,
            last_poll_datetime,
            next_datetime,
            failures,
            claims: _,
            last_answer,
            halvings,
        } = self;
        let id = |text: String| ServiceRequestId::parse(&text).map_err(StorageError::corrupt);
        Ok(MirrorState {
            remote_name: RemoteName::parse(&remote_name).map_err(StorageError::corrupt)?,
            progress: Mirror {
                back_to: back_to_datetime,
                sweep_every: TimeDelta::seconds(sweep_every_seconds.into()),
                services: services_datetime,
                read_back_to: read_back_to_datetime,
                is_complete,
                changes_until: changes_until_datetime,
                recent: recent_datetime,
                wide: wide_datetime,
                open: open_datetime,
                open_after: open_after.map(id).transpose()?,
                sweep: sweep_datetime,
                swept_back_to: swept_back_to_datetime,
                last_sweep: last_sweep_datetime,
                failures: failures.unsigned_abs(),
                halvings: halvings.unwrap_or_default().unsigned_abs(),
                next: next_datetime,
            },
            last_poll: last_poll_datetime,
            last_answer,
        })
    }
}

/// The columns of how far it is.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = mirror, treat_none_as_null = true)]
pub(super) struct ProgressColumns<'a> {
    services_datetime: Option<DateTime<Utc>>,
    read_back_to_datetime: Option<DateTime<Utc>>,
    is_complete: bool,
    changes_until_datetime: Option<DateTime<Utc>>,
    recent_datetime: Option<DateTime<Utc>>,
    wide_datetime: Option<DateTime<Utc>>,
    open_datetime: Option<DateTime<Utc>>,
    open_after: Option<&'a str>,
    sweep_datetime: Option<DateTime<Utc>>,
    swept_back_to_datetime: Option<DateTime<Utc>>,
    last_sweep_datetime: Option<DateTime<Utc>>,
    next_datetime: DateTime<Utc>,
    failures: i32,
    halvings: Option<i32>,
}

impl<'a> ProgressColumns<'a> {
    pub fn of(progress: &'a Mirror) -> Self {
        let Mirror {
            back_to: _,
            sweep_every: _,
            services,
            read_back_to,
            is_complete,
            changes_until,
            recent,
            wide,
            open,
            open_after,
            sweep,
            swept_back_to,
            last_sweep,
            failures,
            halvings,
            next,
        } = progress;
        Self {
            services_datetime: *services,
            read_back_to_datetime: *read_back_to,
            is_complete: *is_complete,
            changes_until_datetime: *changes_until,
            recent_datetime: *recent,
            wide_datetime: *wide,
            open_datetime: *open,
            open_after: open_after.as_ref().map(ServiceRequestId::as_str),
            sweep_datetime: *sweep,
            swept_back_to_datetime: *swept_back_to,
            last_sweep_datetime: *last_sweep,
            next_datetime: *next,
            failures: i32::try_from(*failures).unwrap_or(i32::MAX),
            halvings: (*halvings > 0).then(|| i32::try_from(*halvings).unwrap_or(i32::MAX)),
        }
    }
}

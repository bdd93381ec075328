//! Read-only copies, as those see them who manage them.

use crate::georeport::documents::{w3c, w3c_or_null};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    Fields, Mirror, RemoteName, Violation, Violations,
    datetime::{self, Bound},
};
use serde::Serialize;
use storage::MirrorState;
use utoipa::ToSchema;

/// How often everything is compared where nobody says, in seconds: once a day.
const COMPARE_EVERY: i64 = 86_400;

/// A jurisdiction that is a read-only copy.
#[derive(Serialize, ToSchema)]
pub struct MirrorDocument<'a> {
    /// Where the original is: the name of a remote.
    remote: &'a str,
    /// What was filed before is not copied.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    since: DateTime<Utc>,
    /// Seconds from one comparison of everything to the next.
    compare_every_seconds: i64,
    /// Whether everything is here that was there when it began.
    is_complete: bool,
    /// How far back the first copy is; null: it has just begun.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    read_back_to: Option<DateTime<Utc>>,
    /// When the original last answered; null: never.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_answered: Option<DateTime<Utc>>,
    /// When the last whole comparison ended; null: there was none yet.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_compared: Option<DateTime<Utc>>,
    /// How often in a row the original did not answer as it should.
    failures: u32,
    /// What was wrong the last time, in few words.
    #[schema(required)]
    last_answer: Option<&'a str>,
}

impl<'a> From<&'a MirrorState> for MirrorDocument<'a> {
    fn from(state: &'a MirrorState) -> Self {
        let progress = &state.progress;
        Self {
            remote: state.remote_name.as_str(),
            since: progress.back_to,
            compare_every_seconds: progress.sweep_every.num_seconds(),
            is_complete: progress.is_complete,
            read_back_to: progress.read_back_to,
            last_answered: state.last_poll,
            last_compared: progress.last_sweep,
            failures: progress.failures,
            last_answer: state.last_answer.as_deref(),
        }
    }
}

/// What is said of a copy.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only described, never made")]
pub struct MirrorForm {
    /// Where the original is: the name of a remote.
    #[schema(example = "county-roads")]
    remote: String,
    /// What was filed before is not copied; left out, it is 20 years.
    #[schema(example = "2020-01-01T00:00:00Z")]
    since: Option<String>,
    /// Seconds from one comparison of everything to the next; left out, it is a day.
    #[schema(nullable = false, minimum = 1)]
    compare_every_seconds: Option<u32>,
}

impl MirrorForm {
    /// The remote, since when it is to be copied if that is said, and a copy that begins now. A time
    /// without a zone is meant in `zone`.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(
        fields: &Fields,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<(RemoteName, Option<DateTime<Utc>>, Mirror), Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        let known = ["remote", "since", "compare_every_seconds"];
        fields.refuse_others(&known, faults);
        let remote = fields.needed("remote", faults).and_then(|text| {
            let parsed = RemoteName::parse(text);
            faults.take(parsed.map_err(|one| Violation::new("remote", one.problem)))
        });
        let since = fields.text("since", faults).flatten();
        let since = since.map(|text| datetime::parse("since", text, zone, Bound::Start));
        let since = faults.take(since.transpose());
        let seconds = fields.number("compare_every_seconds", faults);
        let seconds = seconds.map_or(COMPARE_EVERY, i64::from);
        if seconds == 0 {
            let problem = "is not a whole number from 1";
            faults.add(Violation::new("compare_every_seconds", problem));
        }
        match (remote, since) {
            (Some(remote), Some(since)) if violations.0.is_empty() => Ok((
                remote,
                since,
                Mirror::begin(since, TimeDelta::seconds(seconds), now),
            )),
            _ => Err(violations),
        }
    }
}

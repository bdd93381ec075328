//! Forwards, as those see them who work on service requests.

use crate::{
    georeport::documents::{w3c, w3c_or_null},
    openapi::words,
};
use chrono::{DateTime, Utc};
use domain::{Fields, RemoteName, ServiceCode, ServiceRequestId, Violation, Violations};
use serde::Serialize;
use storage::Forward;
use utoipa::ToSchema;

/// Some forwards.
#[derive(Serialize, ToSchema)]
pub struct Forwards<'a> {
    /// In the order in which they began.
    pub forwards: Vec<ForwardDocument<'a>>,
}

/// A service request on its way to another endpoint.
#[derive(Serialize, ToSchema)]
pub struct ForwardDocument<'a> {
    /// A UUID, and the `Idempotency-Key` of every POST.
    #[schema(format = "uuid")]
    forward_id: String,
    /// What is forwarded.
    service_request_id: &'a str,
    /// Where to.
    remote: &'a str,
    /// The service there.
    remote_service_code: &'a str,
    /// How far it is.
    #[schema(value_type = words::ForwardState)]
    state: &'static str,
    /// When it began.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    created_datetime: DateTime<Utc>,
    /// Tries in this state.
    attempts: u32,
    /// When something is to be done; null: nothing by itself.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_datetime: Option<DateTime<Utc>>,
    /// What was wrong the last time, in few words.
    #[schema(required)]
    last_answer: Option<&'a str>,
    /// What it is called there; null: not known, or the remote tells none.
    #[schema(required)]
    remote_service_request_id: Option<&'a str>,
    /// What the remote gave in place of an id.
    #[schema(required)]
    token: Option<&'a str>,
    /// The status there, in the words of the remote; null: not seen yet.
    #[schema(required)]
    remote_status: Option<&'a str>,
    /// When the remote says that it last changed; null: not seen yet, or it does not say.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    remote_updated_datetime: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Forward> for ForwardDocument<'a> {
    fn from(forward: &'a Forward) -> Self {
        let progress = &forward.progress;
        Self {
            forward_id: forward.forward_id.to_string(),
            service_request_id: forward.service_request_id.as_str(),
            remote: forward.remote_name.as_str(),
            remote_service_code: forward.remote_service_code.as_str(),
            state: progress.state.as_str(),
            created_datetime: forward.created_datetime,
            attempts: progress.attempts,
            next_datetime: progress.next,
            last_answer: forward.last_answer.as_deref(),
            remote_service_request_id: progress.remote_id.as_ref().map(|id| id.as_str()),
            token: progress.token.as_deref(),
            remote_status: forward.seen_status.as_deref(),
            remote_updated_datetime: forward.seen_datetime,
        }
    }
}

/// Where one service request is to go.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only described, never made")]
pub struct RouteForm {
    /// The name of a remote.
    #[schema(example = "county-roads")]
    remote: String,
    /// The service there.
    #[schema(max_length = 100, example = "POTHOLE")]
    remote_service_code: String,
}

impl RouteForm {
    /// The remote and the service there.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(fields: &Fields) -> Result<(RemoteName, ServiceCode), Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        fields.refuse_others(&["remote", "remote_service_code"], faults);
        let named =
            |name: &'static str| move |fault: Violation| Violation::new(name, fault.problem);
        let remote = fields.needed("remote", faults);
        let remote =
            remote.and_then(|text| faults.take(RemoteName::parse(text).map_err(named("remote"))));
        let code = fields.needed("remote_service_code", faults);
        let code = code.and_then(|text| {
            faults.take(ServiceCode::parse(text).map_err(named("remote_service_code")))
        });
        match (remote, code) {
            (Some(remote), Some(code)) if violations.0.is_empty() => Ok((remote, code)),
            _ => Err(violations),
        }
    }
}

/// What people know who take a forward up again.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only described, never made")]
pub struct ForwardReplayForm {
    /// What it is called there, if the remote has it.
    #[schema(max_length = 100, example = "R-4711")]
    remote_service_request_id: Option<String>,
}

impl ForwardReplayForm {
    /// What it is called there, if the remote has it.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(fields: &Fields) -> Result<Option<ServiceRequestId>, Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        let name = "remote_service_request_id";
        fields.refuse_others(&[name], faults);
        let id = fields.text(name, faults).flatten().and_then(|text| {
            let parsed = ServiceRequestId::parse(text);
            faults.take(parsed.map_err(|fault| Violation::new(name, fault.problem)))
        });
        violations.check()?;
        Ok(id)
    }
}

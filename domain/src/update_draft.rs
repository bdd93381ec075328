//! What a system sends of a service request that it works on, in the words of the Service Request
//! Updates extension.

use crate::{
    Closing, DetailedStatus, NewUpdate, QueryParameters, ServiceRequestId, Status, Violation,
    Violations, datetime,
    submission::web_address,
    text::{MAX_CODE, MAX_DESCRIPTION, bounded, line},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// An update as it was sent, readable without knowing the service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateDraft {
    /// What it is about.
    pub service_request_id: ServiceRequestId,
    /// The id under which the sender knows it.
    pub source_update_id: String,
    /// When it happened.
    pub updated_datetime: DateTime<Utc>,
    /// The new status; `None`: as it was.
    pub status: Option<DetailedStatus>,
    /// Why it is closed, if the status is a closed one.
    pub closing: Option<Closing>,
    /// What people are told.
    pub description: Option<String>,
    /// Pictures and pages elsewhere, in the order sent.
    pub media_urls: Vec<String>,
}

impl UpdateDraft {
    /// Reads the arguments of a POST. Times without a zone are meant in `zone`. What the sender tells
    /// of a person is not read: an update is the city's word.
    ///
    /// # Errors
    /// Every fault of every argument.
    pub fn parse(arguments: &QueryParameters, zone: Tz) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let mut required = |name: &str| {
            let sent = violations.take(arguments.one(name))?;
            if sent.is_none() {
                violations.add(Violation::missing(name));
            }
            sent
        };
        let service_request_id = required("service_request_id");
        let source_update_id = required("update_id");
        let updated_datetime = required("updated_datetime");
        let status = required("status");
        let service_request_id =
            service_request_id.and_then(|id| violations.take(ServiceRequestId::parse(id)));
        let source_update_id =
            source_update_id.and_then(|id| violations.take(line("update_id", id, MAX_CODE)));
        let updated_datetime = updated_datetime.and_then(|text| {
            let parsed = datetime::parse("updated_datetime", text, zone, datetime::Bound::Start);
            violations.take(parsed)
        });
        let status = status.and_then(|word| violations.take(DetailedStatus::parse_told(word)));
        let mut optional = |name: &str| violations.take(arguments.one(name)).flatten();
        let (description, reason, detail) = (
            optional("description"),
            optional("closing_reason"),
            optional("closing_detail"),
        );
        let description = description
            .and_then(|text| violations.take(bounded("description", text, MAX_DESCRIPTION)));
        let closing = match status.flatten() {
            Some(status) if status.status() == Status::Closed => {
                violations.take(Closing::parse(status, reason, detail))
            }
            Some(_) if reason.is_some() => {
                violations.add(Violation::new(
                    "closing_reason",
                    "was sent with a status that closes nothing",
                ));
                None
            }
            _ => None,
        };
        let media_urls = arguments
            .all("media_url")
            .filter_map(|url| violations.take(web_address(url)))
            .collect();
        let (Some(service_request_id), Some(source_update_id)) =
            (service_request_id, source_update_id)
        else {
            return Err(violations);
        };
        let (Some(updated_datetime), Some(status)) = (updated_datetime, status) else {
            return Err(violations);
        };
        violations.check()?;
        Ok(Self {
            service_request_id,
            source_update_id,
            updated_datetime,
            status,
            closing,
            description,
            media_urls,
        })
    }

    /// The entry of the history that it becomes.
    pub fn into_update(self, author: String, author_name: Option<String>) -> NewUpdate {
        let Self {
            service_request_id: _,
            source_update_id,
            updated_datetime,
            status,
            closing,
            description,
            media_urls,
        } = self;
        NewUpdate {
            status,
            closing,
            description,
            media_urls,
            author_name,
            source_update_id: Some(source_update_id),
            ..NewUpdate::by(author, updated_datetime)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClosingReason;

    fn parse(changes: &[(&str, &str)]) -> Result<UpdateDraft, Violations> {
        let mut arguments = vec![
            ("service_request_id", "26-1"),
            ("update_id", "88"),
            ("updated_datetime", "2026-11-08T09:30:00+01:00"),
            ("status", "IN_PROGRESS"),
            ("description", "Crew sent"),
        ];
        arguments.retain(|(name, _)| changes.iter().all(|(changed, _)| name != changed));
        arguments.extend(changes);
        let arguments = arguments
            .into_iter()
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        UpdateDraft::parse(&QueryParameters::new(arguments), chrono_tz::UTC)
    }

    #[test]
    fn the_upper_case_of_the_sender_is_read() {
        let draft = parse(&[]).unwrap();
        assert_eq!(draft.status, Some(DetailedStatus::InProgress));
        assert_eq!(
            draft.updated_datetime,
            "2026-11-08T08:30:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        assert_eq!(parse(&[("status", "UNCHANGED")]).unwrap().status, None);
    }

    #[test]
    fn a_closing_tells_its_reason_or_that_none_was_told() {
        let reason = |changes: &[_]| parse(changes).unwrap().closing.unwrap().reason;
        assert_eq!(reason(&[("status", "FIXED")]), ClosingReason::Fixed);
        assert_eq!(reason(&[("status", "CLOSED")]), ClosingReason::NotTold);
        let named = [("status", "CLOSED"), ("closing_reason", "invalid")];
        assert_eq!(reason(&named), ClosingReason::Invalid);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = parse(&[
            ("service_request_id", ""),
            ("update_id", ""),
            ("updated_datetime", "yesterday"),
            ("status", "DONE"),
            ("media_url", "javascript:1"),
        ])
        .unwrap_err();
        let named: Vec<&str> = faults.0.iter().map(|one| &one.argument[..]).collect();
        assert_eq!(
            named,
            [
                "service_request_id",
                "update_id",
                "updated_datetime",
                "status",
                "media_url"
            ]
        );
    }
}

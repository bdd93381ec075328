//! Service requests that an endpoint lists.
//! <https://wiki.open311.org/GeoReport_v2/#get-service-requests>

use super::{
    answer::source,
    error::{RemoteError, unreadable},
};
use crate::import::{Mapping, Record, to_service_request};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    ImportedServiceRequest, ServiceRequestId,
    datetime::{self, Bound},
    text::{MAX_CODE, MAX_DESCRIPTION, bounded, line},
};
use std::{collections::HashSet, ops::ControlFlow};

/// Ten times what the standard lets an answer hold, for endpoints that keep to no limit.
const MAX_RECORDS: usize = 10_000;

/// What one answer lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// What could be read, each id once.
    pub entries: Vec<T>,
    /// How many could not, or came twice.
    pub refused: usize,
    /// Whether it says that there are more.
    pub has_next: bool,
}

impl<T> Listed<T> {
    /// How many entries the answer had.
    pub fn count(&self) -> usize {
        self.entries.len() + self.refused
    }
}

/// How far a service request is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it is called there.
    pub service_request_id: ServiceRequestId,
    /// The word of the endpoint, at most 100 characters.
    pub status: String,
    /// Why, as the endpoint tells it.
    pub status_notes: Option<String>,
    /// When it last changed there; `None`: it does not tell.
    pub updated_datetime: Option<DateTime<Utc>>,
}

/// The service requests in an answer. Local times are those of `zone`.
///
/// # Errors
/// When it is another document.
pub fn read(
    body: Bytes,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Listed<ImportedServiceRequest>, RemoteError> {
    let mapping = Mapping::georeport().map_err(unreadable)?;
    each(body, |record| {
        let (imported, _adjustments) = to_service_request(record, &mapping, zone, now).ok()?;
        Some((
            imported.service_request.service_request_id.clone(),
            imported,
        ))
    })
}

/// What the service requests in an answer have become: of endpoints that leave out what we know
/// already, such as when it was filed.
///
/// # Errors
/// When it is another document.
pub fn read_sightings(body: Bytes, zone: Tz) -> Result<Listed<Sighting>, RemoteError> {
    each(body, |record| {
        let sighting = sighting(record, zone)?;
        Some((sighting.service_request_id.clone(), sighting))
    })
}

fn each<T>(
    body: Bytes,
    mut take: impl FnMut(&Record) -> Option<(ServiceRequestId, T)>,
) -> Result<Listed<T>, RemoteError> {
    let mut listed = Listed {
        entries: Vec::new(),
        refused: 0,
        has_next: false,
    };
    let mut known = HashSet::new();
    let take = |record: Result<Record, _>| {
        match record.ok().as_ref().and_then(&mut take) {
            Some((id, entry)) if known.insert(id.clone()) => listed.entries.push(entry),
            _ => listed.refused += 1,
        }
        if listed.entries.len() + listed.refused < MAX_RECORDS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    source(body)?.for_each(take).map_err(unreadable)?;
    Ok(listed)
}

/// The standard's word and those of Mark-a-Spot and SeeClickFix.
const IDS: [&str; 3] = ["service_request_id", "servicerequest_id", "id"];
/// The standard's word and Mark-a-Spot's.
const NOTES: [&str; 2] = ["status_notes", "status_note"];

fn sighting(record: &Record, zone: Tz) -> Option<Sighting> {
    let text =
        |names: &[&str]| record.text(&names.iter().map(|name| (*name).into()).collect::<Vec<_>>());
    let moment = |text: &str| datetime::parse("updated_datetime", text, zone, Bound::Start).ok();
    let notes = text(&NOTES).and_then(|notes| bounded("status_notes", notes, MAX_DESCRIPTION).ok());
    Some(Sighting {
        service_request_id: ServiceRequestId::parse(text(&IDS)?).ok()?,
        status: line("status", text(&["status"])?, MAX_CODE)
            .ok()?
            .to_ascii_lowercase(),
        status_notes: notes,
        updated_datetime: text(&["updated_datetime"])
            .and_then(moment)
            .map(datetime::to_seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Listed<ImportedServiceRequest>, RemoteError> {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        read(Bytes::from(text.to_owned()), chrono_tz::UTC, now)
    }

    fn ids(text: &str) -> Vec<String> {
        let entries = list(text).unwrap().entries.into_iter();
        entries
            .map(|one| one.service_request.service_request_id.into_string())
            .collect()
    }

    const ONE: &str = r#"{"service_request_id":"1","status":"open","service_code":"a",
        "requested_datetime":"2025-12-01T00:00:00Z"}"#;

    #[test]
    fn a_list_is_read_bare_wrapped_alone_and_as_xml() {
        for text in [
            format!("[{ONE}]"),
            format!(r#"{{"service_requests":[{ONE}]}}"#),
            ONE.to_owned(),
            "<service_requests><request><service_request_id>1</service_request_id><status>open</status>\
             <service_code>a</service_code><requested_datetime>2025-12-01T00:00:00Z</requested_datetime>\
             </request></service_requests>"
                .to_owned(),
        ] {
            assert_eq!(ids(&text), ["1"], "{text}");
        }
        assert!(ids("[]").is_empty() && ids("<service_requests/>").is_empty());
    }

    #[test]
    fn an_entry_that_cannot_be_believed_costs_itself_only() {
        let long = format!(
            r#"{{"service_request_id":"2","status":"open","service_code":"a",
            "requested_datetime":"2025-12-01T00:00:00Z","description":"{}"}}"#,
            "x".repeat(4_001)
        );
        let future = ONE
            .replace("2025-12-01", "2099-12-01")
            .replace("\"1\"", "\"3\"");
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        let again = ONE.replace("open", "closed");
        let text = format!(r#"[{ONE},{long},{future},{deep},{again},{{"x":1}},7]"#);
        let listed = list(&text).unwrap();
        assert_eq!((listed.entries.len(), listed.refused), (1, 6));
        assert_eq!(
            listed.entries[0].service_request.status,
            domain::Status::Open
        );
    }

    #[test]
    fn another_document_is_no_empty_list() {
        for text in [
            "<errors><error><code>500</code></error></errors>",
            "<!DOCTYPE html><html></html>",
            "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><service_requests><request>&a;</request></service_requests>",
            "<?xml version='1.0' encoding='iso-8859-1'?><service_requests/>",
            "not found",
            "[",
        ] {
            assert!(list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sighting_needs_no_more_than_an_id_and_a_status() {
        let text = r#"[{"service_request_id":7,"status":"CLOSED","status_note":"Done"},
            {"service_request_id":"8","status":"open","updated_datetime":"2025-12-01T00:00:00.347+01:00"},
            {"service_request_id":"9"}]"#;
        let listed = read_sightings(Bytes::from(text), chrono_tz::UTC).unwrap();
        assert_eq!(listed.refused, 1);
        let [seven, eight] = &listed.entries[..] else {
            panic!("{listed:?}");
        };
        assert_eq!(
            (&*seven.status, seven.status_notes.as_deref()),
            ("closed", Some("Done"))
        );
        let updated = eight.updated_datetime.unwrap();
        assert_eq!(datetime::to_string(updated), "2025-11-30T23:00:00Z");
    }
}

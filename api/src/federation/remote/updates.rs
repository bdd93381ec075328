//! Service Request Updates that an endpoint tells.
//! <https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311>

use super::{
    answer::{entries, source},
    error::{RemoteError, unreadable},
    requests::Listed,
};
use crate::import::Value;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    ServiceRequestId,
    datetime::{self, Bound},
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_URL, bounded, line},
};
use std::collections::HashSet;

/// More pictures than anybody sends.
const MAX_MEDIA: usize = 20;

/// Something that happened to a service request there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUpdate {
    /// Unique there, at most 100 characters.
    pub update_id: String,
    /// What it happened to, as it is called there.
    pub service_request_id: ServiceRequestId,
    /// The word of the extension, in lower case.
    pub status: String,
    /// When.
    pub updated_datetime: DateTime<Utc>,
    /// What people are told.
    pub description: Option<String>,
    /// Pictures and pages.
    pub media_urls: Vec<String>,
}

/// The updates in an answer, each update_id once. Local times are those of `zone`.
///
/// # Errors
/// When it is another document.
pub fn read(body: Bytes, zone: Tz) -> Result<Listed<RemoteUpdate>, RemoteError> {
    let document = source(body)?.into_tree().map_err(unreadable)?;
    let found = entries(&document, &["service_request_updates"], &["request_update"])
        .ok_or_else(|| unreadable("is no list of updates"))?;
    let mut known = HashSet::new();
    let mut listed = Listed {
        entries: Vec::new(),
        refused: 0,
        has_next: false,
    };
    for entry in found {
        match update(entry, zone) {
            Some(update) if known.insert(update.update_id.clone()) => listed.entries.push(update),
            _ => listed.refused += 1,
        }
    }
    Ok(listed)
}

/// `None`: it lacks what every update has, or a part of it does not fit.
fn update(entry: &Value, zone: Tz) -> Option<RemoteUpdate> {
    let text = |name| entry.get(name).and_then(Value::text);
    let at = datetime::parse(
        "updated_datetime",
        text("updated_datetime")?,
        zone,
        Bound::Start,
    );
    let description = text("description").map(|text| bounded("description", text, MAX_DESCRIPTION));
    Some(RemoteUpdate {
        update_id: line("update_id", text("update_id")?, MAX_CODE).ok()?,
        service_request_id: ServiceRequestId::parse(text("service_request_id")?).ok()?,
        status: line("status", text("status")?, MAX_CODE)
            .ok()?
            .to_ascii_lowercase(),
        updated_datetime: datetime::to_seconds(at.ok()?),
        description: description.transpose().ok()?,
        media_urls: media_urls(entry),
    })
}

/// One text, a list of them, or (open311-adapter in XML) a `media_url` that holds several.
fn media_urls(entry: &Value) -> Vec<String> {
    let given = match entry.get("media_url") {
        Some(one @ Value::Text(_)) => vec![one],
        Some(several) => several.items("media_url"),
        None => Vec::new(),
    };
    let is_web = |url: &&str| url.starts_with("http://") || url.starts_with("https://");
    let urls = given.into_iter().filter_map(Value::text).filter(is_web);
    urls.filter_map(|url| line("media_url", url, MAX_URL).ok())
        .take(MAX_MEDIA)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Listed<RemoteUpdate>, RemoteError> {
        read(Bytes::from(text.to_owned()), chrono_tz::UTC)
    }

    #[test]
    fn updates_are_read_from_both_formats_wrapped_or_not() {
        let json = r#"{"update_id":88,"service_request_id":"24-17","status":"IN_PROGRESS",
            "updated_datetime":"2025-01-08T09:30:00+01:00","description":"Crew sent","media_url":["https://x/1.jpg"]}"#;
        for text in [
            format!("[{json}]"),
            format!(r#"{{"service_request_updates":[{json}]}}"#),
            format!(r#"{{"service_request_updates":{{"request_update":{json}}}}}"#),
            "<service_request_updates><request_update><update_id>88</update_id>\
             <service_request_id>24-17</service_request_id><status>in_progress</status>\
             <updated_datetime>2025-01-08T08:30:00Z</updated_datetime><description>Crew sent</description>\
             <media_url><media_url>https://x/1.jpg</media_url></media_url></request_update></service_request_updates>"
                .to_owned(),
        ] {
            let listed = list(&text).unwrap();
            let [update] = &listed.entries[..] else {
                panic!("{text}: {listed:?}");
            };
            assert_eq!((&*update.update_id, &*update.status), ("88", "in_progress"));
            assert_eq!(update.service_request_id.as_str(), "24-17");
            assert_eq!(datetime::to_string(update.updated_datetime), "2025-01-08T08:30:00Z");
            assert_eq!(update.media_urls, ["https://x/1.jpg"]);
        }
        for empty in [
            "[]",
            "<service_request_updates/>",
            r#"{"service_request_updates":[]}"#,
        ] {
            assert_eq!(list(empty).unwrap().entries, [], "{empty}");
        }
    }

    #[test]
    fn an_update_that_cannot_be_believed_costs_itself_only() {
        let good = r#"{"update_id":"1","service_request_id":"a","status":"open","updated_datetime":"2025-01-08T09:30:00Z"}"#;
        let long = format!(
            r#"{{"update_id":"2","service_request_id":"a","status":"open","updated_datetime":"2025-01-08T09:30:00Z","description":"{}"}}"#,
            "x".repeat(4_001)
        );
        let text = format!(
            r#"[{good},{good},{long},
            {{"service_request_id":"a","status":"open","updated_datetime":"2025-01-08T09:30:00Z"}},
            {{"update_id":"3","status":"open","updated_datetime":"2025-01-08T09:30:00Z"}},
            {{"update_id":"4","service_request_id":"a","status":"open","updated_datetime":"soon"}},
            {{"update_id":"5","service_request_id":"a\u0001","status":"open","updated_datetime":"2025-01-08T09:30:00Z"}},
            7,null]"#
        );
        let listed = list(&text).unwrap();
        assert_eq!((listed.entries.len(), listed.refused), (1, 8));
    }

    #[test]
    fn another_document_is_no_empty_list() {
        for text in [
            "<service_requests/>",
            r#"{"errors":[]}"#,
            "null",
            "<html/>",
            "<!DOCTYPE x [<!ENTITY a 'a'>]><service_request_updates/>",
        ] {
            assert!(list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_left_out() {
        let text = r#"[{"update_id":"1","service_request_id":"a","status":"open","updated_datetime":"2025-01-08T09:30:00Z",
            "media_url":["javascript:1","https://x/1.jpg",{"url":"https://x/2.jpg"},"/local"]}]"#;
        assert_eq!(
            list(text).unwrap().entries[0].media_urls,
            ["https://x/1.jpg"]
        );
    }
}

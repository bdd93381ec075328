//! What another GeoReport endpoint answers, as each of the documents that it may be taken for.

use crate::{import, now, told};
use api::fuzzing::{
    RemoteError, read_faults, read_receipt, read_remote_updates, read_requests, read_sightings,
};
use bytes::Bytes;
use chrono_tz::Tz;
use domain::text::{MAX_CODE, MAX_DESCRIPTION, MAX_URL};
use std::collections::HashSet;

/// Nothing makes the readers panic; what is taken may be stored, each id once, and what is refused is
/// told in few words.
pub fn check(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    match read_receipt(body.clone()) {
        Ok(receipt) => receipt
            .token
            .iter()
            .for_each(|token| told::line(token, MAX_CODE)),
        Err(error) => refused(&error),
    }
    match read_requests(body.clone(), Tz::UTC, now()) {
        Ok(listed) => {
            let ids = listed
                .entries
                .iter()
                .map(|one| &one.service_request.service_request_id);
            assert_eq!(ids.collect::<HashSet<_>>().len(), listed.entries.len());
            listed
                .entries
                .iter()
                .for_each(|one| import::fits(&one.service_request));
        }
        Err(error) => refused(&error),
    }
    match read_sightings(body.clone(), Tz::UTC) {
        Ok(listed) => {
            for one in &listed.entries {
                told::line(&one.status, MAX_CODE);
                told::any_text(one.status_notes.as_ref(), MAX_DESCRIPTION);
                one.updated_datetime.into_iter().for_each(told::moment);
            }
        }
        Err(error) => refused(&error),
    }
    match read_remote_updates(body.clone(), Tz::UTC) {
        Ok(listed) => {
            for one in &listed.entries {
                told::line(&one.update_id, MAX_CODE);
                told::line(&one.status, MAX_CODE);
                told::moment(one.updated_datetime);
                told::any_text(one.description.as_ref(), MAX_DESCRIPTION);
                one.media_urls
                    .iter()
                    .for_each(|url| told::line(url, MAX_URL));
            }
        }
        Err(error) => refused(&error),
    }
    let note = read_faults(&body, &["canary"]);
    assert!(
        note.chars().count() <= 200 && !note.contains(char::is_control),
        "{note:?}"
    );
    assert!(!note.contains("canary"), "{note:?}");
}

fn refused(error: &RemoteError) {
    let sentence = error.to_string();
    assert!(
        !sentence.is_empty() && sentence.chars().count() <= 300,
        "{sentence:?}"
    );
    assert!(!sentence.contains(char::is_control), "{sentence:?}");
}

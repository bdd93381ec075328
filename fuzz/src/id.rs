//! Ids and codes, and the formats from which ids are drawn.

use crate::{now, told};
use actix_web::test::TestRequest;
use api::fuzzing::id_in_path;
use domain::{
    IdFormat, JurisdictionId, ServiceCode, ServiceRequestId, SubmissionToken, text::MAX_CODE,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// An id is a short line, and a path can carry it.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let parsed = [
        JurisdictionId::parse(text).map(JurisdictionId::into_string),
        ServiceCode::parse(text).map(ServiceCode::into_string),
        ServiceRequestId::parse(text).map(ServiceRequestId::into_string),
        SubmissionToken::parse(text).map(SubmissionToken::into_string),
    ];
    for id in parsed {
        match id {
            Ok(id) => {
                told::line(&id, MAX_CODE);
                assert!(!id.is_empty() && id.trim() == id, "{id:?}");
                let encoded = utf8_percent_encode(&id, NON_ALPHANUMERIC);
                let uri = format!("/open311/v2/requests/{encoded}.json");
                let http_request = TestRequest::with_uri(&uri).to_http_request();
                assert_eq!(id_in_path(&http_request), Some(id));
            }
            Err(violation) => told::refusal(&violation),
        }
    }
    match IdFormat::parse(text) {
        Ok(format) => {
            let drawn = format.draw(now(), chrono_tz::UTC, u64::MAX);
            assert!(drawn.is_ok(), "{drawn:?}");
        }
        Err(violation) => told::refusal(&violation),
    }
}

//! What an endpoint answers to a POST or to a question about a token.
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>

use super::{
    answer::source,
    error::{RemoteError, unreadable},
};
use crate::import::Value;
use bytes::Bytes;
use domain::{ServiceRequestId, SubmissionToken};
use std::ops::ControlFlow;

/// What an endpoint gave for a service request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteReceipt {
    /// What it is called there.
    pub service_request_id: Option<ServiceRequestId>,
    /// What stands for that until it is known.
    pub token: Option<String>,
}

/// The standard's word, Mark-a-Spot's, and SeeClickFix's.
const IDS: [&str; 3] = ["service_request_id", "servicerequest_id", "id"];
/// What a receipt may be wrapped in: the list that JSON should not have, and Mark-a-Spot's object.
const WRAPPERS: [&str; 4] = ["service_requests", "requests", "request", "service_request"];
/// What only a failure is told with.
const FAILURES: [&str; 5] = ["errors", "error", "error_messages", "code", "message"];

/// The receipt in an answer.
///
/// # Errors
/// When it is something else, or the id or token in it can be none.
pub fn read(body: Bytes) -> Result<RemoteReceipt, RemoteError> {
    let mut first = None;
    source(body)?
        .for_each(|record| {
            first = Some(record);
            ControlFlow::Break(())
        })
        .map_err(unreadable)?;
    let record = match first {
        Some(Ok(record)) => record,
        Some(Err(refusal)) => return Err(unreadable(refusal.cause)),
        None => return Err(unreadable("holds nothing")),
    };
    let fields = record.fields();
    let wrapped = WRAPPERS.iter().find_map(|name| record.get(name));
    match wrapped.map(innermost) {
        Some(inner) => receipt(inner.fields().iter().map(|(name, value)| (&**name, value))),
        None => receipt(fields),
    }
}

/// What is inside of as many wrappers as there are.
fn innermost(value: &Value) -> &Value {
    let inner = match value {
        Value::List(all) => all.first(),
        object => WRAPPERS.iter().find_map(|name| object.get(name)),
    };
    inner.map_or(value, innermost)
}

fn receipt<'a>(
    fields: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
) -> Result<RemoteReceipt, RemoteError> {
    let get = |name: &str| {
        let mut named = fields
            .clone()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.find_map(|(_, value)| value.text())
    };
    let id = IDS.iter().find_map(|name| get(name));
    let service_request_id = id
        .map(ServiceRequestId::parse)
        .transpose()
        .map_err(unreadable)?;
    let token = get("token").map(SubmissionToken::parse).transpose();
    let token = token.map_err(unreadable)?.map(SubmissionToken::into_string);
    let is_nothing = service_request_id.is_none() && token.is_none();
    if is_nothing
        && FAILURES
            .iter()
            .any(|name| fields.clone().any(|(field, _)| field == *name))
    {
        return Err(unreadable("tells an error, and that it succeeded"));
    }
    Ok(RemoteReceipt {
        service_request_id,
        token,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<String, RemoteError> {
        let receipt = read(Bytes::from(text.to_owned()))?;
        let id = receipt
            .service_request_id
            .map(ServiceRequestId::into_string);
        Ok(format!(
            "{}|{}",
            id.unwrap_or_default(),
            receipt.token.unwrap_or_default()
        ))
    }

    #[test]
    fn an_id_is_found_in_every_dialect() {
        for text in [
            "<service_requests><request><service_request_id>17</service_request_id><service_notice/></request></service_requests>",
            "<service_requests type='array'><service_request><service_request_id>17</service_request_id></service_request></service_requests>",
            r#"[{"service_request_id":"17","service_notice":null,"account_id":null}]"#,
            r#"[{"service_request_id":17}]"#,
            r#"{"service_requests":[{"service_request_id":"17"}]}"#,
            r#"{"service_requests":{"request":{"service_request_id":"17"}}}"#,
            r#"{"service_requests":{"request":[{"servicerequest_id":"17"}]}}"#,
            r#"{"service_request_id":"17","status":"open","media_url":[]}"#,
            r#"[{"id":17}]"#,
        ] {
            assert_eq!(read_text(text).unwrap(), "17|", "{text}");
        }
    }

    #[test]
    fn a_token_or_neither_is_an_answer_too() {
        assert_eq!(
            read_text(r#"[{"token":"7f3c","service_notice":null}]"#).unwrap(),
            "|7f3c"
        );
        assert_eq!(
            read_text(r#"[{"token":"7f3c","service_request_id":null}]"#).unwrap(),
            "|7f3c"
        );
        assert_eq!(read_text(r#"[{"service_notice":"Thanks"}]"#).unwrap(), "|");
        assert_eq!(
            read_text("<service_requests><request/></service_requests>").unwrap(),
            "|"
        );
    }

    #[test]
    fn what_does_not_tell_that_it_was_filed_is_not_taken_for_it() {
        let long = format!(r#"[{{"service_request_id":"{}"}}]"#, "x".repeat(101));
        for text in [
            "",
            "[]",
            "OK",
            "<html><body>Thank you</body></html>",
            "<service_requests/>",
            r#"[{"code":500,"description":"x"}]"#,
            r#"{"error":{"message":"x"}}"#,
            r#"[{"service_request_id":"a\u0000b"}]"#,
            r#"[{"service_request_id":"#,
            &long,
        ] {
            assert!(
                matches!(read_text(text), Err(RemoteError::Unreadable(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn wrappers_without_end_are_no_stack_overflow() {
        let deep = format!("{}{}", r#"{"request":"#.repeat(5_000), "}".repeat(5_000));
        assert!(read_text(&deep).is_err());
        let deep = format!("<request>{}", "<request>".repeat(5_000));
        assert!(read_text(&deep).is_err());
    }
}

//! One attempt to deliver an event: what is sent, and what the answer means.

use super::signature::{Secret, signatures};
use crate::{
    extensions::events::{EventDocument, event_type},
    outbound::{
        HeaderMap, HeaderName, HeaderValue, Method, Outbound, OutboundAnswer, OutboundError,
        OutboundRequest, header,
    },
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::AttemptOutcome;
use serde::Serialize;
use storage::{Attempt, FeedEntry, View};

/// How much of a refusing receiver's answer is noted, in characters.
const MAX_NOTE: usize = 200;

/// What is sent: the form that Standard Webhooks proposes for events.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure>
#[derive(Serialize)]
struct Payload<'a> {
    /// What sort of thing happened.
    #[serde(rename = "type")]
    event_type: &'static str,
    /// When it happened; the same with every attempt.
    timestamp: String,
    /// The event, as the change feed tells it.
    data: EventDocument<'a>,
}

/// An event, where it goes, and what signs it.
pub struct Message<'a> {
    /// The webhook's address.
    pub url: &'a str,
    /// What signs.
    pub secrets: &'a [Secret],
    /// Whose event it is.
    pub jurisdiction_id: &'a str,
    /// The event.
    pub entry: &'a FeedEntry,
    /// With whose eyes it is told.
    pub view: View,
    /// Where this server is reached.
    pub public_url: &'a str,
}

impl Message<'_> {
    /// The request of an attempt that is made at `now`.
    fn request(&self, now: DateTime<Utc>) -> Result<OutboundRequest, serde_json::Error> {
        let update = &self.entry.update;
        let body = serde_json::to_vec(&Payload {
            event_type: event_type(update.kind),
            timestamp: update
                .recorded_datetime
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            data: EventDocument::new(self.jurisdiction_id, self.entry, self.view, self.public_url),
        })?;
        let signature = signatures(self.secrets, &update.update_id, now, &body);
        let mut request = OutboundRequest::new(Method::POST, self.url);
        let headers = [
            ("webhook-id", update.update_id.clone()),
            ("webhook-timestamp", now.timestamp().to_string()),
            ("webhook-signature", signature),
            ("content-type", "application/json".to_owned()),
        ];
        for (name, value) in headers {
            // Ids, digits and base64 are good values.
            if let Ok(value) = HeaderValue::try_from(value) {
                request.headers.insert(HeaderName::from_static(name), value);
            }
        }
        request.body = body.into();
        Ok(request)
    }
}

/// Sends the message once and says what came of it.
///
/// # Errors
/// When the event cannot be written as JSON, which cannot be.
pub async fn attempt(
    outbound: &Outbound,
    message: &Message<'_>,
) -> Result<(AttemptOutcome, Attempt), serde_json::Error> {
    let started_datetime = Utc::now();
    let request = message.request(started_datetime)?;
    let answered = outbound.send(request).await;
    let now = Utc::now();
    let (outcome, error, note) = match &answered {
        Ok(answer) => judge(answer, now),
        // Whoever says 2xx has taken it, however his answer ends.
        Err(failure) => (
            AttemptOutcome {
                status: failure.status(),
                retry_after: None,
            },
            Some(word(failure)),
            Some(failure.to_string().chars().take(MAX_NOTE).collect()),
        ),
    };
    Ok((
        outcome,
        Attempt {
            started_datetime,
            duration: now - started_datetime,
            error,
            note,
        },
    ))
}

type Judged = (AttemptOutcome, Option<&'static str>, Option<String>);

fn judge(answer: &OutboundAnswer, now: DateTime<Utc>) -> Judged {
    let outcome = AttemptOutcome {
        status: Some(answer.status),
        retry_after: retry_after(&answer.headers, now),
    };
    let note = if outcome.is_success() {
        None
    } else {
        excerpt(answer)
    };
    (outcome, None, note)
}

fn word(failure: &OutboundError) -> &'static str {
    match failure {
        OutboundError::Refused(_) => "refused",
        OutboundError::Unreachable(_) => "unreachable",
        OutboundError::Tls(_) => "tls",
        OutboundError::Timeout { .. } => "timeout",
        OutboundError::TooLarge { .. } => "too_large",
        OutboundError::Broken { .. } => "broken",
    }
}

/// Seconds or a date: <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time.
        return Some(
            TimeDelta::try_seconds(text.parse().unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX),
        );
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some(at.to_utc() - now)
}

/// What a refusal says, for whoever looks into it: plain text, and little of it. What is no text is
/// not shown.
fn excerpt(answer: &OutboundAnswer) -> Option<String> {
    let content_type = answer.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_text = ["text/plain", "application/json", "application/problem+json"]
        .iter()
        .any(|one| content_type.starts_with(one));
    let text = String::from_utf8_lossy(&answer.body);
    let words: Vec<&str> = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    let told: String = words.join(" ").chars().take(MAX_NOTE).collect();
    (is_text && !told.is_empty()).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content_type: &'static str, body: &'static str) -> OutboundAnswer {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        OutboundAnswer {
            status: 400,
            headers,
            body: body.into(),
        }
    }

    #[test]
    fn a_refusal_is_noted_as_a_line_of_plain_text() {
        let noted = |content_type, body| excerpt(&answer(content_type, body));
        assert_eq!(
            noted(
                "text/plain; charset=utf-8",
                "no\u{1b}[31m\r\n  such\thook\0"
            ),
            Some("no [31m such hook".to_owned())
        );
        assert_eq!(noted("application/json", "{}").as_deref(), Some("{}"));
        assert_eq!(noted("text/html", "<p>no"), None);
        assert_eq!(noted("image/png", "no"), None);
        assert_eq!(noted("text/plain", " \n "), None);
        let long = noted("text/plain", Box::leak("ü".repeat(5_000).into_boxed_str()));
        assert_eq!(long.map(|text| text.chars().count()), Some(MAX_NOTE));
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        let read = |value| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
            retry_after(&headers, now)
        };
        assert_eq!(read("120"), Some(TimeDelta::seconds(120)));
        assert_eq!(
            read("Wed, 25 Nov 2026 12:05:00 GMT"),
            Some(TimeDelta::minutes(5))
        );
        assert_eq!(read("99999999999999999999"), Some(TimeDelta::MAX));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-5"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}

//! A token that was never given out:
//! <https://wiki.open311.org/GeoReport_v2/#get-service_request_id-from-a-token>.

use super::{hold_status, unknown_word};
use crate::{client::Asked, session::Session};

/// Asks for an unknown token.
pub fn check(session: &mut Session<'_>) {
    let has_batch = session.survey.has_batch();
    let (rule, other, why) = match has_batch {
        true => (
            "token-unknown",
            "token-without-batch",
            "a service is of type batch",
        ),
        false => (
            "token-without-batch",
            "token-unknown",
            "no service is of type batch",
        ),
    };
    session.leave(other, why);
    for format in session.survey.formats.clone() {
        let path = format!("tokens/{}", unknown_word());
        if has_batch {
            let page = session.get_in_vain(&path, format, &[]);
            hold_status(session, rule, &page, 404, "an unknown token");
        } else {
            // Nobody needs the method there: what it answers beside the status is not looked at.
            let exchange = session.send(Asked::get(session.url(&path, format, &[])));
            session.hold(rule, exchange.status() == Some(404), &exchange, || {
                format!(
                    "an unknown token is answered with {}",
                    exchange.status().unwrap_or_default()
                )
            });
        }
    }
}

//! What many servers do and the standard does not ask for.

use crate::{client::Asked, session::Session};

/// Looks at the scheme of the address, at who may read, and at compression.
pub fn check(session: &mut Session<'_>) {
    let Some(&format) = session.survey.formats.first() else {
        return;
    };
    let url = session.url("services", format, &[]);
    let plain = session.send(Asked::get(url.clone()));
    let local = ["http://127.", "http://localhost", "http://[::1]"];
    if local.iter().any(|start| url.starts_with(start)) {
        session.leave("https", "the endpoint is on this machine");
    } else {
        session.hold("https", url.starts_with("https://"), &plain, || {
            "the address begins with http".to_owned()
        });
    }
    let Ok(answer) = &plain.outcome else { return };
    session.hold(
        "cross-origin",
        answer.allowed_origin.is_some(),
        &plain,
        || "the answer has no Access-Control-Allow-Origin".to_owned(),
    );
    let packed = session.send_as(Asked::get(url), true);
    let same = packed
        .outcome
        .as_ref()
        .is_ok_and(|packed| packed.body == answer.body);
    session.hold("compression", same, &packed, || {
        "asked for with gzip, the answer says something else".to_owned()
    });
}

//! API keys: <https://wiki.open311.org/GeoReport_v2/#api-keys>.

use super::{
    hold_status,
    report_form::{Form, Place, any_service},
    unknown_word,
};
use crate::session::Session;

/// What the answer of a method that is not there, or not here, looks like.
const NOT_OFFERED: [u16; 8] = [301, 302, 303, 307, 308, 404, 405, 501];

/// Files a good service request without a key, with an empty one and with a wrong one.
pub fn check(session: &mut Session<'_>) {
    let Some(service_code) = any_service(session) else {
        return;
    };
    let mut form = Form::of(session, &service_code);
    form.at(&Place::known(session));
    let wrong = unknown_word();
    for format in session.survey.formats.clone() {
        for (rule, key, what) in [
            ("key-missing", None, "a POST without an API key"),
            ("key-empty", Some(""), "a POST with an empty API key"),
            (
                "key-wrong",
                Some(wrong.as_str()),
                "a POST with a wrong API key",
            ),
        ] {
            match key {
                None => form.remove("api_key"),
                Some(key) => form.set("api_key", key),
            };
            if rule != "key-missing" && session.is_broken("key-missing") {
                session.leave(rule, "no key is wanted at all");
                continue;
            }
            let page = session.post("requests", format, form.encoded());
            if NOT_OFFERED.contains(&page.status()) {
                session.survey.takes_no_posts = true;
                return session.hold("post-answer", false, &page.exchange, || {
                    format!("POST requests is not offered here: {}", page.status())
                });
            }
            if page.status() == 401 {
                // hold_status takes a 401 for a locked method; here it is the wrong status.
                session.hold(rule, false, &page.exchange, || {
                    format!("{what} is answered with 401, not 403")
                });
            } else {
                hold_status(session, rule, &page, 403, what);
            }
        }
    }
}

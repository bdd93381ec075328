//! jurisdiction_id: <https://wiki.open311.org/GeoReport_v2/#jurisdiction_id>.

use super::{hold_status, unknown_word};
use crate::{document::Document, session::Session};

const RULES: [&str; 2] = ["jurisdiction-missing", "jurisdiction-unknown"];
/// What is asked without a jurisdiction and with one that does not exist.
const PATHS: [(Document, &str); 2] = [
    (Document::Services, "services"),
    (Document::Requests, "requests"),
];

/// Leaves `jurisdiction_id` out. Where that is an error there are several, and then an unknown one
/// is asked for, too.
pub fn check(session: &mut Session<'_>) {
    if session.options.jurisdiction.is_none() {
        for rule in RULES {
            session.leave(rule, "no --jurisdiction was given: the endpoint serves one");
        }
        return;
    }
    let unknown = format!("{}.example", unknown_word());
    for format in session.survey.formats.clone() {
        for (document, path) in PATHS {
            let missing = session.get(document, path, format, &[("jurisdiction_id", "")]);
            if missing.status() == 200 {
                for rule in RULES {
                    session.leave(
                        rule,
                        "the endpoint answers without jurisdiction_id: it serves one",
                    );
                }
                continue;
            }
            hold_status(
                session,
                "jurisdiction-missing",
                &missing,
                400,
                "a missing jurisdiction_id",
            );
            let page = session.get_in_vain(path, format, &[("jurisdiction_id", &unknown)]);
            hold_status(
                session,
                "jurisdiction-unknown",
                &page,
                404,
                "an unknown jurisdiction_id",
            );
        }
    }
}

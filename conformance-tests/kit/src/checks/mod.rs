//! What is asked of an endpoint, in order. Each check proves the rules that name it in
//! `REQUIREMENTS.md`; the rules of "reading" are proved by every answer.

mod conventions;
mod dates;
mod definitions;
mod discovery;
mod empty_arguments;
mod filed;
mod filing;
mod filters;
mod formats;
mod jurisdictions;
mod keys;
mod refusals;
mod report_form;
mod requests;
mod same_in_both;
mod services;
mod single_request;
mod tokens;

use crate::{
    Error,
    client::Answer,
    format::Format,
    options::Options,
    record::Record,
    requirements::rule,
    session::{Page, Session, without_password},
};
use std::collections::BTreeSet;

/// A check.
pub struct Check {
    /// Its name in `REQUIREMENTS.md`.
    pub name: &'static str,
    /// Asks and tells the session what came of it.
    pub run: fn(&mut Session<'_>),
    /// Whether others need what it finds out, so that it is never left out.
    pub surveys: bool,
    /// Whether it sends anything but GET.
    pub writes: bool,
}

const fn read(name: &'static str, run: fn(&mut Session<'_>)) -> Check {
    Check {
        name,
        run,
        surveys: false,
        writes: false,
    }
}

const fn survey(name: &'static str, run: fn(&mut Session<'_>)) -> Check {
    Check {
        name,
        run,
        surveys: true,
        writes: false,
    }
}

const fn write(name: &'static str, run: fn(&mut Session<'_>)) -> Check {
    Check {
        name,
        run,
        surveys: false,
        writes: true,
    }
}

/// Every check, in order.
pub const CHECKS: &[Check] = &[
    survey("discovery", discovery::check),
    survey("formats", formats::check),
    survey("services", services::check),
    survey("definitions", definitions::check),
    survey("requests", requests::check),
    read("single-request", single_request::check),
    read("dates", dates::check),
    read("filters", filters::check),
    read("empty-arguments", empty_arguments::check),
    read("tokens", tokens::check),
    read("jurisdictions", jurisdictions::check),
    read("same-in-both", same_in_both::check),
    read("conventions", conventions::check),
    write("keys", keys::check),
    write("refusals", refusals::check),
    write("filing", filing::check),
    write("filed-tokens", filing::check_tokens),
    write("filed", filed::check),
];

/// The name of the check that every answer is.
pub const READING: &str = "reading";

impl Check {
    /// Whether it has to run for what the operator wants to know.
    pub fn is_needed(&self, options: &Options) -> bool {
        let Some(only) = &options.only else {
            return true;
        };
        let wanted = rule(only).map_or(only.as_str(), |rule| rule.check);
        self.surveys || wanted == self.name || wanted == READING
    }
}

/// Finds out whether anything answers.
///
/// # Errors
/// When nothing does.
pub fn knock(session: &mut Session<'_>) -> Result<(), Error> {
    let mut told = Vec::new();
    let mut refused = false;
    for format in Format::ALL {
        let (exchange, served) = formats::is_served(session, format);
        let url = without_password(&exchange.asked.url);
        match &exchange.outcome {
            Ok(answer) if served && is_web_page(answer) => {
                told.push(format!("{url} answered a web page, or nothing"));
            }
            _ if served => return Ok(()),
            Ok(answer) => {
                refused |= matches!(answer.status, 400 | 404);
                told.push(format!("{url} answered {}", answer.status));
            }
            Err(fault) => told.push(format!("{url}: {fault}")),
        }
    }
    let jurisdiction = match session.options.jurisdiction {
        None if refused => " An endpoint of several jurisdictions needs --jurisdiction ID.",
        _ => "",
    };
    Err(Error::NoEndpoint(format!(
        "no service list there: {}. URL is the base of the methods, what stands before \
         /services.xml.{jurisdiction}",
        told.join("; ")
    )))
}

/// Whether a browser is meant, as by a login page, or nobody.
fn is_web_page(answer: &Answer) -> bool {
    let start: Vec<u8> = answer.body.iter().copied().take(500).collect();
    let start = String::from_utf8_lossy(&start).trim().to_ascii_lowercase();
    start.is_empty() || start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Whether service requests may be filed.
///
/// # Errors
/// Why not.
pub fn may_write(session: &Session<'_>) -> Result<(), &'static str> {
    let is_test = session.survey.endpoint_type.as_deref() == Some("test");
    match &session.options.api_key {
        None => Err("nothing is filed without --api-key"),
        Some(_) if session.options.allow_writes || is_test => Ok(()),
        Some(_) => Err("the endpoint is of type production: --allow-writes files there, too"),
    }
}

/// The ids of an answer.
fn ids(page: &Page) -> BTreeSet<String> {
    texts(
        page.records.as_deref().unwrap_or_default(),
        "service_request_id",
    )
}

/// The different texts of a field.
fn texts(records: &[Record], field: &str) -> BTreeSet<String> {
    records
        .iter()
        .filter_map(|record| record.text(field))
        .map(str::to_owned)
        .collect()
}

/// A word that no endpoint knows.
fn unknown_word() -> String {
    let instant = chrono::Utc::now().timestamp_micros();
    format!("no-such-{}", instant % 1_000_000_000)
}

/// Holds the status of an answer against the one that the standard wants for a failure. Failures
/// of the server and missing keys have rules of their own.
fn hold_status(
    session: &mut Session<'_>,
    rule: &'static str,
    page: &Page,
    wanted: u16,
    what: &str,
) {
    if !page.exchange.is_sound() || (matches!(page.status(), 401 | 403) && wanted != 403) {
        return;
    }
    session.hold(rule, page.status() == wanted, &page.exchange, || {
        format!("{what} is answered with {}, not {wanted}", page.status())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::rules;

    #[test]
    fn every_rule_names_a_check_and_every_check_has_a_rule() {
        for rule in rules() {
            let known =
                rule.check == READING || CHECKS.iter().any(|check| check.name == rule.check);
            assert!(known, "{}: {}", rule.id, rule.check);
        }
        for check in CHECKS {
            assert!(
                rules().iter().any(|rule| rule.check == check.name),
                "{}",
                check.name
            );
        }
    }

    /// The rules that sources speak of, against those of the page.
    #[test]
    fn every_rule_is_proved_by_the_code_of_its_check_and_no_other_is() {
        let sources = [
            ("discovery", include_str!("discovery.rs")),
            ("formats", include_str!("formats.rs")),
            ("services", include_str!("services.rs")),
            ("definitions", include_str!("definitions.rs")),
            ("requests", include_str!("requests.rs")),
            ("single-request", include_str!("single_request.rs")),
            ("dates", include_str!("dates.rs")),
            ("filters", include_str!("filters.rs")),
            ("empty-arguments", include_str!("empty_arguments.rs")),
            ("tokens", include_str!("tokens.rs")),
            ("jurisdictions", include_str!("jurisdictions.rs")),
            ("same-in-both", include_str!("same_in_both.rs")),
            ("conventions", include_str!("conventions.rs")),
            ("keys", include_str!("keys.rs")),
            ("refusals", include_str!("refusals.rs")),
            ("filing", include_str!("filing.rs")),
            ("filed-tokens", include_str!("filing.rs")),
            ("filed", include_str!("filed.rs")),
            (READING, include_str!("../session.rs")),
            (READING, include_str!("../reading/mod.rs")),
            (READING, include_str!("../reading/xml.rs")),
            (READING, include_str!("../reading/json.rs")),
        ];
        for rule in rules() {
            let quoted = format!("\"{}\"", rule.id);
            let proved = sources
                .iter()
                .any(|(check, source)| *check == rule.check && source.contains(&quoted));
            assert!(proved, "nothing in {} proves {}", rule.check, rule.id);
        }
        for (check, source) in sources {
            for name in held(source) {
                let rule = rules().iter().find(|rule| rule.id == name);
                assert!(rule.is_some(), "{check} proves {name}, which is no rule");
            }
        }
    }

    /// The names that a source gives as the first argument of a verdict.
    fn held(source: &str) -> Vec<&str> {
        ["hold(", "hold_for(", "leave(", "complain(", "hold_status("]
            .iter()
            .flat_map(|call| source.split(call).skip(1))
            .filter_map(|rest| {
                let rest = rest
                    .trim_start()
                    .trim_start_matches("session,")
                    .trim_start();
                rest.strip_prefix('"')?.split('"').next()
            })
            .collect()
    }
}

//! Holds any GeoReport v2 endpoint against the letter of the standard.
//!
//! [`run`] asks an endpoint over HTTP for what it has, looks at every answer, and tells which of
//! the rules of `REQUIREMENTS.md` are kept. It knows no server's code, ours neither.
//!
//! | module | what it is |
//! |---|---|
//! | [`requirements`] | the rules, read from `REQUIREMENTS.md` |
//! | [`options`] | what is to be checked, and how gently |
//! | [`client`] | HTTP with pauses and patience |
//! | [`document`] | the standard's documents and their fields |
//! | [`reading`] | from bytes to what they say, and what is not to the letter |
//! | [`record`] | what a document says, whichever format it came in |
//! | [`survey`] | what the endpoint was found to have |
//! | [`session`] | one run: asks, reads, keeps what was found |
//! | [`checks`] | what is asked, in order |
//! | [`report`] | what came out, for terminals, programs and web pages |

pub mod checks;
pub mod client;
pub mod document;
pub mod format;
pub mod options;
pub mod reading;
pub mod record;
pub mod report;
pub mod requirements;
pub mod session;
pub mod survey;
pub mod time;

pub use format::Format;
pub use options::Options;
pub use report::{Finding, Outcome, Report};
pub use requirements::Grade;

use checks::{CHECKS, READING};
use chrono::Utc;
use report::Verdict;
use session::Session;
use std::fmt;

/// What a run tells while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A check begins: its name, its number from 1, and how many there are.
    Check(&'a str, usize, usize),
    /// An address is asked.
    Asking(&'a str),
    /// Something is wrong.
    Found(&'a Finding),
}

/// Why a run could not be made.
#[derive(Debug)]
pub enum Error {
    /// Nothing that looks like a GeoReport endpoint answers there.
    NoEndpoint(String),
    /// `--only` names neither a rule nor a check.
    UnknownRule(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEndpoint(why) => formatter.write_str(why),
            Self::UnknownRule(name) => {
                let checks: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
                write!(
                    formatter,
                    "there is no rule and no check \"{name}\". The checks are {}, {}; a report has \
                     the rules of each",
                    READING,
                    checks.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for Error {}

/// Checks an endpoint.
///
/// # Errors
/// When there is no endpoint to check, or nothing of that name to check.
pub fn run(options: &Options, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Report, Error> {
    if let Some(only) = &options.only
        && !requirements::rules()
            .iter()
            .any(|rule| rule.id == only || rule.check == only)
    {
        return Err(Error::UnknownRule(only.clone()));
    }
    if options.url.contains(['?', '#']) {
        let problem = "URL is the base of the methods, without ? and #; --jurisdiction and --api-key \
                       say what has to be sent";
        return Err(Error::NoEndpoint(problem.to_owned()));
    }
    let checked = time::argument(Utc::now());
    let mut session = Session::new(options, on_event);
    checks::knock(&mut session)?;
    for (number, check) in CHECKS.iter().enumerate() {
        let refusal = checks::may_write(&session).err().filter(|_| check.writes);
        if let Some(reason) = refusal {
            for rule in requirements::rules()
                .iter()
                .filter(|rule| rule.check == check.name)
            {
                session.leave(rule.id, reason);
            }
        } else if check.is_needed(options) {
            session.tell(Event::Check(check.name, number + 1, CHECKS.len()));
            (check.run)(&mut session);
        }
    }
    let (formats, requests) = (session.survey.formats.clone(), session.requests);
    let filed = session.filed;
    let (findings, verdicts) = session.close();
    Ok(Report {
        endpoint: session::without_password(&options.url),
        jurisdiction_id: options.jurisdiction.clone(),
        checked,
        formats,
        filed,
        requests,
        findings,
        rules: verdicts
            .into_iter()
            .map(|(rule, outcome)| Verdict { rule, outcome })
            .collect(),
    })
}

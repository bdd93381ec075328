//! What came out.

pub mod html;
pub mod junit;
pub mod terminal;

use crate::{
    format::Format,
    requirements::{Grade, Rule, rules},
};
use serde::Serialize;
use std::{fs, io, path::Path};

/// A root cause: one way in which the endpoint breaks one rule.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How binding it is.
    pub grade: Grade,
    /// What it is broken in, where one rule can be broken for several reasons; else empty.
    pub subject: String,
    /// What is wrong, as a sentence.
    pub problem: String,
    /// The formats it was found in.
    pub formats: Vec<Format>,
    /// What was asked: method, address and form (the API key is left out).
    pub asked: String,
    /// What came: the status and the beginning of the body.
    pub came: String,
    /// How often it was seen.
    pub seen: usize,
}

/// What is known of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "reason")]
pub enum Outcome {
    /// Every time it was looked at, it was kept.
    Kept,
    /// There is a finding.
    Broken,
    /// It was not looked at, and why.
    NotChecked(String),
}

/// A rule with its outcome.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// Its outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The address that was checked.
    pub endpoint: String,
    /// The `jurisdiction_id` that was sent.
    pub jurisdiction_id: Option<String>,
    /// When the check began, as a W3C date-time.
    pub checked: String,
    /// The formats that were checked.
    pub formats: Vec<Format>,
    /// Whether service requests were filed.
    pub filed: bool,
    /// How many requests were sent.
    pub requests: usize,
    /// What is wrong, the most binding first.
    pub findings: Vec<Finding>,
    /// Every rule.
    pub rules: Vec<Verdict>,
}

impl Report {
    /// The findings of a grade.
    pub fn of(&self, grade: Grade) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.grade == grade)
    }

    /// Whether no rule of grade MUST is broken.
    pub fn conforms(&self) -> bool {
        self.of(Grade::Must).next().is_none()
    }

    /// How many rules of a grade were kept, broken and not checked.
    pub fn tally(&self, grade: Grade) -> (usize, usize, usize) {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.rules
                .iter()
                .filter(|verdict| verdict.rule.grade == grade && wanted(&verdict.outcome))
                .count()
        };
        (
            count(|outcome| *outcome == Outcome::Kept),
            count(|outcome| *outcome == Outcome::Broken),
            count(|outcome| matches!(outcome, Outcome::NotChecked(_))),
        )
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a fault of ours.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Writes the report into a file, in the format that its name ends in: `.json`, `.xml` (JUnit)
    /// or `.html`.
    ///
    /// # Errors
    /// When the name ends otherwise, or the file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text = match Kind::of(file) {
            Some(Kind::Json) => self.json()?,
            Some(Kind::Junit) => junit::junit(self)?,
            Some(Kind::Html) => html::page(self),
            None => {
                let problem = "a report's name ends in .json, .xml or .html";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        };
        fs::write(file, text)
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// For programs.
    Json,
    /// For the CI systems that know JUnit.
    Junit,
    /// For people: one page that needs nothing else.
    Html,
}

impl Kind {
    /// What the name of the file asks for.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Junit),
            "html" => Some(Self::Html),
            _ => None,
        }
    }
}

/// The parts of the requirements, in order, each with its verdicts.
fn parts(report: &Report) -> Vec<(&'static str, Vec<&Verdict>)> {
    let mut parts: Vec<(&str, Vec<&Verdict>)> = Vec::new();
    for verdict in &report.rules {
        match parts.last_mut() {
            Some((part, verdicts)) if *part == verdict.rule.part => verdicts.push(verdict),
            _ => parts.push((verdict.rule.part, vec![verdict])),
        }
    }
    parts
}

/// Where a rule stands on the page: findings are sorted by it within their grade.
pub(crate) fn place(id: &str) -> usize {
    rules()
        .iter()
        .position(|rule| rule.id == id)
        .unwrap_or(usize::MAX)
}

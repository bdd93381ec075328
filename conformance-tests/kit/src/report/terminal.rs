//! For people at a terminal: progress while it runs, findings, and a table.

use super::{Kind, Outcome, Report, Verdict};
use crate::{Error, Event, Grade, Options, requirements::rules, run};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// A check as it is asked for on a command line.
#[derive(Args, Clone, Debug)]
pub struct Command {
    /// What is to be checked.
    #[command(flatten)]
    pub options: Options,
    /// Write a report, too: its name ends in .json, .xml (JUnit) or .html; may be repeated
    #[arg(long, value_name = "FILE", value_parser = report_file)]
    pub report: Vec<PathBuf>,
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    match Kind::of(&file) {
        Some(_) => Ok(file),
        None => Err("ends in none of .json, .xml (JUnit) and .html".to_owned()),
    }
}

impl Command {
    /// Checks, prints, writes the reports. The code is 0 when no rule of grade MUST is broken,
    /// 1 when one is, 2 when the check could not be made.
    pub fn run(&self) -> ExitCode {
        match self.conforms() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(1),
            Err(problem) => {
                let _ = writeln!(io::stderr(), "could not check: {problem}");
                ExitCode::from(2)
            }
        }
    }
}

impl Command {
    /// Whether no rule of grade MUST is broken, or why nothing can be said of that.
    fn conforms(&self) -> Result<bool, String> {
        let not_written = |file: &Path, fault: io::Error| {
            format!("{} cannot be written: {fault}", file.display())
        };
        // Better now than after some minutes.
        for file in &self.report {
            let opened = OpenOptions::new().create(true).append(true).open(file);
            opened.map_err(|fault| not_written(file, fault))?;
        }
        let report = watched(&self.options).map_err(|fault| fault.to_string())?;
        // Who closed the pipe does not want to read it.
        let _ = io::stdout().write_all(text(&report).as_bytes());
        for file in &self.report {
            report
                .write(file)
                .map_err(|fault| not_written(file, fault))?;
        }
        let unseen = |verdict: &Verdict| matches!(verdict.outcome, Outcome::NotChecked(_));
        match report.rules.iter().all(unseen) {
            true => Err("nothing that was asked for; the reasons stand above".to_owned()),
            false => Ok(report.conforms()),
        }
    }
}

/// Checks, with progress on standard error if that is a terminal.
///
/// # Errors
/// As [`run`].
pub fn watched(options: &Options) -> Result<Report, Error> {
    let progress = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}");
    progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    progress.enable_steady_tick(Duration::from_millis(100));
    let report = run(options, &mut |event| match event {
        Event::Check(name, number, of) => progress.set_prefix(format!("[{number}/{of}] {name}:")),
        Event::Asking(url) => progress.set_message(url.to_owned()),
        Event::Found(finding) => {
            progress.println(format!(
                "{} {}: {}",
                finding.grade, finding.rule, finding.problem
            ));
        }
    });
    progress.finish_and_clear();
    report
}

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(report, &mut text);
    text
}

fn write_text(report: &Report, text: &mut String) -> std::fmt::Result {
    for finding in &report.findings {
        let rule = rules().iter().find(|rule| rule.id == finding.rule);
        let formats: Vec<String> = finding.formats.iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "{} {} ({}, seen {}×)",
            finding.grade,
            finding.rule,
            formats.join(", "),
            finding.seen
        )?;
        writeln!(text, "  {}", finding.problem)?;
        if let Some(rule) = rule {
            writeln!(text, "  standard: {}  {}", rule.says, rule.link)?;
        }
        writeln!(text, "  asked:    {}", indented(&finding.asked))?;
        writeln!(text, "  came:     {}\n", indented(&finding.came))?;
    }
    let formats: Vec<String> = report.formats.iter().map(ToString::to_string).collect();
    writeln!(text, "{}", report.endpoint)?;
    if let Some(jurisdiction) = &report.jurisdiction_id {
        writeln!(text, "jurisdiction_id {jurisdiction}")?;
    }
    let writes = if report.filed {
        "service requests were filed"
    } else {
        "only read"
    };
    writeln!(
        text,
        "{}, {} requests, {writes}\n",
        formats.join(" and "),
        report.requests
    )?;
    writeln!(
        text,
        "{:<38}{:>7}{:>7}{:>10}{:>13}",
        "", "grade", "kept", "broken", "not checked"
    )?;
    for (part, verdicts) in super::parts(report) {
        for grade in [Grade::Must, Grade::Should, Grade::Info] {
            let of_grade = || {
                verdicts
                    .iter()
                    .filter(|verdict| verdict.rule.grade == grade)
            };
            let count = |wanted: fn(&Outcome) -> bool| {
                of_grade()
                    .filter(|verdict| wanted(&verdict.outcome))
                    .count()
            };
            if of_grade().next().is_some() {
                writeln!(
                    text,
                    "{part:<38}{grade:>7}{:>7}{:>10}{:>13}",
                    count(|outcome| *outcome == Outcome::Kept),
                    count(|outcome| *outcome == Outcome::Broken),
                    count(|outcome| matches!(outcome, Outcome::NotChecked(_))),
                )?;
            }
        }
    }
    writeln!(text)?;
    for grade in [Grade::Must, Grade::Should, Grade::Info] {
        let (kept, broken, left) = report.tally(grade);
        writeln!(
            text,
            "{:<38}{grade:>7}{kept:>7}{broken:>10}{left:>13}",
            "all rules"
        )?;
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for verdict in &report.rules {
        if let Outcome::NotChecked(reason) = &verdict.outcome {
            reasons.entry(reason).or_default().push(verdict.rule.id);
        }
    }
    for (reason, rules) in reasons {
        let rules = match rules.as_slice() {
            [one] => (*one).to_owned(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
            [] => String::new(),
        };
        writeln!(text, "not checked: {rules}: {reason}")?;
    }
    let count = report.findings.len();
    let verdict = match (report.conforms(), count) {
        (_, 0) => "no finding".to_owned(),
        (true, 1) => "1 finding, not MUST".to_owned(),
        (false, 1) => "1 finding, of grade MUST".to_owned(),
        (true, _) => format!("{count} findings, none of them MUST"),
        (false, _) => format!(
            "{count} findings, {} of them MUST",
            report.of(Grade::Must).count()
        ),
    };
    writeln!(text, "\n{verdict}")
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n            ")
}

//! JUnit XML: a test suite for each part of the standard, a test case for each rule.

use super::{Finding, Outcome, Report, parts};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::io;

/// The report as JUnit XML. A broken rule of grade INFO is told, but is no failure.
///
/// # Errors
/// When it cannot be written as XML, which is a fault of ours.
pub fn junit(report: &Report) -> io::Result<String> {
    let mut junit = quick_junit::Report::new(format!("GeoReport v2: {}", report.endpoint));
    for (part, verdicts) in parts(report) {
        let mut suite = TestSuite::new(part);
        for verdict in verdicts {
            let rule = verdict.rule;
            let findings = report
                .findings
                .iter()
                .filter(|finding| finding.rule == rule.id);
            let told: Vec<String> = findings.map(text).collect();
            let told = told.join("\n\n");
            let status = match &verdict.outcome {
                Outcome::Broken if rule.grade != super::Grade::Info => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_type(rule.grade.to_string())
                        .set_message(rule.says)
                        .set_description(&told);
                    status
                }
                Outcome::NotChecked(reason) => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(reason.clone());
                    status
                }
                Outcome::Kept | Outcome::Broken => TestCaseStatus::success(),
            };
            let mut case = TestCase::new(rule.id, status);
            case.set_classname(format!("georeport.{}", rule.check));
            if rule.grade == super::Grade::Info && !told.is_empty() {
                case.set_system_out(told);
            }
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    junit.to_string().map_err(io::Error::other)
}

fn text(finding: &Finding) -> String {
    format!(
        "{}\nasked: {}\ncame: {}",
        finding.problem, finding.asked, finding.came
    )
}

//! Runs of the kit against endpoints of the tests.

use std::time::Duration;

use georeport_conformance::{Options, Report};

use crate::endpoint::Endpoint;
use crate::endpoint::filing::KEY;
use crate::endpoint::site::Setup;
use crate::endpoint::spoil::Spoil;

/// One jurisdiction, both formats, and filing is allowed.
pub fn one_city() -> Setup {
    Setup {
        jurisdictions: vec!["example.org"],
        kind: "test",
        json: true,
    }
}

/// Checks everything, as fast as the endpoint answers.
pub fn options(url: &str) -> Options {
    Options {
        api_key: Some(KEY.to_owned()),
        pace: Duration::ZERO,
        timeout: Duration::from_secs(10),
        token_wait: Duration::from_secs(3),
        ..Options::new(url)
    }
}

pub fn check(options: &Options) -> Report {
    georeport_conformance::run(options, &mut |_| ()).unwrap()
}

/// What the kit says of an endpoint that is set up and spoiled like this.
pub fn report(setup: &Setup, spoils: Vec<Spoil>) -> Report {
    let endpoint = Endpoint::start(setup, spoils);
    let several = setup.jurisdictions.len() > 1;
    check(&Options {
        jurisdiction: several.then(|| setup.jurisdictions[0].to_owned()),
        ..options(&endpoint.url)
    })
}

/// The rules that are broken, each as often as it is named.
pub fn named(report: &Report) -> Vec<&'static str> {
    let mut rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules
}

/// Findings as one reads them, for messages of failed tests.
pub fn told(report: &Report) -> String {
    let lines = report.findings.iter().map(|finding| {
        let (rule, subject, problem) = (finding.rule, &finding.subject, &finding.problem);
        format!(
            "      {rule} [{subject}] {problem}\n        {}\n        {:.300}\n",
            finding.asked, finding.came
        )
    });
    lines.collect()
}

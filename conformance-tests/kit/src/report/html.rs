//! One page that needs nothing else: no script, no font, no picture from anywhere.

use super::{Finding, Outcome, Report, parts};
use crate::{Grade, requirements::rule};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8886;--bad:#c5221f;--soft:#b06000;--good:#188038}
@media(prefers-color-scheme:dark){:root{--bad:#f28b82;--soft:#fdd663;--good:#81c995}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:0}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);padding:.6rem;font-size:.85rem}
article{border-left:.25rem solid var(--line);padding-left:1rem;margin:1.5rem 0}
.MUST.broken{color:var(--bad)}.SHOULD.broken{color:var(--soft)}.kept{color:var(--good)}
.number{text-align:right}
";

/// The page.
pub fn page(report: &Report) -> String {
    let formats: Vec<String> = report.formats.iter().map(ToString::to_string).collect();
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "GeoReport v2: " (report.endpoint) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "GeoReport v2 conformance" }
                p {
                    code { (report.endpoint) }
                    @if let Some(jurisdiction) = &report.jurisdiction_id { ", jurisdiction " code { (jurisdiction) } }
                    br;
                    "Checked " time { (report.checked) } " in " (formats.join(" and ")) " with "
                    (report.requests) " requests; "
                    @if report.filed { "service requests were filed." } @else { "only read, nothing filed." }
                }
                (summary(report))
                h2 { "Findings" }
                @if report.findings.is_empty() { p { "None." } }
                @for finding in &report.findings { (article(finding)) }
                h2 { "Every rule" }
                @for (part, verdicts) in parts(report) {
                    h3 { (part) }
                    table {
                        @for verdict in verdicts {
                            @let word = word(&verdict.outcome);
                            tr {
                                td { code { (verdict.rule.id) } }
                                td { (verdict.rule.grade) }
                                td { (verdict.rule.says) " " a href=(verdict.rule.link) { "§" } }
                                td class={ (verdict.rule.grade) " " (word) } {
                                    (word)
                                    @if let Outcome::NotChecked(reason) = &verdict.outcome { ": " (reason) }
                                }
                            }
                        }
                    }
                }
                footer { p { "Made by georeport-conformance " (env!("CARGO_PKG_VERSION")) "." } }
            }
        }
    };
    markup.into_string()
}

fn summary(report: &Report) -> Markup {
    html! {
        table {
            tr { th { "Grade" } th.number { "kept" } th.number { "broken" } th.number { "not checked" } }
            @for grade in [Grade::Must, Grade::Should, Grade::Info] {
                @let (kept, broken, left) = report.tally(grade);
                tr {
                    td { (grade) } td.number { (kept) } td.number { (broken) } td.number { (left) }
                }
            }
        }
    }
}

fn article(finding: &Finding) -> Markup {
    let formats: Vec<String> = finding.formats.iter().map(ToString::to_string).collect();
    html! {
        article {
            h3 class={ (finding.grade) " broken" } { (finding.grade) ": " (finding.problem) }
            @if let Some(rule) = rule(finding.rule) {
                p { code { (rule.id) } ": " (rule.says) " (" a href=(rule.link) { (rule.section) } ")" }
            }
            p { "In " (formats.join(" and ")) ", seen " (finding.seen) " times. Asked:" }
            pre { (finding.asked) }
            p { "What came:" }
            pre { (finding.came) }
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Kept => "kept",
        Outcome::Broken => "broken",
        Outcome::NotChecked(_) => "not checked",
    }
}

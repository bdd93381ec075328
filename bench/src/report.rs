//! The table: one line for each scenario and number of connections, as text and as Markdown.

use crate::{measure::Measured, statistics::Spread};
use std::fmt::Write;

/// Whether more or less is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The ratio shall be this or more.
    AtLeast(f64),
    /// The value shall be this or less; the unit stands behind it.
    AtMost(f64, &'static str),
}

impl Target {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most, _) => value <= most,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::AtLeast(_) => "",
            Self::AtMost(_, unit) => unit,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least:.1}"),
            Self::AtMost(most, unit) => write!(f, "≤ {most}{unit}"),
        }
    }
}

/// A line of the table.
#[derive(Debug)]
pub struct Line {
    /// Rows in the database.
    pub rows: u64,
    /// What was measured.
    pub what: String,
    /// How many connections asked; `None` where that means nothing.
    pub connections: Option<usize>,
    /// What is to be reached.
    pub target: Target,
    /// What was reached, or why nothing was.
    pub reached: Result<Spread, String>,
    /// What else is known of it.
    pub measured: Option<Measured>,
    /// What a reader should know.
    pub note: String,
}

const HEAD: [&str; 13] = [
    "rows",
    "what",
    "conns",
    "target",
    "reached",
    "spread",
    "req/s",
    "yardstick/s",
    "p50",
    "p99",
    "server µs",
    "database µs",
    "MiB",
];

impl Line {
    fn cells(&self) -> [String; HEAD.len()] {
        let unit = self.target.unit();
        let (reached, spread) = match &self.reached {
            Ok(spread) => {
                let mark = if self.target.is_met_by(spread.median) {
                    "yes"
                } else {
                    "no"
                };
                (
                    format!("{mark} {:.2}{unit}", spread.median),
                    format!("{:.2}–{:.2}", spread.least, spread.greatest),
                )
            }
            Err(_) => ("failed".to_owned(), String::new()),
        };
        let of = |text: &dyn Fn(&Measured) -> String| {
            self.measured.as_ref().map(text).unwrap_or_default()
        };
        [
            short(self.rows),
            self.what.clone(),
            self.connections
                .map(|number| number.to_string())
                .unwrap_or_default(),
            self.target.to_string(),
            reached,
            spread,
            of(&|one| format!("{:.0}", one.rate)),
            of(&|one| format!("{:.0}", one.yardstick_rate)),
            of(&|one| time(one.p50)),
            of(&|one| time(one.p99)),
            of(&|one| format!("{:.0}", one.server_cpu)),
            of(&|one| format!("{:.0}", one.database_cpu)),
            of(&|one| format!("{:.0}", one.memory)),
        ]
    }

    /// What could not be measured, and what is to be known.
    fn remark(&self) -> Option<String> {
        let why = self
            .reached
            .as_ref()
            .err()
            .map(|why| format!("failed: {why}"));
        let note = Some(self.note.clone()).filter(|note| !note.is_empty());
        Some(format!("{}: {}", self.what, why.or(note)?))
    }
}

/// 50000 is "50 k".
fn short(rows: u64) -> String {
    match rows {
        1_000_000.. => format!("{} M", rows as f64 / 1e6),
        1_000.. => format!("{} k", rows / 1_000),
        _ => rows.to_string(),
    }
}

/// Microseconds, or milliseconds where those are many.
fn time(us: f64) -> String {
    if us < 1_000.0 {
        format!("{us:.0} µs")
    } else {
        format!("{:.1} ms", us / 1_000.0)
    }
}

/// The table for a terminal: columns stand below each other.
pub fn text(lines: &[Line]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(lines.iter().map(Line::cells));
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|at| {
            rows.iter()
                .map(|row| row[at].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    remarks(&mut text, lines);
    text
}

/// The table as Markdown.
pub fn markdown(lines: &[Line]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
    for line in lines {
        let _ = writeln!(text, "| {} |", line.cells().join(" | "));
    }
    remarks(&mut text, lines);
    text
}

fn remarks(text: &mut String, lines: &[Line]) {
    let remarks: Vec<String> = lines.iter().filter_map(Line::remark).collect();
    if !remarks.is_empty() {
        text.push('\n');
    }
    for remark in remarks {
        let _ = writeln!(text, "- {remark}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(reached: Result<Spread, String>, target: Target) -> Line {
        Line {
            rows: 50_000,
            what: "a list".into(),
            connections: Some(8),
            target,
            reached,
            measured: None,
            note: String::new(),
        }
    }

    const SPREAD: Spread = Spread {
        median: 0.75,
        least: 0.7,
        greatest: 0.8,
    };

    #[test]
    fn a_line_tells_whether_the_target_is_reached() {
        let met = line(Ok(SPREAD), Target::AtLeast(0.7)).cells();
        assert_eq!(met[3..6], ["≥ 0.7", "yes 0.75", "0.70–0.80"]);
        let missed = line(Ok(SPREAD), Target::AtMost(0.3, " s")).cells();
        assert_eq!(missed[3..6], ["≤ 0.3 s", "no 0.75 s", "0.70–0.80"]);
    }

    #[test]
    fn what_failed_stands_below_the_table_with_the_reason() {
        let failed = line(Err("no ETag".into()), Target::AtLeast(0.7));
        let text = markdown(&[failed]);
        assert!(text.starts_with("| rows | what |"), "{text}");
        assert!(text.contains("| failed |"), "{text}");
        assert!(text.ends_with("\n- a list: failed: no ETag\n"), "{text}");
    }

    #[test]
    fn columns_of_the_text_stand_below_each_other() {
        let text = text(&[line(Ok(SPREAD), Target::AtLeast(0.7))]);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0].find("target"), rows[1].find("≥ 0.7"));
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(
            (short(50_000), short(10_000_000)),
            ("50 k".into(), "10 M".into())
        );
        assert_eq!(
            (time(250.0), time(1_500.0)),
            ("250 µs".into(), "1.5 ms".into())
        );
    }
}

//! The rules, read from `REQUIREMENTS.md`: what people read there is what is checked.

use serde::Serialize;
use std::{fmt, sync::OnceLock};

const PAGE: &str = include_str!("../../REQUIREMENTS.md");

/// How binding a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Grade {
    /// The letter says so and leaves no room.
    Must,
    /// The letter is soft, or only its examples show it.
    Should,
    /// A convention or a sanity check.
    Info,
}

impl fmt::Display for Grade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Info => "INFO",
        })
    }
}

/// A sentence of the standard that an endpoint can keep or break.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// Its name, such as `status-filter`.
    pub id: &'static str,
    /// How binding it is.
    pub grade: Grade,
    /// The heading under which it stands.
    pub part: &'static str,
    /// What the standard says, in our words.
    pub says: &'static str,
    /// Where it says so: the name of the section.
    pub section: &'static str,
    /// Where it says so: the address of the section.
    pub link: &'static str,
    /// The check that proves it.
    pub check: &'static str,
}

/// All rules, in the order of the page.
pub fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut part = "";
        let mut rules = Vec::new();
        for line in PAGE.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                part = heading;
            }
            rules.extend(row(line, part));
        }
        rules
    })
}

/// The rule of that name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}

/// A row of a table; nothing for any other line.
fn row(line: &'static str, part: &'static str) -> Option<Rule> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
    let (id, grade, says) = (cells.next()?, cells.next()?, cells.next()?);
    let (section, link) = cells
        .next()?
        .strip_prefix('[')?
        .strip_suffix(')')?
        .split_once("](")?;
    let grade = match grade {
        "MUST" => Grade::Must,
        "SHOULD" => Grade::Should,
        "INFO" => Grade::Info,
        _ => return None,
    };
    let check = cells.next()?;
    Some(Rule {
        id,
        grade,
        part,
        says,
        section,
        link,
        check,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_of_the_page_is_read() {
        let rows = PAGE
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| rule |"))
            .count();
        assert_eq!(rules().len(), rows);
        assert!(rows > 100);
    }

    #[test]
    fn no_two_rules_have_the_same_name() {
        let names: HashSet<&str> = rules().iter().map(|rule| rule.id).collect();
        assert_eq!(names.len(), rules().len());
    }
}

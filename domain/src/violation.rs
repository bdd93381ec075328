//! Why an input is refused: a list, never one string.

use crate::text::MAX_CODE;

/// Characters of an argument's name that are told: an attribute of the longest code, and a bit.
const MAX_SHOWN: usize = MAX_CODE + 20;

/// One broken rule: which argument, in the standard's spelling, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{argument} {problem}")]
pub struct Violation {
    /// The argument as the standard spells it, e.g. `service_code` or `attribute[POLE]`.
    pub argument: String,
    /// What is wrong, as the end of a sentence that begins with the argument.
    pub problem: String,
}

impl Violation {
    /// A violation of `argument`; `problem` continues the sentence ("was not provided"). The name of
    /// an argument may come from a stranger: it is told in part, and without what a terminal would
    /// obey.
    pub fn new(argument: impl Into<String>, problem: impl Into<String>) -> Self {
        let argument = argument.into();
        let shown = argument.chars().filter(|c| !c.is_control());
        Self {
            argument: shown.take(MAX_SHOWN).collect(),
            problem: problem.into(),
        }
    }

    /// The argument is required and was absent or empty, which the standard treats alike.
    pub fn missing(argument: impl Into<String>) -> Self {
        Self::new(argument, "was not provided")
    }
}

/// Every broken rule of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// Nothing found so far.
    pub fn none() -> Self {
        Self::default()
    }

    /// Notes one more.
    pub fn add(&mut self, violation: Violation) {
        self.0.push(violation);
    }

    /// The value, or `None` after noting why there is none.
    pub fn take<T>(&mut self, result: Result<T, Violation>) -> Option<T> {
        result.map_err(|violation| self.add(violation)).ok()
    }

    /// `Ok` when nothing was found.
    ///
    /// # Errors
    /// Itself, when it holds a violation.
    pub fn check(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_stranger_chose_is_told_in_part_and_without_control_characters() {
        let name = format!("\u{1b}[31m{}", "x".repeat(1_000_000));
        let told = Violation::new(name, "is not UTF-8").to_string();
        assert!(told.starts_with("[31mxxx") && told.ends_with("x is not UTF-8"));
        assert!(told.len() < 150);
    }
}

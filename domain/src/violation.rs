//! Why an input is refused: a list, never one string.

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
    /// A violation of `argument`; `problem` continues the sentence ("was not provided").
    pub fn new(argument: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            argument: argument.into(),
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

//! What is taken out of a service request because it should not be there: for good.

use crate::{
    Fields, Violation, Violations,
    text::{MAX_CODE, line},
};

/// Updates that one redaction names: more are a job for removal.
const MAX_UPDATES: usize = 100;

/// A part of a service request that can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RedactedPart {
    /// What the reporter wrote.
    Description,
    /// Why the status is what it is, also where the history tells it.
    StatusNotes,
    /// Where, in words, in the register and by postal code.
    Address,
    /// Where, as a point.
    Location,
    /// Pictures and pages, those of its updates too.
    Media,
    /// Answers to the service definition, and what else the jurisdiction publishes.
    Attributes,
    /// What an imported source told of it.
    Notes,
    /// Who reported.
    Reporter,
}

impl RedactedPart {
    /// Every part.
    pub const ALL: [Self; 8] = [
        Self::Description,
        Self::StatusNotes,
        Self::Address,
        Self::Location,
        Self::Media,
        Self::Attributes,
        Self::Notes,
        Self::Reporter,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::StatusNotes => "status_notes",
            Self::Address => "address",
            Self::Location => "location",
            Self::Media => "media",
            Self::Attributes => "attributes",
            Self::Notes => "notes",
            Self::Reporter => "reporter",
        }
    }

    fn parse(word: &str) -> Result<Self, Violation> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Violation::new("fields", format!("hold something that is none of {words}"))
        })
    }
}

/// What is to be taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Parts of the service request, in order.
    pub parts: Vec<RedactedPart>,
    /// Updates whose texts are taken out, by their `update_id`.
    pub updates: Vec<String>,
}

impl Redaction {
    /// The redaction that `fields` tell.
    ///
    /// # Errors
    /// Every fault of every field, and when nothing is to be taken out.
    pub fn parse(fields: &Fields) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        fields.refuse_others(&["fields", "updates"], &mut violations);
        let words = fields.list("fields", &mut violations);
        let mut parts: Vec<RedactedPart> = Vec::new();
        for word in words {
            match RedactedPart::parse(word) {
                Ok(part) => parts.push(part),
                Err(fault) if violations.0.contains(&fault) => {}
                Err(fault) => violations.add(fault),
            }
        }
        parts.sort_unstable();
        parts.dedup();
        let named = fields.list("updates", &mut violations);
        if named.len() > MAX_UPDATES {
            let problem = format!("are {}; at most {MAX_UPDATES} are accepted", named.len());
            violations.add(Violation::new("updates", problem));
        }
        let mut updates: Vec<String> = named
            .into_iter()
            .take(MAX_UPDATES)
            .filter_map(|id| violations.take(line("updates", id, MAX_CODE)))
            .collect();
        updates.sort_unstable();
        updates.dedup();
        if violations.0.is_empty() && parts.is_empty() && updates.is_empty() {
            violations.add(Violation::new(
                "fields",
                "and updates were not provided: nothing is to be taken out",
            ));
        }
        violations.check()?;
        Ok(Self { parts, updates })
    }

    /// Everything that somebody wrote or that tells of somebody.
    pub fn whole() -> Self {
        Self {
            parts: RedactedPart::ALL.into(),
            updates: vec![],
        }
    }

    /// Whether the part is to be taken out.
    pub fn takes(&self, part: RedactedPart) -> bool {
        self.parts.contains(&part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sent;

    fn parse(sent: &[(&str, &[&str])]) -> Result<Redaction, Vec<String>> {
        let fields = sent.iter().map(|(name, words)| {
            let words = words.iter().map(|word| (*word).to_owned());
            ((*name).to_owned(), Sent::List(words.collect()))
        });
        let parsed = Redaction::parse(&Fields::new(fields.collect()));
        parsed.map_err(|faults| faults.0.into_iter().map(|one| one.argument).collect())
    }

    #[test]
    fn parts_and_updates_are_named_once() {
        let redaction = parse(&[
            ("fields", &["media", "address", "media"]),
            ("updates", &["u1"]),
        ]);
        let redaction = redaction.unwrap();
        assert_eq!(
            redaction.parts,
            [RedactedPart::Address, RedactedPart::Media]
        );
        assert!(redaction.takes(RedactedPart::Media));
        assert!(!redaction.takes(RedactedPart::Reporter));
        assert_eq!(redaction.updates, ["u1"]);
    }

    #[test]
    fn what_is_no_part_is_refused_and_so_is_nothing() {
        let named = |argument: &str| Err(vec![argument.to_owned()]);
        assert_eq!(parse(&[]), named("fields"));
        assert_eq!(
            parse(&[("fields", &["status", "version"])]),
            named("fields")
        );
        assert_eq!(
            parse(&[("fields", &["media"]), ("why", &["x"])]),
            named("why")
        );
        let many = vec!["x"; 101];
        assert_eq!(parse(&[("updates", &many)]), named("updates"));
        for part in RedactedPart::ALL {
            assert!(parse(&[("fields", &[part.as_str()])]).is_ok());
            assert!(Redaction::whole().takes(part));
        }
    }
}

//! What staff note on a service request, as they send it.

use crate::{
    Fields, Violation, Violations,
    service_request_change::media_urls,
    text::{MAX_DESCRIPTION, bounded},
};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// What is noted.
    pub description: String,
    /// Whether the public may read it.
    pub is_public: bool,
    /// Pictures and pages.
    pub media_urls: Vec<String>,
}

impl NoteDraft {
    /// The note that `fields` tell. Whether it is public has to be said: neither is a safe guess.
    ///
    /// # Errors
    /// Every fault of every field.
    pub fn parse(fields: &Fields) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        fields.refuse_others(&["description", "is_public", "media_url"], faults);
        let known = faults.0.len();
        let description = fields.filled("description", faults);
        let description =
            description.and_then(|text| faults.take(bounded("description", text, MAX_DESCRIPTION)));
        if description.is_none() && faults.0.len() == known {
            faults.add(Violation::missing("description"));
        }
        let known = faults.0.len();
        let is_public = fields.truth("is_public", faults);
        if is_public.is_none() && faults.0.len() == known {
            faults.add(Violation::missing("is_public"));
        }
        let media_urls = media_urls(fields, faults);
        match (description, is_public) {
            (Some(description), Some(is_public)) if violations.0.is_empty() => Ok(Self {
                description,
                is_public,
                media_urls,
            }),
            _ => Err(violations),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sent;

    fn parse(sent: &[(&str, Sent)]) -> Result<NoteDraft, Vec<String>> {
        let fields = sent.iter().cloned();
        let fields = fields.map(|(name, sent)| (name.to_owned(), sent));
        let parsed = NoteDraft::parse(&Fields::new(fields.collect()));
        parsed.map_err(|faults| faults.0.into_iter().map(|one| one.argument).collect())
    }

    #[test]
    fn a_note_says_what_and_for_whom() {
        let text = |text: &str| Sent::Text(text.to_owned());
        let note = parse(&[
            ("description", text("x")),
            ("is_public", Sent::Truth(false)),
        ]);
        assert!(!note.unwrap().is_public);
        let nothing = ["description", "is_public"].map(str::to_owned).to_vec();
        assert_eq!(parse(&[]), Err(nothing));
        let odd = [
            ("description", Sent::Null),
            ("is_public", text("perhaps")),
            ("status", text("fixed")),
            ("media_url", text("ftp://x")),
        ];
        let named = ["status", "description", "is_public", "media_url"].map(str::to_owned);
        assert_eq!(parse(&odd), Err(named.to_vec()));
    }
}

//! What staff note on a service request, as they send it.

use crate::{
    ChangedServiceRequest, Fields, NewUpdate, ResponseTemplate, TemplateName, Violation,
    Violations,
    service_request_change::{fill, media_urls, told},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// What is noted; `None`: its photos say it, or the text that it names.
    pub description: Option<String>,
    /// The text that is noted, by its name.
    pub response_template: Option<TemplateName>,
    /// Whether the public may read it.
    pub is_public: bool,
    /// Pictures and pages.
    pub media_urls: Vec<String>,
}

impl NoteDraft {
    /// The note that `fields` tell, which may come with photos. Whether it is public has to be said:
    /// neither is a safe guess.
    ///
    /// # Errors
    /// Every fault of every field, and when it says nothing.
    pub fn parse(fields: &Fields, has_photos: bool) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        let known = ["description", "response_template", "is_public", "media_url"];
        fields.refuse_others(&known, faults);
        let known = faults.0.len();
        let (description, response_template) = told(fields, faults);
        let says_nothing = description.is_none() && response_template.is_none();
        if says_nothing && !has_photos && faults.0.len() == known {
            faults.add(Violation::missing("description"));
        }
        let known = faults.0.len();
        let is_public = fields.truth("is_public", faults);
        if is_public.is_none() && faults.0.len() == known {
            faults.add(Violation::missing("is_public"));
        }
        let media_urls = media_urls(fields, faults);
        match is_public {
            Some(is_public) if violations.0.is_empty() => Ok(Self {
                description,
                response_template,
                is_public,
                media_urls,
            }),
            _ => Err(violations),
        }
    }

    /// The entry that tells the note on `of`, by `author`; `template` is the text that was named.
    ///
    /// # Errors
    /// When that is meant for a change, or for another service, or asks for what is not known.
    pub fn to_update(
        &self,
        of: &ChangedServiceRequest,
        template: Option<&ResponseTemplate>,
        author: &str,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<NewUpdate, Violation> {
        let mut update = NewUpdate {
            is_public: self.is_public,
            description: self.description.clone(),
            media_urls: self.media_urls.clone(),
            ..NewUpdate::by(author, now)
        };
        if let Some(template) = template {
            update.description = Some(fill(template, None, of, &update.fields, zone)?);
        }
        Ok(update)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sent;

    fn parse(sent: &[(&str, Sent)]) -> Result<NoteDraft, Vec<String>> {
        let fields = sent.iter().cloned();
        let fields = fields.map(|(name, sent)| (name.to_owned(), sent));
        let parsed = NoteDraft::parse(&Fields::new(fields.collect()), false);
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
        let note = parse(&[
            ("response_template", text("Done")),
            ("is_public", Sent::Truth(true)),
        ]);
        assert_eq!(note.unwrap().response_template.unwrap().as_str(), "Done");
        let alone = Fields::new(vec![("is_public".to_owned(), Sent::Truth(true))]);
        assert_eq!(NoteDraft::parse(&alone, true).unwrap().description, None);
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
        let both = [
            ("description", text("x")),
            ("response_template", text("Done")),
            ("is_public", Sent::Truth(true)),
        ];
        assert_eq!(parse(&both), Err(vec!["response_template".to_owned()]));
    }
}

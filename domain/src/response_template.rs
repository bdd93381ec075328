//! Texts that staff answer with, and the places in them that a service request fills.

use crate::{
    DetailedStatus, ServiceCode, TemplateName, Violation,
    text::{MAX_DESCRIPTION, bounded},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A text that staff answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseTemplate {
    /// What they call it.
    pub name: TemplateName,
    /// For service requests of this service only; `None`: of all.
    pub service_code: Option<ServiceCode>,
    /// For changes to this status only; `None`: to any, and to none.
    pub status: Option<DetailedStatus>,
    /// The text.
    pub text: TemplateText,
}

impl ResponseTemplate {
    /// Whether it is meant for a service request of that service, and a change to that status.
    ///
    /// # Errors
    /// When it is meant for another service or status.
    pub fn check(
        &self,
        service_code: &ServiceCode,
        status: Option<DetailedStatus>,
    ) -> Result<(), Violation> {
        let wrong = |problem: String| Err(Violation::new("response_template", problem));
        match (&self.service_code, self.status) {
            (Some(meant), _) if meant != service_code => {
                wrong(format!("is meant for the service {meant}"))
            }
            (_, Some(meant)) if status != Some(meant) => {
                wrong(format!("is meant for the status {}", meant.as_str()))
            }
            _ => Ok(()),
        }
    }
}

/// What may stand between braces in a text: public fields of the service request, in the standard's
/// spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// Its id.
    ServiceRequestId,
    /// The name of its service.
    ServiceName,
    /// Who is to act.
    AgencyResponsible,
    /// The day on which it should be done, in the jurisdiction's own time.
    ExpectedDate,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 4] = [
        Self::ServiceRequestId,
        Self::ServiceName,
        Self::AgencyResponsible,
        Self::ExpectedDate,
    ];

    /// What stands between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceRequestId => "service_request_id",
            Self::ServiceName => "service_name",
            Self::AgencyResponsible => "agency_responsible",
            Self::ExpectedDate => "expected_date",
        }
    }
}

/// What a service request fills the places with.
#[derive(Debug, Clone, Copy)]
pub struct Placeholders<'a> {
    /// Its id.
    pub service_request_id: &'a str,
    /// The name of its service.
    pub service_name: &'a str,
    /// Who is to act; `None`: not known.
    pub agency_responsible: Option<&'a str>,
    /// When it should be done; `None`: not known.
    pub expected_datetime: Option<DateTime<Utc>>,
    /// The jurisdiction's own time.
    pub time_zone: Tz,
}

impl Placeholders<'_> {
    fn value(&self, placeholder: Placeholder) -> Option<String> {
        match placeholder {
            Placeholder::ServiceRequestId => Some(self.service_request_id.to_owned()),
            Placeholder::ServiceName => Some(self.service_name.to_owned()),
            Placeholder::AgencyResponsible => self.agency_responsible.map(str::to_owned),
            Placeholder::ExpectedDate => self
                .expected_datetime
                .map(|at| at.with_timezone(&self.time_zone).date_naive().to_string()),
        }
    }
}

/// A text with places to be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateText(String);

/// A stretch of a text.
enum Part<'t> {
    Plain(&'t str),
    Place(Placeholder),
}

impl TemplateText {
    /// A text as staff write it.
    ///
    /// # Errors
    /// When it is empty, longer than 4,000 characters, or an opening brace begins no placeholder:
    /// what nobody fills would be published as it stands.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text.trim().is_empty() {
            return Err(Violation::missing("text"));
        }
        let text = bounded("text", text.trim(), MAX_DESCRIPTION)?;
        parts(&text)?;
        Ok(Self(text))
    }

    /// As staff wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for one service request.
    ///
    /// # Errors
    /// When the service request does not know what a place asks for, or the text becomes too long:
    /// a sentence with a hole is not published.
    pub fn fill(&self, with: &Placeholders<'_>) -> Result<String, Violation> {
        let mut filled = String::with_capacity(self.0.len());
        for part in parts(&self.0)? {
            match part {
                Part::Plain(text) => filled.push_str(text),
                Part::Place(placeholder) => {
                    let value = with.value(placeholder).ok_or_else(|| {
                        let problem = format!(
                            "asks for {{{}}}, which is not known of this service request",
                            placeholder.as_str()
                        );
                        Violation::new("response_template", problem)
                    })?;
                    filled.push_str(&value);
                }
            }
        }
        bounded("response_template", &filled, MAX_DESCRIPTION)
    }
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Violation> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        let known = Placeholder::ALL
            .into_iter()
            .find(|one| one.as_str() == name && after.len() > name.len());
        let placeholder = known.ok_or_else(|| unknown(name))?;
        parts.push(Part::Plain(before));
        parts.push(Part::Place(placeholder));
        rest = behind;
    }
    parts.push(Part::Plain(rest));
    Ok(parts)
}

fn unknown(name: &str) -> Violation {
    let shown: String = name.chars().take(40).collect();
    let known = Placeholder::ALL.map(|one| format!("{{{}}}", one.as_str()));
    let problem = format!(
        "holds {:?}, which is no placeholder; there are {}",
        format!("{{{shown}"),
        known.join(", ")
    );
    Violation::new("text", problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pothole() -> Placeholders<'static> {
        Placeholders {
            service_request_id: "26-1234-5678",
            service_name: "Pothole {big}",
            agency_responsible: None,
            expected_datetime: Some("2026-06-05T03:59:59Z".parse().unwrap()),
            time_zone: chrono_tz::America::New_York,
        }
    }

    #[test]
    fn a_text_is_used_for_what_it_is_meant_for() {
        let [pothole, rats] = ["POTHOLE", "RATS"].map(|code| ServiceCode::parse(code).unwrap());
        let template = |service_code: Option<&ServiceCode>, status| ResponseTemplate {
            name: TemplateName::parse("Done").unwrap(),
            service_code: service_code.cloned(),
            status,
            text: TemplateText::parse("Done.").unwrap(),
        };
        let fixed = Some(DetailedStatus::Fixed);
        assert!(template(None, None).check(&rats, None).is_ok());
        assert!(template(Some(&rats), fixed).check(&rats, fixed).is_ok());
        assert!(template(Some(&rats), None).check(&pothole, None).is_err());
        for other in [None, Some(DetailedStatus::Closed)] {
            assert!(template(None, fixed).check(&rats, other).is_err());
        }
    }

    #[test]
    fn the_places_are_filled_and_the_date_is_the_local_one() {
        let text = "{service_name} ({service_request_id}): by {expected_date}. :-}";
        let filled = TemplateText::parse(text).unwrap().fill(&pothole());
        let expected = "Pothole {big} (26-1234-5678): by 2026-06-04. :-}";
        assert_eq!(filled.unwrap(), expected, "what fills a place is text");
    }

    #[test]
    fn a_place_that_nothing_fills_is_refused_when_the_text_is_saved() {
        for odd in [
            "{email}",
            "{service_name",
            "{ service_name }",
            "{}",
            "{",
            "{{service_name}}",
            "Dear {first_name},",
        ] {
            let fault = TemplateText::parse(odd).unwrap_err();
            assert_eq!(fault.argument, "text", "{odd}");
        }
        let fault = TemplateText::parse("Dear {first_name},").unwrap_err();
        assert!(fault.problem.contains("first_name"), "{fault}");
    }

    #[test]
    fn a_text_is_there_and_not_too_long() {
        assert!(TemplateText::parse(" \n ").is_err());
        assert!(TemplateText::parse(&"x".repeat(4_000)).is_ok());
        assert!(TemplateText::parse(&"x".repeat(4_001)).is_err());
    }

    #[test]
    fn a_sentence_with_a_hole_is_not_published() {
        let text = TemplateText::parse("{agency_responsible} will come").unwrap();
        let fault = text.fill(&pothole()).unwrap_err();
        assert_eq!(fault.argument, "response_template");
        assert!(fault.problem.contains("agency_responsible"), "{fault}");
    }

    #[test]
    fn what_becomes_too_long_by_filling_is_refused() {
        let text = TemplateText::parse(&"{service_name}".repeat(200)).unwrap();
        let long = "x".repeat(500);
        let with = Placeholders {
            service_name: &long,
            ..pothole()
        };
        assert!(text.fill(&with).is_err());
    }

    proptest! {
        #[test]
        fn what_is_saved_can_be_filled_and_no_text_makes_the_reader_panic(text in "[a-z{}_ ]{0,60}|\\PC{0,60}") {
            let with = Placeholders { agency_responsible: Some("Public Works"), ..pothole() };
            if let Ok(text) = TemplateText::parse(&text) {
                prop_assert!(text.fill(&with).is_ok());
            }
        }
    }
}

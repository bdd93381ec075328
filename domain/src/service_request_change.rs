//! What staff change of a service request: as they say it, and as the history tells it.

use crate::{
    Closing, ClosingReason, DetailedStatus, Fields, NewFields, NewUpdate, Placeholders, Priority,
    ResponseTemplate, ServiceCode, ServiceRequestId, Status, TemplateName, Violation, Violations,
    datetime::{self, Bound},
    submission::web_address,
    text::{MAX_DESCRIPTION, MAX_LINE, bounded, line},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Pictures and pages that one change may show.
const MAX_MEDIA: usize = 10;

/// What staff change of a service request. `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceRequestChange {
    /// The new status.
    pub status: Option<DetailedStatus>,
    /// Why it is closed, if the new status closes it.
    pub closing: Option<Closing>,
    /// The one that tells the same, if it is closed for that.
    pub duplicate_of: Option<ServiceRequestId>,
    /// What people are told.
    pub description: Option<String>,
    /// The text that people are told, by its name.
    pub response_template: Option<TemplateName>,
    /// Pictures and pages, such as one taken when the work was done.
    pub media_urls: Vec<String>,
    /// Who is to act.
    pub agency_responsible: Option<Option<String>>,
    /// The service.
    pub service_code: Option<ServiceCode>,
    /// How urgent it is.
    pub priority: Option<Option<Priority>>,
    /// When it should be done, whatever the service level says.
    pub expected_datetime: Option<Option<DateTime<Utc>>>,
    /// Who of the staff works on it.
    pub assignee: Option<Option<String>>,
}

impl ServiceRequestChange {
    /// The fields that staff may set; the others are the history's or the reporter's.
    pub const FIELDS: [&str; 12] = [
        "status",
        "closing_reason",
        "closing_detail",
        "duplicate_of",
        "description",
        "response_template",
        "media_url",
        "agency_responsible",
        "service_code",
        "priority",
        "expected_datetime",
        "assignee",
    ];

    /// The change that `fields` tell, in a jurisdiction of `zone`.
    ///
    /// # Errors
    /// Every fault of every field, and when there is none.
    pub fn parse(fields: &Fields, zone: Tz) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        fields.refuse_others(&Self::FIELDS, faults);
        let status = fields.filled("status", faults);
        let status = status.and_then(|word| faults.take(DetailedStatus::parse(word)));
        let (closing, duplicate_of) = closing(fields, status, faults);
        let (description, response_template) = told(fields, faults);
        let service_code = fields.filled("service_code", faults);
        let service_code = service_code.and_then(|code| faults.take(ServiceCode::parse(code)));
        let priority = emptied(fields, "priority", faults, Priority::parse);
        let expected_datetime = emptied(fields, "expected_datetime", faults, |text| {
            datetime::parse("expected_datetime", text, zone, Bound::End)
        });
        let mut one_line = |name| emptied(fields, name, faults, |text| line(name, text, MAX_LINE));
        let (agency_responsible, assignee) = (one_line("agency_responsible"), one_line("assignee"));
        let change = Self {
            status,
            closing,
            duplicate_of,
            description,
            response_template,
            media_urls: media_urls(fields, faults),
            agency_responsible,
            service_code,
            priority,
            expected_datetime,
            assignee,
        };
        if violations.0.is_empty() && change == Self::default() {
            violations.add(Violation::new("the change", "holds nothing to be changed"));
        }
        violations.check()?;
        Ok(change)
    }
}

/// A field that can be emptied.
fn emptied<T>(
    fields: &Fields,
    name: &str,
    violations: &mut Violations,
    parse: impl Fn(&str) -> Result<T, Violation>,
) -> Option<Option<T>> {
    match fields.text(name, violations)? {
        None => Some(None),
        Some(text) => violations.take(parse(text)).map(Some),
    }
}

/// What people are told: a text, or the name of one.
pub(crate) fn told(
    fields: &Fields,
    faults: &mut Violations,
) -> (Option<String>, Option<TemplateName>) {
    let description = fields.filled("description", faults);
    let description =
        description.and_then(|text| faults.take(bounded("description", text, MAX_DESCRIPTION)));
    let response_template = fields.filled("response_template", faults).and_then(|name| {
        let parsed = TemplateName::parse(name);
        faults.take(parsed.map_err(|fault| Violation::new("response_template", fault.problem)))
    });
    if description.is_some() && response_template.is_some() {
        let problem = "and description were both sent; people are told one text";
        faults.add(Violation::new("response_template", problem));
    }
    (description, response_template)
}

/// Pictures and pages.
pub(crate) fn media_urls(fields: &Fields, violations: &mut Violations) -> Vec<String> {
    let sent = fields.list("media_url", violations);
    if sent.len() > MAX_MEDIA {
        let problem = format!("are {}; at most {MAX_MEDIA} are accepted", sent.len());
        violations.add(Violation::new("media_url", problem));
        return vec![];
    }
    let urls = sent.into_iter();
    urls.filter_map(|url| violations.take(web_address(url)))
        .collect()
}

/// Why it is closed, and of what it is a duplicate if it is closed for that. A closing always says
/// why: by its status, or by a reason; and to whom it was handed.
fn closing(
    fields: &Fields,
    status: Option<DetailedStatus>,
    violations: &mut Violations,
) -> (Option<Closing>, Option<ServiceRequestId>) {
    let reason = fields.filled("closing_reason", violations);
    let detail = fields.filled("closing_detail", violations);
    let duplicate_of = fields.filled("duplicate_of", violations).and_then(|id| {
        let parsed = ServiceRequestId::parse(id);
        violations.take(parsed.map_err(|fault| Violation::new("duplicate_of", fault.problem)))
    });
    let Some(status) = status.filter(|status| status.status() == Status::Closed) else {
        for (name, is_sent) in [
            ("closing_reason", reason.is_some()),
            ("closing_detail", detail.is_some()),
            ("duplicate_of", duplicate_of.is_some()),
        ] {
            if is_sent {
                violations.add(Violation::new(name, "needs a status that closes"));
            }
        }
        return (None, None);
    };
    let Some(closing) = violations.take(Closing::parse(status, reason, detail)) else {
        return (None, None);
    };
    let mut missing = |name, problem: &str| violations.add(Violation::new(name, problem));
    match closing.reason {
        ClosingReason::NotTold => missing(
            "closing_reason",
            "was not provided; a closing says why, and not_told is for sources that know no reasons",
        ),
        ClosingReason::HandedTo if closing.detail.is_none() => missing(
            "closing_detail",
            "was not provided; it says to whom it was handed",
        ),
        ClosingReason::DuplicateOf if duplicate_of.is_none() => missing(
            "duplicate_of",
            "was not provided; it says which service request tells the same",
        ),
        ClosingReason::DuplicateOf if closing.detail.is_some() => {
            missing("closing_detail", "is said by duplicate_of for this reason")
        }
        ClosingReason::DuplicateOf => {}
        _ if duplicate_of.is_some() => {
            missing("duplicate_of", "needs the closing_reason duplicate_of")
        }
        _ => {}
    }
    let closing = match &duplicate_of {
        Some(id) => Closing {
            detail: Some(id.to_string()),
            ..closing
        },
        None => closing,
    };
    (Some(closing), duplicate_of)
}

/// What of a service request bears on a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedServiceRequest {
    /// Its id.
    pub service_request_id: ServiceRequestId,
    /// The newest entry of its history; 0: it has none yet.
    pub version: i32,
    /// Whether the public may see it.
    pub is_public: bool,
    /// The detailed status.
    pub status: DetailedStatus,
    /// Why it is closed, if it is and somebody said.
    pub closing: Option<Closing>,
    /// The service.
    pub service_code: ServiceCode,
    /// What the service was called when it was filed.
    pub service_name: String,
    /// Who is to act.
    pub agency_responsible: Option<String>,
    /// When it was filed.
    pub requested_datetime: DateTime<Utc>,
    /// When it should be done.
    pub expected_datetime: Option<DateTime<Utc>>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Who of the staff works on it.
    pub assignee: Option<String>,
    /// The one that tells the same.
    pub duplicate_of: Option<ServiceRequestId>,
}

/// What a change means where it is made: what only the storage knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// The new service and its name.
    pub service: Option<(ServiceCode, String)>,
    /// What the service level says now, if the service or the priority changes.
    pub expected_datetime: Option<Option<DateTime<Utc>>>,
    /// The text that was named.
    pub template: Option<ResponseTemplate>,
}

impl ServiceRequestChange {
    /// Whether the change makes the service level say something else about `of`: another service,
    /// or another priority, and no word of when it should be done.
    pub fn moves_expectation(&self, of: &ChangedServiceRequest) -> bool {
        let service = self.service_code.as_ref();
        self.expected_datetime.is_none()
            && (service.is_some_and(|code| *code != of.service_code)
                || self
                    .priority
                    .is_some_and(|priority| priority != of.priority))
    }

    /// The entry that tells the change of `of`, by `author`. `None`: nothing changes.
    ///
    /// # Errors
    /// When the text that was named is not meant for this, or asks for what is not known.
    pub fn to_update(
        &self,
        of: &ChangedServiceRequest,
        looked: Looked,
        author: &str,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Option<NewUpdate>, Violation> {
        let Looked {
            service,
            expected_datetime,
            template,
        } = looked;
        let new = |sent: &Option<Option<String>>, was: &Option<String>| {
            sent.clone().filter(|sent| sent != was)
        };
        let expected = self.expected_datetime.or(expected_datetime);
        let fields = NewFields {
            agency_responsible: new(&self.agency_responsible, &of.agency_responsible),
            service: service.filter(|(code, _)| *code != of.service_code),
            expected_datetime: expected.filter(|expected| *expected != of.expected_datetime),
            duplicate_of: self
                .duplicate_of
                .clone()
                .filter(|id| of.duplicate_of.as_ref() != Some(id))
                .map(Some),
            priority: self
                .priority
                .filter(|priority| *priority != of.priority)
                .map(|priority| priority.map(|one| one.as_str().to_owned())),
            assignee: new(&self.assignee, &of.assignee),
        };
        let description = match &template {
            Some(template) => Some(fill(template, self.status, of, &fields, zone)?),
            None => self.description.clone(),
        };
        let is_turned = self
            .status
            .is_some_and(|status| status != of.status || self.closing != of.closing);
        let is_told = is_turned || description.is_some() || !self.media_urls.is_empty();
        if !is_told && fields == NewFields::default() {
            return Ok(None);
        }
        let NewFields {
            agency_responsible,
            service,
            expected_datetime,
            duplicate_of,
            priority: _, // the staff's own affair
            assignee: _,
        } = &fields;
        let is_public = is_told
            || agency_responsible.is_some()
            || service.is_some()
            || expected_datetime.is_some()
            || duplicate_of.is_some();
        Ok(Some(NewUpdate {
            is_public,
            status: self.status.filter(|_| is_turned),
            closing: self.closing.clone().filter(|_| is_turned),
            description,
            media_urls: self.media_urls.clone(),
            fields,
            ..NewUpdate::by(author, now)
        }))
    }
}

/// The text for a service request as it is after the change.
pub(crate) fn fill(
    template: &ResponseTemplate,
    status: Option<DetailedStatus>,
    of: &ChangedServiceRequest,
    fields: &NewFields,
    zone: Tz,
) -> Result<String, Violation> {
    let service = fields.service.as_ref();
    let (code, name) = service.map_or((&of.service_code, &of.service_name), |(code, name)| {
        (code, name)
    });
    template.check(code, status)?;
    let agency = fields.agency_responsible.as_ref();
    template.text.fill(&Placeholders {
        service_request_id: of.service_request_id.as_str(),
        service_name: name,
        agency_responsible: agency.unwrap_or(&of.agency_responsible).as_deref(),
        expected_datetime: fields.expected_datetime.unwrap_or(of.expected_datetime),
        time_zone: zone,
    })
}

/// What becomes of a duplicate when the one that it tells the same as is closed, opened again, or
/// found to be closed already: it follows, and says so in its own history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed<'a> {
    /// The one that is followed.
    pub service_request_id: &'a ServiceRequestId,
    /// Its status.
    pub status: DetailedStatus,
    /// Why it is closed, if it is and somebody said.
    pub closing: Option<&'a Closing>,
    /// What people are told of it.
    pub description: Option<&'a str>,
}

impl Followed<'_> {
    /// The entry by which `duplicate` follows. `None`: it is where it should be, or was closed for a
    /// reason of its own. `last_open` is the status that it had when it was last open.
    pub fn to_update(
        &self,
        duplicate: &ChangedServiceRequest,
        last_open: DetailedStatus,
        author: &str,
        now: DateTime<Utc>,
    ) -> Option<NewUpdate> {
        let follows = |status: DetailedStatus, closing| NewUpdate {
            status: Some(status),
            closing,
            description: self.description.map(str::to_owned),
            ..NewUpdate::by(author, now)
        };
        match (self.status.status(), duplicate.status.status()) {
            (Status::Closed, Status::Open) => {
                Some(follows(DetailedStatus::Duplicate, Some(self.closing())))
            }
            (Status::Open, Status::Closed) if duplicate.is_closed_as_duplicate() => {
                Some(follows(last_open, None))
            }
            _ => None,
        }
    }

    /// `duplicate_of` with the id, and why that one is closed.
    fn closing(&self) -> Closing {
        let id = self.service_request_id;
        let reason = match self.closing {
            Some(closing) => closing.reason.as_str(),
            None => self.status.as_str(),
        };
        Closing {
            reason: ClosingReason::DuplicateOf,
            detail: Some(format!("{id}: {reason}")),
        }
    }
}

impl ChangedServiceRequest {
    /// Whether it is closed because another tells the same.
    pub fn is_closed_as_duplicate(&self) -> bool {
        let closing = self.closing.as_ref();
        self.status.status() == Status::Closed
            && closing.is_some_and(|closing| closing.reason == ClosingReason::DuplicateOf)
    }
}

#[cfg(test)]
mod tests;

//! One record becomes one service request.

use super::{
    adjustment::Adjustment,
    mapping::{Mapping, Names},
    record::Record,
    refusal::{Cause, Refusal},
    service_code,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    ImportedServiceRequest, Position, ServiceCode, ServiceRequest, ServiceRequestId, Status,
    datetime::{LocalTime, to_seconds},
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_LINE, MAX_URL, bounded, line},
};

/// The service request of a record, and what had to be changed. Local times are those of `zone`.
///
/// # Errors
/// When what every service request has is missing or wrong, or a value does not fit its field.
pub fn to_service_request(
    record: &Record,
    mapping: &Mapping,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<(ImportedServiceRequest, Vec<Adjustment>), Refusal> {
    let mut row = Row {
        record,
        mapping,
        zone,
        // A clock may be wrong, or local time have been taken for UTC: half a day and then some.
        latest: now + TimeDelta::days(1),
        adjustments: Vec::new(),
    };
    match row.service_request() {
        Ok(service_request) => Ok((service_request, row.adjustments)),
        Err(cause) => Err(Refusal {
            line: record.line,
            service_request_id: row
                .text(&mapping.columns.service_request_id)
                .map(|id| id.chars().take(MAX_CODE).collect()),
            cause,
        }),
    }
}

/// A record on its way.
pub(super) struct Row<'a> {
    pub(super) record: &'a Record,
    pub(super) mapping: &'a Mapping,
    zone: Tz,
    /// No event is later.
    latest: DateTime<Utc>,
    pub(super) adjustments: Vec<Adjustment>,
}

impl<'a> Row<'a> {
    fn service_request(&mut self) -> Result<ImportedServiceRequest, Cause> {
        let columns = &self.mapping.columns;
        let id_is_derived = columns.service_request_id.0.is_empty();
        let service_request_id = self.service_request_id()?;
        let (service_code, service_name) = self.service()?;
        let status = self.status()?;
        let requested_datetime = self.requested_datetime()?;
        let updated_datetime = self.updated_datetime(status, requested_datetime);
        let service_request = ServiceRequest {
            service_request_id,
            status,
            status_notes: self.paragraphs("status_notes", &columns.status_notes)?,
            service_name,
            service_code,
            description: self.paragraphs("description", &columns.description)?,
            agency_responsible: self.line("agency_responsible", &columns.agency_responsible)?,
            service_notice: self.paragraphs("service_notice", &columns.service_notice)?,
            requested_datetime,
            updated_datetime,
            expected_datetime: self.datetime("expected_datetime", &columns.expected_datetime),
            address: self.folded("address", &columns.address)?,
            address_id: self.line("address_id", &columns.address_id)?,
            // "0": San Francisco's word for none.
            zipcode: self
                .line("zipcode", &columns.zipcode)?
                .filter(|zip| zip != "0"),
            position: self.position(),
            media_url: self.media_url(),
            attributes: self.attributes(),
            extended_attributes: self.extended_attributes(),
            notes: self.notes(),
            detailed_status: status.into(),
            closing: None,
            closed_datetime: None,
            updates: vec![],
        };
        Ok(ImportedServiceRequest {
            line: self.record.line,
            service_request,
            service_group: self.folded("service_group", &columns.service_group)?,
            id_is_derived,
        })
    }

    fn service_request_id(&self) -> Result<ServiceRequestId, Cause> {
        let columns = &self.mapping.columns.service_request_id;
        if columns.0.is_empty() {
            return ServiceRequestId::parse(&self.record.fingerprint()).map_err(Cause::InvalidId);
        }
        let id = self.text(columns).ok_or(Cause::MissingId)?;
        ServiceRequestId::parse(id).map_err(Cause::InvalidId)
    }

    /// Each of the two stands in for the other.
    fn service(&self) -> Result<(ServiceCode, String), Cause> {
        let columns = &self.mapping.columns;
        let name = self.folded("service_name", &columns.service_name)?;
        match (self.text(&columns.service_code), name) {
            (Some(code), name) => {
                let code = ServiceCode::parse(code).map_err(Cause::InvalidServiceCode)?;
                let name = name.unwrap_or_else(|| code.as_str().to_owned());
                Ok((code, name))
            }
            (None, Some(name)) => {
                let code = service_code::from_name(&name).map_err(Cause::InvalidServiceCode)?;
                Ok((code, name))
            }
            (None, None) => Err(Cause::MissingService),
        }
    }

    fn status(&self) -> Result<Status, Cause> {
        match self.text(&self.mapping.columns.status) {
            Some(word) => self
                .mapping
                .status(word)
                .ok_or_else(|| Cause::UnknownStatus(word.to_owned())),
            None => self.mapping.missing_status.ok_or(Cause::MissingStatus),
        }
    }

    fn requested_datetime(&mut self) -> Result<DateTime<Utc>, Cause> {
        let text = self
            .text(&self.mapping.columns.requested_datetime)
            .ok_or(Cause::MissingDate)?;
        let at = self
            .moment("requested_datetime", text)
            .ok_or_else(|| Cause::ImpossibleDate(text.to_owned()))?;
        if at > self.latest {
            return Err(Cause::FutureDate(text.to_owned()));
        }
        Ok(at)
    }

    /// When a closed request was closed; otherwise, or if that is not known, its last change.
    fn updated_datetime(&mut self, status: Status, requested: DateTime<Utc>) -> DateTime<Utc> {
        let columns = &self.mapping.columns;
        if status == Status::Closed {
            match self.past("closed_datetime", &columns.closed_datetime) {
                Some(closed) if closed >= requested => return closed,
                Some(_) => self.adjust(Adjustment::ClosedBeforeRequested),
                None => {}
            }
        }
        match self.past("updated_datetime", &columns.updated_datetime) {
            Some(updated) if updated < requested => {
                self.adjust(Adjustment::UpdatedBeforeRequested);
                requested
            }
            updated => updated.unwrap_or(requested),
        }
    }

    /// [`Row::datetime`] of something that has happened.
    fn past(&mut self, field: &'static str, columns: &Names) -> Option<DateTime<Utc>> {
        let at = self.datetime(field, columns)?;
        if at > self.latest {
            self.adjust(Adjustment::FutureDate(field));
            return None;
        }
        Some(at)
    }

    /// A date that may be missing or wrong.
    fn datetime(&mut self, field: &'static str, columns: &Names) -> Option<DateTime<Utc>> {
        let text = self.text(columns)?;
        let at = self.moment(field, text);
        if at.is_none() {
            self.adjust(Adjustment::ImpossibleDate(field));
        }
        at
    }

    pub(super) fn moment(&mut self, field: &'static str, text: &str) -> Option<DateTime<Utc>> {
        let moment = self.mapping.moment(text, self.zone)?;
        match moment {
            LocalTime::Unique(_) => {}
            LocalTime::Repeated(_) => self.adjust(Adjustment::RepeatedHour(field)),
            LocalTime::Skipped(_) => self.adjust(Adjustment::SkippedHour(field)),
        }
        Some(to_seconds(moment.instant()))
    }

    fn position(&mut self) -> Option<Position> {
        let columns = &self.mapping.columns;
        let (lat, long) = match (self.text(&columns.lat), self.text(&columns.long)) {
            (None, None) => {
                let point = self.text(&columns.point)?;
                let inner = point.trim_start_matches('(').trim_end_matches(')');
                inner.split_once(',').unwrap_or((inner, ""))
            }
            (lat, long) => (lat.unwrap_or_default(), long.unwrap_or_default()),
        };
        match Position::parse(lat, long) {
            Ok(at) if at.latitude == 0.0 && at.longitude == 0.0 => {
                self.adjust(Adjustment::PositionZero);
                None
            }
            Ok(position) => Some(position),
            Err(_) => {
                self.adjust(Adjustment::PositionUnusable);
                None
            }
        }
    }

    fn media_url(&mut self) -> Option<String> {
        let url = self.text(&self.mapping.columns.media_url)?;
        let lower = url.to_ascii_lowercase();
        let host = lower
            .strip_prefix("https://")
            .or_else(|| lower.strip_prefix("http://"))
            .unwrap_or_default();
        let is_web_address =
            !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace);
        let url = line("media_url", url, MAX_URL)
            .ok()
            .filter(|_| is_web_address);
        if url.is_none() {
            self.adjust(Adjustment::MediaUrlUnusable);
        }
        url
    }

    /// A text of one line, as it is.
    fn line(&self, field: &str, columns: &Names) -> Result<Option<String>, Cause> {
        let text = self.text(columns);
        text.map(|text| line(field, text, MAX_LINE))
            .transpose()
            .map_err(Cause::Unfit)
    }

    /// A text of one line, with single blanks: sources put addresses together from padded columns.
    fn folded(&self, field: &str, columns: &Names) -> Result<Option<String>, Cause> {
        let Some(text) = self.text(columns) else {
            return Ok(None);
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        line(field, &words.join(" "), MAX_LINE)
            .map(Some)
            .map_err(Cause::Unfit)
    }

    /// A longer text, as it is.
    fn paragraphs(&self, field: &str, columns: &Names) -> Result<Option<String>, Cause> {
        let text = self.text(columns);
        text.map(|text| bounded(field, text, MAX_DESCRIPTION))
            .transpose()
            .map_err(Cause::Unfit)
    }

    pub(super) fn text(&self, columns: &Names) -> Option<&'a str> {
        self.record.text(&columns.0)
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        self.adjustments.push(adjustment);
    }
}

#[cfg(test)]
mod tests;

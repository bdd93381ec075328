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
mod tests {
    use super::*;
    use crate::import::record::Value;
    use domain::datetime;

    const MAPPING: &str = "
        dates = ['%m/%d/%Y']
        [columns]
        service_request_id = 'id'
        service_code = 'code'
        service_name = 'name'
        status = 'status'
        status_notes = 'status_notes'
        description = 'text'
        agency_responsible = 'agency'
        requested_datetime = 'asked'
        closed_datetime = 'closed'
        updated_datetime = 'updated'
        expected_datetime = 'expected'
        address = 'address'
        zipcode = 'zip'
        lat = 'lat'
        long = 'long'
        point = 'point'
        media_url = 'url'
        [status]
        open = ['open']
        closed = ['closed']
        [extended_attributes]
        ward = 'ward'
    ";

    /// The result for a row that is in order but for `fields`, which replace others.
    fn import(
        fields: &[(&str, &str)],
    ) -> Result<(ImportedServiceRequest, Vec<Adjustment>), Refusal> {
        let mut row: Vec<(String, Value)> = Vec::new();
        let sound = [
            ("id", "1"),
            ("name", "Pothole"),
            ("status", "Open"),
            ("asked", "2011-07-01 12:00:00"),
        ];
        for (name, value) in fields.iter().chain(&sound) {
            row.push(((*name).into(), Value::Text((*value).into())));
        }
        convert(row)
    }

    fn convert(
        row: Vec<(String, Value)>,
    ) -> Result<(ImportedServiceRequest, Vec<Adjustment>), Refusal> {
        to_service_request(
            &Record::entry(7, row),
            &Mapping::from_toml(MAPPING).unwrap(),
            chrono_tz::America::New_York,
            datetime::parse(
                "now",
                "2020-01-01T00:00:00Z",
                chrono_tz::UTC,
                datetime::Bound::Start,
            )
            .unwrap(),
        )
    }

    fn taken(fields: &[(&str, &str)]) -> (ServiceRequest, Vec<Adjustment>) {
        let (imported, adjustments) = import(fields).unwrap();
        (imported.service_request, adjustments)
    }

    #[test]
    fn what_every_service_request_has_is_required() {
        for (name, value, said) in [
            ("id", " ", "service_request_id is missing"),
            ("name", "", "service_code and service_name are missing"),
            ("name", "Ямы", "service_code cannot be made"),
            ("status", "", "status is missing"),
            (
                "status",
                "Mañana",
                "status \"Mañana\" is not known to the mapping",
            ),
            ("asked", "", "requested_datetime is missing"),
            (
                "asked",
                "2011-02-30",
                "requested_datetime \"2011-02-30\" is no date",
            ),
            (
                "asked",
                "2020-01-03",
                "requested_datetime \"2020-01-03\" lies in the future",
            ),
        ] {
            let refusal = import(&[(name, value)]).unwrap_err();
            assert!(refusal.cause.to_string().starts_with(said), "{refusal:?}");
            assert_eq!(refusal.line, 7);
            assert_eq!(refusal.service_request_id.is_some(), name != "id");
        }
    }

    #[test]
    fn a_text_that_does_not_fit_refuses_the_row_without_being_quoted() {
        for (name, value) in [
            ("text", "x".repeat(4_001)),
            ("address", "x".repeat(501)),
            ("agency", "x\ny".into()),
            ("text", "x\0".into()),
            ("id", "x".repeat(101)),
            ("code", "x\u{1}y".into()),
        ] {
            let refusal = import(&[(name, &value)]).unwrap_err();
            assert!(!refusal.cause.to_string().contains('x'), "{refusal:?}");
        }
    }

    #[test]
    fn blanks_are_trimmed_and_folded_where_a_line_is_meant() {
        let (request, _) = taken(&[
            ("address", " 39 Lorraine St  Roslindale \n MA  02131 "),
            ("name", "New Sign  Crosswalk"),
            ("text", " one\n  two\u{8} "),
            ("zip", "0"),
            ("agency", " "),
        ]);
        assert_eq!(
            request.address.as_deref(),
            Some("39 Lorraine St Roslindale MA 02131")
        );
        assert_eq!(request.service_name, "New Sign Crosswalk");
        assert_eq!(request.service_code.as_str(), "new-sign-crosswalk");
        assert_eq!(request.description.as_deref(), Some("one\n  two"));
        assert_eq!((request.zipcode, request.agency_responsible), (None, None));
    }

    #[test]
    fn hours_that_clocks_repeat_or_skip_are_settled_and_counted() {
        for (asked, meant, adjustment) in [
            (
                "2011-11-06 01:30:00",
                "2011-11-06T05:30:00Z",
                Adjustment::RepeatedHour("requested_datetime"),
            ),
            (
                "2011-03-13 02:30:00",
                "2011-03-13T07:30:00Z",
                Adjustment::SkippedHour("requested_datetime"),
            ),
        ] {
            let (request, adjustments) = taken(&[("asked", asked)]);
            assert_eq!(datetime::to_string(request.requested_datetime), meant);
            assert_eq!(adjustments, [adjustment]);
        }
    }

    #[test]
    fn the_last_change_of_a_closed_request_is_its_closing() {
        use Adjustment::{
            ClosedBeforeRequested, FutureDate, ImpossibleDate, UpdatedBeforeRequested,
        };
        for (status, closed, updated, day, adjusted) in [
            ("closed", "07/05/2011", "07/09/2011", 5, vec![]),
            ("closed", "", "07/09/2011", 9, vec![]),
            ("closed", "", "", 1, vec![]),
            ("open", "07/05/2011", "07/09/2011", 9, vec![]),
            ("open", "07/05/2011", "", 1, vec![]),
            ("open", "", "06/01/2011", 1, vec![UpdatedBeforeRequested]),
            (
                "open",
                "",
                "06/01/2031",
                1,
                vec![FutureDate("updated_datetime")],
            ),
            ("closed", "01/01/1900", "", 1, vec![ClosedBeforeRequested]),
            (
                "closed",
                "01/01/2031",
                "",
                1,
                vec![FutureDate("closed_datetime")],
            ),
            (
                "closed",
                "soon",
                "",
                1,
                vec![ImpossibleDate("closed_datetime")],
            ),
        ] {
            let (request, adjustments) =
                taken(&[("status", status), ("closed", closed), ("updated", updated)]);
            let local = request
                .updated_datetime
                .with_timezone(&chrono_tz::America::New_York);
            assert_eq!(chrono::Datelike::day(&local), day, "{closed} {updated}");
            assert_eq!(adjustments, adjusted);
        }
    }

    #[test]
    fn a_place_that_is_none_is_left_out_and_the_row_taken() {
        use Adjustment::{PositionUnusable, PositionZero};
        for (fields, found, adjusted) in [
            (
                vec![("lat", "42.1"), ("long", "-71")],
                Some((42.1, -71.0)),
                None,
            ),
            (
                vec![("point", "(37.75, -122.48)")],
                Some((37.75, -122.48)),
                None,
            ),
            (vec![], None, None),
            (
                vec![("lat", "0.0"), ("long", "0")],
                None,
                Some(PositionZero),
            ),
            (vec![("lat", "42")], None, Some(PositionUnusable)),
            (
                vec![("lat", "91"), ("long", "0")],
                None,
                Some(PositionUnusable),
            ),
            (vec![("point", "here")], None, Some(PositionUnusable)),
        ] {
            let (request, adjustments) = taken(&fields);
            let position = request.position.map(|at| (at.latitude, at.longitude));
            assert_eq!(position, found, "{fields:?}");
            assert_eq!(adjustments, Vec::from_iter(adjusted));
        }
    }

    #[test]
    fn only_web_addresses_are_shown() {
        assert!(
            taken(&[("url", " HTTPS://x.org/1.jpg ")])
                .0
                .media_url
                .is_some()
        );
        for odd in [
            "javascript:1",
            "/photo.jpg",
            "http://",
            "https:///x",
            "http://a b",
        ] {
            let (request, adjustments) = taken(&[("url", odd)]);
            assert_eq!(request.media_url, None, "{odd}");
            assert_eq!(adjustments, [Adjustment::MediaUrlUnusable]);
        }
    }

    #[test]
    fn a_source_without_ids_gets_the_same_one_for_the_same_row() {
        let mapping =
            "[columns]\nservice_name='n'\nrequested_datetime='d'\n[status]\nmissing='open'";
        let mapping = Mapping::from_toml(mapping).unwrap();
        let id = |name: &str| {
            let text = |text: &str| Value::Text(text.to_owned());
            let fields = vec![
                ("n".to_owned(), text(name)),
                ("d".to_owned(), text("2011-01-01")),
            ];
            let record = Record::entry(1, fields);
            let (imported, _) = to_service_request(
                &record,
                &mapping,
                chrono_tz::UTC,
                DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
            )
            .unwrap();
            assert!(imported.id_is_derived);
            imported.service_request.service_request_id
        };
        assert_eq!(id("a"), id("a"));
        assert_ne!(id("a"), id("b"));
    }
}

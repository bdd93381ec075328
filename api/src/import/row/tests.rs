//! Rows as cities write them.

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
fn import(fields: &[(&str, &str)]) -> Result<(ImportedServiceRequest, Vec<Adjustment>), Refusal> {
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
    use Adjustment::{ClosedBeforeRequested, FutureDate, ImpossibleDate, UpdatedBeforeRequested};
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
    let mapping = "[columns]\nservice_name='n'\nrequested_datetime='d'\n[status]\nmissing='open'";
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

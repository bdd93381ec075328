//! A file of service requests, CSV, JSON or XML, plain or gzip. The first byte chooses the mapping.

use crate::{area, document, now, told};
use api::fuzzing::{Mapping, Source, to_service_request};
use chrono_tz::Tz;
use domain::{
    ServiceRequest,
    text::{MAX_CODE, MAX_DESCRIPTION, MAX_LINE, MAX_URL},
};
use std::{io::Cursor, ops::ControlFlow, path::Path, sync::LazyLock};

/// Those that come with the program.
static MAPPINGS: LazyLock<Vec<(Mapping, Tz)>> = LazyLock::new(|| {
    use chrono_tz::{America, Europe};
    let named = |name| Mapping::named(name).unwrap();
    vec![
        (Mapping::georeport().unwrap(), Tz::UTC),
        (named("boston"), America::New_York),
        (named("chicago"), America::Chicago),
        (named("nyc"), America::New_York),
        (named("sf"), America::Los_Angeles),
        (named("zurich"), Europe::Zurich),
    ]
});

/// What is taken may be stored, and both formats tell it alike.
pub fn check(bytes: &[u8]) {
    let Some((first, file)) = bytes.split_first() else {
        return;
    };
    let (mapping, zone) = &MAPPINGS[usize::from(*first) % MAPPINGS.len()];
    read(file, mapping, *zone);
}

/// Reads a file to its end, or to its fault.
pub(crate) fn read(file: &[u8], mapping: &Mapping, zone: Tz) {
    let size = file.len() as u64;
    let source = Source::new(Path::new("file"), Cursor::new(file.to_vec()), size);
    let read = source.and_then(|source| {
        source.for_each(|record| {
            let taken = record.and_then(|record| to_service_request(&record, mapping, zone, now()));
            match taken {
                Ok((imported, _)) => {
                    assert!(imported.line >= 1);
                    told::any_line(imported.service_group.as_ref(), MAX_LINE);
                    fits(&imported.service_request);
                    document::same_in_both_formats(&imported.service_request);
                }
                Err(refusal) => {
                    assert!(!refusal.cause.to_string().is_empty());
                }
            }
            ControlFlow::Continue(())
        })
    });
    if let Err(fault) = read {
        assert!(!fault.problem.is_empty());
    }
}

/// What is taken fits its fields.
pub(crate) fn fits(request: &ServiceRequest) {
    told::line(&request.service_name, MAX_LINE);
    for text in [
        &request.status_notes,
        &request.description,
        &request.service_notice,
    ] {
        told::any_text(text.as_ref(), MAX_DESCRIPTION);
    }
    for line in [
        &request.agency_responsible,
        &request.address,
        &request.address_id,
        &request.zipcode,
    ] {
        told::any_line(line.as_ref(), MAX_LINE);
    }
    told::any_line(request.media_url.as_ref(), MAX_URL);
    request.position.into_iter().for_each(area::on_globe);
    told::moment(request.requested_datetime);
    told::moment(request.updated_datetime);
    assert!(request.requested_datetime <= request.updated_datetime);
    request.expected_datetime.into_iter().for_each(told::moment);
    for answer in &request.attributes {
        told::line(&answer.code, MAX_CODE);
        assert!(!answer.values.is_empty());
    }
    for (name, value) in &request.extended_attributes {
        told::line(name, MAX_CODE);
        told::line(value, MAX_LINE);
    }
    for note in &request.notes {
        told::moment(note.datetime);
        told::line(&note.note_type, MAX_CODE);
        told::text(&note.description, MAX_DESCRIPTION);
    }
}

//! What POST service request must refuse:
//! <https://wiki.open311.org/GeoReport_v2/#post-service-request>.

use super::{
    hold_status,
    report_form::{Form, Place, any_service, is_required, name},
    unknown_word,
};
use crate::{format::Format, record::Record, session::Session};

/// Sends forms that each lack one thing.
pub fn check(session: &mut Session<'_>) {
    let Some(service_code) = any_service(session).filter(|_| !session.survey.takes_no_posts) else {
        return;
    };
    let place = Place::known(session);
    let mut good = Form::of(session, &service_code);
    good.at(&place);
    for format in session.survey.formats.clone() {
        let mut form = good.clone();
        form.remove("service_code");
        refused(
            session,
            format,
            "post-service-code-missing",
            &form,
            400,
            "a POST without service_code",
        );
        form.set("service_code", &unknown_word());
        refused(
            session,
            format,
            "post-service-code-unknown",
            &form,
            404,
            "an unknown service_code",
        );

        let mut form = Form::of(session, &service_code);
        refused(
            session,
            format,
            "post-location-missing",
            &form,
            400,
            "a POST without a place",
        );
        match &place.point {
            Some((lat, _)) => {
                form.set("lat", lat);
                refused(
                    session,
                    format,
                    "post-location-half",
                    &form,
                    400,
                    "a POST with lat only",
                );
            }
            None => session.leave(
                "post-location-half",
                "no place is known: --position LAT,LONG",
            ),
        }
        attributes(session, format, &place);
    }
}

fn refused(
    session: &mut Session<'_>,
    format: Format,
    rule: &'static str,
    form: &Form,
    wanted: u16,
    what: &str,
) {
    let page = session.post("requests", format, form.encoded());
    hold_status(session, rule, &page, wanted, what);
}

fn attributes(session: &mut Session<'_>, format: Format, place: &Place) {
    let with = |session: &Session<'_>, wanted: fn(&Record) -> bool| {
        session.survey.definitions.iter().find_map(|definition| {
            let attribute = definition
                .list("attributes")
                .iter()
                .find(|one| wanted(one))?;
            Some((definition.text("service_code")?.to_owned(), name(attribute)))
        })
    };
    match with(session, is_required) {
        Some((service_code, name)) => {
            let mut form = Form::of(session, &service_code);
            form.at(place).remove(&name);
            let what = format!("a POST without the required {name}");
            refused(
                session,
                format,
                "post-attribute-required",
                &form,
                400,
                &what,
            );
        }
        None => session.leave(
            "post-attribute-required",
            "no service has a required attribute",
        ),
    }
    let is_list =
        |one: &Record| !one.list("values").is_empty() && one.flag("variable") == Some(true);
    match with(session, is_list) {
        Some((service_code, name)) => {
            let mut form = Form::of(session, &service_code);
            form.at(place).set(&name, &unknown_word());
            let what = format!("{name} with a key that is not listed");
            refused(
                session,
                format,
                "post-attribute-unlisted",
                &form,
                400,
                &what,
            );
        }
        None => session.leave(
            "post-attribute-unlisted",
            "no service has an attribute with values",
        ),
    }
}

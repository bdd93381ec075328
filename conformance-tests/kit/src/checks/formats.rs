//! Which formats are served: <https://wiki.open311.org/GeoReport_v2/#format-support>.

use crate::{client::Asked, format::Format, session::Session};

/// Asks for the service list in each format. Later checks use those that are served.
pub fn check(session: &mut Session<'_>) {
    for format in Format::ALL {
        if session.options.format.is_some_and(|only| only != format) {
            continue;
        }
        let announced = session
            .survey
            .announced
            .iter()
            .any(|one| one == format.media_type());
        let url = session.url("services", format, &[]);
        let exchange = session.send(Asked::get(url));
        let served = matches!(exchange.status(), Some(200 | 401 | 403));
        if format == Format::Xml {
            session.hold("xml-offered", served, &exchange, || {
                "the service list is not there as XML".to_owned()
            });
        }
        if announced && (format == Format::Json || !session.is_broken("xml-offered")) {
            session.hold("announced-formats-served", served, &exchange, || {
                format!("{format} is announced, but the service list is not there as {format}")
            });
        }
        if served {
            session.survey.formats.push(format);
        }
    }
    if session.survey.announced.is_empty() {
        session.leave(
            "announced-formats-served",
            "Service Discovery announces no formats",
        );
    }
}

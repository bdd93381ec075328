//! Which formats are served: <https://wiki.open311.org/GeoReport_v2/#format-support>.

use crate::{
    client::{Asked, Exchange},
    format::Format,
    session::Session,
};

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
        let (exchange, served) = is_served(session, format);
        if format == Format::Xml {
            session.hold("xml-offered", served, &exchange, || {
                "neither the service list nor service requests are there as XML".to_owned()
            });
        }
        if announced && (format == Format::Json || !session.is_broken("xml-offered")) {
            session.hold("announced-formats-served", served, &exchange, || {
                format!("{format} is announced, but neither the service list nor service requests are there as {format}")
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

/// Whether there is a service list in this format or, where that method fails, service requests.
/// Yields the answer, too.
pub fn is_served(session: &mut Session<'_>, format: Format) -> (Exchange, bool) {
    let services = ask(session, "services", format);
    if services.1 {
        return services;
    }
    match ask(session, "requests", format) {
        (_, false) => services,
        requests => requests,
    }
}

fn ask(session: &mut Session<'_>, path: &str, format: Format) -> (Exchange, bool) {
    let url = session.url(path, format, &[]);
    let exchange = session.send(Asked::get(url));
    let served = matches!(exchange.status(), Some(200 | 401 | 403));
    (exchange, served)
}

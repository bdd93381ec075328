//! The forms that are sent: <https://wiki.open311.org/GeoReport_v2/#post-service-request>.

use super::requests::has_sound_position;
use crate::{client::encoded, record::Record, session::Session};

/// A form, in order.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form for a service: key, jurisdiction, service and an answer to each required attribute;
    /// no place yet.
    pub fn of(session: &Session<'_>, service_code: &str) -> Self {
        let mut form = Self::default();
        form.set(
            "api_key",
            session.options.api_key.as_deref().unwrap_or_default(),
        );
        if let Some(jurisdiction) = &session.options.jurisdiction {
            form.set("jurisdiction_id", jurisdiction);
        }
        form.set("service_code", service_code);
        form.set("description", "Conformance test, please ignore");
        let definition = session.survey.definition(service_code);
        for attribute in definition
            .iter()
            .flat_map(|definition| definition.list("attributes"))
        {
            if may_be_required(attribute) {
                form.push(&name(attribute), &answer(attribute));
            }
        }
        form
    }

    /// Sets a field, in the place of what it was before.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.remove(name).push(name, value)
    }

    /// Adds a field, beside others of the name.
    pub fn push(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.0.retain(|(other, _)| other != name);
        self
    }

    /// The value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    /// Adds the place as a point and as an address, as far as both are known.
    pub fn at(&mut self, place: &Place) -> &mut Self {
        self.at_point(place).at_address(place)
    }

    /// Adds the place as a point.
    pub fn at_point(&mut self, place: &Place) -> &mut Self {
        if let Some((lat, long)) = &place.point {
            self.set("lat", lat).set("long", long);
        }
        self
    }

    /// Adds the place as an address.
    pub fn at_address(&mut self, place: &Place) -> &mut Self {
        if let Some(address) = &place.address {
            self.set("address_string", address);
        }
        self
    }

    /// As it is sent: everything but letters and digits percent-encoded, a space as `+`.
    pub fn encoded(&self) -> String {
        self.written(encoded)
    }

    /// The same with brackets as they are.
    pub fn with_raw_brackets(&self) -> String {
        self.written(|name| encoded(name).replace("%5B", "[").replace("%5D", "]"))
    }

    fn written(&self, write_name: impl Fn(&str) -> String) -> String {
        let pairs = self.0.iter().map(|(name, value)| {
            let value = encoded(value).replace("%20", "+");
            format!("{}={value}", write_name(name))
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Whether the attribute must be answered.
pub fn is_required(attribute: &Record) -> bool {
    attribute.flag("required") == Some(true) && attribute.flag("variable") != Some(false)
}

/// Whether it is wise to answer it: some say neither true nor false.
fn may_be_required(attribute: &Record) -> bool {
    attribute.flag("required") != Some(false) && attribute.flag("variable") != Some(false)
}

/// What the attribute is called in a form.
pub fn name(attribute: &Record) -> String {
    let list = match attribute.text("datatype") {
        Some("multivaluelist") => "[]",
        _ => "",
    };
    format!(
        "attribute[{}]{list}",
        attribute.text("code").unwrap_or_default()
    )
}

/// An answer that fits the datatype.
fn answer(attribute: &Record) -> String {
    match attribute.text("datatype") {
        Some("number") => "1".to_owned(),
        Some("datetime") => crate::time::argument(chrono::Utc::now()),
        Some("singlevaluelist" | "multivaluelist") => attribute
            .list("values")
            .first()
            .and_then(|value| value.text("key"))
            .unwrap_or_default()
            .to_owned(),
        _ => "Conformance test".to_owned(),
    }
}

/// A place where somebody may file a service request.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Latitude and longitude, as texts.
    pub point: Option<(String, String)>,
    /// The address.
    pub address: Option<String>,
    /// The id of the address.
    pub address_id: Option<String>,
}

impl Place {
    /// What the operator says, and what known service requests tell.
    pub fn known(session: &Session<'_>) -> Self {
        let known = &session.survey.known;
        let first = |name: &str| {
            known
                .iter()
                .find_map(|row| row.text(name))
                .map(str::to_owned)
        };
        let told = session
            .options
            .position
            .map(|(lat, long)| (lat.to_string(), long.to_string()));
        let seen = || {
            let sound = known.iter().filter(|row| has_sound_position(row));
            let mut points = sound.filter_map(|row| row.text("lat").zip(row.text("long")));
            let (lat, long) = points.next()?;
            Some((lat.to_owned(), long.to_owned()))
        };
        Self {
            point: told.or_else(seen),
            address: first("address"),
            address_id: first("address_id"),
        }
    }
}

/// The service of that type that is easiest to file for: with the fewest required attributes.
pub fn service(session: &Session<'_>, kind: &str) -> Option<String> {
    let survey = &session.survey;
    let services = survey
        .services
        .iter()
        .filter(|service| service.text("type") == Some(kind));
    // What has a definition that could not be read asks for nobody knows what.
    let readable = services.filter(|service| {
        service.flag("metadata") == Some(false)
            || service
                .text("service_code")
                .is_some_and(|code| survey.definition(code).is_some())
    });
    let asks = |code: &str| {
        let definition = survey.definition(code);
        let attributes = definition
            .iter()
            .flat_map(|definition| definition.list("attributes"));
        attributes
            .filter(|attribute| may_be_required(attribute))
            .count()
    };
    readable
        .filter_map(|service| service.text("service_code"))
        .min_by_key(|code| asks(code))
        .map(str::to_owned)
}

/// Any service, the sort that answers with an id first.
pub fn any_service(session: &Session<'_>) -> Option<String> {
    ["realtime", "batch", "blackbox"]
        .iter()
        .find_map(|kind| service(session, kind))
}

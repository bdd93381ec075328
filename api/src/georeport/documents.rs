//! The standard's documents, as views of the domain's values. Field names and their order are the
//! standard's; unknown is `null` in JSON and an empty element in XML.

use crate::{
    extensions::service_request_updates::UpdateDocument, format::Document, openapi::words,
};
use chrono::{DateTime, Utc};
use domain::{
    AttributeAnswer, AttributeDefinition, Note, Service, ServiceDefinition, ServiceRequest,
    StandardFields, datetime,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::borrow::Cow;
use utoipa::ToSchema;

/// `services`: <https://wiki.open311.org/GeoReport_v2/#get-service-list>.
#[derive(Serialize, ToSchema)]
pub struct Services<'a>(pub Vec<ServiceDocument<'a>>);

impl Document for Services<'_> {
    const ROOT: &'static str = "services";
}

/// One service.
#[derive(Serialize, ToSchema)]
pub struct ServiceDocument<'a> {
    /// Unique in the jurisdiction.
    service_code: &'a str,
    /// What people call it.
    service_name: &'a str,
    /// What it is for.
    description: &'a str,
    /// Whether there is a service definition to fetch.
    metadata: bool,
    /// realtime: an id at once; batch: a token; blackbox: neither.
    #[serde(rename = "type")]
    #[schema(value_type = words::ServiceType)]
    service_type: &'static str,
    /// Comma separated.
    keywords: &'a str,
    /// Where it stands among its like.
    group: &'a str,
}

impl<'a> From<&'a Service> for ServiceDocument<'a> {
    fn from(service: &'a Service) -> Self {
        let Service {
            service_code,
            service_name,
            description,
            has_definition,
            service_type,
            keywords,
            service_group,
            service_notice: _, // told on filing only
        } = service;
        Self {
            service_code: service_code.as_str(),
            service_name,
            description,
            metadata: *has_definition,
            service_type: service_type.as_str(),
            keywords,
            group: service_group,
        }
    }
}

/// `service_definition`: <https://wiki.open311.org/GeoReport_v2/#get-service-definition>.
#[derive(Serialize, ToSchema)]
pub struct DefinitionDocument<'a> {
    /// The service.
    service_code: &'a str,
    /// What is asked, in order.
    attributes: Vec<AttributeDocument<'a>>,
}

impl Document for DefinitionDocument<'_> {
    const ROOT: &'static str = "service_definition";
}

/// One attribute of a service definition.
#[derive(Serialize, ToSchema)]
pub struct AttributeDocument<'a> {
    /// Whether it is answered; if not, its description is only shown.
    variable: bool,
    /// Sent as `attribute[code]`.
    code: &'a str,
    /// What an answer looks like.
    #[schema(value_type = words::Datatype)]
    datatype: &'static str,
    /// Whether a service request without an answer is refused.
    required: bool,
    /// A hint for whoever answers.
    #[schema(required)]
    datatype_description: Option<&'a str>,
    /// 1 first.
    #[schema(minimum = 1)]
    order: i32,
    /// The question.
    description: &'a str,
    /// The choices of a list.
    values: Vec<ValueDocument<'a>>,
}

/// One choice of a list.
#[derive(Serialize, ToSchema)]
pub struct ValueDocument<'a> {
    /// What is sent.
    key: &'a str,
    /// What is shown.
    name: &'a str,
}

impl<'a> From<&'a ServiceDefinition> for DefinitionDocument<'a> {
    fn from(definition: &'a ServiceDefinition) -> Self {
        Self {
            service_code: definition.service_code.as_str(),
            attributes: definition.attributes.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a AttributeDefinition> for AttributeDocument<'a> {
    fn from(attribute: &'a AttributeDefinition) -> Self {
        let AttributeDefinition {
            variable,
            code,
            datatype,
            required,
            datatype_description,
            position,
            description,
            values,
        } = attribute;
        Self {
            variable: *variable,
            code,
            datatype: datatype.as_str(),
            required: *required,
            datatype_description: Some(datatype_description.as_str())
                .filter(|text| !text.is_empty()),
            order: *position,
            description,
            values: values
                .iter()
                .map(|value| ValueDocument {
                    key: &value.key,
                    name: &value.name,
                })
                .collect(),
        }
    }
}

/// `service_requests` of a GET: <https://wiki.open311.org/GeoReport_v2/#get-service-requests>.
#[derive(Serialize, ToSchema)]
pub struct ServiceRequests<'a>(pub Vec<RequestDocument<'a>>);

impl Document for ServiceRequests<'_> {
    const ROOT: &'static str = "service_requests";
}

/// One service request. `attributes`, `extended_attributes`, `notes` and `service_request_updates` are
/// extensions, there only with `extensions=true`.
#[derive(Serialize, ToSchema)]
pub struct RequestDocument<'a> {
    /// Unique in the jurisdiction.
    service_request_id: &'a str,
    /// open or closed.
    #[schema(value_type = words::Status)]
    status: &'static str,
    /// Why the status is what it is.
    #[schema(required)]
    status_notes: Option<&'a str>,
    /// The name of the service.
    service_name: &'a str,
    /// The service.
    service_code: &'a str,
    /// What the reporter wrote.
    #[schema(required)]
    description: Option<&'a str>,
    /// Who is to act.
    #[schema(required)]
    agency_responsible: Option<&'a str>,
    /// What the reporter may expect.
    #[schema(required)]
    service_notice: Option<&'a str>,
    /// When it was filed.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    requested_datetime: DateTime<Utc>,
    /// The last change; of a closed request, when it was closed.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    updated_datetime: DateTime<Utc>,
    /// When it should be done.
    #[serde(serialize_with = "w3c_or_null")]
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expected_datetime: Option<DateTime<Utc>>,
    /// From specific to general.
    #[schema(required)]
    address: Option<&'a str>,
    /// In the jurisdiction's own register.
    #[schema(required)]
    address_id: Option<&'a str>,
    /// Postal code.
    #[schema(required)]
    zipcode: Option<&'a str>,
    /// Degrees WGS84.
    #[schema(required, minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// Degrees WGS84.
    #[schema(required, minimum = -180, maximum = 180)]
    long: Option<f64>,
    /// A picture or a page.
    #[schema(required)]
    media_url: Option<Cow<'a, str>>,
    /// Answers to the service definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attributes: Option<Vec<AnswerDocument<'a>>>,
    /// What else the jurisdiction publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ExtendedAttributes<'a>, required = false)]
    extended_attributes: Option<ExtendedAttributes<'a>>,
    /// What happened, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    notes: Option<Vec<NoteDocument<'a>>>,
    /// Its whole public history, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    service_request_updates: Option<Vec<UpdateDocument<'a>>>,
}

impl<'a> RequestDocument<'a> {
    /// The standard's fields. Files of ours are shown under `public_url`.
    pub fn new(fields: impl Into<StandardFields<'a>>, public_url: &str) -> Self {
        let StandardFields {
            service_request_id,
            status,
            status_notes,
            service_name,
            service_code,
            description,
            agency_responsible,
            service_notice,
            requested_datetime,
            updated_datetime,
            expected_datetime,
            address,
            address_id,
            zipcode,
            position,
            media_url,
        } = fields.into();
        Self {
            service_request_id,
            status: status.as_str(),
            status_notes,
            service_name,
            service_code,
            description,
            agency_responsible,
            service_notice,
            requested_datetime,
            updated_datetime,
            expected_datetime,
            address,
            address_id,
            zipcode,
            lat: position.map(|at| at.latitude),
            long: position.map(|at| at.longitude),
            media_url: media_url.map(|url| absolute(url, public_url)),
            attributes: None,
            extended_attributes: None,
            notes: None,
            service_request_updates: None,
        }
    }

    /// The same with what is known of it now beyond the standard; what happened is told elsewhere.
    pub fn current(request: &'a ServiceRequest, public_url: &str) -> Self {
        Self {
            attributes: Some(request.attributes.iter().map(Into::into).collect()),
            extended_attributes: Some(ExtendedAttributes::new(request, public_url)),
            ..Self::new(request, public_url)
        }
    }

    /// The same with what `extensions=true` adds.
    pub fn extended(request: &'a ServiceRequest, public_url: &str) -> Self {
        Self {
            notes: Some(notes(request)),
            service_request_updates: Some(
                request
                    .updates
                    .iter()
                    .map(|update| UpdateDocument::extended(update, public_url))
                    .collect(),
            ),
            ..Self::current(request, public_url)
        }
    }
}

/// The URL, under `public_url` if it is a path of ours.
pub fn absolute<'a>(url: &'a str, public_url: &str) -> Cow<'a, str> {
    if url.starts_with('/') {
        Cow::Owned(format!("{public_url}{url}"))
    } else {
        Cow::Borrowed(url)
    }
}

/// An answer to an attribute of the service definition.
#[derive(Serialize, ToSchema)]
pub struct AnswerDocument<'a> {
    /// The attribute.
    code: &'a str,
    /// The question as it was asked.
    label: &'a str,
    /// What was answered: keys, for the two lists.
    values: &'a [String],
    /// The answer for people: names, for the two lists.
    value: Cow<'a, str>,
}

impl<'a> From<&'a AttributeAnswer> for AnswerDocument<'a> {
    fn from(answer: &'a AttributeAnswer) -> Self {
        let AttributeAnswer {
            code,
            label,
            values,
            names,
        } = answer;
        let told = if names.is_empty() { values } else { names };
        Self {
            code,
            label,
            values,
            value: match &told[..] {
                [one] => Cow::Borrowed(one),
                several => Cow::Owned(several.join(", ")),
            },
        }
    }
}

/// What is known beyond the standard, as one object: how far the service request is, in more words
/// than `status` has, and the names and values that the jurisdiction publishes.
#[derive(ToSchema)]
pub struct ExtendedAttributes<'a> {
    /// The names are the jurisdiction's own.
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, String>)]
    pairs: &'a [(String, String)],
    /// The status in the words of the Service Request Updates extension.
    #[schema(value_type = words::DetailedStatus)]
    detailed_status: &'static str,
    /// When it was closed.
    #[schema(value_type = String, format = DateTime, required = false)]
    closed_datetime: Option<DateTime<Utc>>,
    /// Why it was closed.
    #[schema(value_type = words::ClosingReason, required = false)]
    closing_reason: Option<&'static str>,
    /// Of what it is a duplicate, to whom it was handed, by which rule nothing is done.
    #[schema(value_type = String, required = false)]
    closing_detail: Option<&'a str>,
    /// Every picture of the service request.
    #[schema(required = false)]
    media_urls: Vec<Cow<'a, str>>,
}

impl<'a> ExtendedAttributes<'a> {
    /// Names of ours, which a jurisdiction's own cannot take.
    const OURS: [&'static str; 6] = [
        "detailed_status",
        "closed_datetime",
        "closing_reason",
        "closing_detail",
        "media_url",
        "media_urls",
    ];

    fn new(request: &'a ServiceRequest, public_url: &str) -> Self {
        let further = request
            .extended_attributes
            .iter()
            .filter(|(name, _)| name == "media_url");
        let urls = request.media_url.iter().chain(further.map(|(_, url)| url));
        let closing = request.closing.as_ref();
        Self {
            pairs: &request.extended_attributes,
            detailed_status: request.detailed_status.as_str(),
            closed_datetime: request.closed_datetime,
            closing_reason: closing.map(|one| one.reason.as_str()),
            closing_detail: closing.and_then(|one| one.detail.as_deref()),
            media_urls: urls.map(|url| absolute(url, public_url)).collect(),
        }
    }
}

impl Serialize for ExtendedAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("detailed_status", self.detailed_status)?;
        if let Some(at) = self.closed_datetime {
            map.serialize_entry("closed_datetime", datetime::format(at, &mut [0; 20]))?;
        }
        if let Some(reason) = self.closing_reason {
            map.serialize_entry("closing_reason", reason)?;
        }
        if let Some(detail) = self.closing_detail {
            map.serialize_entry("closing_detail", detail)?;
        }
        let theirs = |name: &str| !Self::OURS.contains(&name);
        for (name, value) in self.pairs.iter().filter(|(name, _)| theirs(name)) {
            map.serialize_entry(name, value)?;
        }
        if !self.media_urls.is_empty() {
            map.serialize_entry("media_urls", &self.media_urls)?;
        }
        map.end()
    }
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct NoteDocument<'a> {
    /// When.
    #[serde(serialize_with = "w3c")]
    #[schema(value_type = String, format = DateTime)]
    datetime: DateTime<Utc>,
    /// opened, closed, or a word of the source's.
    #[serde(rename = "type")]
    note_type: &'a str,
    /// What, for people.
    description: &'a str,
}

/// What the source told, or else what every service request tells: its opening and its closing.
fn notes(request: &ServiceRequest) -> Vec<NoteDocument<'_>> {
    if !request.notes.is_empty() {
        return request
            .notes
            .iter()
            .map(
                |Note {
                     datetime,
                     note_type,
                     description,
                 }| NoteDocument {
                    datetime: *datetime,
                    note_type,
                    description,
                },
            )
            .collect();
    }
    let opened = NoteDocument {
        datetime: request.requested_datetime,
        note_type: "opened",
        description: "",
    };
    let closed = (request.status == domain::Status::Closed).then(|| NoteDocument {
        datetime: request.updated_datetime,
        note_type: "closed",
        description: request.status_notes.as_deref().unwrap_or_default(),
    });
    std::iter::once(opened).chain(closed).collect()
}

/// A time as the standard writes it.
///
/// # Errors
/// When the serializer fails.
pub fn w3c<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(datetime::format(*at, &mut [0; 20]))
}

/// The same of a time that may not be known.
///
/// # Errors
/// As the serializer.
pub fn w3c_or_null<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => w3c(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// `service_requests` of a POST: <https://wiki.open311.org/GeoReport_v2/#post-service-request>.
/// An id or a token, never both; of a blackbox service neither.
#[derive(Serialize, ToSchema)]
pub struct Created<'a>(pub Vec<CreatedRequest<'a>>);

impl Document for Created<'_> {
    const ROOT: &'static str = "service_requests";
}

/// What a reporter is told.
#[derive(Serialize, ToSchema)]
pub struct CreatedRequest<'a> {
    /// Of a realtime service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_request_id: Option<&'a str>,
    /// Of a batch service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<&'a str>,
    /// What happens next; null when nothing is promised.
    #[schema(required)]
    pub service_notice: Option<&'a str>,
    /// Always null: this server keeps no accounts.
    #[schema(required)]
    pub account_id: Option<&'a str>,
}

/// `service_requests` of a token:
/// <https://wiki.open311.org/GeoReport_v2/#get-service_request_id-from-a-token>.
#[derive(Serialize, ToSchema)]
pub struct Tokens<'a>(pub Vec<TokenDocument<'a>>);

impl Document for Tokens<'_> {
    const ROOT: &'static str = "service_requests";
}

/// What a token stands for.
#[derive(Serialize, ToSchema)]
pub struct TokenDocument<'a> {
    /// Not there while the token is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub service_request_id: Option<&'a str>,
    /// The token.
    pub token: &'a str,
}

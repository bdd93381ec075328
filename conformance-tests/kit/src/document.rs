//! The documents of the standard: what they are called and which fields they have.

/// A document, as an answer holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// Service Discovery.
    Discovery,
    /// GET service list.
    Services,
    /// GET service definition.
    Definition,
    /// GET service requests.
    Requests,
    /// GET service request.
    Request,
    /// The answer to POST service request and to a token.
    Posted,
    /// A failure.
    Errors,
}

/// A field of a document.
#[derive(Debug)]
pub struct Field {
    /// Its name in both formats.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What a field holds.
#[derive(Debug)]
pub enum Holds {
    /// A text; ids and codes too.
    Text,
    /// A truth value.
    Flag,
    /// A decimal number.
    Number,
    /// A W3C date-time.
    Time,
    /// A list of objects: what an entry is called in XML, and its fields.
    List(&'static str, &'static [Field]),
    /// A list of texts: what an entry is called in XML.
    Texts(&'static str),
}

const fn field(name: &'static str, holds: Holds) -> Field {
    Field { name, holds }
}

const fn text(name: &'static str) -> Field {
    field(name, Holds::Text)
}

const DISCOVERY: &[Field] = &[
    text("changeset"),
    text("contact"),
    text("key_service"),
    field("endpoints", Holds::List("endpoint", ENDPOINT)),
];
const ENDPOINT: &[Field] = &[
    text("specification"),
    text("url"),
    text("changeset"),
    text("type"),
    field("formats", Holds::Texts("format")),
];
const SERVICE: &[Field] = &[
    text("service_code"),
    text("service_name"),
    text("description"),
    field("metadata", Holds::Flag),
    text("type"),
    text("keywords"),
    text("group"),
];
const DEFINITION: &[Field] = &[
    text("service_code"),
    field("attributes", Holds::List("attribute", ATTRIBUTE)),
];
const ATTRIBUTE: &[Field] = &[
    field("variable", Holds::Flag),
    text("code"),
    text("datatype"),
    field("required", Holds::Flag),
    text("datatype_description"),
    text("order"),
    text("description"),
    field("values", Holds::List("value", VALUE)),
];
const VALUE: &[Field] = &[text("key"), text("name")];
const REQUEST: &[Field] = &[
    text("service_request_id"),
    text("status"),
    text("status_notes"),
    text("service_name"),
    text("service_code"),
    text("description"),
    text("agency_responsible"),
    text("service_notice"),
    field("requested_datetime", Holds::Time),
    field("updated_datetime", Holds::Time),
    field("expected_datetime", Holds::Time),
    text("address"),
    text("address_id"),
    text("zipcode"),
    field("lat", Holds::Number),
    field("long", Holds::Number),
    text("media_url"),
];
const POSTED: &[Field] = &[
    text("service_request_id"),
    text("token"),
    text("service_notice"),
    text("account_id"),
];
const ERROR: &[Field] = &[text("code"), text("description")];

impl Document {
    /// The root element.
    pub fn root(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Services => "services",
            Self::Definition => "service_definition",
            Self::Requests | Self::Request | Self::Posted => "service_requests",
            Self::Errors => "errors",
        }
    }

    /// What an entry is called in XML; nothing for a document that is no list.
    pub fn entry(self) -> Option<&'static str> {
        match self {
            Self::Discovery | Self::Definition => None,
            Self::Services => Some("service"),
            Self::Requests | Self::Request | Self::Posted => Some("request"),
            Self::Errors => Some("error"),
        }
    }

    /// The fields of the document, or of an entry of it.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Discovery => DISCOVERY,
            Self::Services => SERVICE,
            Self::Definition => DEFINITION,
            Self::Requests | Self::Request => REQUEST,
            Self::Posted => POSTED,
            Self::Errors => ERROR,
        }
    }

    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery document",
            Self::Services => "service list",
            Self::Definition => "service definition",
            Self::Requests => "list of service requests",
            Self::Request => "single service request",
            Self::Posted => "answer to a POST or a token",
            Self::Errors => "errors document",
        }
    }
}

impl Field {
    /// Whether it holds a date-time.
    pub fn is_time(&self) -> bool {
        matches!(self.holds, Holds::Time)
    }

    /// The field and the fields of its entries, when it is a list of what is called so in XML.
    pub fn listing(&'static self, name: &str) -> Option<(&'static Self, &'static [Self])> {
        match self.holds {
            Holds::List(entry, fields) if entry == name => Some((self, fields)),
            _ => None,
        }
    }
}

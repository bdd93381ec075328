//! Texts that staff answer with, as they are answered.

use crate::openapi::words;
use domain::{DetailedStatus, ResponseTemplate};
use serde::Serialize;
use utoipa::ToSchema;

/// The texts of a jurisdiction.
#[derive(Serialize, ToSchema)]
pub struct ResponseTemplates<'a> {
    /// By name.
    #[schema(max_items = 1000)]
    pub response_templates: Vec<TemplateDocument<'a>>,
}

/// A text that staff answer with.
#[derive(Serialize, ToSchema)]
pub struct TemplateDocument<'a> {
    /// What they call it.
    name: &'a str,
    /// For service requests of this service only; null: of all.
    #[schema(required)]
    service_code: Option<&'a str>,
    /// For changes to this status only; null: to any, and to none.
    #[schema(value_type = Option<words::DetailedStatus>, required)]
    status: Option<&'static str>,
    /// The text, with places such as `{service_name}` that a service request fills.
    text: &'a str,
}

impl<'a> From<&'a ResponseTemplate> for TemplateDocument<'a> {
    fn from(template: &'a ResponseTemplate) -> Self {
        let ResponseTemplate {
            name,
            service_code,
            status,
            text,
        } = template;
        Self {
            name: name.as_str(),
            service_code: service_code.as_ref().map(|code| code.as_str()),
            status: status.map(DetailedStatus::as_str),
            text: text.as_str(),
        }
    }
}

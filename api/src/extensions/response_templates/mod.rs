//! Texts that staff answer with.

mod documents;
mod form;
mod get;
mod manage;

pub use documents::{ResponseTemplates, TemplateDocument};
pub use form::TemplateForm;

use crate::operation::{Operation, operation};

/// What is served below `/api/v1/jurisdictions/{jurisdiction_id}/response-templates`.
pub fn operations() -> Vec<Operation> {
    vec![
        operation!(get::get_response_templates),
        operation!(manage::put_response_template),
        operation!(manage::delete_response_template),
    ]
}

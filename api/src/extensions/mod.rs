//! Ours, beside the standard.

pub mod audit_entries;
pub mod docs;
pub mod events;
pub mod forward_rules;
pub mod forwards;
pub mod front_page;
pub mod health;
pub mod keys;
pub mod media;
pub mod metrics;
pub mod mirrors;
pub mod oauth;
pub mod openapi;
pub mod remotes;
pub mod response_templates;
pub mod service_levels;
pub mod service_request_updates;
pub mod service_requests;
pub mod webhooks;

use crate::operation::{Operation, operation};

/// What is served at the root of the site.
pub fn operations() -> Vec<Operation> {
    let mut operations = vec![
        operation!(front_page::get_front_page),
        operation!(media::get_photo),
        operation!(openapi::get_openapi),
        operation!(docs::get_docs),
        operation!(docs::get_docs_file),
        operation!(health::live),
        operation!(health::ready),
        operation!(metrics::get_metrics),
    ];
    operations.extend(events::operations());
    operations.extend(audit_entries::operations());
    operations.extend(oauth::operations());
    operations.extend(keys::operations());
    operations.extend(service_requests::operations());
    operations.extend(service_levels::operations());
    operations.extend(response_templates::operations());
    operations.extend(forwards::operations());
    operations.extend(webhooks::operations());
    operations.extend(forward_rules::operations());
    operations.extend(mirrors::operations());
    operations.extend(remotes::operations());
    operations
}
